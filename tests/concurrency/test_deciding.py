"""Two workers that decide of one session at once."""

import datetime as dt
from typing import Any

import pytest

from core.models import AuditEntry
from core.time import today
from courses.models import Session
from enrolment.enums import EnrolmentStatus
from enrolment.models import Enrolment
from enrolment.services import cancelling, deciding
from enrolment.services.booking import enrol
from enrolment.services.deciding import decide
from notifications.models import Message
from people.enums import Role
from tests.concurrency.conftest import AtOnce
from tests.factories import make_confirmed, make_employee, make_person_with, make_session, make_version

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def session() -> Session:
    """One person has a seat, two are needed, and the day to decide has passed."""
    make_person_with(Role.CATALOGUE_MANAGER)
    decided: dict[str, Any] = {"min_participants": 2, "decide_on": today() - dt.timedelta(days=1)}
    session = make_session(version=make_version(parts=1), cancels_if_too_few=True, **decided)
    make_confirmed(session)
    return session


def entries(action: str) -> int:
    return AuditEntry.objects.filter(action=action).count()


def test_two_workers_cancel_once_and_tell_everybody_once(at_once: AtOnce, session: Session) -> None:
    at_once(lambda: decide(session=session), lambda: decide(session=session))

    assert (entries("session.decided"), entries("session.cancelled")) == (1, 1)
    told = Message.objects.order_by("template").values_list("template", flat=True)
    assert list(told) == ["session_cancelled", "session_too_few"]


def test_without_the_lock_it_would_be_decided_twice(
    at_once: AtOnce, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (deciding, cancelling):
        monkeypatch.setattr(module, "lock_session", lambda pk: Session.objects.get(pk=pk))

    at_once(lambda: decide(session=session), lambda: decide(session=session))

    assert entries("session.decided") == 2


def test_whoever_makes_it_enough_in_that_moment_is_not_cancelled(at_once: AtOnce, session: Session) -> None:
    learner = make_employee()

    at_once(lambda: enrol(session=session, learner=learner, actor=learner), lambda: decide(session=session))

    session.refresh_from_db()
    assert (session.status, session.is_undecided) == ("published", False)
    assert set(Enrolment.objects.values_list("status", flat=True)) == {EnrolmentStatus.CONFIRMED}
