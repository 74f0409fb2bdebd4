"""All parts or none: no way to a seat gives one in a required part alone."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
import time_machine

from core.time import BRUSSELS
from courses.models import Session
from enrolment.enums import Obstacle
from enrolment.errors import BlockRefused
from enrolment.models import Enrolment, Seat
from enrolment.services.block_booking import book_block
from enrolment.services.booking import enrol, withdraw
from enrolment.services.capacity import change_capacity
from enrolment.services.on_behalf import enrol_on_behalf
from enrolment.services.waiting_list import fill_free_seats
from people.enums import OrganisationKind
from people.models import User
from tests.factories import (
    OrganisationFactory,
    make_aspirant,
    make_confirmed,
    make_employee,
    make_session,
    make_version,
)

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=BRUSSELS)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON) as traveller:
        yield traveller


@pytest.fixture
def half_full() -> Session:
    """The first of two parts has a seat left, the second has none."""
    session = make_session(version=make_version(), capacity=1)
    make_confirmed(session)
    session.meetings.filter(part__position=1).update(capacity=2)
    return session


def taken(session: Session) -> list[int]:
    return list(session.meetings.order_by("part__position").values_list("taken", flat=True))


def sign_up(session: Session) -> Enrolment:
    learner = make_employee()
    return enrol(session=session, learner=learner, actor=learner)


def on_behalf(session: Session) -> Enrolment:
    learner = make_employee()
    organisation = learner.memberships.get().organisation
    return enrol_on_behalf(session=session, learner=learner, organisation=organisation, actor=learner)


@pytest.mark.parametrize("how", [sign_up, on_behalf])
def test_one_part_with_a_seat_left_is_no_seat(half_full: Session, how: Callable[..., Enrolment]) -> None:
    enrolment = how(half_full)

    assert enrolment.is_queued
    assert not enrolment.seats.exists()
    assert taken(half_full) == [1, 1]


def test_nobody_moves_up_into_one_part(half_full: Session, manager: User) -> None:
    waiting = sign_up(half_full)
    first, second = half_full.meetings.order_by("part__position")
    for capacities in ({first.pk: 5}, {first.pk: None}):
        assert change_capacity(session=half_full, capacities=capacities, actor=manager) == 0
    assert fill_free_seats(session=half_full) == 0
    assert taken(half_full) == [1, 1]

    assert change_capacity(session=half_full, capacities={second.pk: 2}, actor=manager) == 1
    assert taken(half_full) == [2, 2]
    assert waiting.seats.count() == 2


def test_a_class_is_not_planned_into_one_part(half_full: Session) -> None:
    school = OrganisationFactory.create(kind=OrganisationKind.SCHOOL)
    aspirant = make_aspirant(school)
    with pytest.raises(BlockRefused) as refused:
        book_block(
            placements={aspirant.pk: half_full.pk},
            shown={half_full.pk: half_full.sequence},
            organisation=school,
            actor=aspirant,
        )
    assert [change.obstacle for change in refused.value.changes] == [Obstacle.FULL]
    assert taken(half_full) == [1, 1]


def test_no_offer_is_made_of_one_part(half_full: Session, manager: User) -> None:
    """Near the day a seat that comes free is offered; only once there is one in every part."""
    session = make_session(version=half_full.version, starts_in=dt.timedelta(days=5), capacity=1)
    make_confirmed(session)
    waiting = sign_up(session)
    first, second = session.meetings.order_by("part__position")
    change_capacity(session=session, capacities={first.pk: 3}, actor=manager)
    assert not waiting.offers.exists()

    change_capacity(session=session, capacities={second.pk: 2}, actor=manager)
    waiting.refresh_from_db()
    assert waiting.is_offered
    assert taken(session) == [2, 2]


def test_a_part_that_is_optional_may_be_full(half_full: Session) -> None:
    half_full.version.parts.filter(position=2).update(optional=True)
    half_full = Session.objects.get(pk=half_full.pk)

    assert sign_up(half_full).is_confirmed
    assert taken(half_full) == [2, 1]


def test_whoever_leaves_leaves_every_part(half_full: Session) -> None:
    seated, waiting = half_full.enrolments.get(), sign_up(half_full)
    withdraw(enrolment=seated, actor=seated.learner)

    assert taken(half_full) == [1, 1]
    held = Seat.objects.held().values_list("enrolment", flat=True)
    assert list(held) == [waiting.pk, waiting.pk]
