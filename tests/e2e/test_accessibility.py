"""axe-core over every kind of page, on a phone and on a desk, in light and dark: no violation."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from certificates.services import issue_certificate
from core.time import today
from courses.models import Meeting, Programme, Session
from enrolment.enums import CompletionSource
from enrolment.services.booking import enrol
from enrolment.services.completions import record_completion
from people.enums import Role
from people.models import User
from people.services.staff_imports import check_list, receive_list
from tests.e2e.conftest import assert_accessible
from tests.factories import (
    make_confirmed,
    make_employee,
    make_person_with,
    make_programme,
    make_session,
    make_version,
)

pytestmark = pytest.mark.django_db(transaction=True)

OpenAs = Callable[..., Page]


@pytest.fixture
def trainer() -> User:
    return make_person_with(Role.TRAINER)


@pytest.fixture
def session(trainer: User) -> Session:
    """A session of today with participants, and one who waits."""
    session = make_session(starts_in=dt.timedelta(days=0), capacity=3, trainer=trainer)
    for _ in range(3):
        make_confirmed(session)
    return session


def assert_every_page_is_accessible(page: Page, paths: list[str]) -> None:
    for path in paths:
        page.goto(path)
        assert_accessible(page)
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), f"{path} is too wide"


@pytest.mark.parametrize("phone", [True, False])
def test_pages_for_everybody(open_as: OpenAs, phone: bool) -> None:
    course = make_session().version.course
    page = open_as(phone=phone)
    page.emulate_media(color_scheme="dark" if phone else "light")
    assert_every_page_is_accessible(
        page,
        [
            "/",
            "/catalogue/",
            "/catalogue/?q=nothing+like+it",
            course.get_absolute_url(),
            "/account/login/",
            "/account/password/reset/",
            "/verify/",
            "/verify/ABCD",
            "/privacy/",
            "/accessibility/",
            "/nowhere/",
        ],
    )
    page.goto("/account/login/")
    page.locator("main form button").click()
    assert_accessible(page)


@pytest.mark.parametrize("phone", [True, False])
def test_pages_of_a_staff_member(open_as: OpenAs, phone: bool) -> None:
    learner, version = make_employee(), make_version()
    booked = make_session(version=version)
    make_confirmed(booked, learner)
    open_session = make_session(version=version, starts_in=dt.timedelta(days=31))
    full = make_session(version=version, starts_in=dt.timedelta(days=40), capacity=1)
    make_confirmed(full)
    enrol(session=full, learner=learner, actor=learner)
    completion = record_completion(
        person=learner,
        version=version,
        completed_on=dt.date(2026, 1, 15),
        sessions=[booked],
        source=CompletionSource.ATTENDANCE,
        actor=None,
    )
    certificate: Any = issue_certificate(completion=completion)
    asking = make_version(asking_consent=True)
    with_consent = make_session(version=asking, starts_in=dt.timedelta(days=50))
    make_confirmed(make_session(version=asking, starts_in=dt.timedelta(days=-1)), learner)
    edition = make_programme((0, 9, "Islam"), (0, 9, "Poverty"), starts_on=dt.date(2050, 3, 1))
    page = open_as(learner, phone=phone)
    page.emulate_media(color_scheme="light" if phone else "dark")
    assert_every_page_is_accessible(
        page,
        [
            "/",
            "/catalogue/",
            version.course.get_absolute_url(),
            open_session.get_absolute_url(),
            booked.get_absolute_url(),
            full.get_absolute_url(),
            f"/sessions/{booked.public_id}/withdraw/",
            f"/sessions/{with_consent.public_id}/consent/",
            edition.get_absolute_url(),
            "/my/training/",
            "/my/certificates/",
            f"/verify/{certificate.code}",
            "/my/profile/",
            "/account/password/change/",
            "/account/logout/",
            "/manage/sessions/",
        ],
    )


@pytest.mark.parametrize("phone", [True, False])
def test_pages_of_a_trainer(open_as: OpenAs, session: Session, trainer: User, phone: bool) -> None:
    page = open_as(trainer, phone=phone)
    roster = f"/teach/sessions/{session.public_id}/roster/"
    assert_every_page_is_accessible(page, ["/", "/teach/", roster])
    page.get_by_role("button", name="Present", exact=True).first.click()
    page.locator(".roster-row details summary").first.click()
    assert_accessible(page)


def test_pages_of_a_catalogue_manager(open_as: OpenAs) -> None:
    make_session(published=False)
    make_session(version=make_version(members_only=True), published=False)
    page = open_as(make_person_with(Role.CATALOGUE_MANAGER), phone=True)
    edition = make_programme((0, 9, "Islam"), published=False)
    manage = f"/manage/programmes/{edition.public_id}/"
    editing = ["/manage/programmes/", "/manage/programmes/new/", manage, f"{manage}close/"]
    assert_every_page_is_accessible(page, ["/", "/manage/sessions/", *editing])
    Programme.objects.update(
        status="published", starts_on=today() - dt.timedelta(days=2), ends_on=today() - dt.timedelta(days=1)
    )
    Meeting.objects.all().delete()
    Session.objects.all().delete()
    assert_every_page_is_accessible(page, [f"{manage}close/"])


@pytest.mark.parametrize("phone", [True, False])
def test_pages_of_hr(open_as: OpenAs, phone: bool) -> None:
    hr = make_person_with(Role.HR)
    zone = hr.memberships.get().organisation
    colleague = make_employee(zone=zone)
    head = "Stamnummer;Naam;Voornaam;E-mail;Zone\n"
    good, wrong = (f"{head}460000001;Maes;An;an@police.example;{code}" for code in (zone.code, "x"))
    lists = [receive_list(content=content.encode(), uploader=hr) for content in (good, wrong, good)]
    for received in lists[:2]:
        check_list(staff_import=received)
    page = open_as(hr, phone=phone)
    page.emulate_media(color_scheme="light" if phone else "dark")
    previews = [f"/hr/people/import/{received.public_id}/" for received in lists]
    person = f"/hr/people/{colleague.public_id}/roles/"
    pages = ["/hr/people/", person, f"{person}employee/{zone.public_id}/end/", "/hr/people/import/"]
    assert_every_page_is_accessible(page, [*pages, *previews])
    page.goto(previews[0])
    page.get_by_label("Mail the new people").check()
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_text("The people are imported").wait_for()
    assert_accessible(page)


def test_the_demo_s_own_pages(open_as: OpenAs) -> None:
    assert_every_page_is_accessible(open_as(phone=True), ["/demo/", "/demo/outbox/"])


@pytest.mark.parametrize("role", [Role.HR, Role.CHIEF])
@pytest.mark.parametrize("phone", [True, False])
def test_pages_of_figures(open_as: OpenAs, phone: bool, role: Role) -> None:
    reader = make_person_with(role)
    zone = reader.memberships_today[0].organisation
    colleague, version = make_employee(zone=zone), make_version()
    record_completion(
        person=colleague,
        version=version,
        completed_on=dt.date(2026, 1, 15),
        sessions=[],
        source=CompletionSource.IMPORT,
        actor=None,
    )
    page = open_as(reader, phone=phone)
    page.emulate_media(color_scheme="dark" if phone else "light")
    assert_every_page_is_accessible(page, ["/", "/hr/figures/", "/hr/figures/?year=2026"])
    if role == Role.HR:
        assert_every_page_is_accessible(page, ["/hr/search/", f"/hr/people/{colleague.public_id}/"])
        page.goto("/hr/search/")
        page.get_by_role("searchbox").fill("Peeters")
        page.get_by_role("button", name="Search").click()
        assert_accessible(page)
