"""Roles: who gives and ends which, where, until when; and links to new accounts."""

import datetime as dt

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from core.models import AuditEntry
from core.time import today
from people.enums import OrganisationKind, Role
from people.errors import RoleNotYours
from people.models import Membership, Organisation, User
from people.rules import COMMON_ROLES, RoleScope, deciders_of, role_scope
from people.services.memberships import end_role, grant_role, set_last_day
from tests.factories import (
    MembershipFactory,
    OrganisationFactory,
    UserFactory,
    make_employee,
    make_person_with,
)
from tests.pages import SignIn

pytestmark = pytest.mark.django_db

NEXT_YEAR = dt.timedelta(days=365)
A_DAY = dt.timedelta(days=1)
GREATER = sorted(set(Role) - set(COMMON_ROLES))


@pytest.fixture
def zone() -> Organisation:
    zone: Organisation = OrganisationFactory.create()
    return zone


@pytest.fixture
def school() -> Organisation:
    """Where each of the common roles can be given."""
    school: Organisation = OrganisationFactory.create(kind=OrganisationKind.SCHOOL)
    return school


def address(person: User, act: str = "roles/") -> str:
    return f"/hr/people/{person.public_id}/{act}"


def end_address(membership: Membership) -> str:
    place = membership.organisation.public_id
    return address(membership.user, f"roles/{membership.role}/{place}/end/")


def end(client: Client, membership: Membership, last_day: dt.date | None = None) -> int:
    last_day = last_day or today() - A_DAY
    return client.post(end_address(membership), {"last_day": last_day.isoformat()}).status_code


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
def test_the_administrator_gives_any_role_anywhere(sign_in: SignIn, school: Organisation, role: Role) -> None:
    administrator, person = make_person_with(Role.ADMINISTRATOR), UserFactory.create()
    assert grant(sign_in(administrator), person, role, school) == 302
    assert current(person) == {(role, school.pk, today() + NEXT_YEAR)}
    entry = AuditEntry.objects.get(action="membership.granted")
    assert (entry.actor_id, entry.data) == (administrator.pk, {"role": role})


@pytest.mark.parametrize("giver", [Role.HR, Role.COORDINATOR])
@pytest.mark.parametrize("role", list(Role))
def test_hr_and_coordinators_give_the_common_roles_in_their_own_organisation(
    sign_in: SignIn, school: Organisation, giver: Role, role: Role
) -> None:
    client = sign_in(make_person_with(giver, organisation=school))
    person = MembershipFactory.create(organisation=school, role=Role.EMPLOYEE).user
    other = OrganisationFactory.create(kind=OrganisationKind.SCHOOL)
    before = current(person)
    assert grant(client, person, role, other) == 200
    assert current(person) == before
    assert grant(client, person, role, school) == (302 if role in COMMON_ROLES else 200)
    gained = {(role, school.pk, today() + NEXT_YEAR)} if role in COMMON_ROLES else set()
    assert current(person) - before == gained


@pytest.mark.parametrize("giver", [Role.HR, Role.COORDINATOR, Role.ADMINISTRATOR])
def test_nobody_gives_a_role_to_themselves(sign_in: SignIn, school: Organisation, giver: Role) -> None:
    oneself = make_person_with(giver, organisation=school)
    client, before = sign_in(oneself), current(oneself)
    assert "Give the role" not in client.get(address(oneself)).content.decode()
    for role in Role:
        assert grant(client, oneself, role, school) == 200
    assert current(oneself) == before


def test_only_a_school_has_aspirants(sign_in: SignIn, zone: Organisation) -> None:
    client = sign_in(make_person_with(Role.HR, organisation=zone))
    person = make_employee(zone=zone)
    assert grant(client, person, Role.ASPIRANT, zone) == 200
    assert current(person) == {("employee", zone.pk, None)}


@pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.ASPIRANT])
def test_nobody_takes_an_employee_or_an_aspirant_away_from_elsewhere(
    sign_in: SignIn, school: Organisation, role: Role
) -> None:
    """Who teaches here is seen here, and works or learns elsewhere all the same."""
    person = MembershipFactory.create(role=Role.TRAINER, organisation=school).user
    elsewhere = MembershipFactory.create(user=person, role=role, organisation__name_en="Elsewhere")
    for giver in (Role.HR, Role.COORDINATOR, Role.ADMINISTRATOR):
        client = sign_in(make_person_with(giver, organisation=school))
        form = {"role": role, "organisation": school.pk, "valid_until": today().isoformat()}
        page = client.post(address(person), form).content.decode()
        assert "It ends there first." in page
        assert ("Elsewhere" in page) == (giver == Role.ADMINISTRATOR)
    assert current(person) == {("trainer", school.pk, None), (role, elsewhere.organisation_id, None)}


