import pytest
from django.test import Client
from django.urls import reverse

from people.models import User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def choose(client: Client, language: str, **fields: str) -> str:
    response = client.post(reverse("people:language"), {"language": language, **fields})
    assert response.status_code == 302
    return response["Location"]


def language_of(client: Client) -> str:
    return client.get(reverse("account_reset_password"))["Content-Language"]


def test_a_visitor_keeps_the_language_in_a_cookie(client: Client) -> None:
    choose(client, "de")
    assert language_of(client) == "de"
    assert client.cookies["django_language"]["httponly"]
    assert "sessionid" not in client.cookies


def test_a_person_finds_it_again_on_another_device(client: Client) -> None:
    person: User = UserFactory.create(profile__administrative_language="nl")
    client.force_login(person)
    choose(client, "fr")
    assert language_of(client) == "fr"

    elsewhere = Client(headers={"accept-language": "de"})
    assert language_of(elsewhere) == "de"
    elsewhere.post(reverse("account_login"), {"login": person.email, "password": "correct horse battery"})
    assert language_of(elsewhere) == "fr"
    person.profile.refresh_from_db()
    assert (person.profile.screen_language, person.profile.administrative_language) == ("fr", "nl")


def test_who_never_chose_sees_the_language_of_the_browser(client: Client) -> None:
    client.force_login(UserFactory.create(profile__administrative_language="nl"))
    assert (
        client.get("/account/password/reset/", headers={"accept-language": "de"})["Content-Language"] == "de"
    )


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("/catalogue/?q=hpm", "/catalogue/?q=hpm"),
        ("http://testserver/catalogue/", "http://testserver/catalogue/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_it_leads_back_to_our_own_pages_only(client: Client, asked: str, given: str) -> None:
    assert choose(client, "fr", next=asked) == given


def test_an_unknown_language_and_a_mere_visit_change_nothing(client: Client) -> None:
    address = reverse("people:language")
    assert client.post(address, {"language": "xx"}).status_code == 400
    assert client.get(address).status_code == 405
    assert "django_language" not in client.cookies


def test_a_cache_is_told_that_the_browser_s_language_decides(client: Client) -> None:
    answer = client.get(reverse("account_reset_password"), headers={"accept-language": "de"})
    assert {"Accept-Language", "Cookie"} <= {name.strip() for name in answer["Vary"].split(",")}
