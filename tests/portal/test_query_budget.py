"""Every kind of page stays under twelve queries, session and account included."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance.enums import MarkState
from certificates.services import issue_certificate
from core.time import today
from courses.models import CourseVersion, Prerequisite, Session
from courses.services.organisation_rules import require_approval
from enrolment.enums import CompletionSource, ExceptionReason
from enrolment.links import approval_token
from enrolment.services.accessibility import ask_organiser
from enrolment.services.booking import enrol
from enrolment.services.completions import record_completion
from enrolment.services.exceptions import ask_exception
from enrolment.services.interest import await_dates
from enrolment.services.leaving import free_bookings_of_leavers
from enrolment.services.on_behalf import enrol_on_behalf
from people.enums import Role
from people.models import Organisation, User
from people.services.staff_imports import check_list, receive_list
from tests.attendance.helpers import mark_and_close
from tests.factories import (
    MembershipFactory,
    make_confirmed,
    make_employee,
    make_person_with,
    make_programme,
    make_session,
    make_version,
)
from tests.pages import SignIn
from tests.tracks.helpers import assign, make_class, make_track, make_training

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    """Somebody who is everything at once, and so sees the fullest pages."""
    person = make_employee()
    for role in (Role.TRAINER, Role.CATALOGUE_MANAGER, Role.HR, Role.COORDINATOR):
        MembershipFactory.create(user=person, role=role)
    academy = person.memberships.get(role=Role.COORDINATOR).organisation
    MembershipFactory.create(
        user=person,
        organisation=academy,
        role=Role.ASPIRANT,
        class_name="1A",
        class_starts_on=dt.date(2026, 9, 1),
    )
    return person


# Without anything of one's own in the address.
PLAIN = [
    "/",
    "/catalogue/",
    "/catalogue/?q=title&language=nl&free=on",
    "/my/training/",
    "/my/certificates/",
    "/my/profile/",
    "/my/sign-ins/",
    "/account/security/",
    "/account/password/change/",
    "/teach/",
    "/manage/sessions/",
    "/manage/sessions/new/",
    "/manage/awaited/",
    "/manage/exceptions/",
    "/manage/programmes/",
    "/manage/programmes/new/",
    "/manage/trainers/",
    "/manage/trainers/new/",
    "/manage/courses/",
    "/manage/courses/new/",
    "/manage/venues/",
    "/manage/providers/",
    "/academy/",
    "/academy/cohorts/",
    "/academy/lists/",
    "/hr/approvals/",
    "/hr/approvals/rules/",
    "/hr/figures/",
    "/hr/search/",
    "/hr/leavers/",
    "/hr/people/",
    "/hr/people/import/",
    "/verify/",
    "/privacy/",
    "/accessibility/",
]


def organisation_of(person: User, role: Role) -> Organisation:
    return next(each.organisation for each in person.memberships_today if each.role == role)


def make_on(days: int, version: CourseVersion, **fields: Any) -> Session:
    return make_session(version=version, starts_in=dt.timedelta(days=days), **fields)


def learning(person: User, version: CourseVersion, coming: Session) -> list[str]:
    """What is booked, done, missed, consented to and waited for."""
    with_consent = make_session(version=make_version(asking_consent=True))
    ask_organiser(enrolment=make_confirmed(coming, person), text="A ramp")
    await_dates(person=person, course=version.course)
    completion = record_completion(
        person=person,
        version=version,
        completed_on=dt.date(2026, 1, 15),
        sessions=[coming],
        source=CompletionSource.ATTENDANCE,
        actor=None,
    )
    certificate = issue_certificate(completion=completion)
    assert certificate is not None
    half_done = make_confirmed(make_on(-3, make_version()), person)
    marks = zip(half_done.session.meetings.all(), (MarkState.PRESENT, MarkState.ABSENT), strict=True)
    for meeting, state in marks:
        mark_and_close(meeting, {half_done: state}, person)
    for days in range(60, 63):
        make_on(days, half_done.session.version)
    return [
        version.course.get_absolute_url(),
        f"/sessions/{with_consent.public_id}/consent/",
        f"/sessions/{half_done.session.public_id}/make-up/2/",
        f"/sessions/{coming.public_id}/needs/",
        f"{coming.get_absolute_url()}move/{make_on(62, version).public_id}/",
        f"/verify/{certificate.code}",
    ]


def what_comes_first(colleague: User, version: CourseVersion) -> list[str]:
    demanding, following_on = make_version(), make_version()
    for before, required in ((make_version(), True), (make_version(), False), (version, True)):
        Prerequisite.objects.create(version=demanding, course=before.course, required=required)
    Prerequisite.objects.create(version=following_on, course=version.course)
    out_of_reach, _other = make_on(8, demanding), make_on(10, demanding)
    within_reach, _other = make_on(11, following_on), make_on(12, following_on)
    missing = demanding.prerequisites.first()
    assert missing is not None
    exception = ask_exception(
        session=out_of_reach,
        prerequisite=missing.course,
        person=colleague,
        reason=ExceptionReason.PLANNED,
    )
    return [
        out_of_reach.get_absolute_url(),
        within_reach.get_absolute_url(),
        f"/sessions/{out_of_reach.public_id}/exception/{missing.course.slug}/",
        f"/manage/exceptions/{exception.public_id}/grant/",
        f"/manage/exceptions/{exception.public_id}/decline/",
    ]


def teaching(session: Session) -> list[str]:
    given = f"/teach/sessions/{session.public_id}/"
    assert session.first_meeting is not None
    return [
        session.get_absolute_url(),
        f"{given}roster/",
        f"{given}roster/{session.first_meeting.public_id}/door/",
        f"{given}invitation/",
    ]


def programmes(person: User) -> list[str]:
    edition = make_programme((0, 9, "Islam"), (1, 9, "Poverty"))
    for workshop in edition.sessions.all():
        make_confirmed(workshop, person)
        make_confirmed(workshop)
    manage = f"/manage/programmes/{edition.public_id}/"
    return [edition.get_absolute_url(), manage, f"{manage}close/"]


def sessions_kept(person: User, session: Session, coming: Session) -> list[str]:
    row = person.teaching.filter(meeting__session=session).first()
    assert row is not None
    course = session.version.course
    draft = make_session(version=session.version, published=False, trainer=person)
    managed, drafted = (f"/manage/sessions/{each.public_id}/" for each in (coming, draft))
    staff = f"/manage/sessions/{session.public_id}/staff/"
    acts = ("edit", "move", "seats", "cancel", "message", "duplicate", "repeat", "accessibility")
    return [
        f"/manage/sessions/?course={course.slug}&q=title&status=past",
        f"/manage/sessions/new/?course={course.slug}",
        managed,
        *(f"{managed}{act}/" for act in acts),
        drafted,
        f"{drafted}edit/",
        f"{drafted}delete/",
        staff,
        f"{staff}{row.public_id}/replace/",
        f"{staff}{row.public_id}/remove/",
        f"/manage/venues/{row.meeting.venue.public_id}/",
    ]


def courses_kept(person: User, version: CourseVersion) -> list[str]:
    course = version.course
    manage = f"/manage/courses/{course.slug}/"
    pages = ("", "edit/", "versions/1/", "hide-title/", "equivalences/")
    return [
        *(f"{manage}{page}" for page in pages),
        f"/manage/trainers/{person.accreditations.get().public_id}/",
        f"/manage/providers/{course.provider.slug}/",
    ]


def classes(person: User, version: CourseVersion) -> list[str]:
    school = organisation_of(person, Role.COORDINATOR)
    aspirant = make_person_with(Role.ASPIRANT, organisation=school)
    cohort = make_class(school, 3, starts_on=dt.date(2026, 9, 1))
    later, voluntary = make_session(starts_in=dt.timedelta(days=40)), make_training("voluntary")
    track = make_track(version, later.version)
    track.suggestions.add(voluntary.course)
    assign(track, cohort)
    own = cohort.get_absolute_url()
    plan = f"{own}plan/{later.version.course.slug}/"
    return [
        voluntary.course.get_absolute_url(),
        own,
        f"{own}tracks/",
        f"{own}people/{person.public_id}/",
        plan,
        f"{plan}?session={later.public_id}",
        f"/academy/people/{aspirant.public_id}/enrol/",
    ]


def people(person: User, colleague: User, version: CourseVersion, coming: Session) -> list[str]:
    """Whom HR enrols, whose seat another takes, who left, whom a list brings in."""
    zone = organisation_of(person, Role.HR)
    leaver, booked = make_employee(zone=zone), make_employee(zone=zone)
    make_confirmed(coming, leaver)
    leaver.memberships.update(valid_until=today() - dt.timedelta(days=1))
    free_bookings_of_leavers()
    first, second = make_on(60, version), make_on(61, version)
    enrol_on_behalf(session=first, learner=booked, organisation=zone, actor=person)
    content = f"Stamnummer;Naam;Voornaam;Zone\n46;Maes;An;{zone.code}".encode()
    received = receive_list(content=content, uploader=person)
    check_list(staff_import=received)
    made = f"/hr/people/{booked.public_id}/enrol/{first.public_id}/"
    own = f"/hr/people/{colleague.public_id}/"
    return [
        f"{made}move/",
        f"{made}move/{second.public_id}/",
        f"{made}replace/",
        f"{made}replace/{colleague.public_id}/",
        own,
        f"{own}enrol/",
        f"{own}enrol/?course={version.course.slug}&q=title&free=on",
        f"{own}enrol/{coming.public_id}/",
        f"{own}roles/",
        f"{own}roles/employee/{zone.public_id}/end/",
        f"/hr/people/import/{received.public_id}/",
    ]


def approvals(person: User, colleague: User) -> list[str]:
    zone = organisation_of(person, Role.HR)
    session = make_session(version=make_version(approval_required=True))
    waiting = enrol(session=session, learner=colleague, actor=colleague)
    course = make_version().course
    rule = require_approval(organisation=zone, course=course, valid_from=today(), actor=person)
    return [
        f"/hr/approvals/{waiting.public_id}/",
        f"/approvals/{approval_token(waiting, person)}/",
        f"/hr/approvals/rules/{rule.public_id}/end/",
    ]


def test_every_page_takes_few_queries(sign_in: SignIn, person: User) -> None:
    version = make_version()
    session = make_on(0, version, trainer=person)
    for days in range(1, 4):
        make_confirmed(make_on(days, version), person)
        make_session(version=version, published=False)
        make_confirmed(session)
    coming = make_on(9, version, capacity=30)
    colleague = make_employee(zone=organisation_of(person, Role.HR))
    paths = [
        *PLAIN,
        *learning(person, version, coming),
        *what_comes_first(colleague, version),
        *teaching(session),
        *programmes(person),
        *sessions_kept(person, session, coming),
        *courses_kept(person, version),
        *classes(person, version),
        *people(person, colleague, version, coming),
        *approvals(person, colleague),
    ]
    client = sign_in(person)
    # What the catalogue says is read once after it changed, by whoever comes first.
    client.get("/catalogue/")
    costs = {}
    for path in paths:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200, path
        costs[path] = len(queries)
    assert {path: cost for path, cost in costs.items() if cost > 11} == {}
