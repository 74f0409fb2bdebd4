"""Others enrol, take back and free, while the person acts as well."""

import datetime as dt

import pytest

from core.time import today
from courses.models import Session
from enrolment.enums import EnrolmentStatus
from enrolment.errors import NothingToAskFor, NotPossible
from enrolment.models import AccessibilityRequest, Departure, Enrolment
from enrolment.services.accessibility import ask_organiser
from enrolment.services.booking import enrol, withdraw
from enrolment.services.leaving import free_bookings_of_leavers
from enrolment.services.on_behalf import enrol_on_behalf, take_back
from notifications.models import Message
from people.enums import Role
from people.models import Organisation, User
from tests.concurrency.conftest import AtOnce
from tests.factories import (
    MembershipFactory,
    OrganisationFactory,
    UserFactory,
    make_confirmed,
    make_employee,
    make_person_with,
    make_session,
    make_version,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def session() -> Session:
    return make_session(version=make_version(parts=1), capacity=1)


@pytest.fixture
def zone() -> Organisation:
    zone: Organisation = OrganisationFactory.create()
    return zone


@pytest.fixture
def hr(zone: Organisation) -> User:
    return make_person_with(Role.HR, organisation=zone)


@pytest.fixture
def person(zone: Organisation) -> User:
    return make_employee(zone=zone)


def queue(session: Session) -> Enrolment:
    waiting = make_employee()
    return enrol(session=session, learner=waiting, actor=waiting)


def taken(session: Session) -> int:
    return session.meetings.get().taken


def test_both_enrol_the_person_and_the_person_was_first(
    session: Session, zone: Organisation, hr: User, person: User, at_once: AtOnce
) -> None:
    own, refused = at_once(
        lambda: enrol(session=session, learner=person, actor=person),
        lambda: enrol_on_behalf(session=session, learner=person, organisation=zone, actor=hr),
    )
    assert isinstance(refused, NotPossible)
    assert Enrolment.objects.get() == own
    assert (Enrolment.objects.get().enrolled_by, taken(session)) == (None, 1)


def test_hr_takes_back_what_the_person_declines_and_one_moves_up(
    session: Session, zone: Organisation, hr: User, person: User, at_once: AtOnce
) -> None:
    enrolment = enrol_on_behalf(session=session, learner=person, organisation=zone, actor=hr)
    first, second = queue(session), queue(session)
    at_once(
        lambda: withdraw(enrolment=enrolment, actor=person), lambda: take_back(enrolment=enrolment, actor=hr)
    )
    states = dict(Enrolment.objects.values_list("pk", "status"))
    assert states == {enrolment.pk: "withdrawn", first.pk: "confirmed", second.pk: "queued"}
    assert taken(session) == 1
    assert not Message.objects.filter(template="enrolment_ended").exists()


def test_two_nights_at_once_free_a_booking_once(
    session: Session, zone: Organisation, at_once: AtOnce
) -> None:
    leaver = UserFactory.create()
    MembershipFactory.create(user=leaver, organisation=zone, valid_until=today() - dt.timedelta(days=1))
    booked = make_confirmed(session, leaver)
    first, second = queue(session), queue(session)
    at_once(free_bookings_of_leavers, free_bookings_of_leavers)
    states = dict(Enrolment.objects.values_list("pk", "status"))
    assert states == {booked.pk: "cancelled", first.pk: "confirmed", second.pk: "queued"}
    assert (Departure.objects.count(), taken(session)) == (1, 1)
    assert Message.objects.filter(template="enrolment_ended").count() == 1


def test_a_leaver_who_withdraws_at_that_moment_is_no_entry_on_the_list(
    session: Session, zone: Organisation, at_once: AtOnce
) -> None:
    leaver = UserFactory.create()
    MembershipFactory.create(user=leaver, organisation=zone, valid_until=today() - dt.timedelta(days=1))
    booked = make_confirmed(session, leaver)
    at_once(lambda: withdraw(enrolment=booked, actor=leaver), free_bookings_of_leavers)
    assert Enrolment.objects.get().status == EnrolmentStatus.WITHDRAWN
    assert not Departure.objects.exists()


def test_a_request_never_outlives_the_enrolment_that_ends_meanwhile(
    session: Session, person: User, at_once: AtOnce
) -> None:
    enrolment = make_confirmed(session, person)
    _ended, refused = at_once(
        lambda: withdraw(enrolment=enrolment, actor=person),
        lambda: ask_organiser(enrolment=enrolment, text="A ramp"),
    )
    assert isinstance(refused, NothingToAskFor)
    assert not AccessibilityRequest.objects.exists()
