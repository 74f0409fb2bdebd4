"""Reserved seats, wanted and released at once."""

import datetime as dt

import pytest

from core.time import today
from courses.models import Session
from enrolment.models import Enrolment, SeatPool
from enrolment.services import pools
from enrolment.services.auditing import find_faults
from enrolment.services.booking import enrol
from enrolment.services.pools import release_pool, reserve_seats
from people.enums import Role
from people.models import Organisation, User
from tests.concurrency.conftest import AtOnce
from tests.factories import (
    OrganisationFactory,
    make_employee,
    make_person_with,
    make_session,
    make_version,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def zone() -> Organisation:
    zone: Organisation = OrganisationFactory.create()
    return zone


@pytest.fixture
def pool(zone: Organisation) -> SeatPool:
    return reserve_seats(
        session=make_session(version=make_version(parts=1), capacity=2),
        seats=2,
        release_on=today() + dt.timedelta(days=3),
        organisation=zone,
        actor=make_person_with(Role.CATALOGUE_MANAGER),
    )


def sign_up(session: Session, learner: User) -> Enrolment:
    return enrol(session=session, learner=learner, actor=learner)


def faults() -> list[str]:
    return [each.fault for each in find_faults(most_ids=5) if each.count]


def test_two_want_the_last_reserved_seat_and_one_gets_it(
    pool: SeatPool, zone: Organisation, at_once: AtOnce
) -> None:
    first, second, third = (make_employee(zone=zone) for _ in range(3))
    sign_up(pool.session, first)
    at_once(lambda: sign_up(pool.session, second), lambda: sign_up(pool.session, third))
    told = dict(pool.session.enrolments.values_list("learner", "status"))
    assert told == {first.pk: "confirmed", second.pk: "confirmed", third.pk: "queued"}
    assert faults() == []


def test_what_is_released_while_one_of_them_signs_up_adds_up(
    pool: SeatPool, zone: Organisation, at_once: AtOnce
) -> None:
    learner = make_employee(zone=zone)
    at_once(lambda: sign_up(pool.session, learner), lambda: release_pool(pool=pool, actor=None))
    meeting = pool.session.meetings.get()
    assert (meeting.taken, meeting.reserved, meeting.seats_left) == (1, 0, 1)
    assert faults() == []


def test_without_the_lock_what_is_kept_does_not_add_up(
    pool: SeatPool, zone: Organisation, at_once: AtOnce, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: what is left was counted before the other seat was taken."""
    monkeypatch.setattr(pools, "lock_session", lambda pk: Session.objects.get(pk=pk))
    learner = make_employee(zone=zone)
    outcomes = at_once(lambda: sign_up(pool.session, learner), lambda: release_pool(pool=pool, actor=None))
    assert faults() != [] or any(isinstance(each, Exception) for each in outcomes)
