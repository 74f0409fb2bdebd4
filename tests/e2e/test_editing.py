"""The form of a course in a browser without scripts."""

import pytest
from playwright.sync_api import Page, expect

from people.enums import Role
from tests.e2e.conftest import OpenAs
from tests.factories import make_person_with, make_version

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page(open_as: OpenAs) -> Page:
    return open_as(make_person_with(Role.CATALOGUE_MANAGER), java_script_enabled=False)


def test_languages_are_chosen_and_a_mistake_in_a_hidden_one_shows_it(page: Page) -> None:
    version = make_version()
    page.goto(f"/manage/courses/{version.course.slug}/edit/")
    for language in ("nl", "fr", "de", "en"):
        expect(page.locator(f"#id_title_{language}")).to_be_visible()

    page.locator("#id_title_nl").fill("")
    page.locator("#id_title_en").fill("Written before it was hidden")
    for language in ("nl", "en"):
        page.locator(f"#show-{language}").uncheck()
    expect(page.locator("#id_title_nl")).to_be_hidden()
    expect(page.locator("#id_title_fr")).to_be_visible()

    page.get_by_role("button", name="Save version 1").click()

    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    expect(page.locator("#id_title_nl")).to_be_visible()
    expect(page.locator("#id_title_en")).to_be_hidden()
    page.locator("#id_title_nl").fill("Nieuw")
    page.get_by_role("button", name="Save version 1").click()
    expect(page.get_by_role("heading", name="Versions")).to_be_visible()
    version.refresh_from_db()
    assert (version.title_nl, version.title_en) == ("Nieuw", "Written before it was hidden")


def test_enter_in_a_field_shows_what_changes_and_saves_nothing(page: Page) -> None:
    version = make_version()
    page.goto(f"/manage/courses/{version.course.slug}/edit/")
    page.locator("#id_title_fr").fill("Autre")
    page.locator("#id_title_fr").press("Enter")
    expect(page.get_by_role("heading", name="What changes from version 1")).to_be_visible()
    version.refresh_from_db()
    assert version.title_fr == "Titre"
