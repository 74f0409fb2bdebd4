"""How far people are: every state, what goes before what, and what an academy never sees."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from attendance.make_ups import coming_or_to_make_up, make_ups_in, missed_in
from courses.enums import CourseKind
from courses.models import CourseVersion, Track
from enrolment.models import Completion, Enrolment
from enrolment.services.booking import enrol, withdraw
from enrolment.services.completions import supersede_completion
from people.models import User
from tests.factories import make_confirmed, make_session, make_version
from tests.tracks.conftest import TODAY
from tests.tracks.helpers import assign, complete, join, make_class, make_school, make_track, make_training
from tracks.enums import ExemptionReason, StepState
from tracks.models import Cohort
from tracks.progress.counts import with_late_people
from tracks.progress.matrices import Matrix, matrices_of
from tracks.progress.paths import Path, path_of
from tracks.services.assignments import assign_to_people, set_due_days
from tracks.services.exemptions import grant_exemption, revoke_exemption

pytestmark = pytest.mark.django_db

DONE, BOOKED, LATE, EXEMPT, OPEN = (
    StepState.DONE,
    StepState.BOOKED,
    StepState.LATE,
    StepState.EXEMPT,
    StepState.OPEN,
)


def matrix_of(cohort: Cohort) -> Matrix:
    """The matrix of a class; what is counted without it is the same."""
    now = timezone.now()
    (matrix,) = matrices_of([cohort], at=now)
    assert with_late_people(Cohort.objects.filter(pk=cohort.pk), at=now).get().late == matrix.late_people
    return matrix


def states(cohort: Cohort) -> dict[int, list[StepState | None]]:
    return {
        row.person.pk: [cell.state if cell else None for cell in row.cells] for row in matrix_of(cohort).rows
    }


def own_path(person: User) -> Path:
    now = timezone.now()
    person = User.objects.get(pk=person.pk)
    active = coming_or_to_make_up(Enrolment.objects.visible_to(person).active(), at=now)
    enrolments = list(active.with_session())
    return path_of(
        person,
        completions=Completion.objects.visible_to(person).current().with_text(),
        enrolments=enrolments,
        make_ups=make_ups_in(enrolments, at=now),
        missed=missed_in(enrolments),
        at=now,
    )


def days(number: int) -> dt.timedelta:
    return dt.timedelta(days=number)


def test_each_state_and_who_is_late_on_top(
    track: Track, cohort: Cohort, law: CourseVersion, hpm: CourseVersion, coordinator: User
) -> None:
    assignment = assign(track, cohort, due_in=60)
    set_due_days(assignment=assignment, due_days={law.course_id: TODAY - days(1)}, actor=coordinator)
    first, second, third = (row.person for row in matrix_of(cohort).rows)
    complete(first, law)
    make_confirmed(make_session(version=hpm, starts_in=days(10)), second)
    grant_exemption(
        person=second,
        course=law.course,
        school=cohort.school,
        reason=ExemptionReason.EQUIVALENT,
        valid_from=TODAY,
        actor=coordinator,
    )
    matrix = matrix_of(cohort)
    assert states(cohort) == {third.pk: [LATE, OPEN], first.pk: [DONE, OPEN], second.pk: [EXEMPT, BOOKED]}
    assert [row.person for row in matrix.rows] == [third, first, second]
    assert [column.sentence for column in matrix.columns] == ["1 done, 1 late, 1 exempt", "1 booked, 2 open"]
    assert [column.to_plan for column in matrix.columns] == [1, 2]
    assert (matrix.people, matrix.late_people) == (3, 1)
    texts = [cell.text for row in matrix.rows for cell in row.cells if cell]
    assert texts[:2] == ["late: was due on Sat 21 Nov 2026", "open: due on Thu 21 Jan 2027"]


def test_the_last_day_is_not_late(track: Track, cohort: Cohort, clock: Any) -> None:
    assign(track, cohort, due_in=1)
    clock.shift(days(1))
    assert {state for row in states(cohort).values() for state in row} == {OPEN}
    clock.shift(days(1))
    assert {state for row in states(cohort).values() for state in row} == {LATE}


def test_a_completion_of_any_version_counts_while_it_is_valid(
    cohort: Cohort, hpm: CourseVersion, clock: Any
) -> None:
    expiring = make_training("first-aid", valid_months=12)
    assign(make_track(hpm, expiring), cohort)
    person = matrix_of(cohort).rows[0].person
    complete(person, make_version(course=hpm.course, number=2))
    complete(person, expiring, TODAY - days(300))
    assert states(cohort)[person.pk] == [DONE, DONE]
    clock.shift(days(70))
    assert states(cohort)[person.pk] == [DONE, LATE]
    supersede_completion(completion=Completion.objects.get(version__course=hpm.course), actor=None)
    assert states(cohort)[person.pk] == [LATE, LATE]


def test_who_joins_later_gets_it_too_and_one_s_own_assignment_goes_first(
    track: Track, cohort: Cohort, coordinator: User
) -> None:
    assign(track, cohort, due_in=60)
    late_comer = join(cohort)
    assert states(cohort)[late_comer.pk] == [OPEN, OPEN]
    assign_to_people(
        track=track, cohort=cohort, people=[late_comer], due_on=TODAY + days(90), actor=coordinator
    )
    cells = next(row.cells for row in matrix_of(cohort).rows if row.person == late_comer)
    assert {cell.step.due_on for cell in cells if cell} == {TODAY + days(90)}
    assert {day for column in matrix_of(cohort).columns for day in column.due_days} == {
        TODAY + days(60),
        TODAY + days(90),
    }


def test_who_is_assigned_nothing_has_an_empty_cell(track: Track, cohort: Cohort, coordinator: User) -> None:
    only = join(cohort)
    assign_to_people(track=track, cohort=cohort, people=[only], due_on=TODAY, actor=coordinator)
    found = states(cohort)
    assert found.pop(only.pk) == [OPEN, OPEN]
    assert set(map(tuple, found.values())) == {(None, None)}


def test_what_was_taken_back_is_open_again(
    track: Track, cohort: Cohort, hpm: CourseVersion, coordinator: User
) -> None:
    assign(track, cohort)
    person = matrix_of(cohort).rows[0].person
    enrolment = make_confirmed(make_session(version=hpm, starts_in=days(10)), person)
    exemption = grant_exemption(
        person=person,
        course=hpm.course,
        school=cohort.school,
        reason=ExemptionReason.COMPLETED_ELSEWHERE,
        valid_from=TODAY,
        actor=coordinator,
    )
    assert states(cohort)[person.pk][1] == EXEMPT
    revoke_exemption(exemption=exemption, actor=coordinator)
    assert states(cohort)[person.pk][1] == BOOKED
    withdraw(enrolment=enrolment, actor=person)
    assert states(cohort)[person.pk][1] == OPEN


def test_a_session_that_is_over_is_booked_until_its_roster_must_be_closed(
    track: Track, cohort: Cohort, hpm: CourseVersion, clock: Any
) -> None:
    assign(track, cohort)
    person = matrix_of(cohort).rows[0].person
    make_confirmed(make_session(version=hpm, starts_in=days(0)), person)
    clock.shift(days(2))
    assert states(cohort)[person.pk][1] == BOOKED
    clock.shift(days(1))
    assert states(cohort)[person.pk][1] == OPEN


def test_a_place_in_a_queue_is_open_with_a_word(track: Track, cohort: Cohort, hpm: CourseVersion) -> None:
    assign(track, cohort)
    full = make_session(version=hpm, capacity=1, starts_in=days(10))
    make_confirmed(full)
    person = matrix_of(cohort).rows[0].person
    enrol(session=full, learner=person, actor=person)
    cell = matrix_of(cohort).rows[0].cells[1]
    assert cell
    assert (cell.state, cell.text) == (OPEN, "open: due on Thu 21 Jan 2027, on the waiting list")


def test_voluntary_and_sensitive_courses_never_come_into_a_class(cohort: Cohort, hpm: CourseVersion) -> None:
    voluntary = make_training("eyes", obligation="never_mandatory")
    sensitive = make_training("theme", sensitivity="sensitive")
    network = make_training("network", members_only=True)
    fortnight = make_training("fortnight", course__kind=CourseKind.PROGRAMME)
    make_training("workshop", course__programme=fortnight.course, sensitivity="sensitive")
    private = [voluntary, sensitive, network, fortnight]
    assign(make_track(hpm, *private), cohort)
    person = matrix_of(cohort).rows[0].person
    for version in private:
        complete(person, version)
    assert [column.course.slug for column in matrix_of(cohort).columns] == ["hpm"]
    own = [standing.course.slug for standing in own_path(person).standings]
    assert own == ["hpm", "eyes", "theme", "network", "fortnight"]


def test_the_matrix_costs_five_statements_whatever_its_size(
    track: Track, cohort: Cohort, hpm: CourseVersion, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    assign(track, cohort)
    with django_assert_num_queries(5):
        matrices_of([cohort], at=timezone.now())
    courses = [make_training(f"course-{number}") for number in range(3)]
    assign(make_track(*courses, slug="more"), cohort)
    session = make_session(version=hpm, capacity=None, starts_in=days(10))
    for _ in range(37):
        person = join(cohort)
        make_confirmed(session, person)
        complete(person, courses[0])
    other = make_class(cohort.school, 2, name="1B")
    with django_assert_num_queries(5):
        matrix, second = matrices_of([cohort, other], at=timezone.now())
    assert (matrix.people, len(matrix.columns), second.people) == (40, 5, 2)


def test_a_path_is_one_s_own_with_its_next_step_and_its_suggestions(
    track: Track, cohort: Cohort, law: CourseVersion, hpm: CourseVersion
) -> None:
    voluntary = make_training("eyes", obligation="never_mandatory", sensitivity="sensitive")
    track.suggestions.add(voluntary.course, law.course)
    assign(track, cohort)
    stranger = join(make_class(make_school(), starts_on=cohort.starts_on))
    person = join(cohort)
    complete(person, law)
    path = own_path(person)
    assert [standing.state for standing in path.standings] == [DONE, OPEN]
    assert path.next_step == path.standings[1]
    assert path.suggestions == [voluntary.course]
    nothing = own_path(stranger)
    assert (nothing.standings, nothing.suggestions, nothing.next_step) == ((), [], None)
    complete(person, voluntary)
    assert own_path(person).suggestions == []


def test_an_exemption_is_granted_once(cohort: Cohort, hpm: CourseVersion, coordinator: User) -> None:
    person = join(cohort)
    granted = [
        grant_exemption(
            person=person,
            course=hpm.course,
            school=cohort.school,
            reason=reason,
            valid_from=TODAY,
            actor=coordinator,
        )
        for reason in (ExemptionReason.EQUIVALENT, ExemptionReason.COMPLETED_ELSEWHERE)
    ]
    assert granted[0] == granted[1]
    assert granted[1].reason == ExemptionReason.EQUIVALENT
