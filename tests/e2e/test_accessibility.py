"""axe-core over every kind of page, on a phone and on a desk, in light and dark: no violation."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from certificates.services import issue_certificate
from core.time import today
from courses.enums import StaffAnswer
from courses.models import Equivalence, Meeting, Prerequisite, Programme, Session
from courses.services.documents import add_document
from courses.services.organisation_rules import require_approval
from enrolment.enums import CompletionSource
from enrolment.links import approval_token
from enrolment.models import PrerequisiteException
from enrolment.services.accessibility import ask_organiser
from enrolment.services.booking import enrol
from enrolment.services.completions import record_completion
from enrolment.services.interest import await_dates
from enrolment.services.leaving import free_bookings_of_leavers
from enrolment.services.on_behalf import enrol_on_behalf
from people.enums import Role
from people.models import Intake, User
from people.services.staff_imports import check_list, receive_list
from tests.e2e.conftest import assert_accessible
from tests.factories import (
    make_confirmed,
    make_employee,
    make_person_with,
    make_programme,
    make_session,
    make_staff,
    make_trainer,
    make_version,
)
from tests.tracks.helpers import (
    assign,
    complete,
    make_class,
    make_coordinator,
    make_school,
    make_track,
    make_training,
)
from tracks.progress.matrices import people_of
from tracks.services.class_lists import receive_class_list

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
    page.get_by_role("button", name="Sign in", exact=True).click()
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
    undated, awaited = make_version().course, make_version().course
    await_dates(person=learner, course=awaited)
    page = open_as(learner, phone=phone)
    page.emulate_media(color_scheme="light" if phone else "dark")
    assert_every_page_is_accessible(
        page,
        [
            "/",
            "/catalogue/",
            version.course.get_absolute_url(),
            undated.get_absolute_url(),
            awaited.get_absolute_url(),
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
    asked = make_session(version=session.version, published=False)
    for meeting in asked.meetings.all():
        make_staff(meeting, trainer, answer=StaffAnswer.INVITED)
    page = open_as(trainer, phone=phone)
    roster = f"/teach/sessions/{session.public_id}/roster/"
    invitations = [f"/teach/sessions/{each.public_id}/invitation/" for each in (asked, session)]
    assert_every_page_is_accessible(page, ["/", "/teach/", *invitations, roster])
    page.get_by_role("button", name="Present", exact=True).first.click()
    page.locator(".roster-row details summary").first.click()
    assert_accessible(page)


@pytest.mark.parametrize("phone", [True, False])
def test_pages_on_which_bookings_change_hands(
    open_as: OpenAs, session: Session, trainer: User, phone: bool
) -> None:
    hr = make_person_with(Role.HR)
    zone = hr.memberships.get().organisation
    learner, other = make_employee(zone=zone), make_employee(zone=zone)
    booked = make_session(version=session.version, starts_in=dt.timedelta(days=20))
    later = make_session(version=session.version, starts_in=dt.timedelta(days=40))
    enrol_on_behalf(session=booked, learner=learner, organisation=zone, actor=hr)
    page = open_as(learner, phone=phone)
    moving = f"/sessions/{booked.public_id}/move/{later.public_id}/"
    assert_every_page_is_accessible(page, [booked.get_absolute_url(), moving])
    page = open_as(hr, phone=phone)
    made = f"/hr/people/{learner.public_id}/enrol/{booked.public_id}/"
    assert_every_page_is_accessible(
        page,
        [
            f"/hr/people/{learner.public_id}/enrol/",
            f"{made}move/",
            f"{made}move/{later.public_id}/",
            f"{made}replace/",
            f"{made}replace/{other.public_id}/",
        ],
    )
    page = open_as(trainer, phone=phone)
    page.goto(f"/teach/sessions/{session.public_id}/roster/")
    page.get_by_role("link", name="Add somebody at the door").click()
    page.get_by_label("Staff number or e-mail address").fill("Peeters")
    page.get_by_role("button", name="Look up").click()
    assert_accessible(page)
    page.get_by_label("Staff number or e-mail address").fill(str(other.profile.staff_number))
    page.get_by_role("button", name="Look up").click()
    assert_accessible(page)


@pytest.mark.parametrize("phone", [True, False])
def test_pages_about_what_comes_first(open_as: OpenAs, phone: bool) -> None:
    version, before = make_version(), make_version()
    Prerequisite.objects.create(version=version, course=before.course)
    Prerequisite.objects.create(version=version, course=make_version().course, required=False)
    Equivalence.objects.create(course=before.course, equivalent=make_version().course)
    session = make_session(version=version)
    asking = f"/sessions/{session.public_id}/exception/{before.course.slug}/"
    page = open_as(make_employee(), phone=phone)
    assert_every_page_is_accessible(page, [session.get_absolute_url(), asking])
    page.get_by_label("planned before the session").check()
    page.get_by_role("button", name="Ask").click()
    assert_accessible(page)
    exception = PrerequisiteException.objects.get()
    page = open_as(make_person_with(Role.CATALOGUE_MANAGER), phone=phone)
    manage = f"/manage/courses/{before.course.slug}/"
    deciding = f"/manage/exceptions/{exception.public_id}/"
    assert_every_page_is_accessible(
        page,
        [
            "/",
            "/manage/exceptions/",
            f"{deciding}grant/",
            f"{deciding}decline/",
            manage,
            f"{manage}equivalences/",
        ],
    )
    page.goto(f"{deciding}grant/")
    page.get_by_role("button", name="Grant").click()
    assert_accessible(page)


def test_pages_on_which_programmes_are_kept(open_as: OpenAs) -> None:
    page = open_as(make_person_with(Role.CATALOGUE_MANAGER), phone=True)
    edition = make_programme((0, 9, "Islam"), published=False)
    manage = f"/manage/programmes/{edition.public_id}/"
    editing = ["/manage/programmes/", "/manage/programmes/new/", manage, f"{manage}close/"]
    assert_every_page_is_accessible(page, editing)
    Programme.objects.update(
        status="published", starts_on=today() - dt.timedelta(days=2), ends_on=today() - dt.timedelta(days=1)
    )
    Meeting.objects.all().delete()
    Session.objects.all().delete()
    assert_every_page_is_accessible(page, [f"{manage}close/"])


@pytest.mark.parametrize("phone", [True, False])
def test_pages_on_which_the_offer_is_kept(open_as: OpenAs, phone: bool) -> None:
    version = make_version(description_nl="Lang", min_assistants=1)
    session, lacks = make_session(version=version, published=False), make_session(version=version)
    course, meeting = version.course, session.meetings.first()
    rows = [make_staff(meeting, make_trainer(course), answer=answer) for answer in StaffAnswer]
    make_staff(meeting, make_trainer(course, valid_until=today()))
    make_trainer(course)
    accreditation = course.accreditations.first()
    staff, edit = f"/manage/sessions/{session.public_id}/staff/", f"/manage/courses/{course.slug}/"
    page = open_as(make_person_with(Role.CATALOGUE_MANAGER), phone=phone)
    page.emulate_media(color_scheme="light" if phone else "dark")
    assert_every_page_is_accessible(
        page,
        [
            staff,
            f"{staff}{rows[0].public_id}/replace/",
            f"{staff}{rows[0].public_id}/remove/",
            f"/manage/sessions/{lacks.public_id}/staff/",
            "/manage/trainers/",
            "/manage/trainers/?q=nobody",
            "/manage/trainers/new/",
            f"/manage/trainers/{accreditation.public_id}/",
            "/manage/courses/",
            "/manage/courses/new/",
            edit,
            f"{edit}edit/",
            f"{edit}versions/1/",
            f"{edit}hide-title/",
            f"{edit}delete/",
            "/manage/venues/",
            "/manage/venues/new/",
            f"/manage/venues/{meeting.venue.public_id}/",
            "/manage/providers/",
            f"/manage/providers/{course.provider.slug}/",
        ],
    )
    page.goto(f"{edit}edit/")
    page.locator("#id_title_nl").fill("Andere titel")
    page.get_by_role("button", name="Show what changes").click()
    page.get_by_role("heading", name="What changes from version 1").wait_for()
    assert_accessible(page)
    page.locator("#id_title_nl").fill("")
    page.get_by_role("button", name="Save as version 2").click()
    page.get_by_role("heading", name="There is a problem").wait_for()
    assert_accessible(page)


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


@pytest.mark.parametrize("phone", [True, False])
def test_pages_of_an_academy(open_as: OpenAs, phone: bool) -> None:
    academy = make_school()
    coordinator, cohort = make_coordinator(academy), make_class(academy, 3, starts_on=today())
    law, hpm = make_training("law"), make_training("hpm", capacity_min=8)
    session = make_session(version=hpm, capacity=2)
    make_session(version=hpm, starts_in=dt.timedelta(days=31), enrol_until=today() - dt.timedelta(days=1))
    assignment = assign(make_track(law, hpm), cohort, actor=coordinator)
    done, seated, late = people_of([cohort], on=today())[cohort.pk]
    complete(done, law)
    make_confirmed(session, seated)
    head = "Stamnummer;Naam;Voornaam;E-mail;Klas\n"
    lists = [
        receive_class_list(
            content=f"{head}460000001;Maes;An;{email};1B".encode(),
            intake=Intake(academy, today()),
            uploader=coordinator,
        )
        for email in ("an@police.example", "nowhere")
    ]
    own = cohort.get_absolute_url()
    page = open_as(coordinator, phone=phone)
    page.emulate_media(color_scheme="dark" if phone else "light")
    assert_every_page_is_accessible(
        page,
        [
            "/academy/",
            "/academy/cohorts/",
            "/academy/cohorts/?past",
            "/academy/lists/",
            *(f"/academy/lists/{received.public_id}/" for received in lists),
            own,
            f"{own}people/{late.public_id}/",
            f"{own}tracks/",
            f"{own}tracks/{assignment.public_id}/",
            f"{own}tracks/{assignment.public_id}/end/",
            f"{own}plan/law/",
            f"{own}plan/hpm/",
            f"{own}plan/hpm/?session={session.public_id}",
        ],
    )
    page.locator("button[name=confirm]").click()
    assert_accessible(page)
    aspirant = open_as(late, phone=phone)
    assert_every_page_is_accessible(aspirant, ["/my/training/"])


@pytest.mark.parametrize("phone", [True, False])
def test_pages_of_a_catalogue_manager(open_as: OpenAs, trainer: User, phone: bool) -> None:
    draft = make_session(published=False)
    make_session(version=make_version(members_only=True), published=False)
    session = make_session(
        starts_in=dt.timedelta(days=20), capacity=3, trainer=trainer, contact_email="hpm@dossin.example"
    )
    make_confirmed(session)
    awaited = make_version().course
    for _ in range(5):
        await_dates(person=make_employee(), course=awaited)
    too_few = make_session(min_participants=2, decide_on=today() - dt.timedelta(days=1))
    add_document(session=session, name="plan.pdf", content=b"%PDF-1.7", actor=trainer)
    page = open_as(make_person_with(Role.CATALOGUE_MANAGER), phone=phone)
    page.emulate_media(color_scheme="dark" if phone else "light")
    managed, drafted = (f"/manage/sessions/{each.public_id}/" for each in (session, draft))
    acts = ("edit", "move", "seats", "cancel", "message", "duplicate", "repeat")
    assert_every_page_is_accessible(
        page,
        [
            "/",
            "/manage/sessions/",
            "/manage/sessions/?q=nothing+like+it",
            "/manage/sessions/new/",
            f"/manage/sessions/new/?course={session.version.course.slug}",
            drafted,
            f"{drafted}edit/",
            f"{drafted}delete/",
            managed,
            f"/manage/sessions/{too_few.public_id}/",
            "/manage/awaited/",
            *(f"{managed}{act}/" for act in acts),
        ],
    )
    page.get_by_label("How often").fill("3")
    page.get_by_role("button", name="See the dates").click()
    assert_accessible(page)
    page.goto(f"{managed}message/")
    page.get_by_role("button", name="See how it looks").click()
    assert_accessible(page)
    page.goto(f"{managed}move/")
    page.get_by_label("Room").first.fill("A1")
    page.get_by_role("button", name="Go on").click()
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


@pytest.mark.parametrize("phone", [True, False])
def test_pages_of_who_enrols_others(open_as: OpenAs, phone: bool) -> None:
    hr = make_person_with(Role.HR)
    zone = hr.memberships_today[0].organisation
    colleague, leaver, version = make_employee(zone=zone), make_employee(zone=zone), make_version()
    made, offered = make_session(version=version), make_session(version=version, capacity=1)
    enrol_on_behalf(session=made, learner=colleague, organisation=zone, actor=hr)
    private = make_session(version=make_version(sensitive=True))
    for _ in range(25):
        make_session(version=version, starts_in=dt.timedelta(days=50))
    make_confirmed(offered, leaver)
    leaver.memberships.update(valid_until=today() - dt.timedelta(days=1))
    free_bookings_of_leavers()
    page = open_as(hr, phone=phone)
    page.emulate_media(color_scheme="dark" if phone else "light")
    person = f"/hr/people/{colleague.public_id}/"
    assert_every_page_is_accessible(
        page,
        [
            "/",
            person,
            f"{person}roles/",
            f"{person}enrol/",
            f"{person}enrol/?q=nothing+like+it",
            f"{person}enrol/{offered.public_id}/",
            f"{person}enrol/{private.public_id}/",
            f"{person}enrol/{made.public_id}/take-back/",
            "/hr/leavers/",
        ],
    )
    page.get_by_role("button", name="Reviewed").click()
    assert_accessible(page)


@pytest.mark.parametrize("phone", [True, False])
def test_pages_of_approvals(open_as: OpenAs, phone: bool) -> None:
    hr = make_person_with(Role.HR)
    zone = hr.memberships_today[0].organisation
    make_person_with(Role.APPROVER, organisation=zone)
    page = open_as(hr, phone=phone)
    page.emulate_media(color_scheme="dark" if phone else "light")
    rules = "/hr/approvals/rules/"
    assert_every_page_is_accessible(page, [rules])
    for days in (0, 9):
        rule = require_approval(
            organisation=zone,
            course=make_version().course,
            valid_from=today() + dt.timedelta(days=days),
            actor=hr,
        )
    assert_every_page_is_accessible(page, [rules, f"{rules}{rule.public_id}/end/"])

    approver = make_person_with(Role.APPROVER, organisation=zone)
    session = make_session(version=make_version(approval_required=True), capacity=1)
    page = open_as(approver, phone=phone)
    page.emulate_media(color_scheme="light" if phone else "dark")
    assert_every_page_is_accessible(page, ["/hr/approvals/"])
    learners = [make_employee(zone=zone), make_employee(zone=zone)]
    held, _queued = (enrol(session=session, learner=each, actor=each) for each in learners)
    link = f"/approvals/{approval_token(held, approver)}/"
    assert_every_page_is_accessible(
        page, ["/", "/hr/approvals/", f"/hr/approvals/{held.public_id}/", link, f"{link[:-1]}x/"]
    )
    page.goto(link)
    page.get_by_role("button", name="Do not approve").click()
    page.get_by_role("heading", name="It is not approved").wait_for()
    assert_accessible(page)


@pytest.mark.parametrize("phone", [True, False])
def test_pages_of_what_somebody_needs(open_as: OpenAs, phone: bool) -> None:
    organiser, learner, version = make_person_with(Role.CATALOGUE_MANAGER), make_employee(), make_version()
    session, other = make_session(version=version), make_session(version=version, starts_in=dt.timedelta(31))
    for text in ("A ramp", "An interpreter"):
        ask_organiser(enrolment=make_confirmed(session), text=text)
    page = open_as(learner, phone=phone)
    page.goto(other.get_absolute_url())
    page.get_by_text("Do you need something to take part?").click()
    assert_accessible(page)
    page.get_by_label("What you need").fill("A ramp")
    page.get_by_role("button", name="Enrol").click()
    page.get_by_text("What you asked the organiser").click()
    assert_accessible(page)
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page = open_as(organiser, phone=phone)
    requests = f"/manage/sessions/{session.public_id}/accessibility/"
    assert_every_page_is_accessible(page, ["/", requests, "/my/profile/"])
    page.goto(requests)
    page.get_by_role("button", name="It is arranged").first.click()
    assert_accessible(page)
