"""The home page in a browser: both schemes, a phone, the keyboard alone, a person's own colours."""

import datetime as dt

import pytest
from playwright.sync_api import expect

from people.enums import Role
from people.models import User
from tests.e2e.conftest import OpenAs, assert_accessible
from tests.factories import MembershipFactory, make_confirmed, make_employee, make_session

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def person() -> User:
    """Somebody with seven cards of every kind: to open, to close, good, waiting, late."""
    person = make_employee()
    for role in (Role.TRAINER, Role.CATALOGUE_MANAGER, Role.HR):
        MembershipFactory.create(user=person, role=role)
    for days in (-3, 0):
        make_session(starts_in=dt.timedelta(days=days), trainer=person)
    make_confirmed(make_session(starts_in=dt.timedelta(days=9), capacity=4), person)
    make_session(starts_in=dt.timedelta(days=60), published=False)
    return person


@pytest.mark.parametrize("phone", [True, False])
def test_cards_are_readable_in_light_in_dark_and_in_a_person_s_own_colours(
    open_as: OpenAs, person: User, phone: bool
) -> None:
    page = open_as(person, phone=phone)
    expect(page.locator(".card")).to_have_count(7)
    assert [page.locator(f".card .state-{state}").count() for state in ("good", "wait", "late")] == [1, 1, 2]
    grounds = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert_accessible(page)
        grounds[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert grounds == {"light": "rgb(246, 246, 243)", "dark": "rgb(17, 20, 27)"}
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.emulate_media(forced_colors="active")
    edge = page.locator(".card").first.evaluate("card => getComputedStyle(card).borderTopStyle")
    assert edge == "solid"


def test_the_keyboard_reaches_each_card_once_and_opens_it(open_as: OpenAs, person: User) -> None:
    page = open_as(person)
    links = page.locator("main a")
    expect(links).to_have_count(7)
    page.locator("main").focus()
    for place in range(7):
        page.keyboard.press("Tab")
        expect(links.nth(place)).to_be_focused()
        ring = links.nth(place).evaluate("link => getComputedStyle(link, '::after').outlineStyle")
        assert ring == "solid"
    links.first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/roster/")
