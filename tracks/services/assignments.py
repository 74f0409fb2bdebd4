"""Assigning a track, moving its due dates, ending it: facts that are replaced, never edited."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction
from django.utils import timezone

from core.models import AuditEntry
from core.time import today
from courses.models import Step, Track
from people.models import User
from tracks.errors import AlreadyAssigned
from tracks.models import AssignedStep, Assignment, Cohort
from tracks.rules import due_day


@transaction.atomic
def assign_to_class(*, track: Track, cohort: Cohort, due_on: dt.date, actor: User) -> Assignment:
    """Oblige a class, and whoever joins it later, to complete a track; raises AlreadyAssigned.

    The steps are copied as they are now, each with its due date for this class.
    """
    Cohort.objects.select_for_update(no_key=True).get(pk=cohort.pk)
    if Assignment.objects.current(on=today()).filter(track=track, cohort=cohort).exists():
        raise AlreadyAssigned
    assignment = Assignment(track=track, school=cohort.school, cohort=cohort, due_on=due_on)
    _write(track, [assignment], cohort, actor)
    return assignment


@transaction.atomic
def assign_to_people(
    *, track: Track, cohort: Cohort, people: Iterable[User], due_on: dt.date, actor: User
) -> list[Assignment]:
    """The same for some people of a class alone."""
    locked = User.objects.select_for_update(no_key=True).filter(pk__in=[person.pk for person in people])
    chosen = list(locked.order_by("pk"))
    if Assignment.objects.current(on=today()).filter(track=track, person__in=chosen).exists():
        raise AlreadyAssigned
    assignments = [
        Assignment(track=track, school=cohort.school, person=person, due_on=due_on) for person in chosen
    ]
    _write(track, assignments, cohort, actor)
    return assignments


@transaction.atomic
def set_due_days(*, assignment: Assignment, due_days: Mapping[int, dt.date], actor: User) -> Assignment:
    """Give steps, by the id of their course, another due date; the track is due with the last of them.

    The assignment that holds now is returned; without a change it is the same.
    """
    known = _lock(assignment)
    if known is None:
        return assignment
    steps = list(known.steps.all())
    days = {step.course_id: due_days.get(step.course_id, step.due_on) for step in steps}
    if all(days[step.course_id] == step.due_on for step in steps):
        return known
    for step in steps:
        step.due_on = days[step.course_id]
    moved = _replace(known, steps, due_on=max(days.values()))
    AuditEntry.record(action="assignment.due_days_set", subject=moved, actor=actor, supersedes=known.pk)
    return moved


@transaction.atomic
def end_assignment(*, assignment: Assignment, actor: User) -> None:
    """Yesterday was its last day, or it never was if it began today; done before, it does nothing."""
    known = _lock(assignment)
    if known is None:
        return
    yesterday = today() - dt.timedelta(days=1)
    if known.valid_from <= yesterday:
        _replace(known, list(known.steps.all()), valid_until=yesterday)
    else:
        Assignment.objects.filter(pk=known.pk).update(superseded_at=timezone.now())
    AuditEntry.record(action="assignment.ended", subject=known, actor=actor)


def _write(track: Track, assignments: Sequence[Assignment], cohort: Cohort, actor: User) -> None:
    Assignment.objects.bulk_create(assignments)
    steps = list(track.steps.all())
    AssignedStep.objects.bulk_create(
        copy for assignment in assignments for copy in _copies(assignment, steps, cohort)
    )
    AuditEntry.record_all(
        action="assignment.made", subjects=((assignment, {}) for assignment in assignments), actor=actor
    )


def _copies(assignment: Assignment, steps: Iterable[Step], cohort: Cohort) -> list[AssignedStep]:
    """A rule that doesn't hold yet on the day on which it would be due binds nobody."""
    copies = [
        AssignedStep(
            assignment=assignment,
            course_id=step.course_id,
            position=step.position,
            due_on=due_day(step, cohort, due_on=assignment.due_on),
            valid_from=step.valid_from,
            legal_reference=step.legal_reference,
        )
        for step in steps
    ]
    return [copy for copy in copies if copy.valid_from is None or copy.valid_from <= copy.due_on]


def _replace(known: Assignment, steps: Sequence[AssignedStep], **changes: dt.date) -> Assignment:
    """Supersede what was known by the same with other dates."""
    now = timezone.now()
    Assignment.objects.filter(pk=known.pk).update(superseded_at=now)
    said = {
        name: getattr(known, name)
        for name in ("track_id", "school_id", "cohort_id", "person_id", "due_on", "valid_from", "valid_until")
    }
    replaced = Assignment(**said | changes, recorded_at=now)
    replaced.save(force_insert=True)
    for step in steps:
        step.pk, step.assignment = None, replaced
    AssignedStep.objects.bulk_create(steps)
    return replaced


def _lock(assignment: Assignment) -> Assignment | None:
    """The assignment as it is known now; None once it was replaced or ended."""
    open_ones = Assignment.objects.current().filter(valid_until=None).select_for_update(no_key=True)
    found: Assignment | None = open_ones.filter(pk=assignment.pk).first()
    return found
