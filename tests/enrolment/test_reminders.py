"""Who is reminded, of what, and how often; and the job that mends the queues."""

import datetime as dt
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from courses.models import Meeting, Session
from enrolment.models import Enrolment
from enrolment.services.booking import enrol, withdraw
from enrolment.tasks import fill_free_seats_from_queues, queue_session_reminders
from notifications.models import Message
from people.models import User
from tests.enrolment.conftest import DAY
from tests.factories import make_employee, make_session, make_version

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def book(session: Session) -> Enrolment:
    learner = make_employee()
    return enrol(session=session, learner=learner, actor=learner)


def reminded() -> list[User]:
    return [each.recipient for each in Message.objects.filter(template="session_reminder").order_by("id")]


def test_who_has_a_seat_in_the_coming_days_is_reminded_once() -> None:
    soon = make_session(starts_in=2 * DAY, capacity=1)
    seated = book(soon)
    book(soon)  # In the queue.
    book(make_session(starts_in=30 * DAY))
    gone = book(make_session(starts_in=2 * DAY))
    withdraw(enrolment=gone, actor=gone.learner)
    cancelled = book(make_session(starts_in=2 * DAY))
    Session.objects.filter(pk=cancelled.session_id).update(status="cancelled")

    for _beat in range(2):
        queue_session_reminders()

    assert reminded() == [seated.learner]


@pytest.mark.parametrize(("people", "queries"), [(1, 6 + 5), (30, 6 + 30 * 5)])
def test_a_reminder_costs_five_statements_however_many_parts(
    django_assert_num_queries: DjangoAssertNumQueries, people: int, queries: int
) -> None:
    session = make_session(version=make_version(parts=3), starts_in=2 * DAY, capacity=30)
    for _ in range(people):
        book(session)
    with django_assert_num_queries(queries):
        queue_session_reminders()


def test_a_lost_day_is_caught_up_and_after_the_start_nobody_is_reminded(clock: Any) -> None:
    session = make_session(starts_in=5 * DAY)
    seated = book(session)
    queue_session_reminders()
    assert reminded() == []
    clock.move_to(session.starts_at)
    queue_session_reminders()
    assert reminded() == []
    assert session.starts_at is not None
    clock.move_to(session.starts_at - dt.timedelta(minutes=1))
    queue_session_reminders()
    assert reminded() == [seated.learner]
    assert Message.objects.get(template="session_reminder").expires_at == session.starts_at


def test_a_new_date_is_worth_a_new_reminder() -> None:
    seated = book(make_session(starts_in=2 * DAY))
    queue_session_reminders()
    Session.objects.update(sequence=1)
    queue_session_reminders()
    assert reminded() == [seated.learner] * 2


def test_seats_that_a_fault_left_free_are_filled_twice_over_to_no_harm() -> None:
    session = make_session(capacity=1)
    book(session)
    waiting = [book(session) for _ in range(2)]
    Meeting.objects.update(capacity=2)
    for _beat in range(2):
        fill_free_seats_from_queues()
    for enrolment in waiting:
        enrolment.refresh_from_db()
    assert [enrolment.status for enrolment in waiting] == ["confirmed", "queued"]
