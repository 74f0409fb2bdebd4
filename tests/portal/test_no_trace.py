"""Whoever withdrew was never there for anybody else; of a sensitive course nobody sees who is there."""

import datetime as dt
import re
from collections.abc import Callable, Iterator

import pytest
import time_machine

from core.time import BRUSSELS
from courses.models import Session
from enrolment.services.booking import enrol, withdraw
from notifications.models import Message
from people.enums import OrganisationKind, Role
from people.models import Organisation, User
from tests.factories import (
    MembershipFactory,
    OrganisationFactory,
    make_confirmed,
    make_employee,
    make_person_with,
    make_session,
    make_version,
)
from tests.pages import SignIn
from tests.tracks.helpers import assign, make_class, make_track

pytestmark = pytest.mark.django_db
Pages = Callable[[], dict[str, bytes]]

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=BRUSSELS)
# What differs between two visits of one page.
OF_A_VISIT = re.compile(rb"\b[0-9A-Za-z]{64}\b")


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def zone() -> Organisation:
    zone: Organisation = OrganisationFactory.create()
    return zone


@pytest.fixture
def school() -> Organisation:
    school: Organisation = OrganisationFactory.create(kind=OrganisationKind.SCHOOL)
    return school


@pytest.fixture
def person(zone: Organisation, school: Organisation) -> User:
    """An aspirant of a class, employed by a zone: two offices look at what they do."""
    person = make_employee(zone=zone, profile__first_name="Wout", profile__last_name="Zwijgers")
    MembershipFactory.create(
        user=person,
        organisation=school,
        role=Role.ASPIRANT,
        class_name="1A",
        class_starts_on=dt.date(2026, 1, 5),
    )
    return person


@pytest.fixture(params=["ordinary", "by consent"])
def session(request: pytest.FixtureRequest) -> Session:
    trainer = make_person_with(Role.TRAINER)
    is_sensitive = request.param == "by consent"
    session = make_session(version=make_version(asking_consent=is_sensitive), trainer=trainer)
    make_confirmed(session)
    return session


@pytest.fixture
def pages(sign_in: SignIn, session: Session, person: User, zone: Organisation, school: Organisation) -> Pages:
    """All that others see of the session and of the person, by who looks and where."""
    cohort = make_class(school, starts_on=dt.date(2026, 1, 5))
    assign(make_track(make_version()), cohort)
    own_partner = session.version.course.provider
    partner = make_person_with(Role.PARTNER)
    own_partner.organisation = partner.memberships.get().organisation
    own_partner.save()
    trainer = session.meetings.all()[0].staff.get().person
    there, managed = session.get_absolute_url(), f"/manage/sessions/{session.public_id}/"
    looked_at = {
        trainer: ["/teach/", f"/teach/sessions/{session.public_id}/roster/", there],
        make_person_with(Role.CATALOGUE_MANAGER): [managed, f"{managed}seats/", f"{managed}cancel/", there],
        make_person_with(Role.HR, organisation=zone): [
            "/",
            "/hr/figures/",
            "/hr/leavers/",
            f"/hr/people/{person.public_id}/",
            f"/hr/people/{person.public_id}/enrol/",
            "/hr/exports/completions.csv",
            "/hr/exports/figures.csv",
        ],
        make_person_with(Role.COORDINATOR, organisation=school): [
            "/",
            cohort.get_absolute_url(),
            f"{cohort.get_absolute_url()}people/{person.public_id}/",
            f"{cohort.get_absolute_url()}class.csv",
            f"/academy/people/{person.public_id}/enrol/",
        ],
        make_person_with(Role.CHIEF, organisation=zone): ["/", "/hr/figures/"],
        partner: ["/manage/sessions/", there],
        make_employee(zone=zone): ["/", "/catalogue/", there, session.version.course.get_absolute_url()],
    }

    def look() -> dict[str, bytes]:
        seen = {}
        for number, (viewer, paths) in enumerate(looked_at.items()):
            client = sign_in(viewer)
            for path in paths:
                answer = client.get(path)
                assert answer.status_code == 200, path
                seen[f"{number} {path}"] = OF_A_VISIT.sub(b"", answer.getvalue())
        return seen

    return look


def book(session: Session, person: User) -> None:
    enrol(session=session, learner=person, actor=person, consent=session.version.number)


def test_nobody_sees_that_somebody_withdrew(session: Session, person: User, pages: Pages) -> None:
    before = pages()
    book(session, person)
    assert pages() != before
    withdraw(enrolment=session.enrolments.get(learner=person), actor=person)
    after = pages()
    assert [name for name in before if after[name] != before[name]] == []
    assert {message.recipient for message in Message.objects.all()} == {person}


def test_only_the_trainers_read_who_is_there(session: Session, person: User, pages: Pages) -> None:
    before = pages()
    book(session, person)
    named = [
        name for name, page in pages().items() if b"Zwijgers" in page and b"Zwijgers" not in before[name]
    ]
    assert named == [f"0 /teach/sessions/{session.public_id}/roster/"]
