"""What importing past completions would do: who is known, who is to be confirmed, who only counts."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from django.db.models import QuerySet

from core.enums import Language
from core.tables.headers import folded
from core.tables.problems import RowProblem
from courses.enums import CourseKind
from courses.models import Course, CourseVersion
from enrolment.history.columns import Column
from enrolment.history.problems import Problem
from enrolment.history.rows import PastList, PastRow
from people.enums import Role
from people.models import Membership, Organisation, Profile
from people.rules import RoleScope, holds_on, with_predecessors, with_successors

# The first ones: whoever has more mends the file in another way.
MOST_PROBLEMS = 100
IN_ONE_QUERY = 5_000


@dataclass(frozen=True)
class PastCompletion:
    """A row whose training and organisation are known."""

    row: PastRow
    version: CourseVersion
    organisation: Organisation

    @property
    def group(self) -> tuple[int, int, dt.date]:
        """What a count of people without a name is kept by: training, organisation, day."""
        return self.version.course_id, self.organisation.pk, self.row.day


@dataclass(frozen=True)
class Proposal:
    """Somebody whom a row may mean: a person says whether it does."""

    past: PastCompletion
    person: Profile

    @property
    def row(self) -> PastRow:
        return self.past.row


@dataclass
class Plan:
    """What a file comes to; with problems, nothing."""

    problems: list[RowProblem] = field(default_factory=list)
    ignored_columns: list[str] = field(default_factory=list)
    known: list[tuple[PastCompletion, int]] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)
    unmatched: list[PastCompletion] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return len(self.known) + len(self.proposals) + len(self.unmatched)


def plan_history(content: bytes, *, scope: RoleScope, on: dt.date) -> Plan:
    """Read a file and find its people; raises UnreadableFile."""
    past_list = PastList(content)
    plan = Plan(ignored_columns=past_list.ignored)
    organisations = _Organisations(scope)
    understood = list(_understood(past_list, _Catalogue(scope), organisations, plan.problems, on))
    if plan.problems:
        return plan
    people = _People(understood, organisations)
    for past in understood:
        person, is_sure = people.who(past)
        if person is None:
            plan.unmatched.append(past)
        elif is_sure:
            plan.known.append((past, person.user_id))
        else:
            plan.proposals.append(Proposal(past, person))
    return plan


def _understood(
    rows: Iterable[PastRow | list[RowProblem]],
    catalogue: "_Catalogue",
    organisations: "_Organisations",
    problems: list[RowProblem],
    on: dt.date,
) -> Iterator[PastCompletion]:
    for row in rows:
        if isinstance(row, list):
            problems.extend(row)
            continue
        found = [
            RowProblem(row.number, column, *problem)
            for column, problem in (
                (Column.COURSE, catalogue.problem(row)),
                (Column.ORGANISATION, organisations.problem(row)),
                (Column.DAY, (Problem.FUTURE_DAY, "") if row.day > on else None),
            )
            if problem
        ]
        problems.extend(found)
        if not found:
            yield PastCompletion(row, catalogue.version(row), organisations.by_code[row.organisation])


class _Catalogue:
    """Trainings by title in any language, and by slug."""

    def __init__(self, scope: RoleScope) -> None:
        self.sees_private = scope.everywhere
        self.courses: dict[str, Course] = {}
        self.versions: dict[int, list[CourseVersion]] = defaultdict(list)
        for course in Course.objects.listed().select_related("current_version"):
            version = course.current_version
            titles = [getattr(version, f"title_{language}") for language in Language.values]
            for name in (course.slug, *titles):
                self.courses.setdefault(folded(name), course)
        for version in CourseVersion.objects.prefetch_related("parts").order_by("valid_from", "number"):
            self.versions[version.course_id].append(version)

    def problem(self, row: PastRow) -> tuple[Problem, str] | None:
        course = self.courses.get(folded(row.course))
        if course is None:
            return Problem.UNKNOWN_COURSE, ""
        # A workshop counts within its programme.
        version = course.current_version
        if course.kind == CourseKind.INFORMATION or course.programme_id or version is None:
            return Problem.NOT_COMPLETED, ""
        is_private = version.is_sensitive or version.members_only
        return (Problem.NOT_YOURS, "") if is_private and not self.sees_private else None

    def version(self, row: PastRow) -> CourseVersion:
        """The one of that day; the first one for what lies before the catalogue began."""
        versions = self.versions[self.courses[folded(row.course)].pk]
        of_then = [version for version in versions if version.valid_from <= row.day]
        return of_then[-1] if of_then else versions[0]


class _Organisations:
    """Organisations by code, and those whose completions somebody may import."""

    def __init__(self, scope: RoleScope) -> None:
        self.scope = scope
        self.by_code = {organisation.code: organisation for organisation in Organisation.objects.all()}
        self.own = with_predecessors(scope.own)

    def people(self) -> "QuerySet[Profile]":
        """Whose completions may be imported: who ever belonged to these organisations or their successors."""
        profiles = Profile.objects.filter(user__erased_at=None)
        if self.scope.everywhere:
            return profiles
        members = Membership.objects.current().filter(organisation__in=with_successors(self.own))
        return profiles.filter(user__in=members.values("user"))

    def problem(self, row: PastRow) -> tuple[Problem, str] | None:
        organisation = self.by_code.get(row.organisation)
        if organisation is None:
            return Problem.UNKNOWN_ORGANISATION, row.organisation
        if not self.scope.everywhere and organisation.pk not in self.own:
            return Problem.FOREIGN_ORGANISATION, self.scope.codes
        if not holds_on(organisation, row.day):
            return Problem.NOT_THEN, self._code_of_then(organisation, row.day)
        return None

    def _code_of_then(self, organisation: Organisation, day: dt.date) -> str:
        family = with_predecessors({organisation.pk}) | with_successors({organisation.pk})
        codes = [each.code for each in self.by_code.values() if each.pk in family and holds_on(each, day)]
        return f": {', '.join(codes)}" if codes else ""


class _People:
    """The people whom the rows may mean."""

    def __init__(self, rows: Collection[PastCompletion], organisations: _Organisations) -> None:
        people = organisations.people()
        self.by_number = _by_number({past.row.staff_number for past in rows if past.row.staff_number}, people)
        unknown = [past for past in rows if past.row.name and past.row.staff_number not in self.by_number]
        self.by_name = _by_name({past.organisation.pk for past in unknown})

    def who(self, past: PastCompletion) -> tuple[Profile | None, bool]:
        """Whom a row means, and whether that is sure; nobody if nothing, or more than one, fits."""
        row = past.row
        if person := self.by_number.get(row.staff_number):
            # A typing error in a number names somebody else: then the name doesn't fit.
            return person, not row.last_name or folded(row.last_name) == folded(person.last_name)
        fitting = self.by_name.get((past.organisation.pk, row.name), set()) if row.name else set()
        return (next(iter(fitting)), False) if len(fitting) == 1 else (None, False)


def _by_number(numbers: set[str], people: "QuerySet[Profile]") -> dict[str, Profile]:
    found: dict[str, Profile] = {}
    ordered = sorted(numbers)
    for start in range(0, len(ordered), IN_ONE_QUERY):
        some = people.filter(staff_number__in=ordered[start : start + IN_ONE_QUERY])
        found |= {profile.staff_number or "": profile for profile in some}
    return found


def _by_name(organisations: set[int]) -> Mapping[tuple[int, str], set[Profile]]:
    """People of the organisations, or of those that went on with them, by organisation and folded name."""
    found: dict[tuple[int, str], set[Profile]] = defaultdict(set)
    for organisation in organisations:
        members = Membership.objects.current().filter(
            organisation__in=with_successors({organisation}), role__in=(Role.EMPLOYEE, Role.ASPIRANT)
        )
        for person in Profile.objects.filter(user__in=members.values("user"), user__erased_at=None):
            found[organisation, f"{folded(person.last_name)} {folded(person.first_name)}"].add(person)
    return found


def count_by_group(rows: Iterable[PastCompletion]) -> Counter[tuple[int, int, dt.date]]:
    return Counter(past.group for past in rows)
