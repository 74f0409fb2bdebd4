"""What comes first: who has it on the day, what counts in its place, and who learns of it."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from courses.enums import Sensitivity
from courses.models import Course, CourseVersion, Equivalence, Prerequisite, Session
from courses.rules import Deadlines
from courses.services.scheduling import plan_of
from enrolment.block import propose, read_block, read_places
from enrolment.enums import CompletionSource, Obstacle
from enrolment.errors import BlockRefused, NotPossible, PrerequisiteMissing
from enrolment.models import Completion, Enrolment
from enrolment.services.block_booking import book_block
from enrolment.services.booking import enrol
from enrolment.services.completions import record_completion, supersede_completion
from enrolment.services.moving import move
from enrolment.services.on_behalf import enrol_on_behalf
from people.enums import OrganisationKind, Role
from people.models import Organisation, User
from tests.enrolment.conftest import DAY, NOON
from tests.factories import (
    CourseFactory,
    OrganisationFactory,
    in_four_languages,
    make_aspirant,
    make_employee,
    make_person_with,
    make_session,
    make_version,
)
from tests.pages import SignIn, text
from tests.tracks.helpers import assign, make_class, make_track
from tracks.enums import ExemptionReason
from tracks.services.exemptions import grant_exemption

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

TODAY = NOON.date()
# Of the session that asks for something.
FIRST_DAY = TODAY + 30 * DAY


@pytest.fixture
def first() -> CourseVersion:
    """What comes first."""
    return make_titled("Basics")


@pytest.fixture
def session(first: CourseVersion) -> Session:
    version = make_titled("Deepening")
    Prerequisite.objects.create(version=version, course=first.course)
    return make_session(version=version, starts_in=FIRST_DAY - TODAY)


@pytest.fixture
def learner() -> User:
    return make_employee()


def complete(
    version: CourseVersion, person: User, *, on: dt.date = TODAY - DAY, until: dt.date | None = None
) -> Completion:
    completion = record_completion(
        person=person,
        version=version,
        completed_on=on,
        sessions=[],
        source=CompletionSource.IMPORT,
        actor=None,
    )
    Completion.objects.filter(pk=completion.pk).update(valid_until=until)
    return completion


def refusal_of(session: Session, learner: User) -> str:
    with pytest.raises(PrerequisiteMissing) as refused:
        enrol(session=session, learner=learner, actor=learner)
    assert not Enrolment.objects.exists()
    return str(refused.value)


def enrols(session: Session, learner: User) -> bool:
    return enrol(session=session, learner=learner, actor=learner).is_confirmed


def make_titled(title: str) -> CourseVersion:
    texts: dict[str, Any] = in_four_languages("title", title)
    return make_version(**texts)


# -- What meets it ---------------------------------------------------------------------------------


def test_who_never_followed_it_is_told_what_is_missing_and_what_mends_it(
    session: Session, learner: User
) -> None:
    assert refusal_of(session, learner) == (
        "You have not completed Basics (en) yet. Follow it before, or ask for an exception."
    )


def test_who_completed_it_enrols(session: Session, first: CourseVersion, learner: User) -> None:
    complete(first, learner)
    assert enrols(session, learner)


def test_what_ends_on_the_first_day_of_the_session_still_counts(
    session: Session, first: CourseVersion, learner: User
) -> None:
    complete(first, learner, until=FIRST_DAY)
    assert enrols(session, learner)


def test_what_ends_on_the_day_before_does_not(session: Session, first: CourseVersion, learner: User) -> None:
    complete(first, learner, on=TODAY - 300 * DAY, until=FIRST_DAY - 50 * DAY)
    complete(first, learner, until=FIRST_DAY - DAY)
    assert refusal_of(session, learner) == (
        "What you have of Basics (en) counts until Tuesday 31 March 2026: not long enough. "
        "Follow it before, or ask for an exception."
    )


def test_another_version_of_the_course_counts(session: Session, first: CourseVersion, learner: User) -> None:
    complete(make_version(course=first.course, number=2), learner)
    assert enrols(session, learner)


def test_what_somebody_else_completed_or_what_was_taken_back_does_not(
    session: Session, first: CourseVersion, learner: User
) -> None:
    complete(first, make_employee())
    supersede_completion(completion=complete(first, learner), actor=None)
    refusal_of(session, learner)


def test_a_course_that_renews_it_does_not_count_in_its_place(
    session: Session, first: CourseVersion, learner: User
) -> None:
    complete(make_version(course__renews=first.course), learner)
    refusal_of(session, learner)


def test_an_exemption_is_no_knowledge(session: Session, first: CourseVersion) -> None:
    school = OrganisationFactory.create(kind=OrganisationKind.SCHOOL)
    cohort = make_class(school, 1)
    assign(make_track(first), cohort)
    aspirant = User.objects.get(memberships__role=Role.ASPIRANT)
    coordinator = make_person_with(Role.COORDINATOR, organisation=school)
    grant_exemption(
        person=aspirant,
        course=first.course,
        school=school,
        reason=ExemptionReason.EQUIVALENT,
        valid_from=TODAY,
        actor=coordinator,
    )
    refusal_of(session, aspirant)


def test_all_of_several_are_needed_and_named(session: Session, first: CourseVersion, learner: User) -> None:
    second = make_titled("Law")
    Prerequisite.objects.create(version=session.version, course=second.course)
    both = refusal_of(session, learner)
    assert "Basics (en)" in both
    assert "Law (en)" in both
    complete(first, learner)
    assert "Basics (en)" not in refusal_of(session, learner)
    complete(second, learner)
    assert enrols(session, learner)


def test_what_is_only_recommended_keeps_nobody_out(session: Session, learner: User) -> None:
    session.version.prerequisites.update(required=False)
    assert enrols(session, learner)


def test_who_enrolled_keeps_the_seat_when_the_session_moves_to_a_day_on_which_it_has_ended(
    session: Session, first: CourseVersion, learner: User
) -> None:
    complete(first, learner, until=FIRST_DAY)
    enrolment = enrol(session=session, learner=learner, actor=learner)
    week = dt.timedelta(days=7)
    plans = [plan_of(meeting) for meeting in session.meetings.all()]
    later = [replace(plan, start=plan.start + week, end=plan.end + week) for plan in plans]
    manager = make_person_with(Role.CATALOGUE_MANAGER)
    move(session=session, plans=later, deadlines=Deadlines(), actor=manager)
    session.refresh_from_db()
    enrolment.refresh_from_db()
    assert session.first_day == FIRST_DAY + week
    assert enrolment.is_confirmed
    assert [meeting.local_date for meeting in enrolment.meetings] == [session.first_day] * 2


# -- What counts in its place ----------------------------------------------------------------------


def count_for(first: CourseVersion, other: CourseVersion, **fields: Any) -> Equivalence:
    equivalence: Equivalence = Equivalence.objects.create(
        course=first.course, equivalent=other.course, **fields
    )
    return equivalence


def test_an_equivalent_course_counts_in_one_direction_only(
    session: Session, first: CourseVersion, learner: User
) -> None:
    other = make_version()
    complete(other, learner)
    opposite = Equivalence.objects.create(course=other.course, equivalent=first.course)
    refusal_of(session, learner)
    opposite.delete()
    count_for(first, other)
    assert enrols(session, learner)


@pytest.mark.parametrize(
    ("dates", "counts"),
    [
        ({}, True),
        ({"valid_from": FIRST_DAY}, True),
        ({"valid_from": FIRST_DAY + DAY}, False),
        ({"valid_until": FIRST_DAY}, True),
        ({"valid_until": FIRST_DAY - DAY}, False),
    ],
)
def test_an_equivalence_counts_on_the_days_on_which_it_holds(
    session: Session, first: CourseVersion, learner: User, dates: dict[str, dt.date], counts: bool
) -> None:
    other = make_version()
    complete(other, learner)
    count_for(first, other, **dates)
    if counts:
        assert enrols(session, learner)
    else:
        refusal_of(session, learner)


@pytest.mark.parametrize(("until", "counts"), [(FIRST_DAY, True), (FIRST_DAY - DAY, False)])
def test_an_equivalent_course_that_was_completed_must_still_be_valid(
    session: Session, first: CourseVersion, learner: User, until: dt.date, counts: bool
) -> None:
    other = make_version()
    count_for(first, other)
    complete(other, learner, until=until)
    if counts:
        assert enrols(session, learner)
    else:
        assert "counts until" in refusal_of(session, learner)


def test_what_an_equivalence_never_covered_is_not_called_ended(
    session: Session, first: CourseVersion, learner: User
) -> None:
    other = make_version()
    count_for(first, other, valid_until=TODAY - 10 * DAY)
    complete(other, learner)
    assert "You have not completed Basics (en) yet." in refusal_of(session, learner)


def test_an_equivalence_of_another_course_plays_no_part(session: Session, learner: User) -> None:
    other = make_version()
    count_for(make_version(), other)
    complete(other, learner)
    refusal_of(session, learner)


@pytest.mark.parametrize(
    "fields",
    [
        lambda course: {"equivalent": course},
        lambda course: {
            "equivalent": CourseFactory.create(),
            "valid_from": TODAY,
            "valid_until": TODAY - DAY,
        },
    ],
)
def test_the_database_refuses_an_equivalence_that_says_nothing(
    first: CourseVersion, fields: Callable[[Course], dict[str, Any]]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Equivalence.objects.create(course=first.course, **fields(first.course))


# -- For others ------------------------------------------------------------------------------------


def test_hr_learns_nothing_of_why(session: Session, first: CourseVersion) -> None:
    zone = OrganisationFactory.create()
    hr, person = make_person_with(Role.HR, organisation=zone), make_employee(zone=zone)
    with pytest.raises(NotPossible) as refused:
        enrol_on_behalf(session=session, learner=person, organisation=zone, actor=hr)
    assert str(refused.value) == (
        "This person can't take part in that session. Choose another date, or ask them."
    )
    assert not Enrolment.objects.exists()
    complete(first, person)
    assert enrol_on_behalf(session=session, learner=person, organisation=zone, actor=hr).is_confirmed


def test_the_pages_of_hr_are_the_same_whether_somebody_has_it_or_not(
    sign_in: SignIn, session: Session, first: CourseVersion
) -> None:
    zone = OrganisationFactory.create()
    person = make_employee(zone=zone)
    desk = sign_in(make_person_with(Role.HR, organisation=zone))
    choosing = f"/hr/people/{person.public_id}/enrol/"
    paths = [choosing, f"{choosing}{session.public_id}/"]
    before = [text(desk.get(path)) for path in paths]
    complete(first, person)
    after = [text(desk.get(path)) for path in paths]
    assert [without_tokens(page) for page in after] == [without_tokens(page) for page in before]
    assert not any("Basics" in page for page in before)


def without_tokens(page: str) -> str:
    return re.sub(r'(csrfmiddlewaretoken" value|X-CSRFToken":|nonce=)[^>]*', "", page)


def place(session: Session, people: list[User]) -> dict[int, Obstacle]:
    places = read_places(Session.objects.filter(pk=session.pk))
    return {
        person.pk: why for person, why in propose(read_block(places, people, at=NOON), wanted={}).left_out
    }


def test_who_plans_a_class_reads_that_something_comes_first(session: Session, first: CourseVersion) -> None:
    school = OrganisationFactory.create(kind=OrganisationKind.SCHOOL)
    lacking, ready = make_aspirant(school), make_aspirant(school)
    complete(first, ready)
    assert place(session, [lacking, ready]) == {lacking.pk: Obstacle.PREREQUISITE}
    assert str(Obstacle.PREREQUISITE.label) == "has yet to follow what comes first"


@pytest.mark.parametrize("private", [{"sensitivity": Sensitivity.SENSITIVE}, {"members_only": True}])
def test_who_plans_a_class_doesn_t_learn_who_followed_what_is_private(
    session: Session, first: CourseVersion, private: dict[str, Any]
) -> None:
    CourseVersion.objects.filter(pk=first.pk).update(**private)
    aspirant = make_aspirant(OrganisationFactory.create(kind=OrganisationKind.SCHOOL))
    assert place(session, [aspirant]) == {aspirant.pk: Obstacle.REFUSED}


def test_a_class_of_which_one_lacks_it_is_not_placed(session: Session, first: CourseVersion) -> None:
    school: Organisation = OrganisationFactory.create(kind=OrganisationKind.SCHOOL)
    lacking, ready = make_aspirant(school), make_aspirant(school)
    complete(first, ready)
    with pytest.raises(BlockRefused) as refused:
        book_block(
            placements={lacking.pk: session.pk, ready.pk: session.pk},
            shown={session.pk: session.sequence},
            organisation=school,
            actor=make_person_with(Role.COORDINATOR, organisation=school),
        )
    assert [(change.obstacle, change.learner) for change in refused.value.changes] == [
        (Obstacle.PREREQUISITE, lacking)
    ]
    assert not Enrolment.objects.exists()


@pytest.mark.parametrize("people", [1, 30])
def test_a_block_reads_what_comes_first_with_three_statements(
    session: Session, first: CourseVersion, people: int
) -> None:
    school = OrganisationFactory.create(kind=OrganisationKind.SCHOOL)
    aspirants = [make_aspirant(school) for _ in range(people)]
    for aspirant in aspirants:
        complete(first, aspirant)
    places = read_places(Session.objects.filter(pk=session.pk))
    with CaptureQueriesContext(connection) as queries:
        read_block(places, aspirants, at=NOON)
    assert len(queries) == 6


def test_where_nothing_comes_first_nothing_more_is_read(learner: User) -> None:
    session = make_session()
    places = read_places(Session.objects.filter(pk=session.pk))
    with CaptureQueriesContext(connection) as queries:
        read_block(places, [learner], at=NOON)
    assert len(queries) == 3


# -- The page --------------------------------------------------------------------------------------


def test_the_page_says_what_is_missing_and_offers_no_button(
    sign_in: SignIn, session: Session, first: CourseVersion, learner: User
) -> None:
    page = text(sign_in(learner).get(session.get_absolute_url()))
    assert "Basics (en) comes first" in page
    assert "You have not completed Basics (en) yet." in page
    assert f'href="{first.course.get_absolute_url()}#dates">Next dates of Basics (en)</a>' in page
    assert f'href="/sessions/{session.public_id}/exception/{first.course.slug}/"' in page
    assert f'action="/sessions/{session.public_id}/enrol/"' not in page


def test_who_has_it_sees_nothing_of_it(
    sign_in: SignIn, session: Session, first: CourseVersion, learner: User
) -> None:
    complete(first, learner)
    page = text(sign_in(learner).get(session.get_absolute_url()))
    assert "comes first" not in page
    assert f'action="/sessions/{session.public_id}/enrol/"' in page


def test_a_recommendation_is_told_beside_the_button(
    sign_in: SignIn, session: Session, first: CourseVersion, learner: User
) -> None:
    session.version.prerequisites.update(required=False)
    client = sign_in(learner)
    page = text(client.get(session.get_absolute_url()))
    assert "Recommended before it: Basics (en)." in page
    assert f'action="/sessions/{session.public_id}/enrol/"' in page
    complete(first, learner)
    assert "Recommended before it" not in text(client.get(session.get_absolute_url()))


def test_a_button_of_another_day_is_refused_with_the_same_words(
    sign_in: SignIn, session: Session, learner: User
) -> None:
    answer = sign_in(learner).post(f"/sessions/{session.public_id}/enrol/", {"needs": "A ramp"})
    page = text(answer)
    assert "You have not completed Basics (en) yet. Follow it before, or ask for an exception." in page
    assert "Basics (en) comes first" in page
    assert not Enrolment.objects.exists()


def test_a_session_that_is_closed_says_only_that(sign_in: SignIn, session: Session, learner: User) -> None:
    Session.objects.filter(pk=session.pk).update(enrol_until=TODAY - DAY)
    page = text(sign_in(learner).get(session.get_absolute_url()))
    assert "comes first" not in page
    assert "Enrolment for this session is closed" in page


@pytest.mark.parametrize("completions", [1, 30])
def test_the_page_takes_the_same_queries_however_much_was_completed(
    sign_in: SignIn, session: Session, first: CourseVersion, learner: User, completions: int
) -> None:
    for days in range(completions):
        complete(first, learner, on=TODAY - (300 + days) * DAY, until=FIRST_DAY - DAY)
    make_session(version=session.version, starts_in=40 * DAY)
    client = sign_in(learner)
    client.get("/catalogue/")
    with CaptureQueriesContext(connection) as queries:
        client.get(session.get_absolute_url())
    assert len(queries) == 7
