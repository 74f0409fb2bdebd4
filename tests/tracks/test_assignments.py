"""Assigning a track: to whom, by when, and what is known of it afterwards."""

import datetime as dt
from typing import Any

import pytest

from core.models import AuditEntry
from courses.models import CourseVersion, Step, Track
from people.models import User
from tests.tracks.conftest import TODAY
from tests.tracks.helpers import assign, join, make_class, make_school
from tracks.errors import AlreadyAssigned
from tracks.models import AssignedStep, Assignment, Cohort
from tracks.progress.matrices import people_of
from tracks.services.assignments import assign_to_class, assign_to_people, end_assignment, set_due_days

pytestmark = pytest.mark.django_db

DUE = dt.date(2027, 6, 30)


def due_days(*, on: dt.date = TODAY) -> dict[str, dt.date]:
    steps = AssignedStep.objects.binding(on=on)
    return dict(steps.values_list("course__slug", "due_on"))


def test_the_steps_are_copied_with_the_due_date_of_this_class(
    track: Track, cohort: Cohort, coordinator: User
) -> None:
    Step.objects.filter(course__slug="hpm").update(due_months=6, legal_reference="Art. 1")
    assignment = assign_to_class(track=track, cohort=cohort, due_on=DUE, actor=coordinator)
    # The class began on 14 August 2026.
    assert due_days() == {"law": DUE, "hpm": dt.date(2027, 2, 13)}
    assert assignment.steps.get(course__slug="hpm").legal_reference == "Art. 1"
    assert AuditEntry.objects.get(action="assignment.made").subject_id == assignment.pk

    track.steps.all().delete()
    assert due_days() == {"law": DUE, "hpm": dt.date(2027, 2, 13)}


def test_no_step_is_due_later_than_its_track(track: Track, cohort: Cohort, coordinator: User) -> None:
    Step.objects.filter(course__slug="hpm").update(due_months=24)
    assign_to_class(track=track, cohort=cohort, due_on=DUE, actor=coordinator)
    assert set(due_days().values()) == {DUE}


def test_a_rule_that_does_not_hold_by_the_due_date_binds_nobody(
    track: Track, cohort: Cohort, coordinator: User
) -> None:
    Step.objects.filter(course__slug="hpm").update(valid_from=DUE + dt.timedelta(days=1))
    Step.objects.filter(course__slug="law").update(valid_from=DUE)
    assign_to_class(track=track, cohort=cohort, due_on=DUE, actor=coordinator)
    assert due_days() == {"law": DUE}


def test_a_track_is_assigned_once_and_again_after_it_ended(
    track: Track, cohort: Cohort, coordinator: User, clock: Any
) -> None:
    assignment = assign(track, cohort)
    with pytest.raises(AlreadyAssigned):
        assign(track, cohort)
    end_assignment(assignment=assignment, actor=coordinator)
    assert due_days() == {}
    # Begun and ended on one day: it never was.
    assert not Assignment.objects.current().exists()

    second = assign(track, cohort)
    clock.shift(dt.timedelta(days=10))
    end_assignment(assignment=second, actor=coordinator)
    end_assignment(assignment=second, actor=coordinator)
    later = TODAY + dt.timedelta(days=10)
    ended = Assignment.objects.current().get()
    assert (ended.valid_from, ended.valid_until) == (TODAY, later - dt.timedelta(days=1))
    assert due_days(on=later) == {}
    assert set(due_days(on=later - dt.timedelta(days=1))) == {"law", "hpm"}
    assert AuditEntry.objects.filter(action="assignment.ended").count() == 2
    assert assign(track, cohort).pk


def test_due_dates_move_as_a_new_fact_and_what_was_known_before_can_be_read(
    track: Track, cohort: Cohort, coordinator: User, law: CourseVersion, clock: Any
) -> None:
    assignment = assign(track, cohort)
    known_at = assignment.recorded_at
    clock.shift(dt.timedelta(days=1))
    moved = set_due_days(assignment=assignment, due_days={law.course_id: DUE}, actor=coordinator)
    assert due_days() == {"law": DUE, "hpm": TODAY + dt.timedelta(days=60)}
    assert (moved.due_on, moved.valid_from) == (DUE, TODAY)
    assert Assignment.objects.as_known_at(known_at).get() == assignment
    assert Assignment.objects.current().get() == moved
    assert set_due_days(assignment=moved, due_days={law.course_id: DUE}, actor=coordinator) == moved
    # Somebody else was faster.
    assert set_due_days(assignment=assignment, due_days={}, actor=coordinator) == assignment
    assert Assignment.objects.current().count() == 1


def test_some_people_of_a_class_get_a_track_of_their_own(
    track: Track, cohort: Cohort, coordinator: User
) -> None:
    first, second, third = people_of([cohort], on=TODAY)[cohort.pk]
    made = assign_to_people(track=track, cohort=cohort, people=[first, second], due_on=DUE, actor=coordinator)
    assert {assignment.person_id for assignment in made} == {first.pk, second.pk}
    assert AssignedStep.objects.count() == 4
    with pytest.raises(AlreadyAssigned):
        assign_to_people(track=track, cohort=cohort, people=[second, third], due_on=DUE, actor=coordinator)
    assert Assignment.objects.count() == 2


def test_a_class_is_who_is_in_it_today(cohort: Cohort) -> None:
    same_name_next_year = make_class(cohort.school, 2, starts_on=dt.date(2027, 9, 1))
    elsewhere = make_class(make_school(), 1, starts_on=cohort.starts_on)
    late = join(cohort)
    left = join(cohort)
    left.memberships.filter(role="aspirant").update(valid_until=TODAY - dt.timedelta(days=1))
    erased = join(cohort)
    User.objects.filter(pk=erased.pk).update(erased_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    people = people_of([cohort, same_name_next_year, elsewhere], on=TODAY)
    assert {pk: len(members) for pk, members in people.items()} == {
        cohort.pk: 4,
        same_name_next_year.pk: 2,
        elsewhere.pk: 1,
    }
    assert late in people[cohort.pk]
