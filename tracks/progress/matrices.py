"""How far classes are: their people by the courses that they must complete."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from attendance.querysets import alphabetical
from core.time import brussels_day
from courses.models import Course
from people.models import Membership, User
from tracks.enums import TO_PLAN, StepState
from tracks.models import AssignedStep, Cohort
from tracks.progress.standings import Records, Standing, discreet_title, governing, records_of, standing_of
from tracks.querysets import class_memberships


@dataclass(frozen=True)
class Row:
    """A person of a class, with a standing for each column; None where nothing is assigned to them."""

    person: User
    cells: Sequence[Standing | None]

    @property
    def late(self) -> int:
        return sum(cell is not None and cell.state == StepState.LATE for cell in self.cells)


@dataclass(frozen=True)
class Column:
    """A course that somebody of a class must complete."""

    course: Course
    standings: Sequence[Standing]

    @property
    def title(self) -> str:
        return discreet_title(self.course)

    @property
    def counts(self) -> Counter[StepState]:
        return Counter(standing.state for standing in self.standings)

    @property
    def to_plan(self) -> int:
        return sum(self.counts[state] for state in TO_PLAN)

    @property
    def late(self) -> int:
        return self.counts[StepState.LATE]

    @property
    def due_days(self) -> list[dt.date]:
        return sorted({standing.step.due_on for standing in self.standings})

    @property
    def sentence(self) -> str:
        """12 done, 3 booked, 1 late."""
        counts = self.counts
        said = [
            _("%(count)d %(state)s") % {"count": counts[state], "state": state.label}
            for state in StepState
            if counts[state]
        ]
        return ", ".join(said)


@dataclass(frozen=True)
class Matrix:
    """A class: its people, whoever is late on top, by the courses that they must complete."""

    cohort: Cohort
    columns: Sequence[Column] = ()
    rows: Sequence[Row] = ()

    @property
    def people(self) -> int:
        return len(self.rows)

    @property
    def late_people(self) -> int:
        return sum(row.late > 0 for row in self.rows)

    @property
    def columns_to_plan(self) -> list[Column]:
        return [column for column in self.columns if column.to_plan]


def matrices_of(cohorts: Sequence[Cohort], *, at: dt.datetime) -> list[Matrix]:
    """Seven statements, whatever the number of classes, people and courses."""
    today = brussels_day(at)
    people = people_of(cohorts, on=today)
    everybody = [person.pk for members in people.values() for person in members]
    steps = AssignedStep.objects.binding(on=today).for_classes(cohorts, everybody).shown_to_academies()
    to_class: dict[int | None, list[AssignedStep]] = defaultdict(list)
    to_person: dict[int | None, list[AssignedStep]] = defaultdict(list)
    for step in steps:
        to_class[step.assignment.cohort_id].append(step)
        to_person[step.assignment.person_id].append(step)
    known = records_of(everybody, {step.course_id for step in steps}, at=at)
    matrices = []
    for cohort in cohorts:
        assigned = {
            person: governing([*to_person[person.pk], *to_class[cohort.pk]]) for person in people[cohort.pk]
        }
        matrices.append(_matrix(cohort, assigned, known, on=today))
    return matrices


def people_of(cohorts: Sequence[Cohort], *, on: dt.date) -> dict[int, list[User]]:
    """Who is in each class on a day, by the class's id, in alphabetical order."""
    by_key: dict[tuple[int, str, dt.date | None], int] = {
        (cohort.school_id, cohort.name, cohort.starts_on): cohort.pk for cohort in cohorts
    }
    people: dict[int, list[User]] = {cohort.pk: [] for cohort in cohorts}
    memberships: Iterable[Membership] = class_memberships(cohorts, on=on).select_related("user__profile")
    for membership in memberships:
        key = (membership.organisation_id, membership.class_name, membership.class_starts_on)
        people[by_key[key]].append(membership.user)
    return {pk: in_alphabetical_order(members) for pk, members in people.items()}


def in_alphabetical_order(people: Iterable[User]) -> list[User]:
    """By family name, then first name."""
    return sorted(
        people, key=lambda p: (alphabetical(p.profile.last_name), alphabetical(p.profile.first_name), p.pk)
    )


def _matrix(
    cohort: Cohort, assigned: Mapping[User, Mapping[int, AssignedStep]], known: Records, *, on: dt.date
) -> Matrix:
    in_order = sorted(
        (step for steps in assigned.values() for step in steps.values()),
        key=lambda step: (step.position, step.course_id),
    )
    courses = {step.course_id: step.course for step in in_order}
    rows = [
        Row(
            person,
            [standing_of(person.pk, steps[pk], known, on=on) if pk in steps else None for pk in courses],
        )
        for person, steps in assigned.items()
    ]
    columns = [
        Column(course, [cell for row in rows if (cell := row.cells[place])])
        for place, course in enumerate(courses.values())
    ]
    # Sorting keeps the alphabet within those who are as late.
    return Matrix(cohort, columns, sorted(rows, key=lambda row: -row.late))
