"""Two academies plan their classes into the same sessions at once: never one person too many."""

import datetime as dt

import pytest
from django.db import IntegrityError

from courses.models import Meeting, Session
from enrolment.errors import BlockRefused
from enrolment.models import Enrolment, Seat
from enrolment.services import block_booking
from enrolment.services.block_booking import book_block
from enrolment.services.booking import enrol
from people.enums import OrganisationKind, Role
from people.models import User
from tests.concurrency.conftest import AtOnce
from tests.factories import OrganisationFactory, make_aspirant, make_employee, make_session, make_version

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sessions() -> list[Session]:
    version = make_version(parts=1)
    return [make_session(version=version, starts_in=dt.timedelta(days=day), capacity=4) for day in (20, 30)]


def a_class() -> list[User]:
    school = OrganisationFactory.create(kind=OrganisationKind.SCHOOL)
    return [make_aspirant(school) for _ in range(6)]


def spread(people: list[User], sessions: list[Session]) -> int:
    """Three to each session; returns how many got a seat."""
    placements = {person.pk: sessions[place % 2].pk for place, person in enumerate(people)}
    shown = {session.pk: session.sequence for session in sessions}
    school = people[0].memberships.get(role=Role.ASPIRANT).organisation
    return len(book_block(placements=placements, shown=shown, organisation=school, actor=people[0]))


def taken() -> list[int]:
    return list(Meeting.objects.order_by("starts_at").values_list("taken", flat=True))


@pytest.fixture
def _without_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(block_booking, "lock_sessions", lambda ids: None)


def test_the_second_academy_is_told_that_the_seats_are_gone(sessions: list[Session], at_once: AtOnce) -> None:
    first, second = a_class(), a_class()
    outcomes = at_once(lambda: spread(first, sessions), lambda: spread(second, sessions[::-1]))
    assert outcomes[0] == 6
    assert isinstance(outcomes[1], BlockRefused)
    assert taken() == [3, 3]
    assert Seat.objects.count() == Enrolment.objects.count() == 6


@pytest.mark.usefixtures("_without_the_lock")
def test_without_the_lock_the_second_runs_into_the_constraint(
    sessions: list[Session], at_once: AtOnce
) -> None:
    """The negative control: the lock is what gives an answer instead of an error."""
    first, second = a_class(), a_class()
    outcomes = at_once(lambda: spread(first, sessions), lambda: spread(second, sessions))
    assert isinstance(outcomes[1], IntegrityError)
    assert taken() == [3, 3]


@pytest.mark.usefixtures("_without_the_lock", "_without_the_check")
def test_without_lock_and_constraint_twelve_sit_on_eight_seats(
    sessions: list[Session], at_once: AtOnce
) -> None:
    first, second = a_class(), a_class()
    assert at_once(lambda: spread(first, sessions), lambda: spread(second, sessions)) == [6, 6]
    assert taken() == [6, 6]


def test_a_sign_up_waits_for_the_class_and_is_told_the_truth(
    sessions: list[Session], at_once: AtOnce
) -> None:
    people, others = a_class(), [make_employee() for _ in range(2)]
    enrol(session=sessions[0], learner=others[0], actor=others[0])
    outcomes = at_once(
        lambda: spread(people, sessions),
        lambda: enrol(session=sessions[0], learner=others[1], actor=others[1]),
    )
    assert outcomes[0] == 6
    assert isinstance(outcomes[1], Enrolment)
    assert outcomes[1].is_queued
    assert taken() == [4, 3]