@pytest.mark.parametrize("role", GREATER)
def test_hr_ends_no_greater_role(sign_in: SignIn, zone: Organisation, role: Role) -> None:
    client = sign_in(make_person_with(Role.HR, organisation=zone))
    membership = MembershipFactory.create(organisation=zone, role=role)
    assert "End it" not in client.get(address(membership.user)).content.decode()
    assert client.get(end_address(membership)).status_code == 403
    assert end(client, membership) == 403
    assert current(membership.user) == {(role, zone.pk, None)}


@pytest.mark.parametrize("role", COMMON_ROLES)
@pytest.mark.parametrize("days", [-400, -1, 0, 30])
def test_hr_says_which_is_the_last_day_of_a_common_role(
    sign_in: SignIn, zone: Organisation, role: Role, days: int
) -> None:
    client = sign_in(make_person_with(Role.HR, organisation=zone))
    membership = MembershipFactory.create(organisation=zone, role=role)
    assert end_address(membership) in client.get(address(membership.user)).content.decode()
    assert "End the role" in client.get(end_address(membership)).content.decode()
    last_day = today() + dt.timedelta(days=days)
    page = client.post(end_address(membership), {"last_day": last_day.isoformat()}, follow=True)
    assert page.status_code == 200
    ended = Membership.objects.current().get(user=membership.user)
    assert ended.valid_until == last_day
    assert AuditEntry.objects.filter(action="membership.last_day_set", subject_id=ended.pk).count() == 1
    membership.refresh_from_db()
    assert membership.superseded_at is not None


def test_a_last_day_is_never_later_than_it_was(sign_in: SignIn, zone: Organisation) -> None:
    client = sign_in(make_person_with(Role.HR, organisation=zone))
    membership = MembershipFactory.create(organisation=zone, valid_until=today() + dt.timedelta(days=3))
    for wrong in ((today() + dt.timedelta(days=4)).isoformat(), "", "31/31/2026"):
        assert client.post(end_address(membership), {"last_day": wrong}).status_code == 200
    assert current(membership.user) == {("employee", zone.pk, membership.valid_until)}


def test_a_role_that_began_after_its_last_day_is_taken_back_whole(
    sign_in: SignIn, zone: Organisation
) -> None:
    client = sign_in(make_person_with(Role.HR, organisation=zone))
    person = make_employee(zone=zone)
    grant(client, person, Role.TRAINER, zone)
    given = Membership.objects.get(role=Role.TRAINER)
    assert end(client, given) == 302
    assert not Membership.objects.current().filter(role=Role.TRAINER).exists()
    assert AuditEntry.objects.filter(action="membership.revoked", subject_id=given.pk).count() == 1


def test_past_roles_stay_readable(sign_in: SignIn, zone: Organisation) -> None:
    client = sign_in(make_person_with(Role.HR, organisation=zone))
    person = make_employee(zone=zone)
    trainer = MembershipFactory.create(user=person, organisation=zone, role=Role.TRAINER)
    assert "Past roles" not in client.get(address(person)).content.decode()
    end(client, trainer)
    past = client.get(address(person)).content.decode().partition("Past roles")[2]
    assert "Trainer" in past
    assert "End it" not in past


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
        assert end(client, membership) == 404
        assert client.post(address(person, "link/")).status_code == 404


def test_what_a_person_is_elsewhere_is_neither_shown_nor_ended(sign_in: SignIn, zone: Organisation) -> None:
    client = sign_in(make_person_with(Role.HR, organisation=zone))
    person = make_employee(zone=zone)
    elsewhere = MembershipFactory.create(user=person, role=Role.TRAINER, organisation__name_en="Elsewhere")
    for path in ("/hr/people/", address(person)):
        assert "Elsewhere" not in client.get(path).content.decode()
    assert end(client, elsewhere) == 404
    assert client.get(end_address(elsewhere)).status_code == 404
    assert current(person) == {("employee", zone.pk, None), ("trainer", elsewhere.organisation_id, None)}


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
        end_role(membership=MembershipFactory.create(), last_day=today(), actor=hr)
    assert role_scope(person) == RoleScope()


