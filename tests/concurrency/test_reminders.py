"""A reminder that is being queued while its seat is given up."""

import datetime as dt
from dataclasses import replace

import pytest
from django.utils import timezone

from courses.rules import Deadlines
from courses.services.scheduling import plan_of
from enrolment.reminders import queue_session_reminders
from enrolment.services.booking import enrol, withdraw
from enrolment.services.moving import move
from notifications.models import Message
from tests.concurrency.conftest import AtOnce
from tests.factories import make_employee, make_session, make_version

pytestmark = pytest.mark.django_db(transaction=True)


def test_whoever_is_withdrawing_is_not_reminded(at_once: AtOnce) -> None:
    session = make_session(version=make_version(parts=1), starts_in=dt.timedelta(days=2))
    learner = make_employee()
    seat = enrol(session=session, learner=learner, actor=learner)

    at_once(
        lambda: withdraw(enrolment=seat, actor=learner), lambda: queue_session_reminders(at=timezone.now())
    )

    assert not Message.objects.filter(template="session_reminder").exists()


def test_nobody_is_reminded_of_the_date_before_a_move(at_once: AtOnce) -> None:
    session = make_session(version=make_version(parts=1), starts_in=dt.timedelta(days=2))
    learner = make_employee()
    enrol(session=session, learner=learner, actor=learner)
    plans = [plan_of(meeting) for meeting in session.meetings.all()]
    later = [
        replace(plan, start=plan.start + dt.timedelta(days=7), end=plan.end + dt.timedelta(days=7))
        for plan in plans
    ]

    at_once(
        lambda: move(session=session, plans=later, deadlines=Deadlines(), actor=learner),
        lambda: queue_session_reminders(at=timezone.now()),
    )

    assert not Message.objects.filter(template="session_reminder").exists()
