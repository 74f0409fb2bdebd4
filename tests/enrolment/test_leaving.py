"""People who leave: what is freed and what is kept, who is told, and what HR sees of it."""

import datetime as dt
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from core.models import AuditEntry
from courses.enums import SessionAudience
from enrolment.enums import EnrolmentStatus
from enrolment.models import Departure, Enrolment
from enrolment.services.booking import enrol
from enrolment.services.leaving import free_bookings_of_leavers, mark_reviewed
from enrolment.tasks import forget_what_is_private
from enrolment.tasks import free_bookings_of_leavers as nightly_job
from notifications.delivery import render
from notifications.models import Message
from people.enums import OrganisationKind, Role
from people.models import Membership, Organisation, OrganisationSuccession, User
from people.services.memberships import end_role, set_last_day
from tests.enrolment.conftest import DAY, NOON
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

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

TODAY, YESTERDAY = dt.date(2026, 3, 2), dt.date(2026, 3, 1)


@pytest.fixture
def zone() -> Organisation:
    zone: Organisation = OrganisationFactory.create(code="5913", name_nl="PZ Rivierenland")
    return zone


def leaver(zone: Organisation, *, last_day: dt.date = YESTERDAY) -> User:
    person: User = UserFactory.create()
    MembershipFactory.create(user=person, organisation=zone, valid_until=last_day)
    return person


def at_school(person: User, school: Organisation | None = None, **dates: Any) -> Membership:
    school = school or OrganisationFactory.create(kind=OrganisationKind.SCHOOL)
    membership: Membership = MembershipFactory.create(
        user=person, organisation=school, role=Role.ASPIRANT, **dates
    )
    return membership


def states(*enrolments: Enrolment) -> list[str]:
    found = dict(Enrolment.objects.values_list("pk", "status"))
    return [found[enrolment.pk] for enrolment in enrolments]


def test_what_a_leaver_had_booked_is_free_and_the_next_one_moves_up(zone: Organisation) -> None:
    person, session = leaver(zone), make_session(capacity=1)
    booked = make_confirmed(session, person)
    waiting = enrol(session=session, learner=(next_one := make_employee()), actor=next_one)
    elsewhere = enrol(session=make_session(capacity=0), learner=next_one, actor=next_one)
    free_bookings_of_leavers()
    assert states(booked, waiting, elsewhere) == ["cancelled", "confirmed", "queued"]
    assert list(session.meetings.values_list("taken", flat=True)) == [1, 1]
    departure = Departure.objects.get()
    assert (departure.person, departure.organisation) == (person, zone)
    assert (departure.role, departure.last_day) == (Role.EMPLOYEE, YESTERDAY)
    (entry,) = AuditEntry.objects.filter(action="enrolment.freed")
    assert (entry.actor_id, entry.subject_id, entry.data) == (None, booked.pk, {})


def test_the_leaver_is_told_and_the_calendar_too(zone: Organisation) -> None:
    person = leaver(zone)
    make_confirmed(make_session(), person)
    free_bookings_of_leavers()
    message = Message.objects.get(recipient=person)
    assert (message.template, message.context["calendar"]["method"]) == ("enrolment_ended", "CANCEL")
    body = render(message).body
    assert "Je bent vertrokken bij PZ Rivierenland" in body
    assert "neem dan contact op met de personeelsdienst van PZ Rivierenland" in body


def test_a_place_in_a_queue_is_given_up_as_well(zone: Organisation) -> None:
    waiting = Enrolment.objects.create(
        session=make_session(capacity=0), learner=leaver(zone), status=EnrolmentStatus.QUEUED
    )
    free_bookings_of_leavers()
    assert states(waiting) == ["cancelled"]
    assert "calendar" not in Message.objects.get().context


def test_the_job_twice_has_one_effect(zone: Organisation) -> None:
    make_confirmed(make_session(), leaver(zone))
    for _night in range(2):
        nightly_job()
    assert (Departure.objects.count(), Message.objects.count()) == (1, 1)


def test_until_the_last_day_is_over_all_stays(zone: Organisation, clock: Any) -> None:
    booked = make_confirmed(make_session(), leaver(zone, last_day=TODAY))
    free_bookings_of_leavers()
    assert states(booked) == ["confirmed"]
    clock.move_to(NOON + DAY)
    free_bookings_of_leavers()
    assert states(booked) == ["cancelled"]


