"""Reserved seats: kept for an organisation, an academy or a language until a day, then lent to everybody."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from core.models import AuditEntry
from core.time import BRUSSELS
from courses.models import Session
from enrolment.enums import EnrolmentStatus, Fault
from enrolment.errors import CannotReserve, NotOnOffer, TooFewSeats, TooFewToReserve, TooManyTaken
from enrolment.models import Enrolment, SeatPool
from enrolment.services.auditing import find_faults
from enrolment.services.block_booking import book_block
from enrolment.services.booking import enrol, withdraw
from enrolment.services.capacity import change_capacity
from enrolment.services.on_behalf import enrol_on_behalf
from enrolment.services.pools import release_pool, reserve_seats
from enrolment.tasks import release_reserved_seats
from people.enums import OrganisationKind, Role
from people.models import Organisation, User
from tests.factories import (
    OrganisationFactory,
    make_aspirant,
    make_employee,
    make_person_with,
    make_session,
    make_version,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

UNTIL = dt.date(2026, 3, 9)
QUEUED, CONFIRMED = EnrolmentStatus.QUEUED, EnrolmentStatus.CONFIRMED


@pytest.fixture(autouse=True)
def _everything_is_in_order() -> Any:
    yield
    assert not [fault for fault in find_faults(most_ids=5) if fault.count]


@pytest.fixture
def session() -> Session:
    return make_session(capacity=3)


@pytest.fixture
def zone() -> Organisation:
    zone: Organisation = OrganisationFactory.create()
    return zone


def keep(
    session: Session, seats: int, organisation: Organisation | None = None, language: str = ""
) -> SeatPool:
    return reserve_seats(
        session=session,
        seats=seats,
        release_on=UNTIL,
        organisation=organisation,
        language=language,
        actor=make_person_with(Role.CATALOGUE_MANAGER),
    )


def book(session: Session, learner: User | None = None) -> Enrolment:
    learner = learner or make_employee()
    return enrol(session=session, learner=learner, actor=learner)


def counts(session: Session) -> tuple[int, int, int | None]:
    """Taken, reserved and free for everybody: the same in every meeting."""
    (numbers,) = {(each.taken, each.reserved, each.seats_left) for each in session.meetings.all()}
    return numbers


def statuses(*enrolments: Enrolment) -> list[str]:
    for enrolment in enrolments:
        enrolment.refresh_from_db()
    return [enrolment.status for enrolment in enrolments]


def test_the_same_said_again_is_kept_once(session: Session, zone: Organisation) -> None:
    assert keep(session, 2, zone) == keep(session, 2, zone)
    assert counts(session) == (0, 2, 1)
    assert AuditEntry.objects.filter(action="session.seats_reserved").count() == 1


def test_others_get_what_is_not_reserved(session: Session, zone: Organisation) -> None:
    keep(session, 2, zone)
    assert statuses(book(session), book(session)) == [CONFIRMED, QUEUED]
    assert counts(session) == (1, 2, 0)


def test_whom_they_are_kept_for_get_them_also_while_others_wait(
    session: Session, zone: Organisation, clock: time_machine.Traveller
) -> None:
    pool = keep(session, 2, zone)
    others = [book(session) for _ in range(2)]
    clock.shift(60)
    own = [book(session, make_employee(zone=zone)) for _ in range(3)]
    assert statuses(*others) == [CONFIRMED, QUEUED]
    assert statuses(*own) == [CONFIRMED, CONFIRMED, QUEUED]
    assert {each.pool for each in own} == {pool, None}
    assert counts(session) == (3, 0, 0)


def test_a_reserved_seat_that_is_given_back_goes_to_the_next_of_them(
    session: Session, zone: Organisation, clock: time_machine.Traveller
) -> None:
    keep(session, 1, zone)
    for _ in range(2):
        book(session)
    first = book(session, make_employee(zone=zone))
    clock.shift(60)
    other, second = book(session), book(session, make_employee(zone=zone))
    withdraw(enrolment=first, actor=first.learner)
    assert statuses(other, second) == [QUEUED, CONFIRMED]
    withdraw(enrolment=second, actor=second.learner)
    assert statuses(other) == [QUEUED]
    assert counts(session) == (2, 1, 0)


def test_after_the_last_day_what_is_left_goes_to_the_queue(
    session: Session, zone: Organisation, clock: time_machine.Traveller
) -> None:
    keep(session, 2, zone)
    own, first, second = book(session, make_employee(zone=zone)), book(session), book(session)
    clock.move_to(dt.datetime.combine(UNTIL, dt.time(23, 59), BRUSSELS))
    release_reserved_seats()
    assert statuses(own, first, second) == [CONFIRMED, CONFIRMED, QUEUED]
    clock.shift(60)
    for _tick in range(2):
        release_reserved_seats()
    assert statuses(own, first, second) == [CONFIRMED] * 3
    assert counts(session) == (3, 0, 0)
    # Given back now, a seat is everybody's.
    waiting = book(session)
    withdraw(enrolment=own, actor=own.learner)
    assert statuses(waiting) == [CONFIRMED]


def test_what_is_kept_until_the_last_moment_still_goes_to_the_queue(
    session: Session, zone: Organisation, clock: time_machine.Traveller
) -> None:
    """On the day after its last one nobody would move up any more."""
    keep(session, 3, zone)
    SeatPool.objects.update(release_on=dt.date(2026, 3, 31))
    waiting = book(session)
    clock.move_to(dt.datetime(2026, 3, 30, 23, 59, tzinfo=BRUSSELS))
    release_reserved_seats()
    assert statuses(waiting) == [QUEUED]
    clock.move_to(dt.datetime(2026, 3, 31, 0, 5, tzinfo=BRUSSELS))
    release_reserved_seats()
    assert statuses(waiting) == [EnrolmentStatus.OFFERED]


def test_they_can_be_released_before(session: Session, zone: Organisation, manager: User) -> None:
    pool = keep(session, 3, zone)
    waiting = [book(session) for _ in range(2)]
    assert release_pool(pool=pool, actor=manager) == 2
    assert release_pool(pool=pool, actor=manager) == 0
    assert statuses(*waiting) == [CONFIRMED] * 2
    assert counts(session) == (2, 0, 1)


def test_a_language_has_its_own(session: Session) -> None:
    keep(session, 3, language="fr")
    french = make_employee()
    french.profile.administrative_language = "fr"
    french.profile.save()
    assert statuses(book(session), book(session, french)) == [QUEUED, CONFIRMED]


def test_an_academy_s_seats_are_for_its_aspirants(session: Session) -> None:
    school = OrganisationFactory.create(kind=OrganisationKind.SCHOOL)
    keep(session, 3, school)
    assert statuses(book(session), book(session, make_aspirant(school=school))) == [QUEUED, CONFIRMED]


def test_hr_gives_them_to_people_by_name(session: Session, zone: Organisation) -> None:
    keep(session, 1, zone)
    for _ in range(3):
        book(session)
    named = enrol_on_behalf(
        session=session, learner=make_employee(zone=zone), organisation=zone, actor=make_person_with(Role.HR)
    )
    assert statuses(named) == [CONFIRMED]
    assert counts(session) == (3, 0, 0)


def test_a_class_takes_what_is_kept_for_its_academy_while_others_wait() -> None:
    school = OrganisationFactory.create(kind=OrganisationKind.SCHOOL)
    session = make_session(version=make_version(), capacity=3)
    keep(session, 2, school)
    for _ in range(2):
        book(session)
    aspirants = [make_aspirant(school=school) for _ in range(2)]
    booked = book_block(
        placements={aspirant.pk: session.pk for aspirant in aspirants},
        shown={session.pk: session.sequence},
        organisation=school,
        actor=make_person_with(Role.COORDINATOR, organisation=school),
    )
    assert statuses(*booked) == [CONFIRMED] * 2
    assert counts(session) == (3, 0, 0)


def test_no_more_can_be_kept_than_is_free(session: Session, zone: Organisation) -> None:
    book(session)
    with pytest.raises(TooFewToReserve, match="At most 2"):
        keep(session, 3, zone)
    keep(session, 2, zone)
    keep(session, 2, zone)
    keep(session, 1, zone)
    assert counts(session) == (1, 1, 1)
    assert SeatPool.objects.get().seats == 1


def test_nobody_loses_a_seat_by_a_smaller_number(session: Session, zone: Organisation) -> None:
    keep(session, 2, zone)
    for _ in range(2):
        book(session, make_employee(zone=zone))
    with pytest.raises(TooManyTaken, match="2 of these seats are taken"):
        keep(session, 1, zone)


def test_fewer_kept_seats_go_to_the_queue_at_once(session: Session, zone: Organisation) -> None:
    keep(session, 3, zone)
    waiting = book(session)
    keep(session, 2, zone)
    assert statuses(waiting) == [CONFIRMED]


def test_the_capacity_does_not_fall_below_what_is_kept(
    session: Session, zone: Organisation, manager: User
) -> None:
    keep(session, 2, zone)
    with pytest.raises(TooFewSeats):
        change_capacity(session=session, capacities={m.pk: 1 for m in session.meetings.all()}, actor=manager)


def test_without_a_limit_or_an_offer_there_is_nothing_to_keep(zone: Organisation) -> None:
    with pytest.raises(CannotReserve):
        keep(make_session(capacity=None), 1, zone)
    with pytest.raises(NotOnOffer):
        keep(make_session(published=False), 1, zone)
    assert not SeatPool.objects.exists()


def test_what_is_miscounted_is_found(session: Session, zone: Organisation) -> None:
    pool = keep(session, 2, zone)
    SeatPool.objects.update(seats=1)
    assert {each.fault for each in find_faults(most_ids=5) if each.count} == {Fault.RESERVED_WRONG}
    SeatPool.objects.update(seats=2, taken=1)
    session.meetings.update(reserved=1)
    assert {each.fault for each in find_faults(most_ids=5) if each.count} == {Fault.RESERVED_WRONG}
    SeatPool.objects.filter(pk=pool.pk).update(taken=0)
    session.meetings.update(reserved=2)
