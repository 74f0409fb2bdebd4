"""A booking moves while others book, withdraw, and move the other way."""

import datetime as dt

import pytest
from django.db import IntegrityError

from courses.models import CourseVersion, Session
from enrolment.enums import EnrolmentStatus
from enrolment.models import Enrolment
from enrolment.services import transferring
from enrolment.services.booking import enrol, withdraw
from enrolment.services.transferring import transfer
from people.models import User
from tests.concurrency.conftest import AtOnce
from tests.factories import make_employee, make_session, make_version

pytestmark = pytest.mark.django_db(transaction=True)

CONFIRMED, QUEUED, MOVED = EnrolmentStatus.CONFIRMED, EnrolmentStatus.QUEUED, EnrolmentStatus.MOVED


@pytest.fixture
def version() -> CourseVersion:
    return make_version(parts=1)


@pytest.fixture
def first(version: CourseVersion) -> Session:
    return make_session(version=version, capacity=1)


@pytest.fixture
def second(version: CourseVersion) -> Session:
    return make_session(version=version, capacity=1, starts_in=dt.timedelta(days=40))


def book(session: Session, learner: User | None = None) -> Enrolment:
    learner = learner or make_employee()
    return enrol(session=session, learner=learner, actor=learner)


def move(enrolment: Enrolment, to: Session) -> Enrolment:
    return transfer(enrolment=enrolment, to=to, actor=enrolment.learner)


def states(session: Session) -> dict[int, str]:
    return dict(session.enrolments.values_list("learner", "status"))


@pytest.fixture
def _without_the_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transferring, "lock_sessions", lambda pks: None)
    monkeypatch.setattr(
        transferring,
        "lock_session",
        lambda pk: Session.objects.with_open_to().select_related("version").get(pk=pk),
    )


def test_who_moves_and_who_enrols_want_the_last_seat_and_one_gets_it(
    first: Session, second: Session, at_once: AtOnce
) -> None:
    booked, newcomer = book(first), make_employee()
    at_once(lambda: book(second, newcomer), lambda: move(booked, second))
    assert states(second) == {newcomer.pk: CONFIRMED, booked.learner_id: QUEUED}
    assert (first.meetings.get().taken, second.meetings.get().taken) == (0, 1)


@pytest.mark.usefixtures("_without_the_locks")
def test_without_the_locks_the_second_runs_into_the_constraint(
    first: Session, second: Session, at_once: AtOnce
) -> None:
    """The negative control: what is read of the other session is true only under its lock."""
    booked, newcomer = book(first), make_employee()
    _one, refused = at_once(lambda: book(second, newcomer), lambda: move(booked, second))
    assert isinstance(refused, IntegrityError)
    assert states(first) == {booked.learner_id: CONFIRMED}


def test_a_move_and_the_promotion_there_give_the_seat_to_whoever_has_the_older_date(
    first: Session, second: Session, at_once: AtOnce
) -> None:
    booked, leaver = book(first), book(second)
    waiting = book(second)
    at_once(lambda: withdraw(enrolment=leaver, actor=leaver.learner), lambda: move(booked, second))
    assert states(second) == {
        leaver.learner_id: EnrolmentStatus.WITHDRAWN,
        waiting.learner_id: CONFIRMED,
        booked.learner_id: QUEUED,
    }


def test_two_who_change_places_wait_for_each_other_and_neither_deadlocks(
    first: Session, second: Session, at_once: AtOnce
) -> None:
    one, other = book(first), book(second)
    at_once(lambda: move(one, second), lambda: move(other, first))
    assert states(first) == {one.learner_id: MOVED, other.learner_id: CONFIRMED}
    assert states(second) == {other.learner_id: MOVED, one.learner_id: CONFIRMED}


def test_a_double_click_moves_once(first: Session, second: Session, at_once: AtOnce) -> None:
    booked = book(first)
    one, again = at_once(lambda: move(booked, second), lambda: move(booked, second))
    assert one == again
    assert states(second) == {booked.learner_id: CONFIRMED}
