"""The last seat of a part, wanted by two who missed it; and somebody who chooses two dates at once."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.db import IntegrityError

from attendance.enums import MarkState
from attendance.make_ups import was_missed
from courses.models import Meeting, Session
from enrolment.errors import NoSeatToSpare, NothingToMakeUp
from enrolment.models import Enrolment, Seat
from enrolment.services import make_ups
from enrolment.services.booking import enrol
from enrolment.services.make_ups import book_make_up
from people.models import User
from tests.attendance.conftest import at
from tests.attendance.helpers import mark_and_close
from tests.concurrency.conftest import AtOnce
from tests.factories import UserFactory, make_confirmed, make_employee, make_session, make_version

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _at_three() -> Iterator[None]:
    with time_machine.travel(at(15)):
        yield


@pytest.fixture
def half_done() -> list[Enrolment]:
    """Two people who followed the first part of a session, and missed the second."""
    session = make_session(version=make_version(), starts_in=dt.timedelta(0))
    trainer: User = UserFactory.create()
    theory, practice = session.meetings.all()
    enrolments = [make_confirmed(session) for _ in range(2)]
    mark_and_close(theory, dict.fromkeys(enrolments, MarkState.PRESENT), trainer)
    mark_and_close(practice, dict.fromkeys(enrolments, MarkState.ABSENT), trainer)
    return enrolments


def practice_of(session: Session) -> Meeting:
    meeting: Meeting = session.meetings.get(part__position=2)
    return meeting


def book(enrolment: Enrolment, session: Session) -> Seat:
    return book_make_up(
        enrolment=enrolment,
        meeting=practice_of(session),
        was_missed=was_missed,
        actor=enrolment.learner,
    )


@pytest.fixture
def later(half_done: list[Enrolment]) -> Session:
    """Of which one seat is left."""
    return make_session(version=half_done[0].session.version, capacity=1)


@pytest.fixture
def _without_the_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    read = Session.objects.select_related("version", "programme")
    monkeypatch.setattr(make_ups, "lock_sessions", lambda ids: None)
    monkeypatch.setattr(make_ups, "lock_session", lambda pk: read.get(pk=pk))
    monkeypatch.setattr(make_ups, "lock_learners", lambda ids: None)
    read_enrolment = Enrolment.objects.select_related("learner__profile", "session__version")
    monkeypatch.setattr(make_ups, "lock_enrolment", lambda pk, session: read_enrolment.get(pk=pk))


def test_two_want_the_last_seat_and_one_gets_it(
    half_done: list[Enrolment], later: Session, at_once: AtOnce
) -> None:
    first, second = at_once(lambda: book(half_done[0], later), lambda: book(half_done[1], later))
    assert isinstance(first, Seat)
    assert isinstance(second, NoSeatToSpare)
    assert practice_of(later).taken == 1


@pytest.mark.usefixtures("_without_the_locks")
def test_without_the_locks_the_second_runs_into_the_constraint(
    half_done: list[Enrolment], later: Session, at_once: AtOnce
) -> None:
    _first, second = at_once(lambda: book(half_done[0], later), lambda: book(half_done[1], later))
    assert isinstance(second, IntegrityError)
    assert practice_of(later).taken == 1


def test_who_chooses_two_dates_at_once_has_one(
    half_done: list[Enrolment], later: Session, at_once: AtOnce
) -> None:
    other = make_session(version=later.version, starts_in=dt.timedelta(days=40))
    _first, second = at_once(lambda: book(half_done[0], later), lambda: book(half_done[0], other))
    assert isinstance(second, NothingToMakeUp)
    assert [practice_of(later).taken, practice_of(other).taken] == [1, 0]


@pytest.mark.usefixtures("_without_the_locks")
def test_without_the_locks_they_have_two(half_done: list[Enrolment], later: Session, at_once: AtOnce) -> None:
    """The negative control: no constraint stands behind this one."""
    other = make_session(version=later.version, starts_in=dt.timedelta(days=40))
    at_once(lambda: book(half_done[0], later), lambda: book(half_done[0], other), waits=False)
    assert [practice_of(later).taken, practice_of(other).taken] == [1, 1]


def test_a_sign_up_for_all_parts_and_a_make_up_want_the_last_seat(
    half_done: list[Enrolment], later: Session, at_once: AtOnce
) -> None:
    newcomer = make_employee()
    _seat, enrolment = at_once(
        lambda: book(half_done[0], later),
        lambda: enrol(session=later, learner=newcomer, actor=newcomer),
    )
    assert isinstance(enrolment, Enrolment)
    # All parts or none: the theory, which is free, isn't theirs alone.
    assert enrolment.is_queued
    assert list(later.meetings.values_list("taken", flat=True)) == [0, 1]
