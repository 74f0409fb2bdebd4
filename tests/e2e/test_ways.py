"""Other ways to use the pages: by keyboard, zoomed, without scripts, in forced colours, without motion."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from attendance.models import Roster
from core.time import today
from courses.models import Session
from enrolment.enums import CompletionSource
from enrolment.models import Enrolment
from enrolment.services.completions import record_completion
from people.enums import Role
from people.models import StaffImport, User
from tests.e2e.conftest import PASSWORD, OpenAs, assert_accessible
from tests.factories import (
    make_confirmed,
    make_employee,
    make_person_with,
    make_session,
    make_version,
)
from tests.tracks.helpers import assign, make_class, make_coordinator, make_school, make_track

pytestmark = pytest.mark.django_db(transaction=True)


# An outline, the element's own or that of the card that it covers, within what one sees.
FOCUS_IS_VISIBLE = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return false;
  const { top, bottom } = element.getBoundingClientRect();
  const outlined = (style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const isOutlined = [null, "::after"].some((part) => outlined(getComputedStyle(element, part)));
  return isOutlined && bottom > 0 && top < innerHeight;
}"""
# What is cut off, or lies beyond the right edge, outside of what scrolls by itself.
CUT_OFF = """() => {
  const scrolls = (style) => ["auto", "scroll"].includes(style.overflowX);
  const isWithin = (element, test) => {
    for (let one = element; one; one = one.parentElement) if (test(getComputedStyle(one), one)) return true;
    return false;
  };
  const isHidden = (style) => style.clipPath === "inset(50%)";
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    if (element.closest("svg") || !element.textContent.trim() || !element.checkVisibility()) continue;
    if (isWithin(element, isHidden) || isWithin(element, scrolls)) continue;
    const style = getComputedStyle(element);
    const clips = /hidden|clip/.test(style.overflowX + style.overflowY);
    const isWider = element.scrollWidth > element.clientWidth + 1;
    const isHigher = element.scrollHeight > element.clientHeight + 1;
    const isBeyond = element.getBoundingClientRect().right > document.documentElement.clientWidth + 1;
    if ((clips && (isWider || isHigher)) || isBeyond) found.push(element.outerHTML.slice(0, 120));
  }
  return found;
}"""
WITHOUT_BORDER = """() => [...document.querySelectorAll(".button, .toggle, .state, .notice, input, select")]
  .filter((element) => !["checkbox", "radio"].includes(element.type))
  .filter((element) => element.checkVisibility() && element.type !== "hidden" && element.type !== "file")
  .filter((element) => {
    const style = getComputedStyle(element);
    const isBordered = parseFloat(style.borderBottomWidth) >= 1 && style.borderBottomStyle !== "none";
    const colour = style.borderBottomColor;
    const isSeen = colour !== style.backgroundColor && !/^rgba.*, 0\\)$/.test(colour);
    return !(isBordered && isSeen) && !element.classList.contains("button-quiet");
  }).map((element) => element.outerHTML.slice(0, 120))"""
IN_MOTION = """() => [...document.querySelectorAll("*")].filter((element) => {
  const style = getComputedStyle(element);
  const lasts = (times) => times.split(", ").some((time) => parseFloat(time) > 0);
  const isSmooth = style.scrollBehavior === "smooth";
  return isSmooth || lasts(style.transitionDuration) || lasts(style.animationDuration);
}).map((element) => element.outerHTML.slice(0, 120))"""


@pytest.fixture
def trainer() -> User:
    return make_person_with(Role.TRAINER)


@pytest.fixture
def session() -> Session:
    version = make_version(parts=1, title_en="Holocaust and police")
    return make_session(version=version, trainer=make_person_with(Role.TRAINER))


@pytest.fixture
def running(trainer: User) -> Session:
    """A session that has begun, with two people who have no mark."""
    running = make_session(version=make_version(parts=1), starts_in=dt.timedelta(0), trainer=trainer)
    for last_name in ("Aerts", "Baert"):
        make_confirmed(running, make_employee(profile__last_name=last_name))
    begun = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    running.meetings.update(starts_at=begun, ends_at=begun + dt.timedelta(hours=3))
    return running


