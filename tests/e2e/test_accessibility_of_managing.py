"""axe-core over the pages of who keeps the offer, on a phone and on a desk."""

import datetime as dt

import pytest

from core.time import today
from courses.enums import StaffAnswer
from courses.models import Equivalence, Meeting, Prerequisite, Programme, Session
from courses.services.documents import add_document
from enrolment.models import PrerequisiteException
from enrolment.services.accessibility import ask_organiser
from enrolment.services.interest import await_dates
from people.enums import Role
from tests.e2e.conftest import OpenAs, assert_accessible_on_both_screens, assert_every_page_is_accessible
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

pytestmark = pytest.mark.django_db(transaction=True)


def test_pages_of_a_catalogue_manager(open_as: OpenAs) -> None:
    trainer = make_person_with(Role.TRAINER)
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
    page = open_as(make_person_with(Role.CATALOGUE_MANAGER))
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
    assert_accessible_on_both_screens(page)
    page.goto(f"{managed}message/")
    page.get_by_role("button", name="See how it looks").click()
    assert_accessible_on_both_screens(page)
    page.goto(f"{managed}move/")
    page.get_by_label("Room").first.fill("A1")
    page.get_by_role("button", name="Go on").click()
    assert_accessible_on_both_screens(page)


def test_pages_on_which_the_offer_is_kept(open_as: OpenAs) -> None:
    version = make_version(description_nl="Lang", min_assistants=1)
    session, lacks = make_session(version=version, published=False), make_session(version=version)
    course, meeting = version.course, session.meetings.first()
    rows = [make_staff(meeting, make_trainer(course), answer=answer) for answer in StaffAnswer]
    make_staff(meeting, make_trainer(course, valid_until=today()))
    make_trainer(course)
    accreditation = course.accreditations.first()
    staff, edit = f"/manage/sessions/{session.public_id}/staff/", f"/manage/courses/{course.slug}/"
    page = open_as(make_person_with(Role.CATALOGUE_MANAGER))
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
    assert_accessible_on_both_screens(page)
    page.locator("#id_title_nl").fill("")
    page.get_by_role("button", name="Save as version 2").click()
    page.get_by_role("heading", name="There is a problem").wait_for()
    assert_accessible_on_both_screens(page)


def test_pages_on_which_programmes_are_kept(open_as: OpenAs) -> None:
    page = open_as(make_person_with(Role.CATALOGUE_MANAGER))
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


def test_pages_about_what_comes_first(open_as: OpenAs) -> None:
    version, before = make_version(), make_version()
    Prerequisite.objects.create(version=version, course=before.course)
    Prerequisite.objects.create(version=version, course=make_version().course, required=False)
    Equivalence.objects.create(course=before.course, equivalent=make_version().course)
    session = make_session(version=version)
    asking = f"/sessions/{session.public_id}/exception/{before.course.slug}/"
    page = open_as(make_employee())
    assert_every_page_is_accessible(page, [session.get_absolute_url(), asking])
    page.get_by_label("planned before the session").check()
    page.get_by_role("button", name="Ask").click()
    assert_accessible_on_both_screens(page)
    exception = PrerequisiteException.objects.get()
    page = open_as(make_person_with(Role.CATALOGUE_MANAGER))
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
    assert_accessible_on_both_screens(page)


def test_pages_of_what_somebody_needs(open_as: OpenAs) -> None:
    organiser, learner, version = make_person_with(Role.CATALOGUE_MANAGER), make_employee(), make_version()
    session, other = make_session(version=version), make_session(version=version, starts_in=dt.timedelta(31))
    for text in ("A ramp", "An interpreter"):
        ask_organiser(enrolment=make_confirmed(session), text=text)
    page = open_as(learner)
    page.goto(other.get_absolute_url())
    page.get_by_text("Do you need something to take part?").click()
    assert_accessible_on_both_screens(page)
    page.get_by_label("What you need").fill("A ramp")
    page.get_by_role("button", name="Enrol").click()
    page.get_by_text("What you asked the organiser").click()
    assert_accessible_on_both_screens(page)
    page = open_as(organiser)
    requests = f"/manage/sessions/{session.public_id}/accessibility/"
    assert_every_page_is_accessible(page, ["/", requests, "/my/profile/"])
    page.goto(requests)
    page.get_by_role("button", name="It is arranged").first.click()
    assert_accessible_on_both_screens(page)
