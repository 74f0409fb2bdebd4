import datetime as dt
import re

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from core.models import AuditEntry
from notifications.models import Message
from people.enums import Role
from people.models import Membership, User
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory
from tests.notifications.messages import make_message

pytestmark = pytest.mark.django_db

PROFILE = {
    "profile-TOTAL_FORMS": "1",
    "profile-INITIAL_FORMS": "0",
    "profile-MIN_NUM_FORMS": "0",
    "profile-MAX_NUM_FORMS": "1",
    "profile-0-first_name": "An",
    "profile-0-last_name": "Janssens",
    "profile-0-administrative_language": "fr",
}


@pytest.fixture
def administrator() -> User:
    administrator: User = UserFactory.create(is_staff=True, is_superuser=True)
    return administrator


@pytest.fixture
def desk(client: Client, administrator: User) -> Client:
    client.force_login(administrator)
    session = client.session
    session["screen_language"] = "en"
    session.save()
    return client


def entries() -> list[tuple[str, int, int | None, dict[str, object]]]:
    return list(AuditEntry.objects.order_by("id").values_list("action", "subject_id", "actor_id", "data"))


def test_the_administration_signs_in_where_all_do(client: Client) -> None:
    response = client.get("/operate/admin/", follow=True)
    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))


def test_the_administration_has_the_icon_of_the_platform(desk: Client) -> None:
    page = desk.get("/operate/admin/").content.decode()
    assert re.search(r'<link rel="icon" href="/static/img/favicon[^"]*\.svg" type="image/svg\+xml">', page)


def test_the_administration_is_closed_to_staff_members(client: Client) -> None:
    client.force_login(UserFactory.create())
    assert client.get("/operate/admin/login/").status_code == 403


def test_a_person_is_added_without_a_password_and_with_a_lower_case_address(
    desk: Client, administrator: User
) -> None:
    desk.post("/operate/admin/people/user/add/", {"email": "An@Police.Example", "is_active": "on", **PROFILE})
    person = User.objects.get(email="an@police.example")
    assert not person.has_usable_password()
    assert person.get_full_name() == "An Janssens"
    assert entries() == [
        ("user.added_by_hand", person.pk, administrator.pk, {"fields": ["email"]}),
        ("profile.added_by_hand", person.pk, administrator.pk, {"fields": []}),
    ]


def test_no_page_shows_a_password_hash(desk: Client) -> None:
    person: User = UserFactory.create()
    page = desk.get(f"/operate/admin/people/user/{person.pk}/change/").content.decode()
    assert str(person.email) in page
    assert person.password not in page
    assert "md5$" not in page


def test_a_role_is_granted_and_gets_a_last_day_and_nothing_else(desk: Client, administrator: User) -> None:
    person, zone = UserFactory.create(), OrganisationFactory.create()
    granted = {
        "user": person.pk,
        "organisation": zone.pk,
        "role": Role.HR,
        "valid_from": "2026-01-01",
        "valid_until": "",
    }
    desk.post("/operate/admin/people/membership/add/", granted)
    membership = Membership.objects.get()
    address = f"/operate/admin/people/membership/{membership.pk}/change/"
    desk.post(address, {"role": Role.ADMINISTRATOR, "valid_until": "2026-12-31"})

    ended = Membership.objects.current().get()
    assert (ended.user, ended.role, ended.valid_until) == (person, Role.HR, dt.date(2026, 12, 31))
    assert entries()[-1] == (
        "membership.last_day_set",
        ended.pk,
        administrator.pk,
        {"supersedes": membership.pk},
    )
    # What was known before stays, as it was.
    assert Membership.objects.as_known_at(membership.recorded_at).get() == membership
    assert desk.post(address, {"valid_until": ""}).status_code == 403


def test_a_role_recorded_by_mistake_is_taken_back_at_once(desk: Client, administrator: User) -> None:
    mistake, other = MembershipFactory.create(role=Role.HR), MembershipFactory.create(role=Role.HR)
    asked = {"action": "revoke", "_selected_action": [str(mistake.pk)]}
    for _twice in range(2):
        desk.post("/operate/admin/people/membership/", asked)

    assert list(Membership.objects.current()) == [other]
    assert not User.objects.get(pk=mistake.user_id).has_role(Role.HR)
    assert entries() == [("membership.revoked", mistake.pk, administrator.pk, {})]


def test_an_administrator_made_on_the_command_line_can_use_the_pages(client: Client) -> None:
    call_command("createsuperuser", "--noinput", email="root@police.example")
    person = User.objects.get()
    client.force_login(person)
    assert client.get("/").status_code == 200
    assert client.get(reverse("portal:profile")).status_code == 200


