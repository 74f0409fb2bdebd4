"""axe-core over the pages of HR, chiefs, approvers and academies, on a phone and on a desk."""

import datetime as dt

import pytest

from core.time import today
from courses.services.organisation_rules import require_approval
from enrolment.enums import CompletionSource
from enrolment.links import approval_token
from enrolment.services.booking import enrol
from enrolment.services.completions import record_completion
from enrolment.services.leaving import free_bookings_of_leavers
from enrolment.services.on_behalf import enrol_on_behalf
from people.enums import Role
from people.models import Intake
from people.services.staff_imports import check_list, receive_list
from tests.e2e.conftest import OpenAs, assert_accessible_on_both_screens, assert_every_page_is_accessible
from tests.factories import make_confirmed, make_employee, make_person_with, make_session, make_version
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


def test_pages_of_hr(open_as: OpenAs) -> None:
    hr = make_person_with(Role.HR)
    zone = hr.memberships.get().organisation
    colleague = make_employee(zone=zone)
    head = "Stamnummer;Naam;Voornaam;E-mail;Zone\n"
    good, wrong = (f"{head}460000001;Maes;An;an@police.example;{code}" for code in (zone.code, "x"))
    lists = [receive_list(content=content.encode(), uploader=hr) for content in (good, wrong, good)]
    for received in lists[:2]:
        check_list(staff_import=received)
    page = open_as(hr)
    previews = [f"/hr/people/import/{received.public_id}/" for received in lists]
    person = f"/hr/people/{colleague.public_id}/roles/"
    pages = ["/hr/people/", person, f"{person}employee/{zone.public_id}/end/", "/hr/people/import/"]
    assert_every_page_is_accessible(page, [*pages, *previews])
    page.goto(previews[0])
    page.get_by_label("Mail the new people").check()
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_text("The people are imported").wait_for()
    assert_accessible_on_both_screens(page)


def test_pages_of_who_enrols_others(open_as: OpenAs) -> None:
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
    page = open_as(hr)
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
    assert_accessible_on_both_screens(page)


def test_pages_of_approvals(open_as: OpenAs) -> None:
    hr = make_person_with(Role.HR)
    zone = hr.memberships_today[0].organisation
    make_person_with(Role.APPROVER, organisation=zone)
    page = open_as(hr)
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
    page = open_as(approver)
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
    assert_accessible_on_both_screens(page)


@pytest.mark.parametrize("role", [Role.HR, Role.CHIEF])
def test_pages_of_figures(open_as: OpenAs, role: Role) -> None:
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
    page = open_as(reader)
    assert_every_page_is_accessible(page, ["/", "/hr/figures/", "/hr/figures/?year=2026"])
    if role == Role.HR:
        assert_every_page_is_accessible(page, ["/hr/search/", f"/hr/people/{colleague.public_id}/"])
        page.goto("/hr/search/")
        page.get_by_role("searchbox").fill("Peeters")
        page.get_by_role("button", name="Search").click()
        assert_accessible_on_both_screens(page)


def test_pages_of_an_academy(open_as: OpenAs) -> None:
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
    page = open_as(coordinator)
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
    assert_accessible_on_both_screens(page)
    aspirant = open_as(late)
    assert_every_page_is_accessible(aspirant, ["/my/training/"])