# -- By keyboard -----------------------------------------------------------------------------------


def assert_focus_is_seen(page: Page) -> None:
    assert page.evaluate(FOCUS_IS_VISIBLE), page.evaluate("document.activeElement?.outerHTML.slice(0, 200)")


@dataclass(frozen=True)
class Keyboard:
    """Somebody who has no mouse: goes on from element to element, and sees where they are."""

    page: Page

    def go_to(self, name: str) -> None:
        """Tab until an element of that name has the focus, once around the page at most."""
        around = 0
        while around < 2:
            self.page.keyboard.press("Tab")
            if self.page.evaluate("document.activeElement === document.body"):
                # Where the browser's own buttons are.
                around += 1
                continue
            assert_focus_is_seen(self.page)
            if self.is_on(name):
                return
        pytest.fail(f"{name} can't be reached by keyboard")

    def press(self, name: str) -> None:
        self.go_to(name)
        self.page.keyboard.press("Enter")

    def type(self, name: str, text: str) -> None:
        self.go_to(name)
        self.page.keyboard.type(text)

    def is_on(self, name: str) -> bool:
        """Whether what a screen reader says of where one is holds that name."""
        focused = self.page.locator(":focus")
        return focused.count() == 1 and name in focused.aria_snapshot()


def test_one_enrols_and_withdraws_by_keyboard_alone(open_as: OpenAs, site: str, session: Session) -> None:
    learner = make_employee()
    other = make_session(version=make_version(title_en="Something else"))
    page = open_as()
    page.goto("/account/login/")
    keyboard = Keyboard(page)
    keyboard.type("Email", learner.email or "")
    keyboard.type("Password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/")

    keyboard.press("Catalogue")
    page.wait_for_url("**/catalogue/")
    # The first stop of every page leads past its head.
    page.keyboard.press("Tab")
    assert keyboard.is_on("Skip to the content")
    page.keyboard.press("Enter")
    keyboard.type("Search", "holocaust")
    # The list is swapped while one types, and one is still where one types.
    expect(page.get_by_role("link", name="Something else")).to_have_count(0)
    assert_focus_is_seen(page)
    page.keyboard.type(" police")
    expect(page.get_by_role("searchbox")).to_have_value("holocaust police")
    page.wait_for_url("**police**")
    keyboard.go_to("Language")
    page.keyboard.press("n")
    page.wait_for_url("**language=nl**")
    assert keyboard.is_on("Language")
    assert_focus_is_seen(page)

    page.locator(f"#results a[href='{session.get_absolute_url()}']").first.wait_for()
    while page.evaluate("document.activeElement.getAttribute('href')") != session.get_absolute_url():
        page.keyboard.press("Tab")
        assert_focus_is_seen(page)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{session.get_absolute_url()}")
    keyboard.press("Enrol")
    expect(page.locator("#messages")).to_contain_text("You have a seat.")
    assert Enrolment.objects.get(learner=learner).is_confirmed

    keyboard.press("Withdraw")
    page.wait_for_url("**/withdraw/")
    keyboard.press("Withdraw")
    expect(page.locator("#messages")).to_contain_text("You have withdrawn.")
    assert not Enrolment.objects.get(learner=learner).is_active
    assert not other.enrolments.exists()


def test_a_roster_is_marked_by_keyboard_and_the_focus_stays_in_its_row(
    open_as: OpenAs, running: Session, trainer: User
) -> None:
    page = open_as(trainer)
    page.goto(f"/teach/sessions/{running.public_id}/roster/")
    keyboard = Keyboard(page)
    keyboard.press("Present")
    expect(page.locator("#roster-head")).to_contain_text("1 of 2")
    assert_focus_is_seen(page)
    assert page.locator(":focus").get_attribute("aria-pressed") == "true"
    keyboard.press("Another mark")
    keyboard.press("Another mark")
    keyboard.press("Absent")
    expect(page.locator(".roster-row", has_text="Baert")).to_have_attribute("data-state", "absent")
    assert_focus_is_seen(page)
    assert page.locator(".roster-row", has_text="Baert").locator(":focus").count() == 1