def test_nobody_is_added_without_a_name(desk: Client) -> None:
    nameless = {**PROFILE, "profile-0-first_name": "", "profile-0-last_name": ""}
    answer = desk.post("/operate/admin/people/user/add/", {"email": "an@police.example", **nameless})
    assert answer.status_code == 200
    assert not User.objects.filter(email="an@police.example").exists()


@pytest.mark.parametrize("model", ["people/user", "people/membership", "people/organisation"])
def test_nothing_is_deleted_by_hand(desk: Client, model: str) -> None:
    membership = MembershipFactory.create()
    pk = {"user": membership.user_id, "membership": membership.pk, "organisation": membership.organisation_id}
    assert desk.post(f"/operate/admin/{model}/{pk[model.split('/')[1]]}/delete/").status_code == 403


@pytest.mark.parametrize("model", ["notifications/message", "core/auditentry"])
def test_what_the_platform_writes_is_read_only(desk: Client, model: str) -> None:
    message = make_message(UserFactory.create())
    entry = AuditEntry.objects.create(action="x", subject_type="y", subject_id=1)
    pk = message.pk if model.startswith("notifications") else entry.pk
    assert desk.get(f"/operate/admin/{model}/{pk}/change/").status_code == 200
    assert desk.post(f"/operate/admin/{model}/{pk}/change/", {}).status_code == 403
    assert desk.post(f"/operate/admin/{model}/{pk}/delete/", {}).status_code == 403
    assert desk.get(f"/operate/admin/{model}/add/").status_code == 403


def test_a_message_does_not_show_what_it_said(desk: Client) -> None:
    message: Message = make_message(UserFactory.create(email="jo@police.example"))
    page = desk.get(f"/operate/admin/notifications/message/{message.pk}/change/").content.decode()
    listed = desk.get("/operate/admin/notifications/message/").content.decode()
    assert str(message.recipient.public_id) in page
    for private in ("Holocaust", "jo@police.example", "Peeters"):
        assert private not in page
        assert private not in listed


@pytest.mark.parametrize(
    ("model", "queries"),
    [
        ("people/user", 4),
        ("people/membership", 4),
        ("people/organisation", 4),
        ("notifications/message", 4),
        ("core/auditentry", 3),
    ],
)
@pytest.mark.parametrize("rows", [1, 30])
def test_a_list_costs_the_same_for_one_row_and_for_thirty(
    desk: Client, django_assert_num_queries: DjangoAssertNumQueries, model: str, queries: int, rows: int
) -> None:
    for number in range(rows):
        membership = MembershipFactory.create()
        make_message(membership.user, dedupe_key=str(number))
        AuditEntry.record(action="x", subject=membership, actor=None)
    with django_assert_num_queries(queries):
        page = desk.get(f"/operate/admin/{model}/")
    assert page.context["cl"].result_count >= rows


@pytest.mark.parametrize("model", ["auth/group", "account/emailaddress"])
def test_nothing_is_edited_that_leaves_no_trace(desk: Client, model: str) -> None:
    assert desk.get(f"/operate/admin/{model}/").status_code == 404


@pytest.mark.parametrize(
    "question",
    [
        "people/user/?password__startswith=a",
        "notifications/message/?context__title=HPM",
        "notifications/message/?topic__startswith=enrolment",
        "certificates/certificate/?name_code__startswith=A",
        "certificates/certificate/?snapshot__name=An",
    ],
)
def test_no_address_asks_for_what_the_pages_leave_out(desk: Client, question: str) -> None:
    assert desk.get(f"/operate/admin/{question}").status_code == 400


@pytest.mark.parametrize(
    "filters",
    [
        "people/user/?is_active__exact=1",
        "people/membership/?role__exact=trainer",
        "people/organisation/?kind__exact=zone",
        "notifications/message/?template=session_reminder&status__exact=sent",
        "certificates/certificate/?status__exact=issued",
        "attendance/mark/?state__exact=present&recorded_at__year=2026",
    ],
)
def test_the_filters_of_a_list_work(desk: Client, filters: str) -> None:
    assert desk.get(f"/operate/admin/{filters}").status_code == 200


def test_a_message_does_not_name_the_enrolment_that_it_is_about(desk: Client) -> None:
    message = make_message(UserFactory.create(), topic="enrolment:of-somebody")
    page = desk.get(f"/operate/admin/notifications/message/{message.pk}/change/").content.decode()
    assert message.topic not in page
    assert message.dedupe_key not in page
