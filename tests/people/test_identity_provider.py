"""Signing in at an identity provider: who is known there and here, and who comes for the first time."""

import os
import subprocess
import sys
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from core.models import AuditEntry
from demo import engines
from notifications.models import Message
from people.models import User
from tests.demo.test_settings import PUBLIC
from tests.factories import UserFactory
from tests.people.factors import code_of, is_signed_in, type_code, type_password, with_app
from tests.people.identity_provider import (
    CALLBACK,
    SUBJECT,
    Provider,
    assert_nobody_came_in,
    come_back,
    entries,
    everything_stored,
    leave,
    link,
    links,
    page_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return Client(headers={"accept-language": "en"})


@pytest.fixture
def person() -> User:
    person: User = UserFactory.create(email="jo@police.example", profile__staff_number="440000001")
    return person


def test_a_linked_subject_signs_in_and_goes_where_they_wanted(
    client: Client, provider: Provider, person: User
) -> None:
    link(person, provider)
    page = client.get("/account/login/?next=/my/training/").content.decode()
    assert "Sign in with Politielogin" in page
    leaving = leave(client, next="/my/training/")
    assert (leaving.status_code, "no-store" in leaving["Cache-Control"]) == (200, True)
    answer = client.get(provider.sends_back(leaving))
    assert answer["Location"] == "/my/training/"
    assert is_signed_in(client)
    assert client.session["_auth_user_id"] == str(person.pk)


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example/"])
def test_one_comes_back_to_our_own_pages_only(
    client: Client, provider: Provider, person: User, address: str
) -> None:
    link(person, provider)
    assert come_back(client, provider, next=address)["Location"] == "/"


def test_of_what_the_provider_says_the_subject_alone_is_kept(
    client: Client, provider: Provider, person: User
) -> None:
    link(person, provider)
    private = {
        "email": "jo@home.example",
        "name": "Jo Geheim",
        "birthdate": "1980-01-01",
        "rrn": "80010112379",
    }
    provider.knows(**private)
    come_back(client, provider)
    assert is_signed_in(client)
    assert links() == [(person.pk, provider.address, SUBJECT, {})]
    stored = everything_stored() + str(dict(client.session))
    assert not any(value in stored for value in private.values())


def test_the_second_step_is_asked_for_all_the_same(client: Client, provider: Provider, person: User) -> None:
    _person, secret = with_app(person)
    link(person, provider)
    assert come_back(client, provider)["Location"] == reverse("mfa_authenticate")
    assert not is_signed_in(client)
    type_code(client, code_of(secret))
    assert is_signed_in(client)


def test_a_subject_of_another_provider_is_somebody_else(
    client: Client, provider: Provider, person: User
) -> None:
    SocialAccount.objects.create(user=person, provider="https://before.example", uid=SUBJECT)
    assert come_back(client, provider).status_code == 403
    assert not is_signed_in(client)


def test_a_closed_account_does_not_sign_in(client: Client, provider: Provider, person: User) -> None:
    link(person, provider)
    User.objects.update(is_active=False)
    assert come_back(client, provider)["Location"] == reverse("account_inactive")
    assert not is_signed_in(client)


def test_who_is_unknown_gets_no_account_and_is_told_whom_to_ask(
    client: Client, provider: Provider, person: User
) -> None:
    answer = come_back(client, provider)
    assert_nobody_came_in(client, answer)
    assert "Ask your zone's HR or your academy" in answer.content.decode()
    assert entries() == []


@pytest.mark.parametrize("verified", [True, False, None])
def test_an_address_that_exists_links_nothing(
    client: Client, provider: Provider, person: User, verified: bool | None
) -> None:
    """The page is that of somebody unknown, so that it does not tell who has an account."""
    unknown = come_back(client, provider)
    provider.knows(email="jo@police.example", email_verified=verified)
    known = come_back(client, provider)
    assert_nobody_came_in(client, known)
    assert page_of(known) == page_of(unknown)
    assert "Sign in with it, and link the account" in known.content.decode()


def test_a_staff_number_links_where_the_provider_vouches_for_it(
    client: Client, provider: Provider, person: User, settings: Settings
) -> None:
    settings.OIDC_STAFF_NUMBER_CLAIM = "stamnummer"
    provider.knows(stamnummer="440000001")
    come_back(client, provider)
    assert is_signed_in(client)
    assert links() == [(person.pk, provider.address, SUBJECT, {})]
    assert entries() == [("identity.linked", None, {"grounds": "staff_number"})]
    assert [message.context["change"] for message in Message.objects.all()] == ["provider_linked"]


def test_the_staff_number_may_stand_in_the_second_answer(
    client: Client, provider: Provider, person: User, settings: Settings
) -> None:
    settings.OIDC_STAFF_NUMBER_CLAIM = "stamnummer"
    provider.knows(**{"userinfo:stamnummer": "440000001"})
    come_back(client, provider)
    assert is_signed_in(client)


def test_the_second_answer_must_be_about_the_same_subject(
    client: Client, provider: Provider, person: User, settings: Settings
) -> None:
    settings.OIDC_STAFF_NUMBER_CLAIM = "stamnummer"
    provider.knows(**{"userinfo:stamnummer": "440000001", "userinfo:sub": "another"})
    assert come_back(client, provider).status_code == 401
    assert links() == []


@pytest.mark.parametrize("claim", ["", "employee_id"])
def test_a_staff_number_that_nobody_vouches_for_links_nothing(
    client: Client, provider: Provider, person: User, settings: Settings, claim: str
) -> None:
    settings.OIDC_STAFF_NUMBER_CLAIM = claim
    provider.knows(stamnummer="440000001")
    assert_nobody_came_in(client, come_back(client, provider))


@pytest.mark.parametrize(
    "number", ["44000000", "0440000001", " 440000001", "", None, [], ["440000001"], {"is": "440000001"}, True]
)
def test_a_staff_number_must_be_exact(
    client: Client, provider: Provider, person: User, settings: Settings, number: object
) -> None:
    settings.OIDC_STAFF_NUMBER_CLAIM = "stamnummer"
    UserFactory.create(profile__staff_number=None)
    provider.knows(stamnummer=number)
    assert_nobody_came_in(client, come_back(client, provider), people=2)


def test_a_staff_number_of_a_closed_account_links_nothing(
    client: Client, provider: Provider, person: User, settings: Settings
) -> None:
    settings.OIDC_STAFF_NUMBER_CLAIM = "stamnummer"
    User.objects.update(is_active=False)
    provider.knows(stamnummer="440000001")
    answer = come_back(client, provider)
    assert_nobody_came_in(client, answer)
    assert "Your account here is closed." in answer.content.decode()


def test_a_linked_person_keeps_the_first_subject_and_another_one_leaves_a_trace(
    client: Client, provider: Provider, person: User, settings: Settings
) -> None:
    settings.OIDC_STAFF_NUMBER_CLAIM = "stamnummer"
    link(person, provider)
    AuditEntry.objects.all().delete()
    provider.knows("another-subject", stamnummer="440000001")
    answer = come_back(client, provider)
    assert answer.status_code == 403
    assert "does not match the one that is already linked" in answer.content.decode()
    assert links() == [(person.pk, provider.address, SUBJECT, {})]
    assert entries() == [
        ("identity.refused", None, {"grounds": "staff_number", "held_by": person.pk}),
    ]
    assert "another-subject" not in everything_stored()


def test_an_administrator_unlinks_whose_subject_changed(
    client: Client, provider: Provider, person: User, settings: Settings
) -> None:
    settings.OIDC_STAFF_NUMBER_CLAIM = "stamnummer"
    link(person, provider)
    come_back(client, provider)
    assert is_signed_in(client)
    administrator = UserFactory.create(is_staff=True, is_superuser=True)
    desk = Client()
    desk.force_login(administrator)
    asked = {"action": "unlink_identity", "_selected_action": [str(person.pk)]}
    for _twice in range(2):
        desk.post("/operate/admin/people/user/", asked)
    assert not is_signed_in(client)
    assert [entry for entry in entries() if entry[0] == "identity.unlinked"] == [
        ("identity.unlinked", administrator.pk, {})
    ]
    provider.knows("new-subject", stamnummer="440000001")
    come_back(client, provider)
    assert links() == [(person.pk, provider.address, "new-subject", {})]


def test_without_a_provider_there_is_no_such_way(client: Client, person: User) -> None:
    assert leave(client).status_code == 404
    assert client.get(CALLBACK).status_code == 404
    assert "provider" not in client.get("/account/login/").content.decode()
    type_password(client, person)
    assert "provider" not in client.get(reverse("mfa_index")).content.decode()


def test_leaving_needs_a_form_of_ours(provider: Provider) -> None:
    browser = Client(enforce_csrf_checks=True)
    assert browser.post(reverse("people:provider_sign_in")).status_code == 403
    assert browser.get(reverse("people:provider_sign_in")).status_code == 405
    assert browser.get(reverse("people:provider_link")).status_code == 302


def _oidc_settings(**environment: str) -> subprocess.CompletedProcess[str]:
    said = "from django.conf import settings as s; print(s.OIDC_NAME, s.OIDC_CLIENT_SECRET, s.OIDC_SCOPES)"
    env = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "config.settings", **PUBLIC, **environment}
    command = [sys.executable, "-c", said]
    return subprocess.run(command, cwd=engines.CLONE, env=env, capture_output=True, text=True, check=False)


def test_a_provider_comes_from_the_environment_and_its_secret_from_a_file(tmp_path: Any) -> None:
    secret = tmp_path / "secret"
    secret.write_text("from a file\n")
    known = _oidc_settings(
        OIDC_ISSUER="https://login.police.example/realm",
        OIDC_CLIENT_ID="traject",
        OIDC_CLIENT_SECRET_FILE=str(secret),
        OIDC_SCOPES="openid,staff",
    )
    assert known.stdout.strip() == "login.police.example from a file ['openid', 'staff']"


@pytest.mark.parametrize(
    ("environment", "complaint"),
    [
        ({"OIDC_ISSUER": "https://login.police.example"}, "needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET"),
        (
            {
                "OIDC_ISSUER": "http://login.police.example",
                "OIDC_CLIENT_ID": "traject",
                "OIDC_CLIENT_SECRET": "x",
            },
            "must start with https://",
        ),
    ],
)
def test_half_a_provider_stops_the_start(environment: dict[str, str], complaint: str) -> None:
    refused = _oidc_settings(**environment)
    assert refused.returncode != 0
    assert complaint in refused.stderr