def test_an_error_takes_the_focus_and_names_its_field(open_as: OpenAs) -> None:
    """Case 16."""
    page = open_as(make_person_with(Role.CATALOGUE_MANAGER))
    page.goto("/manage/venues/new/")
    page.locator("#id_name").evaluate("field => field.form.noValidate = true")
    Keyboard(page).press("Save")
    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    expect(summary).to_have_attribute("role", "alert")
    Keyboard(page).press("Name")
    field = page.locator("#id_name")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    described_by = (field.get_attribute("aria-describedby") or "").split()
    assert any("This field is required" in page.locator(f"#{each}").inner_text() for each in described_by)


# -- Zoomed ----------------------------------------------------------------------------------------

ZOOMS: dict[str, dict[str, Any]] = {
    "200 %": {"viewport": ViewportSize(width=640, height=450), "device_scale_factor": 2},
    "400 %": {"viewport": ViewportSize(width=320, height=256), "device_scale_factor": 4},
    "text alone, 200 %": {},
}


@pytest.fixture
def main_pages(session: Session, running: Session, trainer: User) -> list[tuple[User | None, list[str]]]:
    """Who opens which of the main pages."""
    learner, coordinator = make_employee(), make_coordinator(make_school())
    make_confirmed(session, learner)
    record_completion(
        person=learner,
        version=running.version,
        completed_on=today(),
        sessions=[running],
        source=CompletionSource.ATTENDANCE,
        actor=None,
    )
    cohort = make_class(coordinator.memberships_today[0].organisation, 2)
    assign(make_track(session.version), cohort, actor=coordinator)
    hr = make_person_with(Role.HR, organisation=learner.memberships_today[0].organisation)
    manager = make_person_with(Role.CATALOGUE_MANAGER)
    open_session = make_session(version=session.version, starts_in=dt.timedelta(days=40))
    managed = f"/manage/sessions/{session.public_id}/"
    course = session.version.course
    return [
        (None, ["/", "/catalogue/", course.get_absolute_url(), "/account/login/", "/verify/"]),
        (
            learner,
            [
                "/",
                "/catalogue/",
                session.get_absolute_url(),
                open_session.get_absolute_url(),
                f"/sessions/{session.public_id}/withdraw/",
                "/my/training/",
                "/my/certificates/",
                "/my/profile/",
            ],
        ),
        (trainer, ["/teach/", f"/teach/sessions/{running.public_id}/roster/"]),
        (coordinator, ["/academy/", cohort.get_absolute_url(), f"{cohort.get_absolute_url()}tracks/"]),
        (hr, ["/hr/people/", f"/hr/people/{learner.public_id}/", "/hr/figures/", "/hr/people/import/"]),
        (manager, ["/manage/sessions/", managed, f"{managed}edit/", f"/manage/courses/{course.slug}/edit/"]),
    ]


@pytest.mark.parametrize("zoom", ZOOMS)
def test_zoomed_nothing_is_cut_off_and_nothing_scrolls_sideways(
    open_as: OpenAs, main_pages: list[tuple[User | None, list[str]]], zoom: str
) -> None:
    wrong = []
    for person, paths in main_pages:
        page = open_as(person, **ZOOMS[zoom])
        for path in paths:
            page.goto(path)
            if not ZOOMS[zoom]:
                page.evaluate("document.documentElement.style.fontSize = '200%'")
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wrong.append(f"{path} scrolls sideways")
            wrong += [f"{path} cuts off {element}" for element in page.evaluate(CUT_OFF)]
    assert not wrong, "\n".join(wrong)