def test_people_are_found_by_name_and_number_accents_forgiven(sign_in: SignIn, zone: Organisation) -> None:
    client = sign_in(make_person_with(Role.HR, organisation=zone))
    make_employee(
        zone=zone, profile__first_name="Zoë", profile__last_name="Müller", profile__staff_number="471"
    )
    make_employee(zone=zone, profile__last_name="Other", profile__staff_number="4711")
    make_employee(profile__first_name="Zoë", profile__last_name="Foreign")
    for query in ("zoe", "MULLER zoe", "471", "müll"):
        page = client.post("/hr/people/", {"q": query}, follow=True)
        # A name stays out of addresses, and so out of logs.
        assert page.redirect_chain == [("/hr/people/", 302)]
        assert [profile.full_name for profile in page.context["page"]] == ["Zoë Müller"], query
    assert "Nobody found" in client.post("/hr/people/", {"q": "nobody"}, follow=True).content.decode()


def test_a_search_that_is_kept_is_short(sign_in: SignIn, zone: Organisation) -> None:
    client = sign_in(make_person_with(Role.HR, organisation=zone))
    for path in ("/hr/people/", "/hr/search/"):
        assert client.post(path, {"q": "x" * 100_000}, follow=True).status_code == 200
    assert {len(client.session[kept]) for kept in ("people_search", "reporting_search")} == {100}


@pytest.mark.parametrize("rows", [1, 29])
def test_the_list_costs_the_same_for_one_and_for_thirty(
    sign_in: SignIn, zone: Organisation, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    client = sign_in(make_person_with(Role.HR, organisation=zone))
    for _ in range(rows):
        make_employee(zone=zone)
    with django_assert_num_queries(4):
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


@pytest.mark.parametrize("reader", [Role.HR, Role.COORDINATOR])
def test_hr_goes_on_to_the_training_record_of_its_employees(
    sign_in: SignIn, zone: Organisation, reader: Role
) -> None:
    client = sign_in(make_person_with(reader, organisation=zone))
    employee = make_employee(zone=zone)
    trainer = MembershipFactory.create(organisation=zone, role=Role.TRAINER).user
    for person in (employee, trainer):
        offered = f'href="/hr/people/{person.public_id}/"' in client.get(address(person)).content.decode()
        assert offered == (person == employee and reader == Role.HR)


# -- Who decides in an organisation's name -----------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "first", "all_of_them"),
    [
        ({Role.APPROVER, Role.DEPUTY_APPROVER, Role.HR}, "approver", {"approver", "deputy_approver"}),
        ({Role.DEPUTY_APPROVER, Role.HR}, "deputy_approver", {"deputy_approver"}),
        ({Role.HR, Role.CHIEF, Role.COORDINATOR}, "hr", {"hr"}),
    ],
)
def test_approvers_decide_and_deputies_and_hr_where_there_is_neither(
    zone: Organisation, held: set[Role], first: str, all_of_them: set[str]
) -> None:
    people = {role.value: make_person_with(role, organisation=zone).pk for role in held}
    make_person_with(Role.APPROVER)
    make_person_with(Role.APPROVER, organisation=zone, is_active=False)
    gone = MembershipFactory.create(role=Role.APPROVER, organisation=zone)
    set_last_day(membership=gone, last_day=today() - A_DAY, actor=gone.user)

    person = make_employee(zone=zone)
    deciders = deciders_of([zone.pk], on=today())[zone.pk]

    assert deciders.asked_first_about(person.pk) == {people[first]}
    assert deciders.about(person.pk) == {people[role] for role in all_of_them}


def test_nobody_decides_about_themselves(zone: Organisation) -> None:
    """The only approver's own enrolment goes to the deputy, the deputy's to HR, HR's to nobody."""
    hr = make_person_with(Role.HR, organisation=zone)
    deputy = make_person_with(Role.DEPUTY_APPROVER, organisation=zone)
    approver = make_person_with(Role.APPROVER, organisation=zone)

    deciders = deciders_of([zone.pk], on=today())[zone.pk]
    assert deciders.asked_first_about(approver.pk) == deciders.about(approver.pk) == {deputy.pk}
    assert deciders.about(deputy.pk) == {approver.pk}
    for role in (Role.APPROVER, Role.DEPUTY_APPROVER):
        set_last_day(
            membership=Membership.objects.current().get(role=role), last_day=today() - A_DAY, actor=hr
        )
    of_hr_alone = deciders_of([zone.pk], on=today())[zone.pk]
    assert of_hr_alone.asked_first_about(approver.pk) == of_hr_alone.about(deputy.pk) == {hr.pk}
    assert of_hr_alone.about(hr.pk) == set()
