"""What a row changes about a person, or why it may not: no writes."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from operator import attrgetter

from django.contrib.auth.hashers import make_password

from core.tables.headers import folded
from core.tables.problems import CellProblem, RowProblem
from people.enums import Role
from people.models import Membership, Profile, User
from people.rules import ImportScope
from people.staff_files.columns import Column
from people.staff_files.problems import Problem
from people.staff_files.rows import StaffList, StaffRow
from people.staff_files.stored import Known, Place, known_people, owners_of, places

BATCH = 1_000


@dataclass
class Plan:
    """What becomes of one person; nothing, when all of it is known already."""

    row: StaffRow
    # For a new person, what is about to be written.
    person: Known
    is_new: bool
    # Fields of the profile and the account that get another value.
    identity: dict[str, str] = field(default_factory=dict)
    ended: list[Membership] = field(default_factory=list)
    begun: list[Membership] = field(default_factory=list)

    @property
    def is_change(self) -> bool:
        return bool(self.is_new or self.identity or self.ended or self.begun)

    @property
    def gets_link(self) -> bool:
        """Has no account yet, and was never sent the link to one."""
        user = self.person.user
        is_waiting = user.is_active and user.activation_asked_at is None and not user.has_usable_password()
        return is_waiting and bool(user.email)


@dataclass
class Outcome:
    """What a list changes, in numbers, and what is wrong with it."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    links: int = 0
    problem_count: int = 0
    problems: list[RowProblem] = field(default_factory=list)

    # Whoever has more mends the file in another way.
    MOST_PROBLEMS = 200

    def add(self, plans: list[Plan], problems: list[RowProblem]) -> None:
        self.new += sum(plan.is_new for plan in plans)
        self.changed += sum(plan.is_change and not plan.is_new for plan in plans)
        self.unchanged += sum(not plan.is_change for plan in plans)
        self.links += sum(plan.gets_link for plan in plans)
        self.problem_count += len(problems)
        self.problems += problems[: self.MOST_PROBLEMS - len(self.problems)]


def planned(
    people: StaffList, *, scope: ImportScope, on: dt.date
) -> Iterator[tuple[list[Plan], list[RowProblem]]]:
    """The plans and the problems of a list, a batch of rows at a time."""
    planner = _Planner(scope, on)
    rows = iter(people)
    while batch := list(islice(rows, BATCH)):
        yield planner.batch(batch)