def test_what_has_begun_or_is_over_stays_as_it_was(zone: Organisation) -> None:
    person = leaver(zone)
    past = make_confirmed(make_session(starts_in=-30 * DAY), person)
    begun = make_confirmed(make_session(starts_in=dt.timedelta(0)), person)
    free_bookings_of_leavers()
    assert states(past, begun) == ["confirmed", "confirmed"]
    assert not Departure.objects.exists()


@pytest.mark.parametrize("valid_from", [dt.date(2025, 1, 1), TODAY, dt.date(2026, 3, 20)])
def test_who_changes_zone_is_no_leaver(zone: Organisation, valid_from: dt.date) -> None:
    person = leaver(zone)
    MembershipFactory.create(user=person, valid_from=valid_from)
    booked = make_confirmed(make_session(), person)
    free_bookings_of_leavers()
    assert states(booked) == ["confirmed"]


def merge(former: Organisation, successor: Organisation, on: dt.date) -> None:
    OrganisationSuccession.objects.create(predecessor=former, successor=successor, on=on)


def test_whose_zone_went_on_in_another_is_no_leaver(zone: Organisation) -> None:
    former = OrganisationFactory.create(code="5906")
    merge(former, zone, TODAY)
    booked = make_confirmed(make_session(), leaver(former))
    free_bookings_of_leavers()
    assert states(booked) == ["confirmed"]


def test_who_left_before_the_merger_or_the_zone_after_it_is_a_leaver(zone: Organisation) -> None:
    former = OrganisationFactory.create(code="5906")
    merge(former, zone, dt.date(2023, 1, 1))
    before = make_confirmed(make_session(), leaver(former, last_day=dt.date(2022, 12, 30)))
    after = leaver(former, last_day=dt.date(2022, 12, 31))
    MembershipFactory.create(
        user=after, organisation=zone, valid_from=dt.date(2023, 1, 1), valid_until=YESTERDAY
    )
    later = make_confirmed(make_session(starts_in=40 * DAY), after)
    free_bookings_of_leavers()
    assert states(before, later) == ["cancelled", "cancelled"]
    assert Departure.objects.get(person=after).organisation == zone


def test_who_keeps_a_school_keeps_what_aspirants_may_take(zone: Organisation) -> None:
    person = leaver(zone)
    at_school(person)
    kept = [
        make_confirmed(make_session(audience=SessionAudience.ASPIRANTS), person),
        make_confirmed(make_session(starts_in=31 * DAY, audience=SessionAudience.MIXED), person),
    ]
    freed = make_confirmed(make_session(starts_in=32 * DAY, audience=SessionAudience.EXPERIENCED), person)
    free_bookings_of_leavers()
    assert states(*kept, freed) == ["confirmed", "confirmed", "cancelled"]
    assert Departure.objects.get().organisation == zone


def test_who_ends_school_and_goes_on_working_is_no_leaver() -> None:
    person = make_employee()
    at_school(person, valid_until=YESTERDAY)
    booked = make_confirmed(make_session(), person)
    free_bookings_of_leavers()
    assert states(booked) == ["confirmed"]


def test_who_was_at_a_school_alone_is_its_leaver() -> None:
    person = UserFactory.create()
    schooling = at_school(person, valid_until=YESTERDAY)
    make_confirmed(make_session(), person)
    free_bookings_of_leavers()
    departure = Departure.objects.get()
    assert (departure.organisation, departure.role) == (schooling.organisation, Role.ASPIRANT)
    assert "de coördinatoren van" in render(Message.objects.get()).body


def test_a_role_that_was_recorded_by_mistake_makes_no_leaver(zone: Organisation) -> None:
    """Mending it takes two steps, and between them nothing may be lost."""
    person = make_employee(zone=zone)
    booked = make_confirmed(make_session(), person)
    Membership.objects.update(superseded_at=NOON)
    free_bookings_of_leavers()
    assert states(booked) == ["confirmed"]


