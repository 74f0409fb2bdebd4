"""Deciding by oneself: consent, withdrawal to the last minute, and workshops picked on a phone."""

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from courses.models import Programme
from enrolment.models import Enrolment
from tests.e2e.conftest import OpenAs, assert_accessible
from tests.factories import (
    make_confirmed,
    make_employee,
    make_programme,
    make_session,
    make_version,
    put_at,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_consent_then_a_seat_then_second_thoughts_on_the_day(open_as: OpenAs) -> None:
    session = make_session(
        version=make_version(parts=1, asking_consent=True), withdraw_until=dt.date(2020, 1, 1)
    )
    soon = timezone.now() + dt.timedelta(minutes=5)
    put_at(session.meetings.get(), soon, soon + dt.timedelta(hours=3))
    learner = make_employee()
    page = open_as(learner)

    page.goto(session.get_absolute_url())
    page.get_by_role("link", name="Enrol", exact=True).click()
    expect(page.get_by_role("heading", name="Read this, and decide")).to_be_visible()
    expect(page.get_by_text("You may stop at any moment.")).to_be_visible()
    page.get_by_role("link", name="No, go back").click()
    assert not Enrolment.objects.exists()

    page.get_by_role("link", name="Enrol", exact=True).click()
    page.get_by_role("button", name="I consent: enrol me").click()
    expect(page.locator("#messages")).to_contain_text("You have a seat.")
    assert Enrolment.objects.get(learner=learner).consented_to == session.version

    expect(page.get_by_text("You can withdraw until it starts, also on the day itself")).to_be_visible()
    page.get_by_role("link", name="Withdraw", exact=True).click()
    page.get_by_role("button", name="Withdraw", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("You have withdrawn.")
    assert not Enrolment.objects.active().exists()


@pytest.fixture
def programme() -> Programme:
    return make_programme(
        (0, 9, "Islam"), (0, 9, "Poverty"), (0, 13, "Gender"), (1, 9, "Antisemitism"), capacity=2
    )


def test_three_workshops_on_a_phone(open_as: OpenAs, programme: Programme) -> None:
    learner = make_employee()
    for _ in range(2):
        make_confirmed(programme.sessions.get(version__title_en="Gender"))
    page = open_as(learner, phone=True)
    page.goto(programme.get_absolute_url())
    assert_accessible(page)

    page.get_by_label("Islam").check()
    # What is at the same time can't be ticked any more, and says so.
    expect(page.get_by_label("Poverty")).to_be_disabled()
    expect(page.get_by_text("At the same time as one that you ticked.")).to_have_count(4)
    expect(
        page.get_by_text("At the same time as one that you ticked.").locator("visible=true")
    ).to_have_count(1)
    page.get_by_label("Wait for a seat in Gender").check()
    page.get_by_label("Antisemitism").check()
    page.get_by_role("button", name="Save my choice").click()

    expect(page.locator("#messages")).to_contain_text(
        "You have a seat in 2 workshops. You wait for a seat in 1 workshop."
    )
    expect(page.get_by_label("Islam")).to_be_checked()
    assert_accessible(page)
    assert Enrolment.objects.active().filter(learner=learner).count() == 3
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_a_choice_is_changed_by_keyboard_alone(open_as: OpenAs, programme: Programme) -> None:
    learner = make_employee()
    make_confirmed(programme.sessions.get(version__title_en="Islam"), learner)
    page = open_as(learner)
    page.goto(programme.get_absolute_url())

    page.get_by_label("Islam").focus()
    page.keyboard.press("Space")
    page.get_by_label("Poverty").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Save my choice").focus()
    page.keyboard.press("Enter")

    expect(page.locator("#messages")).to_contain_text("You have a seat in 1 workshop.")
    held = Enrolment.objects.active().get(learner=learner)
    assert held.session.version.title_en == "Poverty"


def test_what_is_refused_takes_the_focus_and_leads_to_its_row(open_as: OpenAs, programme: Programme) -> None:
    page = open_as(make_employee(), phone=True)
    page.goto(programme.get_absolute_url())
    page.get_by_label("Islam").check()
    page.get_by_label("Antisemitism").check()
    for _ in range(2):
        make_confirmed(programme.sessions.get(version__title_en="Islam"))
    page.get_by_role("button", name="Save my choice").click()

    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    assert_accessible(page)
    summary.get_by_role("link", name="Islam: It is full by now.").click()
    # To wait is another decision.
    expect(page.get_by_label("Wait for a seat in Islam")).not_to_be_checked()
    page.get_by_label("Wait for a seat in Islam").check()
    expect(page.get_by_label("Antisemitism")).to_be_checked()
    page.get_by_role("button", name="Save my choice").click()
    expect(page.locator("#messages")).to_contain_text("You have a seat in 1 workshop. You wait")
