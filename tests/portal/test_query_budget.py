"""Every kind of page stays under twelve queries, session and account included."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance.enums import MarkState
from certificates.services import issue_certificate
from core.time import today
from courses.models import Prerequisite
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
from people.models import User
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


def test_every_page_takes_few_queries(sign_in: SignIn, person: User) -> None:
    version = make_version()
    session = make_session(version=version, starts_in=dt.timedelta(0), trainer=person)
    for days in range(1, 4):
        make_confirmed(make_session(version=version, starts_in=dt.timedelta(days=days)), person)
        make_session(version=version, published=False)
        make_confirmed(session)
    with_consent = make_session(version=make_version(asking_consent=True))
    edition = make_programme((0, 9, "Islam"), (1, 9, "Poverty"))
    for workshop in edition.sessions.all():
        make_confirmed(workshop, person)
        make_confirmed(workshop)
    completion = record_completion(
        person=person,
        version=version,
        completed_on=dt.date(2026, 1, 15),
        sessions=[session],
        source=CompletionSource.ATTENDANCE,
        actor=None,
    )
    hr_of = next(m.organisation for m in person.memberships_today if m.role == Role.HR)
    colleague = make_employee(zone=hr_of)
    to_approve = make_session(version=make_version(approval_required=True))
    waiting = enrol(session=to_approve, learner=colleague, actor=colleague)
    rule = require_approval(
        organisation=hr_of, course=make_version().course, valid_from=today(), actor=person
    )
    coming = make_session(version=version, starts_in=dt.timedelta(days=9), capacity=30)
    asking = make_confirmed(coming, person)
    ask_organiser(enrolment=asking, text="A ramp")
    leaver = make_employee(zone=hr_of)
    make_confirmed(coming, leaver)
    leaver.memberships.update(valid_until=today() - dt.timedelta(days=1))
    free_bookings_of_leavers()
    at_school = next(m.organisation for m in person.memberships_today if m.role == Role.COORDINATOR)
    aspirant = make_person_with(Role.ASPIRANT, organisation=at_school)
    demanding = make_version()
    for before, required in ((make_version(), True), (make_version(), False), (version, True)):
        Prerequisite.objects.create(version=demanding, course=before.course, required=required)
    asking_for_more = make_session(version=demanding, starts_in=dt.timedelta(days=8))
    make_session(version=demanding, starts_in=dt.timedelta(days=10))
    following_on = make_version()
    Prerequisite.objects.create(version=following_on, course=version.course)
    within_reach = make_session(version=following_on, starts_in=dt.timedelta(days=11))
    make_session(version=following_on, starts_in=dt.timedelta(days=12))
    missing = demanding.prerequisites.first()
    assert missing is not None
    exception = ask_exception(
        session=asking_for_more,
        prerequisite=missing.course,
        person=colleague,
        reason=ExceptionReason.PLANNED,
    )
    certificate = issue_certificate(completion=completion)
    assert certificate is not None
    cohort = make_class(at_school, 3, starts_on=dt.date(2026, 9, 1))
    later, voluntary = make_session(starts_in=dt.timedelta(days=40)), make_training("voluntary")
    track = make_track(version, later.version)
    track.suggestions.add(voluntary.course)
    assign(track, cohort)
    plan = f"{cohort.get_absolute_url()}plan/{later.version.course.slug}/"
    row, accreditation = person.teaching.first(), person.accreditations.get()
    assert row is not None
    staff_list = receive_list(
        content=f"Stamnummer;Naam;Voornaam;Zone\n46;Maes;An;{hr_of.code}".encode(), uploader=person
    )
    check_list(staff_import=staff_list)
    draft = make_session(version=version, published=False, trainer=person)
    first, second = (make_session(version=version, starts_in=dt.timedelta(days=days)) for days in (60, 61))
    booked = make_employee(zone=hr_of)
    enrol_on_behalf(session=first, learner=booked, organisation=hr_of, actor=person)
    made = f"/hr/people/{booked.public_id}/enrol/{first.public_id}/"
    await_dates(person=person, course=version.course)
    half_done = make_confirmed(make_session(version=make_version(), starts_in=dt.timedelta(days=-3)), person)
    for meeting, state in zip(
        half_done.session.meetings.all(), (MarkState.PRESENT, MarkState.ABSENT), strict=True
    ):
        mark_and_close(meeting, {half_done: state}, person)
    for days in range(60, 63):
        make_session(version=half_done.session.version, starts_in=dt.timedelta(days=days))
    client = sign_in(person)
    managed, drafted = (f"/manage/sessions/{each.public_id}/" for each in (coming, draft))
    paths = [
        "/",
        "/catalogue/",
        "/catalogue/?q=title&language=nl&free=on",
        version.course.get_absolute_url(),
        session.get_absolute_url(),
        asking_for_more.get_absolute_url(),
        within_reach.get_absolute_url(),
        f"/sessions/{asking_for_more.public_id}/exception/{missing.course.slug}/",
        "/manage/exceptions/",
        f"/manage/exceptions/{exception.public_id}/grant/",
        f"/manage/exceptions/{exception.public_id}/decline/",
        f"/sessions/{with_consent.public_id}/consent/",
        f"/sessions/{half_done.session.public_id}/make-up/2/",
        edition.get_absolute_url(),
        f"{coming.get_absolute_url()}move/{first.public_id}/",
        f"{made}move/",
        f"{made}move/{second.public_id}/",
        f"{made}replace/",
        f"{made}replace/{colleague.public_id}/",
        "/my/training/",
        "/my/certificates/",
        "/my/profile/",
        "/my/sign-ins/",
        "/account/security/",
        "/teach/",
        f"/teach/sessions/{session.public_id}/roster/",
        f"/teach/sessions/{session.public_id}/roster/{session.first_meeting.public_id}/door/",
        f"/teach/sessions/{session.public_id}/invitation/",
        "/manage/sessions/",
        "/manage/awaited/",
        voluntary.course.get_absolute_url(),
        "/manage/programmes/",
        "/manage/programmes/new/",
        f"/manage/programmes/{edition.public_id}/",
        f"/manage/programmes/{edition.public_id}/close/",
        "/academy/",
        "/academy/cohorts/",
        "/academy/lists/",
        cohort.get_absolute_url(),
        f"{cohort.get_absolute_url()}tracks/",
        f"{cohort.get_absolute_url()}people/{person.public_id}/",
        plan,
        f"{plan}?session={later.public_id}",
        f"/manage/sessions/{session.public_id}/staff/",
        f"/manage/sessions/{session.public_id}/staff/{row.public_id}/replace/",
        f"/manage/sessions/{session.public_id}/staff/{row.public_id}/remove/",
        "/manage/trainers/",
        "/manage/trainers/new/",
        f"/manage/trainers/{accreditation.public_id}/",
        "/manage/courses/",
        "/manage/courses/new/",
        f"/manage/courses/{version.course.slug}/",
        f"/manage/courses/{version.course.slug}/edit/",
        f"/manage/courses/{version.course.slug}/versions/1/",
        f"/manage/courses/{version.course.slug}/hide-title/",
        f"/manage/courses/{version.course.slug}/equivalences/",
        "/manage/venues/",
        f"/manage/venues/{row.meeting.venue.public_id}/",
        "/manage/providers/",
        f"/manage/providers/{version.course.provider.slug}/",
        f"/manage/sessions/?course={version.course.slug}&q=title&status=past",
        "/manage/sessions/new/",
        f"/manage/sessions/new/?course={version.course.slug}",
        *(
            f"{managed}{act}/"
            for act in ("edit", "move", "seats", "cancel", "message", "duplicate", "repeat")
        ),
        managed,
        drafted,
        f"{drafted}edit/",
        f"{drafted}delete/",
        "/hr/approvals/",
        f"/hr/approvals/{waiting.public_id}/",
        f"/approvals/{approval_token(waiting, person)}/",
        "/hr/approvals/rules/",
        f"/hr/approvals/rules/{rule.public_id}/end/",
        "/hr/figures/",
        "/hr/search/",
        f"/hr/people/{colleague.public_id}/",
        f"/hr/people/{colleague.public_id}/enrol/",
        f"/hr/people/{colleague.public_id}/enrol/?course={version.course.slug}&q=title&free=on",
        f"/hr/people/{colleague.public_id}/enrol/{coming.public_id}/",
        f"/academy/people/{aspirant.public_id}/enrol/",
        "/hr/leavers/",
        f"/sessions/{coming.public_id}/needs/",
        f"/manage/sessions/{coming.public_id}/accessibility/",
        "/hr/people/",
        f"/hr/people/{colleague.public_id}/roles/",
        f"/hr/people/{colleague.public_id}/roles/employee/{hr_of.public_id}/end/",
        "/hr/people/import/",
        f"/hr/people/import/{staff_list.public_id}/",
        "/verify/",
        f"/verify/{certificate.code}",
        "/privacy/",
        "/accessibility/",
        "/account/password/change/",
    ]
    # What the catalogue says is read once after it changed, by whoever comes first.
    client.get("/catalogue/")
    costs = {}
    for path in paths:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200, path
        costs[path] = len(queries)
    assert {path: cost for path, cost in costs.items() if cost > 11} == {}
