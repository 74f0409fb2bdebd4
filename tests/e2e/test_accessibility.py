"""axe-core over the pages of everybody, participants and trainers, on a phone and on a desk: no violation."""

import datetime as dt
from typing import Any

import pytest

from attendance.enums import MarkState
from attendance.services import admit
from certificates.services import issue_certificate
from core.time import today
from courses.enums import StaffAnswer
from courses.models import Session
from enrolment.enums import CompletionSource
from enrolment.services.booking import enrol
from enrolment.services.completions import record_completion
from enrolment.services.interest import await_dates
from enrolment.services.on_behalf import enrol_on_behalf
from enrolment.services.pools import reserve_seats
from people.enums import Role
from people.models import User
from tests.attendance.helpers import mark_and_close
from tests.e2e.conftest import OpenAs, assert_accessible_on_both_screens, assert_every_page_is_accessible
from tests.factories import (
    make_confirmed,
    make_employee,
    make_person_with,
    make_programme,
    make_session,
    make_staff,
    make_version,
)

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_pages_for_everybody(open_as: OpenAs) -> None:
    course = make_session().version.course
    page = open_as()
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
    assert_accessible_on_both_screens(page)


def test_pages_of_a_staff_member(open_as: OpenAs) -> None:
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
    page = open_as(learner)
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


def test_pages_on_which_seats_are_kept(open_as: OpenAs, session: Session) -> None:
    manager = make_person_with(Role.CATALOGUE_MANAGER)
    coming = make_session(version=session.version, starts_in=dt.timedelta(days=20))
    zone = manager.memberships.get().organisation
    pool = reserve_seats(
        session=coming, seats=1, release_on=today(), organisation=zone, language="", actor=manager
    )
    managed = f"/manage/sessions/{coming.public_id}/"
    pages = [managed, f"{managed}reserved/", f"{managed}reserved/{pool.public_id}/release/"]
    assert_every_page_is_accessible(open_as(manager), pages)


def test_pages_of_a_trainer(open_as: OpenAs, session: Session, trainer: User) -> None:
    asked = make_session(version=session.version, published=False)
    for meeting in asked.meetings.all():
        make_staff(meeting, trainer, answer=StaffAnswer.INVITED)
    page = open_as(trainer)
    roster = f"/teach/sessions/{session.public_id}/roster/"
    invitations = [f"/teach/sessions/{each.public_id}/invitation/" for each in (asked, session)]
    assert_every_page_is_accessible(page, ["/", "/teach/", *invitations, roster])
    page.get_by_role("button", name="Present", exact=True).first.click()
    page.locator(".roster-row details summary").first.click()
    assert_accessible_on_both_screens(page)


def test_pages_on_which_a_part_is_made_up_for(open_as: OpenAs, trainer: User) -> None:
    learner, version = make_employee(), make_version()
    missed_in = make_session(version=version, starts_in=dt.timedelta(days=-3), trainer=trainer)
    first, second = missed_in.meetings.all()
    enrolment = make_confirmed(missed_in, learner)
    mark_and_close(first, {enrolment: MarkState.PRESENT}, trainer)
    mark_and_close(second, {enrolment: MarkState.EXCUSED}, trainer)
    page = open_as(learner)
    make_up = f"/sessions/{missed_in.public_id}/make-up/2/"
    assert_every_page_is_accessible(page, [make_up])
    later = [make_session(version=version, starts_in=dt.timedelta(days=day)) for day in (20, 30)]
    assert_every_page_is_accessible(page, ["/", "/my/training/", missed_in.get_absolute_url(), make_up])
    page.goto(make_up)
    page.get_by_role("button", name="Take this date").first.click()
    page.get_by_text("Your new date is booked.").wait_for()
    assert_accessible_on_both_screens(page)
    meeting = later[0].meetings.get(part__position=2)
    give_back = f"/sessions/{later[0].public_id}/make-up/{meeting.public_id}/cancel/"
    assert_every_page_is_accessible(page, [later[0].get_absolute_url(), give_back, "/my/training/"])


def test_pages_at_the_door(open_as: OpenAs, session: Session, trainer: User) -> None:
    session.meetings.update(capacity=4)
    meeting = session.meetings.all()[0]
    enrolment = admit(meeting=meeting, learner=make_employee(), actor=trainer)
    page = open_as(trainer)
    roster = f"/teach/sessions/{session.public_id}/roster/"
    undo = f"{roster}{meeting.public_id}/door/{enrolment.public_id}/undo/"
    page.goto(f"{roster}?part={meeting.public_id}")
    page.get_by_text("Added somebody by mistake?").click()
    assert_accessible_on_both_screens(page)
    assert_every_page_is_accessible(page, [undo])


def test_pages_on_which_bookings_change_hands(open_as: OpenAs, session: Session, trainer: User) -> None:
    hr = make_person_with(Role.HR)
    zone = hr.memberships.get().organisation
    learner, other = make_employee(zone=zone), make_employee(zone=zone)
    booked = make_session(version=session.version, starts_in=dt.timedelta(days=20))
    later = make_session(version=session.version, starts_in=dt.timedelta(days=40))
    enrol_on_behalf(session=booked, learner=learner, organisation=zone, actor=hr)
    page = open_as(learner)
    moving = f"/sessions/{booked.public_id}/move/{later.public_id}/"
    assert_every_page_is_accessible(page, [booked.get_absolute_url(), moving])
    page = open_as(hr)
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
    page = open_as(trainer)
    page.goto(f"/teach/sessions/{session.public_id}/roster/")
    page.get_by_role("link", name="Add somebody at the door").click()
    page.get_by_label("Staff number or e-mail address").fill("Peeters")
    page.get_by_role("button", name="Look up").click()
    assert_accessible_on_both_screens(page)
    page.get_by_label("Staff number or e-mail address").fill(str(other.profile.staff_number))
    page.get_by_role("button", name="Look up").click()
    assert_accessible_on_both_screens(page)


def test_the_demo_s_own_pages(open_as: OpenAs) -> None:
    assert_every_page_is_accessible(open_as(), ["/demo/", "/demo/outbox/"])