def test_ending_the_role_on_its_page_or_by_a_list_is_enough(zone: Organisation) -> None:
    hr = make_person_with(Role.HR, organisation=zone)
    by_page, by_list = make_employee(zone=zone), make_employee(zone=zone)
    booked = [make_confirmed(make_session(), by_page), make_confirmed(make_session(), by_list)]
    end_role(membership=by_page.memberships.get(), last_day=YESTERDAY, actor=hr)
    set_last_day(membership=by_list.memberships.get(), last_day=dt.date(2026, 2, 1), actor=hr)
    free_bookings_of_leavers()
    assert states(*booked) == ["cancelled", "cancelled"]
    assert sorted(Departure.objects.values_list("last_day", flat=True)) == [dt.date(2026, 2, 1), YESTERDAY]


def test_who_comes_back_can_enrol_anew(zone: Organisation) -> None:
    person, session = leaver(zone), make_session()
    make_confirmed(session, person)
    free_bookings_of_leavers()
    MembershipFactory.create(user=person, organisation=zone, valid_from=TODAY)
    again = enrol(session=session, learner=person, actor=person)
    assert again.status == EnrolmentStatus.CONFIRMED
    free_bookings_of_leavers()
    assert states(again) == ["confirmed"]


def test_a_leaver_without_an_address_is_freed_all_the_same(zone: Organisation) -> None:
    person = leaver(zone)
    User.objects.filter(pk=person.pk).update(email=None)
    booked = make_confirmed(make_session(), person)
    free_bookings_of_leavers()
    assert states(booked) == ["cancelled"]


def freed_for(role: Role, organisation: Organisation) -> list[Enrolment]:
    person = make_person_with(role, organisation=organisation)
    return list(Enrolment.objects.freed_from(person.memberships_today))


def test_hr_sees_what_was_freed_but_nothing_of_one_s_own_choice(zone: Organisation) -> None:
    person, other = leaver(zone), leaver(zone)
    shown = make_confirmed(make_session(version=make_version(title_en="HPM")), person)
    rules: list[dict[str, Any]] = [
        {"sensitive": True},
        {"members_only": True},
        {"consent_required": True, "obligation": "never_mandatory"},
    ]
    for days, rule in enumerate(rules, 31):
        private = make_session(version=make_version(**rule), starts_in=days * DAY)
        make_confirmed(private, person)
        make_confirmed(private, other)
    free_bookings_of_leavers()
    assert not Enrolment.objects.active().exists()
    assert list(freed_for(Role.HR, zone)) == [shown]
    assert not freed_for(Role.HR, OrganisationFactory.create())
    assert not freed_for(Role.COORDINATOR, zone)
    assert not freed_for(Role.CHIEF, zone)


def test_what_becomes_sensitive_later_disappears_from_the_list(zone: Organisation) -> None:
    booked = make_confirmed(make_session(), leaver(zone))
    free_bookings_of_leavers()
    assert list(freed_for(Role.HR, zone)) == [booked]
    make_version(course=booked.session.version.course, number=2, sensitive=True)
    assert not freed_for(Role.HR, zone)


def test_a_review_is_kept_once(zone: Organisation) -> None:
    hr = make_person_with(Role.HR, organisation=zone)
    make_confirmed(make_session(), leaver(zone))
    free_bookings_of_leavers()
    departure = Departure.objects.get()
    for _click in range(2):
        mark_reviewed(departure=departure, actor=hr)
    departure.refresh_from_db()
    assert departure.reviewed_at == NOON
    assert AuditEntry.objects.filter(action="departure.reviewed", actor_id=hr.pk).count() == 1


def test_the_list_forgets_after_ninety_days(zone: Organisation, clock: Any) -> None:
    booked = make_confirmed(make_session(starts_in=200 * DAY), leaver(zone))
    free_bookings_of_leavers()
    clock.move_to(NOON + 90 * DAY)
    forget_what_is_private()
    assert Departure.objects.exists()
    clock.move_to(NOON + 91 * DAY)
    forget_what_is_private()
    assert not Departure.objects.exists()
    booked.refresh_from_db()
    assert (booked.status, booked.departure) == ("cancelled", None)


@pytest.mark.parametrize("staff", [1, 30])
def test_a_night_without_leavers_costs_one_query(
    zone: Organisation, staff: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    session = make_session(capacity=40)
    for _ in range(staff):
        make_confirmed(session, make_employee(zone=zone))
    with django_assert_num_queries(1):
        free_bookings_of_leavers()
