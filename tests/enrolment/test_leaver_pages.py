"""The page on which HR and academies look over who left, and what that freed."""

import datetime as dt
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from core.models import AuditEntry
from courses.models import Session
from enrolment.models import Departure
from enrolment.services.leaving import free_bookings_of_leavers
from people.enums import Role
from people.models import Organisation, User
from tests.enrolment.conftest import DAY
from tests.factories import (
    MembershipFactory,
    OrganisationFactory,
    UserFactory,
    make_confirmed,
    make_person_with,
    make_session,
    make_version,
)
from tests.pages import SignIn, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def leave(zone: Organisation, *sessions: Session, **names: str) -> User:
    person: User = UserFactory.create(**{f"profile__{name}": value for name, value in names.items()})
    MembershipFactory.create(user=person, organisation=zone, valid_until=dt.date(2026, 3, 1))
    for session in sessions:
        make_confirmed(session, person)
    return person


def test_hr_looks_over_who_left_and_what_that_freed(sign_in: SignIn, hr: User, zone: Organisation) -> None:
    hpm = make_session(version=make_version(title_en="HPM"))
    law = make_session(version=make_version(title_en="Unia law"), starts_in=31 * DAY)
    leave(zone, hpm, law, first_name="Bo", last_name="Weg")
    leave(zone, hpm, first_name="Cas", last_name="Heen")
    bebe = make_session(version=make_version(sensitive=True), starts_in=32 * DAY)
    leave(zone, bebe, first_name="Dré", last_name="Stil")
    leave(OrganisationFactory.create(), hpm, first_name="Els", last_name="Elders")
    free_bookings_of_leavers()
    client = sign_in(hr)
    assert "2 people left" in text(client.get("/"))
    page = text(client.get("/hr/leavers/"))
    assert "2 people left; 3 bookings were freed." in page
    for shown in ("Bo Weg", "Cas Heen", "HPM, Wed 1 Apr 2026", "Unia law", "last day Sun 1 Mar 2026"):
        assert shown in page
    hidden = ("Stil", "Elders", "Sensitive theme", "Diversity training")
    assert [word for word in hidden if word in page] == []


def test_what_was_reviewed_moves_down(sign_in: SignIn, hr: User, zone: Organisation) -> None:
    leave(zone, make_session(), first_name="Bo", last_name="Weg")
    free_bookings_of_leavers()
    departure = Departure.objects.get()
    client = sign_in(hr)
    page = client.post(f"/hr/leavers/{departure.public_id}/", follow=True)
    assert page.context["waiting"] == []
    assert [each.departure for each in page.context["reviewed"]] == [departure]
    assert "Nothing to look over" in text(page)
    assert "people left" not in text(client.get("/"))
    assert AuditEntry.objects.filter(action="departure.reviewed", actor_id=hr.pk).exists()


def test_a_departure_of_others_or_with_nothing_to_show_is_not_found(
    sign_in: SignIn, hr: User, zone: Organisation
) -> None:
    leave(OrganisationFactory.create(), make_session())
    leave(zone, make_session(version=make_version(sensitive=True)))
    free_bookings_of_leavers()
    client = sign_in(hr)
    assert Departure.objects.count() == 2
    for departure in Departure.objects.all():
        assert client.post(f"/hr/leavers/{departure.public_id}/").status_code == 404
    assert not Departure.objects.exclude(reviewed_at=None).exists()


@pytest.mark.parametrize("role", Role)
def test_the_list_of_leavers_is_for_those_who_acted_for_them(
    sign_in: SignIn, zone: Organisation, role: Role
) -> None:
    client = sign_in(make_person_with(role, organisation=zone))
    assert client.get("/hr/leavers/").status_code == (200 if role == Role.HR else 403)
    assert client.get("/academy/leavers/").status_code == (200 if role == Role.COORDINATOR else 403)
    assert client.post(f"/hr/leavers/{uuid4()}/").status_code == (404 if role == Role.HR else 403)


@pytest.mark.parametrize("rows", [1, 30])
def test_the_list_of_leavers_takes_the_same_queries_for_1_and_30(
    sign_in: SignIn,
    hr: User,
    zone: Organisation,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    session = make_session(capacity=None)
    for _ in range(rows):
        leave(zone, session)
    free_bookings_of_leavers()
    client = sign_in(hr)
    with django_assert_num_queries(2):
        client.get("/hr/leavers/")
