"""Roles: who gives and ends which, where, until when; and links to new accounts."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from core.models import AuditEntry
from core.time import today
from people.enums import Role
from people.errors import RoleNotYours
from people.models import Membership, Organisation, User
from people.rules import COMMON_ROLES, RoleScope, role_scope
from people.services.memberships import end_role, grant_role
from tests.factories import (
    MembershipFactory,
    OrganisationFactory,
    UserFactory,
    make_employee,
    make_person_with,
)

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]

NEXT_YEAR = dt.timedelta(days=365)
GREATER = sorted(set(Role) - set(COMMON_ROLES))


@pytest.fixture
def zone() -> Organisation:
    zone: Organisation = OrganisationFactory.create()
    return zone


def address(person: User, act: str = "roles/") -> str:
    return f"/hr/people/{person.public_id}/{act}"


def grant(
    client: Client, person: User, role: str, organisation: Organisation, until: dt.date | None = None
) -> int:
    last_day = until or today() + NEXT_YEAR
    form = {"role": role, "organisation": organisation.pk, "valid_until": last_day.isoformat()}
    return client.post(address(person), form).status_code


def current(person: User) -> set[tuple[str, int, dt.date | None]]:
    held = Membership.objects.current(on=today()).filter(user=person)
    return {(each.role, each.organisation_id, each.valid_until) for each in held}


@pytest.mark.parametrize("role", list(Role))
def test_the_administrator_gives_any_role_anywhere(sign_in: SignIn, zone: Organisation, role: Role) -> None:
    administrator, person = make_person_with(Role.ADMINISTRATOR), UserFactory.create()
    assert grant(sign_in(administrator), person, role, zone) == 302
    assert current(person) == {(role, zone.pk, today() + NEXT_YEAR)}
    entry = AuditEntry.objects.get(action="membership.granted")
    assert (entry.actor_id, entry.data) == (administrator.pk, {"role": role})


@pytest.mark.parametrize("giver", [Role.HR, Role.COORDINATOR])
@pytest.mark.parametrize("role", list(Role))
def test_hr_and_coordinators_give_the_common_roles_in_their_own_organisation(
    sign_in: SignIn, zone: Organisation, giver: Role, role: Role
) -> None:
    client = sign_in(make_person_with(giver, organisation=zone))
    person, other = make_employee(zone=zone), OrganisationFactory.create()
    before = current(person)
    assert grant(client, person, role, other) == 200
    assert current(person) == before
    assert grant(client, person, role, zone) == (302 if role in COMMON_ROLES else 200)
    gained = {(role, zone.pk, today() + NEXT_YEAR)} if role in COMMON_ROLES else set()
    assert current(person) - before == gained


@pytest.mark.parametrize("role", GREATER)
def test_hr_ends_no_greater_role(sign_in: SignIn, zone: Organisation, role: Role) -> None:
    client = sign_in(make_person_with(Role.HR, organisation=zone))
    membership = MembershipFactory.create(organisation=zone, role=role)
    assert "End it" not in client.get(address(membership.user)).content.decode()
    assert (
        client.post(address(membership.user, "roles/end/"), {"membership": membership.pk}).status_code == 403
    )
    assert current(membership.user) == {(role, zone.pk, None)}


@pytest.mark.parametrize("role", COMMON_ROLES)
def test_hr_ends_a_common_role_with_yesterday_as_its_last_day(
    sign_in: SignIn, zone: Organisation, role: Role
) -> None:
    client = sign_in(make_person_with(Role.HR, organisation=zone))
    membership = MembershipFactory.create(organisation=zone, role=role)
    assert (
        client.post(address(membership.user, "roles/end/"), {"membership": membership.pk}).status_code == 302
    )
    ended = Membership.objects.current().get(user=membership.user)
    assert ended.valid_until == today() - dt.timedelta(days=1)
    assert AuditEntry.objects.filter(action="membership.last_day_set", subject_id=ended.pk).count() == 1


def test_a_role_given_today_is_taken_back_whole(sign_in: SignIn, zone: Organisation) -> None:
    client = sign_in(make_person_with(Role.HR, organisation=zone))
    person = make_employee(zone=zone)
    grant(client, person, Role.TRAINER, zone)
    given = Membership.objects.get(role=Role.TRAINER)
    client.post(address(person, "roles/end/"), {"membership": given.pk})
    assert not Membership.objects.current().filter(role=Role.TRAINER).exists()


def test_given_again_a_role_gets_the_new_last_day(sign_in: SignIn, zone: Organisation) -> None:
    client = sign_in(make_person_with(Role.HR, organisation=zone))
    person = make_employee(zone=zone)
    for days in (10, 20):
        grant(client, person, Role.TRAINER, zone, today() + dt.timedelta(days=days))
    assert current(person) == {
        ("employee", zone.pk, None),
        ("trainer", zone.pk, today() + dt.timedelta(days=20)),
    }


@pytest.mark.parametrize("days", [-1, 5 * 366 + 1])
def test_a_role_has_a_last_day_in_sight(sign_in: SignIn, zone: Organisation, days: int) -> None:
    client = sign_in(make_person_with(Role.HR, organisation=zone))
    person = make_employee(zone=zone)
    assert grant(client, person, Role.TRAINER, zone, today() + dt.timedelta(days=days)) == 200
    form = {"role": Role.TRAINER, "organisation": zone.pk, "valid_until": ""}
    assert client.post(address(person), form).status_code == 200
    assert current(person) == {("employee", zone.pk, None)}


def test_people_of_elsewhere_are_not_found(sign_in: SignIn, zone: Organisation) -> None:
    client = sign_in(make_person_with(Role.HR, organisation=zone))
    foreign = MembershipFactory.create(role=Role.TRAINER)
    left = MembershipFactory.create(organisation=zone, valid_until=today() - dt.timedelta(days=1))
    for membership in (foreign, left):
        person = membership.user
        assert client.get(address(person)).status_code == 404
        assert grant(client, person, Role.TRAINER, zone) == 404
        assert client.post(address(person, "roles/end/"), {"membership": membership.pk}).status_code == 404
        assert client.post(address(person, "link/")).status_code == 404


def test_what_a_person_is_elsewhere_is_neither_shown_nor_ended(sign_in: SignIn, zone: Organisation) -> None:
    client = sign_in(make_person_with(Role.HR, organisation=zone))
    person = make_employee(zone=zone)
    elsewhere = MembershipFactory.create(user=person, role=Role.TRAINER, organisation__name_en="Elsewhere")
    for path in ("/hr/people/", address(person)):
        assert "Elsewhere" not in client.get(path).content.decode()
    assert client.post(address(person, "roles/end/"), {"membership": elsewhere.pk}).status_code == 404
    assert client.post(address(person, "roles/end/"), {"membership": "x"}).status_code == 404


@pytest.mark.parametrize("role", list(Role))
def test_who_may_open_the_pages(sign_in: SignIn, role: Role) -> None:
    client = sign_in(make_person_with(role))
    may = role in (Role.HR, Role.COORDINATOR, Role.ADMINISTRATOR)
    assert client.get("/hr/people/").status_code == (200 if may else 403)
    assert client.get(address(UserFactory.create())).status_code == (
        403 if not may else 200 if role == Role.ADMINISTRATOR else 404
    )


def test_the_services_refuse_on_their_own(zone: Organisation) -> None:
    hr, person = make_person_with(Role.HR, organisation=zone), make_employee(zone=zone)
    with pytest.raises(RoleNotYours):
        grant_role(person=person, role=Role.HR, organisation=zone, valid_until=today(), actor=hr)
    with pytest.raises(RoleNotYours):
        end_role(membership=MembershipFactory.create(), actor=hr)
    assert role_scope(person) == RoleScope()


def test_people_are_found_by_name_and_number_accents_forgiven(sign_in: SignIn, zone: Organisation) -> None:
    client = sign_in(make_person_with(Role.HR, organisation=zone))
    make_employee(
        zone=zone, profile__first_name="Zoë", profile__last_name="Müller", profile__staff_number="471"
    )
    make_employee(zone=zone, profile__last_name="Other", profile__staff_number="4711")
    make_employee(profile__first_name="Zoë", profile__last_name="Foreign")
    for query in ("zoe", "MULLER zoe", "471", "müll"):
        page = client.get("/hr/people/", {"q": query})
        assert [profile.full_name for profile in page.context["page"]] == ["Zoë Müller"], query
    assert "Nobody found" in client.get("/hr/people/", {"q": "nobody"}).content.decode()


@pytest.mark.parametrize("rows", [1, 29])
def test_the_list_costs_the_same_for_one_and_for_thirty(
    sign_in: SignIn, zone: Organisation, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    client = sign_in(make_person_with(Role.HR, organisation=zone))
    for _ in range(rows):
        make_employee(zone=zone)
    with django_assert_num_queries(6):
        page = client.get("/hr/people/")
    assert len(page.context["page"]) == rows + 1


def test_a_link_is_asked_for_who_has_no_account_and_again(sign_in: SignIn, zone: Organisation) -> None:
    client = sign_in(make_person_with(Role.HR, organisation=zone))
    person, with_account = make_employee(zone=zone, password=""), make_employee(zone=zone)
    person.set_unusable_password()
    person.save()
    for someone in (person, with_account):
        offered = "Mail the link" in client.get(address(someone)).content.decode()
        assert offered == (someone == person)
        client.post(address(someone, "link/"))
    person.refresh_from_db()
    with_account.refresh_from_db()
    assert with_account.activation_asked_at is None
    first = person.activation_asked_at
    client.post(address(person, "link/"))
    person.refresh_from_db()
    assert person.activation_asked_at > first  # type: ignore[operator]
    assert AuditEntry.objects.filter(action="account.activation_asked", subject_id=person.pk).count() == 2
