"""How often one may try: an account has strict limits, an address on the network those of a whole zone."""

import re
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

import pytest
from django.conf import settings as configured
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from people.models import User
from tests.factories import UserFactory
from tests.people.factors import PASSWORD, code_of, is_signed_in, type_code, type_password, with_app

pytestmark = pytest.mark.django_db
HERE: dict[str, Any] = {"REMOTE_ADDR": "10.1.1.1"}
THERE: dict[str, Any] = {"REMOTE_ADDR": "10.2.2.2"}


@pytest.fixture
def person() -> User:
    person: User = UserFactory.create(email="jo@police.example")
    return person


def try_password(email: str, typed: str = "wrong", **where: Any) -> int:
    form = {"login": email, "password": typed}
    return Client().post(reverse("account_login"), form, **where).status_code


def ask_link(email: str, **where: Any) -> int:
    return Client().post(reverse("account_reset_password"), {"email": email}, **where).status_code


def limited(settings: Settings, **limits: str) -> None:
    """Smaller numbers, so that a test needn't come a hundred times."""
    settings.ACCOUNT_RATE_LIMITS = configured.ACCOUNT_RATE_LIMITS | limits


def test_the_sixth_wrong_password_for_an_account_is_refused_from_everywhere(person: User) -> None:
    assert [try_password("jo@police.example", **HERE) for _ in range(6)] == [200] * 5 + [429]
    assert try_password("JO@police.example ", PASSWORD, **THERE) == 429
    assert try_password(UserFactory.create().email, PASSWORD, **HERE) == 302


def test_the_page_says_what_to_do(person: User) -> None:
    for _attempt in range(5):
        try_password("jo@police.example")
    form = {"login": "jo@police.example", "password": PASSWORD}
    page = Client(headers={"accept-language": "en"}).post(reverse("account_login"), form)
    assert page.status_code == 429
    assert "we ask you to wait a few minutes" in page.content.decode()


def test_wrong_passwords_for_many_accounts_from_one_address_come_to_an_end(settings: Settings) -> None:
    limited(settings, login_failed="3/m/ip,5/300s/key")
    tried = [try_password(f"person{number}@police.example", **HERE) for number in range(4)]
    assert tried == [200, 200, 200, 429]
    assert try_password("person9@police.example", **THERE) == 200


def test_who_signs_in_rightly_uses_up_nothing_of_what_the_wrong_ones_have(settings: Settings) -> None:
    """A whole zone may come at once."""
    limited(settings, login_failed="3/m/ip,5/300s/key")
    people = UserFactory.create_batch(5)
    assert [try_password(each.email, PASSWORD, **HERE) for each in people] == [302] * 5


def test_a_zone_of_three_thousand_gets_in_within_a_minute() -> None:
    amounts = {
        name: [int(rate.split("/")[0]) for rate in rates.split(",") if rate.endswith("/ip")]
        for name, rates in configured.ACCOUNT_RATE_LIMITS.items()
    }
    assert min(amounts["login"]) >= 3000
    assert int(configured.MFA_RATE_LIMITS["webauthn_login"].split("/")[0]) >= 3000
    # One in thirty mistypes, or asks for a new password.
    assert min(amounts["login_failed"] + amounts["reset_password"]) >= 100


def test_signing_in_from_one_address_comes_to_an_end_too(settings: Settings) -> None:
    limited(settings, login="2/m/ip")
    assert [try_password(f"a{number}@police.example", **HERE) for number in range(3)] == [200, 200, 429]
    assert try_password("a@police.example", **THERE) == 200


def test_so_does_leaving_for_the_provider(settings: Settings, provider: Any) -> None:
    limited(settings, login="2/m/ip")
    address = reverse("people:provider_sign_in")
    assert [Client().post(address, **HERE).status_code for _ in range(3)] == [200, 200, 429]


def test_links_for_many_accounts_from_one_address_come_to_an_end(settings: Settings) -> None:
    limited(settings, reset_password="3/m/ip,5/h/key")
    asked = [ask_link(f"person{number}@police.example", **HERE) for number in range(4)]
    assert asked == [302, 302, 302, 429]
    assert ask_link("person9@police.example", **THERE) == 302


def test_guessed_links_come_to_an_end(settings: Settings) -> None:
    limited(settings, reset_password_from_key="3/m/ip")
    person = UserFactory.create()
    address = reverse(
        "account_reset_password_from_key", kwargs={"uidb36": person.public_id.hex, "key": "abc-def"}
    )
    assert [Client().post(address, **HERE).status_code for _ in range(4)] == [200, 200, 200, 429]


def test_the_sixth_wrong_code_is_refused_and_the_right_one_with_it(person: User) -> None:
    _person, secret = with_app(person)
    browser = Client()
    type_password(browser, person)
    assert [type_code(browser, "000000", **HERE).status_code for _ in range(6)] == [200] * 5 + [429]
    elsewhere = Client()
    type_password(elsewhere, person)
    assert type_code(elsewhere, code_of(secret), **THERE).status_code == 429
    assert not is_signed_in(elsewhere)


def test_a_wrong_password_asked_again_counts_too(person: User) -> None:
    browser = Client()
    browser.force_login(person)
    address = reverse("account_reauthenticate")
    tried = [browser.post(address, {"password": "wrong"}).status_code for _ in range(6)]
    assert tried == [200] * 5 + [429]


def _answer(client: Client, email: str) -> tuple[int, str]:
    page = client.post(reverse("account_login"), {"login": email, "password": "wrong"})
    content = page.content.decode().replace(email, "")
    return page.status_code, re.sub(r"[A-Za-z0-9]{64}", "", content)


def test_known_unknown_closed_and_without_a_password_get_the_same_answer(person: User) -> None:
    closed = UserFactory.create(is_active=False)
    newcomer = UserFactory.create(password="!")
    _person, _secret = with_app(with_second := UserFactory.create())
    emails = [person.email, closed.email, newcomer.email, with_second.email, "nobody@police.example"]
    answers = {_answer(Client(), str(email)) for email in emails}
    assert len(answers) == 1


def _seconds(act: Callable[[], object]) -> float:
    cache.clear()
    started = perf_counter()
    act()
    return perf_counter() - started


def test_who_is_unknown_waits_as_long_as_who_is_known(settings: Settings, person: User) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    person.set_password(PASSWORD)
    person.save()
    assert PBKDF2PasswordHasher.iterations > 100_000

    def typical(email: str) -> float:
        return median(_seconds(lambda: try_password(email)) for _ in range(5))

    known, unknown = typical("jo@police.example"), typical("nobody@police.example")
    assert 0.5 < known / unknown < 2