class _Planner:
    """Plans rows one after the other; remembers who was in the file already."""

    def __init__(self, scope: ImportScope, on: dt.date) -> None:
        self.scope = scope
        self.on = on
        self.places = places(on=on)
        # Random, so that no link is guessed from another; costly, so one for all.
        self.no_password = make_password(None)
        self.seen: dict[tuple[Column, str], int] = {}

    def batch(self, batch: list[StaffRow | list[RowProblem]]) -> tuple[list[Plan], list[RowProblem]]:
        rows = [row for row in batch if isinstance(row, StaffRow)]
        problems = [problem for row in batch if isinstance(row, list) for problem in row]
        known = known_people([row.staff_number for row in rows], on=self.on)
        owners = owners_of(row.email for row in rows)
        plans = []
        for row in rows:
            person = known.get(row.staff_number)
            wrong = [*self._twice(row), *self._wrong_places(row), *_wrong_email(row, person, owners)]
            if not wrong:
                plan, wrong = self._plan(row, person)
                plans += [plan] if not wrong else []
            problems += wrong
        return plans, sorted(problems, key=attrgetter("row"))

    def _twice(self, row: StaffRow) -> Iterator[RowProblem]:
        for column, value in ((Column.STAFF_NUMBER, row.staff_number), (Column.EMAIL, row.email)):
            if value and (first := self.seen.setdefault((column, value), row.number)) != row.number:
                yield RowProblem(row.number, column, CellProblem.TWICE_IN_FILE, str(first))

    def _wrong_places(self, row: StaffRow) -> Iterator[RowProblem]:
        named = ((Column.EMPLOYER, row.employer), (Column.SCHOOL, row.school))
        found = {}
        for column, code in named:
            place = self.places.get(code)
            if code and place is None:
                yield RowProblem(row.number, column, Problem.UNKNOWN_ORGANISATION, code)
            elif place and place.problem:
                yield RowProblem(row.number, column, *place.problem)
            elif place and column == Column.SCHOOL and not place.is_school:
                yield RowProblem(row.number, column, Problem.NOT_A_SCHOOL)
            elif place:
                found[column] = place.pk
        complete = len(found) == sum(bool(code) for _column, code in named)
        if complete and not self.scope.covers(found.get(Column.EMPLOYER), found.get(Column.SCHOOL)):
            column = Column.EMPLOYER if row.employer else Column.SCHOOL
            yield RowProblem(row.number, column, Problem.FOREIGN_ORGANISATION, self.scope.codes)

    def _plan(self, row: StaffRow, known: Known | None) -> tuple[Plan, list[RowProblem]]:
        plan = Plan(row, known or self._newcomer(row), is_new=known is None)
        plan.identity = _identity_changes(row, plan.person)
        problems = list(self._guarded(plan))
        if employer := self.places.get(row.employer):
            held = plan.person.employers
            wanted = {"cadre": row.cadre, "rank": row.rank}
            if not self._move(plan, Role.EMPLOYEE, held, employer, wanted):
                problems.append(RowProblem(row.number, Column.EMPLOYER, Problem.EMPLOYED_ELSEWHERE))
        if school := self.places.get(row.school):
            held = plan.person.schools
            if not self._move(plan, Role.ASPIRANT, held, school, {"class_name": row.class_name}):
                problems.append(RowProblem(row.number, Column.SCHOOL, Problem.AT_ANOTHER_SCHOOL))
        return plan, problems

    def _newcomer(self, row: StaffRow) -> Known:
        user = User(email=row.email or None, password=self.no_password)
        profile = Profile(
            user=user, staff_number=row.staff_number, last_name=row.last_name, first_name=row.first_name
        )
        if row.language:
            profile.administrative_language = row.language
        return Known(profile)

    def _guarded(self, plan: Plan) -> Iterator[RowProblem]:
        """Nobody takes over the account of another by writing its staff number beside their own address."""
        if self.scope.everywhere or not plan.identity:
            return
        if self._is_own(plan.person):
            if "email" in plan.identity and plan.person.has_account_to_guard:
                yield RowProblem(plan.row.number, Column.EMAIL, Problem.EMAIL_IN_USE)
            return
        known = plan.person.said
        others = [name for name, new in plan.identity.items() if folded(new) != folded(known[name])]
        # The same name in capitals is the same person, and stays as it is.
        plan.identity = {}
        if others:
            yield RowProblem(plan.row.number, COLUMN_OF[others[0]], Problem.OTHER_PERSON)

    def _is_own(self, known: Known) -> bool:
        employers = {membership.organisation_id for membership in known.employers}
        schools = {membership.organisation_id for membership in known.schools}
        return bool(employers & self.scope.employers or schools & self.scope.schools)

    def _move(
        self, plan: Plan, role: Role, held: list[Membership], place: Place, wanted: dict[str, str]
    ) -> bool:
        """Note which roles end and begin; False when that is for another organisation to say."""
        kept = next((membership for membership in held if membership.organisation_id == place.pk), None)
        others = [membership for membership in held if membership is not kept]
        if not self.scope.may_place(role, place.pk):
            # What another organisation knows stays as it is; what nobody knows yet may be added.
            if kept or not others:
                plan.begun += [] if kept else [_begin(role, place, wanted, self.on)]
                return True
            return False
        before = kept or (others[-1] if others and role == Role.EMPLOYEE else None)
        values = {name: value or getattr(before, name, "") for name, value in wanted.items()}
        if kept and all(getattr(kept, name) == value for name, value in values.items()):
            plan.ended += others
            return True
        plan.ended += held
        plan.begun.append(_begin(role, place, values, self.on, until=kept.valid_until if kept else None))
        return True


COLUMN_OF = {
    "last_name": Column.LAST_NAME,
    "first_name": Column.FIRST_NAME,
    "email": Column.EMAIL,
    "administrative_language": Column.LANGUAGE,
}


def _wrong_email(row: StaffRow, known: Known | None, owners: dict[str, int]) -> Iterator[RowProblem]:
    owner = owners.get(row.email)
    if owner is not None and (known is None or known.user.pk != owner):
        yield RowProblem(row.number, Column.EMAIL, Problem.EMAIL_OF_ANOTHER)


def _identity_changes(row: StaffRow, known: Known) -> dict[str, str]:
    """What the row says otherwise than what is known; an empty cell says nothing."""
    said = {
        "last_name": row.last_name,
        "first_name": row.first_name,
        "email": row.email,
        "administrative_language": row.language,
    }
    return {name: text for name, text in said.items() if text and text != known.said[name]}


def _begin(
    role: Role, place: Place, values: dict[str, str], on: dt.date, until: dt.date | None = None
) -> Membership:
    return Membership(organisation_id=place.pk, role=role, valid_from=on, valid_until=until, **values)
