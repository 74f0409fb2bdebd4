"""Signing in as people do it: with a passkey, with an app, by keyboard alone, at an identity provider."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from people.enums import Role
from people.models import User
from tests.e2e.conftest import (
    PASSWORD,
    OpenAs,
    assert_accessible,
    assert_accessible_on_both_screens,
    assert_every_page_is_accessible,
)
from tests.factories import make_employee, make_person_with
from tests.oidc_provider import CLIENT_ID, CLIENT_SECRET
from tests.people.factors import code_of, recovery_codes, with_app
from tests.people.identity_provider import Provider, link, running_provider

pytestmark = pytest.mark.django_db(transaction=True)


def plug_in_device(page: Page) -> tuple[Any, str]:
    """A device of the computer that keeps passkeys and has just seen its owner's finger."""
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    added = device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return device, added["authenticatorId"]


def sign_out(page: Page) -> None:
    page.goto("/account/logout/")
    page.locator("main").get_by_role("button", name="Sign out").click()


def wait_for_path(page: Page, path: str) -> None:
    page.wait_for_url(lambda url: urlsplit(url).path == path)


def type_password(page: Page, person: User) -> None:
    page.goto("/account/login/")
    page.get_by_label("Email").fill(person.email or "")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def complaints(page: Page) -> list[str]:
    """What the browser refuses or reports, the CSP's refusals among it."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def test_a_passkey_is_made_used_renamed_and_removed(open_as: OpenAs) -> None:
    person = make_employee()
    page = open_as(person)
    said = complaints(page)
    plug_in_device(page)

    page.goto("/my/profile/")
    page.get_by_role("link", name="Sign-in and security").click()
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("Laptop")
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    expect(page.locator(".codes li")).to_have_count(10)
    assert_accessible(page)

    # Without a password.
    sign_out(page)
    page.goto("/account/login/?next=/my/training/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    wait_for_path(page, "/my/training/")

    # As the second step.
    sign_out(page)
    type_password(page, person)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Second step")).to_have_count(0)

    page.goto("/account/security/")
    page.get_by_role("link", name="Rename Laptop").click()
    assert_accessible(page)
    page.get_by_label("Name").fill("Old laptop")
    page.get_by_role("button", name="Save the name").click()
    page.get_by_role("link", name="Remove Old laptop").click()
    assert_accessible(page)
    page.get_by_role("button", name="Remove the passkey").click()
    expect(page.get_by_text("The passkey is removed.")).to_be_visible()
    assert not Authenticator.objects.filter(user=person).exists()
    assert said == []


def test_a_ceremony_that_is_broken_off_says_what_to_do(open_as: OpenAs) -> None:
    page = open_as(make_employee())
    device, key = plug_in_device(page)
    device.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False})
    page.goto("/account/security/passkeys/add/")
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("That did not work. Try again")
    assert_accessible(page)
    device.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": True})
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()


def press_to(page: Page, name: str) -> None:
    """Go on with Tab until what has the focus says this; then press it."""
    for _step in range(60):
        page.keyboard.press("Tab")
        said = page.evaluate("document.activeElement.innerText || document.activeElement.ariaLabel || ''")
        if said.strip().startswith(name):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"the keyboard never came to {name}")


def test_an_app_is_set_up_and_used_by_keyboard_alone(open_as: OpenAs) -> None:
    person = make_employee()
    page = open_as(person)
    said = complaints(page)
    page.goto("/account/security/")
    press_to(page, "Set up the app")
    wait_for_path(page, "/account/security/app/add/")
    assert_accessible(page)
    key = page.locator(".code").inner_text().replace("\n", "").replace(" ", "")
    # The field for the code has the focus already.
    page.keyboard.type("000000")
    page.keyboard.press("Enter")
    expect(page.locator(".error-summary")).to_contain_text("Incorrect code.")
    expect(page.locator(".error-summary")).to_be_focused()
    press_to(page, "Code that the app shows")
    page.keyboard.press("Control+A")
    page.keyboard.type(code_of(key))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    press_to(page, "I have kept them")
    expect(page.get_by_text("10 codes left")).to_be_visible()

    sign_out(page)
    type_password(page, person)
    expect(page.get_by_label("Code from your app, or a recovery code")).to_be_focused()
    page.keyboard.type(recovery_codes(person)[0])
    page.keyboard.press("Enter")
    wait_for_path(page, "/")
    page.goto("/account/security/")
    expect(page.get_by_text("9 codes left")).to_be_visible()
    assert said == []


def test_who_must_have_a_second_step_is_led_to_it_on_a_phone(open_as: OpenAs, settings: Settings) -> None:
    settings.MFA_REQUIRED_ROLES = ["hr"]
    hr = make_person_with(Role.HR)
    page = open_as(phone=True)
    type_password(page, hr)
    expect(page.get_by_role("heading", name="One thing before you go on")).to_be_visible()
    assert_accessible(page)
    page.goto("/hr/figures/")
    expect(page.get_by_role("heading", name="One thing before you go on")).to_be_visible()
    page.get_by_role("link", name="Set up the app").click()
    key = page.locator(".code").inner_text().replace("\n", "").replace(" ", "")
    page.get_by_label("Code that the app shows").fill(code_of(key))
    page.get_by_role("button", name="Switch it on").click()
    page.get_by_role("link", name="I have kept them").click()
    page.goto("/hr/figures/")
    expect(page.get_by_role("heading", name="One thing before you go on")).to_have_count(0)


def test_a_device_is_signed_out_from_another(open_as: OpenAs) -> None:
    person = make_employee()
    here, there = open_as(person), open_as(person, phone=True)
    here.goto("/my/sign-ins/")
    assert_accessible(here)
    here.get_by_role("button", name="Sign out there").click()
    expect(here.get_by_text("That device is signed out.")).to_be_visible()
    there.goto("/my/training/")
    expect(there.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


@pytest.fixture
def provider(settings: Settings) -> Iterator[Provider]:
    with running_provider() as address:
        settings.OIDC_ISSUER = address
        settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT_ID, CLIENT_SECRET
        settings.OIDC_NAME = "Politielogin"
        provider = Provider(address)
        provider.knows()
        yield provider


def test_the_way_through_the_provider(open_as: OpenAs, provider: Provider) -> None:
    person = make_employee()
    page = open_as(phone=True)
    said = complaints(page)
    page.goto("/account/login/?next=/my/training/")
    assert_accessible(page)
    page.get_by_role("button", name="Sign in with Politielogin").click()
    expect(page.get_by_role("heading", name="You are not signed in")).to_be_visible()
    assert_accessible(page)
    link(person, provider)
    said.clear()
    page.goto("/account/login/?next=/my/training/")
    page.get_by_role("button", name="Sign in with Politielogin").click()
    wait_for_path(page, "/my/training/")
    assert said == []


def test_pages_of_security_are_accessible(open_as: OpenAs, provider: Provider) -> None:
    person, secret = with_app(make_employee())
    page = open_as()
    type_password(page, person)
    assert_accessible_on_both_screens(page)
    page.locator("[name=code]").fill(code_of(secret))
    page.get_by_role("button", name="Go on").click()
    wait_for_path(page, "/")
    paths = [
        "",
        "app/remove/",
        "codes/",
        "codes/renew/",
        "passkeys/add/",
        "again/code/",
    ]
    security = [f"/account/security/{path}" for path in paths]
    others = ["/account/reauthenticate/", "/account/provider/away/", "/my/sign-ins/"]
    assert_every_page_is_accessible(page, [*security, *others])