# -- Without scripts -------------------------------------------------------------------------------


def test_without_scripts_one_filters_the_catalogue_and_enrols(open_as: OpenAs, session: Session) -> None:
    learner = make_employee()
    make_session(version=make_version(title_en="Something else"), language="fr")
    page = open_as(learner, java_script_enabled=False)
    page.goto("/catalogue/")
    expect(page.get_by_role("heading", name="Something else")).to_have_count(1)
    page.get_by_role("searchbox").fill("holocaust")
    page.locator(".filters summary").click()
    page.get_by_label("Language").select_option("nl")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", name="Something else")).to_have_count(0)
    page.locator(f"#results a[href='{session.get_absolute_url()}']").first.click()
    page.get_by_role("button", name="Enrol", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("You have a seat.")
    assert Enrolment.objects.get(learner=learner).is_confirmed


def test_without_scripts_a_trainer_marks_and_closes(open_as: OpenAs, running: Session, trainer: User) -> None:
    page = open_as(trainer, phone=True, java_script_enabled=False)
    page.goto(f"/teach/sessions/{running.public_id}/roster/")
    page.locator(".roster-row", has_text="Aerts").get_by_role("button", name="Present").click()
    baert = page.locator(".roster-row", has_text="Baert")
    baert.locator("summary").click()
    baert.get_by_role("button", name="Absent").click()
    expect(page.locator("#roster-head")).to_contain_text("1 of 2")
    page.get_by_role("button", name="Close roster").click()
    expect(page.locator("#messages")).to_contain_text("The roster is closed.")
    assert Roster.objects.get().closed_at is not None


def test_without_scripts_hr_previews_a_list_of_people(open_as: OpenAs) -> None:
    hr = make_person_with(Role.HR)
    code = hr.memberships_today[0].organisation.code
    page = open_as(hr, java_script_enabled=False)
    page.goto("/hr/people/import/")
    content = f"Stamnummer;Naam;Voornaam;Zone\n460000001;Maes;An;{code}".encode()
    page.get_by_label("File", exact=True).set_input_files(
        {"name": "people.csv", "mimeType": "text/csv", "buffer": content}
    )
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("main")).to_contain_text("Maes")
    assert StaffImport.objects.get().new == 1


# -- In forced colours, without motion --------------------------------------------------------------


def test_in_forced_colours_buttons_and_states_are_told_apart(
    open_as: OpenAs, main_pages: list[tuple[User | None, list[str]]], running: Session, trainer: User
) -> None:
    """There a background says nothing: what matters has a border, and its words."""
    for person, paths in main_pages:
        page = open_as(person, forced_colors="active")
        for path in paths:
            page.goto(path)
            assert page.evaluate(WITHOUT_BORDER) == [], path
            # The colours are the person's own there.
            assert_accessible(page, without="color-contrast")
            page.keyboard.press("Tab")
            assert_focus_is_seen(page)


def test_in_forced_colours_a_mark_that_is_set_looks_another(
    open_as: OpenAs, running: Session, trainer: User
) -> None:
    page = open_as(trainer, forced_colors="active")
    page.goto(f"/teach/sessions/{running.public_id}/roster/")
    aerts, baert = (page.locator(".roster-row", has_text=name) for name in ("Aerts", "Baert"))
    aerts.get_by_role("button", name="Present").click()
    expect(page.locator("#roster-head")).to_contain_text("1 of 2")
    colour = "button => getComputedStyle(button).backgroundColor"
    is_set, is_open = (row.get_by_role("button", name="Present").evaluate(colour) for row in (aerts, baert))
    assert is_set != is_open


def test_who_wants_no_motion_sees_none(
    open_as: OpenAs, main_pages: list[tuple[User | None, list[str]]]
) -> None:
    for person, paths in main_pages:
        page = open_as(person, reduced_motion="reduce")
        for path in paths:
            page.goto(path)
            assert page.evaluate(IN_MOTION) == [], path
