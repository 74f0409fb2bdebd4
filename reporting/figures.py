"""The figures of an organisation: what they count, put together and, where need be, suppressed.

Page and files show the same object: whatever is suppressed in one is suppressed in the others. The tables
don't depend on the filters, which only choose what is shown of them.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from courses.enums import Audience
from courses.models import Course, CourseVersion
from courses.rules import mandatory_for
from people.enums import Cadre
from people.models import Organisation
from reporting import querysets
from reporting.models import DatedHeadcount
from reporting.scopes import View
from reporting.suppression import THRESHOLD, hidden_cells, rounded, with_margins

# Years and cohorts that stand by themselves; what is older is taken together.
YEARS = 6
COHORTS = 3
BEFORE = 0

# A count of people, or None where it is suppressed.
Count = int | None


@dataclass(frozen=True, order=True)
class Group:
    """Everybody is in one: the aspirants by the year in which they began, the others by cadre."""

    cohort: int | None
    cadre: str

    @property
    def audiences(self) -> set[Audience]:
        """As ``courses.rules.audiences_of`` has them for a person."""
        if self.cohort is not None:
            return {Audience.ALL_STAFF, Audience.ASPIRANT}
        return {Audience.ALL_STAFF} | ({Audience(self.cadre)} if self.cadre else set())

    @property
    def label(self) -> str:
        if self.cohort == BEFORE:
            return _("Aspirants of earlier years")
        if self.cohort is not None:
            return _("Aspirants of %(year)d") % {"year": self.cohort}
        return capfirst(str(Cadre(self.cadre).label)) if self.cadre else _("Cadre not recorded")

    @property
    def place(self) -> tuple[int, int]:
        """Cadres first, then the aspirants, the latest first."""
        cadres = [*Cadre.values, ""]
        return (0, cadres.index(self.cadre)) if self.cohort is None else (1, -self.cohort)


@dataclass(frozen=True)
class Standing:
    """How far a group, or all of them, is with a course today."""

    label: str
    is_mandatory: bool
    completed: Count
    # Of those who must complete it; nobody where the course is voluntary.
    exempt: Count
    to_do: Count
    people: Count

    @property
    def share(self) -> int | None:
        """Completed out of those who are not exempt, in whole per cent."""
        if self.completed is None or self.people is None or self.exempt is None:
            return None
        asked = self.people - self.exempt
        return 100 * self.completed // asked if asked else None


@dataclass(frozen=True)
class History:
    """Completions of a group, or of all, by year; the last is the total."""

    label: str
    counts: list[Count]


@dataclass(frozen=True)
class CourseFigures:
    course: Course
    version: CourseVersion
    standings: list[Standing]
    total: Standing
    histories: list[History]
    totals: History
    # How many more took part, by lists of the past that don't tell who; none, or too few to tell: None.
    unnamed: Count

    @property
    def has_reach(self) -> bool:
        """Whether the people for whom the course is are known."""
        return bool(self.standings)

    @property
    def has_exempt(self) -> bool:
        """Whether anybody is counted as exempt."""
        return self.total.exempt != 0

    @property
    def is_mandatory(self) -> bool:
        return any(standing.is_mandatory for standing in self.standings)


@dataclass(frozen=True)
class SensitiveRow:
    organisation: Organisation
    counts: list[Count]


@dataclass(frozen=True)
class Figures:
    view: View
    on: dt.date
    years: list[int]
    courses: list[CourseFigures]
    sensitive: list[SensitiveRow]

    @property
    def sensitive_years(self) -> list[int]:
        """Of what is older nothing is told: the table stays as it is whatever is asked."""
        return self.years[1:]


def figures_of(view: View, *, on: dt.date) -> Figures:
    """All figures of an organisation on a day, as this viewer may see them."""
    organisations = querysets.with_predecessors(view.organisation)
    years = [BEFORE, *range(on.year - YEARS + 1, on.year + 1)]
    counts = _count(view, organisations, on)
    courses = [
        _figures_of_course(course, years, counts, view, on)
        for course in querysets.with_unnamed(querysets.reported_courses(), organisations)
    ]
    return Figures(view, on, years, courses, _sensitive(view, organisations, years[1:]))


Reach = Counter[tuple[int, Group]]
Completions = Counter[tuple[int, Group, int]]


@dataclass(frozen=True)
class Counts:
    """What was counted: people by group; by course and group who completed it, and who is exempt."""

    people: Counter[Group]
    reached: Reach
    exempt: Reach
    # By course, group and year: all completions, and those of people who have left since.
    done: Completions
    gone: Completions

    @cached_property
    def groups(self) -> list[Group]:
        groups = {*self.people, *(group for _course, group, _year in self.done)}
        # Where nobody ever was, there is an empty group.
        return sorted(groups or {Group(None, "")}, key=lambda group: group.place)


def _count(view: View, organisations: Sequence[Organisation], on: dt.date) -> Counts:
    people = _people_by_group(view, on)
    reached: Reach = Counter()
    exempt: Reach = Counter()
    for row in querysets.reached(view, on=on):
        counted = exempt if row.is_exempt else reached
        counted[row.course_id, _group(row.cadre, row.cohort, on)] += row.people
    known = reached + exempt
    for cadre, counted_last in _counted(view, on).items():
        # Whoever completed it, or is exempt, is there, whatever was counted.
        most = max((number for (_course, group), number in known.items() if group == cadre), default=0)
        people[cadre] = max(counted_last, most)
    done, gone = _completions(view, organisations, on)
    return Counts(people, reached, exempt, done, gone)


def _figures_of_course(
    course: Any, years: Sequence[int], counts: Counts, view: View, on: dt.date
) -> CourseFigures:
    version, people = course.current_version, counts.people
    is_open = view.sees_rows(version, on=on)
    eligible = [g for g in counts.groups if people[g] and not g.audiences.isdisjoint(version.audiences)]
    *standings, total = _standings(
        [(people[g], counts.reached[course.pk, g], counts.exempt[course.pk, g]) for g in eligible],
        [(g.label, mandatory_for(version, g.audiences, on=on)) for g in eligible],
        is_open=is_open,
    )
    *histories, totals = _histories(
        [[counts.done[course.pk, g, year] for year in years] for g in counts.groups],
        [[counts.gone[course.pk, g, year] for year in years] for g in counts.groups],
        [g.label for g in counts.groups],
        is_open=is_open,
    )
    unnamed = course.unnamed if course.unnamed >= THRESHOLD else None
    return CourseFigures(course, version, standings, total, histories, totals, unnamed)


def _people_by_group(view: View, on: dt.date) -> Counter[Group]:
    people: Counter[Group] = Counter()
    for row in querysets.headcounts(view, on=on):
        people[_group(row.cadre, row.cohort, on)] += row.people
    return people


def _counted(view: View, on: dt.date) -> dict[Group, int]:
    """The people of each cadre as HR counted them last; who is registered here may be fewer, or more."""
    if view.is_of_school:
        return {}
    latest = DatedHeadcount.objects.counted_last(on=on).filter(organisation=view.organisation)
    return {Group(None, row.cadre): row.people for row in latest}


def _completions(
    view: View, organisations: Sequence[Organisation], on: dt.date
) -> tuple[Completions, Completions]:
    done: Completions = Counter()
    gone: Completions = Counter()
    for row in querysets.completed(view, organisations, on=on):
        year = row.year if row.year > on.year - YEARS else BEFORE
        key = row.course_id, _group(row.cadre, row.cohort, on), year
        done[key] += row.people
        gone[key] += row.gone
    return done, gone


def _group(cadre: str, cohort: int | None, on: dt.date) -> Group:
    if cohort is None:
        return Group(None, cadre)
    return Group(cohort if cohort > on.year - COHORTS else BEFORE, "")


def _standings(
    counts: Iterable[tuple[int, int, int]], labels: Sequence[tuple[str, bool]], *, is_open: bool
) -> list[Standing]:
    """Completed, exempt and still to do are cells of one table: together they are the headcount.

    Whoever may not read the rows sees no small number of exempt people: they are still to do.
    """
    table = []
    for (people, reached, exempt), (_label, is_mandatory) in zip(counts, labels, strict=True):
        told = exempt if is_mandatory and (is_open or exempt >= THRESHOLD) else 0
        table.append([reached, told, people - reached - told])
    has_exempt = any(told for _reached, told, _to_do in table)
    if not has_exempt:
        # A column of nothing tells nothing, and would hide others.
        table = [[reached, to_do] for reached, _told, to_do in table] or [[0, 0]]
    hidden = frozenset() if is_open else hidden_cells(table)
    rows = [*labels, (_("All"), False)]
    standings = []
    for label, line in zip(rows, _published(table, hidden)[-len(rows) :], strict=True):
        cells = line if has_exempt else [line[0], 0, *line[1:]]
        standings.append(Standing(*label, *cells))
    return standings


def _histories(
    done: list[list[int]], gone: list[list[int]], labels: Sequence[str], *, is_open: bool
) -> list[History]:
    """Who may read the rows of today's people may not read those of who left: these are what is hidden."""
    hidden = hidden_cells(gone, small=range(1, THRESHOLD)) if is_open else hidden_cells(done)
    return [History(*row) for row in zip([*labels, _("All")], _published(done, hidden), strict=True)]


def _published(counts: list[list[int]], hidden: frozenset[tuple[int, int]]) -> list[list[Count]]:
    return [
        [None if (row, column) in hidden else count for column, count in enumerate(line)]
        for row, line in enumerate(with_margins(counts))
    ]


def _sensitive(view: View, organisations: Sequence[Organisation], years: Sequence[int]) -> list[SensitiveRow]:
    """Organisation by year, the same whatever is asked: rounded, without totals, all items together."""
    counts = {
        (row.organisation_id, row.year): row.people for row in querysets.sensitive_counts(view, organisations)
    }
    return [
        SensitiveRow(organisation, [rounded(counts.get((organisation.pk, year), 0)) for year in years])
        for organisation in organisations
    ]
