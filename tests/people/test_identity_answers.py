"""Answers of an identity provider that must not be believed, and those that don't come."""

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from people.models import User
from people.rules import is_national_number
from tests.factories import UserFactory
from tests.people.factors import is_signed_in
from tests.people.identity_provider import (
    CALLBACK,
    SUBJECT,
    Provider,
    arrive,
    come_back,
    everything_stored,
    leave,
    link,
    links,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return Client(headers={"accept-language": "en"})


@pytest.fixture
def person() -> User:
    person: User = UserFactory.create(email="jo@police.example", profile__staff_number="440000001")
    return person


@pytest.mark.parametrize(
    "flaw",
    [
        "audience",
        "several audiences",
        "issuer",
        "expired",
        "of tomorrow",
        "nonce",
        "no nonce",
        "no exp",
        "no sub",
        "no aud",
        "signature",
        "key",
        "broken",
        "unsigned",
        "signed with our secret",
        "no id token",
    ],
)
def test_a_wrong_token_signs_nobody_in(
    client: Client, provider: Provider, person: User, caplog: pytest.LogCaptureFixture, flaw: str
) -> None:
    link(person, provider)
    last_login = SocialAccount.objects.get().last_login
    provider.knows(flaw=flaw)
    answer = come_back(client, provider)
    assert answer.status_code == 401
    assert "could not be used" in answer.content.decode()
    assert not is_signed_in(client)
    assert SocialAccount.objects.get().last_login == last_login
    assert "Signing in at the identity provider failed" in caplog.text
    assert SUBJECT not in caplog.text
    assert "eyJ" not in caplog.text


@pytest.mark.parametrize("page", ["/token", "/jwks"])
def test_a_provider_that_is_down_has_a_page(
    client: Client, provider: Provider, person: User, page: str
) -> None:
    link(person, provider)
    provider.knows(flaw=f"down: {page}")
    answer = come_back(client, provider)
    assert answer.status_code in (401, 503)
    assert "You are not signed in" in answer.content.decode()
    assert not is_signed_in(client)


@pytest.mark.parametrize("flaw", ["down", "nonsense"])
def test_a_configuration_that_cannot_be_read_has_a_page_before_and_after(
    client: Client, provider: Provider, flaw: str
) -> None:
    address = provider.sends_back(leave(client))
    provider.knows(flaw=f"{flaw}: /.well-known/openid-configuration")
    for answer in (leave(client), arrive(client, address)):
        assert answer.status_code == 503
        assert "Politielogin does not answer at the moment." in answer.content.decode()


def test_a_configuration_of_another_provider_is_refused(client: Client, provider: Provider) -> None:
    provider.knows(flaw="configuration")
    assert leave(client).status_code == 401


def test_nobody_listens_there(client: Client, provider: Provider, settings: Settings) -> None:
    settings.OIDC_ISSUER = "http://127.0.0.1:1"
    assert leave(client).status_code == 503


def test_who_stops_at_the_provider_is_told_so(client: Client, provider: Provider) -> None:
    provider.knows(flaw="cancelled")
    answer = come_back(client, provider)
    assert "You stopped at Politielogin" in answer.content.decode()
    assert not is_signed_in(client)


def test_an_answer_works_once_and_in_its_own_browser(
    client: Client, provider: Provider, person: User
) -> None:
    link(person, provider)
    address = provider.sends_back(leave(client))
    stranger = Client()
    assert arrive(stranger, address).status_code == 401
    assert not is_signed_in(stranger)
    assert client.get(address).status_code == 302
    client.post(reverse("account_logout"))
    assert arrive(client, address).status_code == 401
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    "query", ["", "?code=x", "?state=x", "?code=x&state=x", "?error=server_error", "?error=%00&state[]=1"]
)
def test_a_made_up_answer_has_a_page(client: Client, provider: Provider, query: str) -> None:
    assert arrive(client, f"{CALLBACK}{query}").status_code == 401


def test_a_subject_that_is_a_national_number_is_not_kept(
    client: Client, provider: Provider, person: User, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.OIDC_STAFF_NUMBER_CLAIM = "stamnummer"
    number = "80010112379"
    assert is_national_number(number)
    provider.knows(number, stamnummer="440000001")
    assert come_back(client, provider).status_code == 401
    assert links() == []
    assert number not in everything_stored() + caplog.text
    assert "the subject is a national number" in caplog.text


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("80010112379", True),
        ("00010112377", True),
        ("80010112380", False),
        ("8001011232", False),
        ("80.01.01-123.79", False),
        ("٨٠٠١٠١١٢٣٢٠", False),
        ("f3b1-7c", False),
    ],
)
def test_a_national_number_is_known_by_its_check_digits(text: str, is_one: bool) -> None:
    assert is_national_number(text) is is_one
