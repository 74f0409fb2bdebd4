"""What a row changes about a person, or why it may not: no writes."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from operator import attrgetter
from typing import Any

from core.tables.headers import folded
from core.tables.problems import CellProblem, RowProblem
from people.enums import Role
from people.models import Intake, Membership
from people.rules import RoleScope
from people.staff_files.columns import Column
from people.staff_files.problems import Problem
from people.staff_files.rows import StaffList, StaffRow
from people.staff_files.stored import Known, Place, known_people, owners_of, places

BATCH = 1_000
# What a list says of somebody, by the field that keeps it.
IDENTITY = {
    "last_name": Column.LAST_NAME,
    "first_name": Column.FIRST_NAME,
    "email": Column.EMAIL,
    "administrative_language": Column.LANGUAGE,
}
# By which a row means the person whose staff number it has.
NAMING = {"last_name", "first_name", "email"}
PLACES = {Role.EMPLOYEE: Column.EMPLOYER, Role.ASPIRANT: Column.SCHOOL}
DETAILS = {
    "cadre": Column.CADRE,
    "rank": Column.RANK,
    "class_name": Column.CLASS,
    "class_starts_on": Column.CLASS,
    "valid_until": Column.CLASS,
}
# Cadre and rank, or the class with its days, by the fields that keep them.
Details = dict[str, Any]


@dataclass(slots=True)
class Begun:
    """A role that begins today."""

    role: Role
    organisation_id: int
    details: Details


@dataclass(slots=True)
class Plan:
    """What becomes of one person; nothing, when all of it is known already."""

    row: StaffRow
    # Nobody yet, for a new person.
    known: Known | None
    # Fields of the profile and the account that get another value.
    identity: dict[str, str] = field(default_factory=dict)
    ended: list[Membership] = field(default_factory=list)
    begun: list[Begun] = field(default_factory=list)
    # What else of the row is new.
    placed: list[Column] = field(default_factory=list)

    @property
    def is_new(self) -> bool:
        return self.known is None

    @property
    def is_change(self) -> bool:
        return bool(self.is_new or self.identity or self.ended or self.begun)

    @property
    def columns(self) -> list[Column]:
        """Which cells of a known person's row say something new."""
        return [*(IDENTITY[name] for name in self.identity), *self.placed]

    @property
    def gets_link(self) -> bool:
        """Has no account yet, and was never sent the link to one."""
        if self.known is None:
            return bool(self.row.email)
        user = self.known.user
        has_account = user.has_usable_password() or user.last_login is not None
        is_waiting = user.is_active and user.activation_asked_at is None and not has_account
        return is_waiting and bool(user.email or self.row.email)


def planned(
    people: StaffList, *, scope: RoleScope, on: dt.date
) -> Iterator[tuple[list[Plan], list[RowProblem]]]:
    """The plans and the problems of a list, a batch of rows at a time."""
    planner = _Planner(scope, on, people.intake)
    rows = iter(people)
    while batch := list(islice(rows, BATCH)):
        yield planner.batch(batch)


class _Planner:
    """Plans rows one after the other; remembers who was in the file already."""

    def __init__(self, scope: RoleScope, on: dt.date, intake: Intake | None) -> None:
        self.scope = scope
        self.on = on
        self.intake = intake
        self.places = places(on=on)
        self.existing = {place.pk for place in self.places.values() if not place.problem}
        self.seen: dict[tuple[str, str], int] = {}

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
                plan = Plan(row, person)
                wrong = self._fill(plan)
                plans += [] if wrong else [plan]
            problems += wrong
        return plans, sorted(problems, key=attrgetter("row"))

    def _twice(self, row: StaffRow) -> Iterator[RowProblem]:
        for column, value in ((Column.STAFF_NUMBER, row.staff_number), (Column.EMAIL, row.email)):
            if value and (first := self.seen.setdefault((column.value, value), row.number)) != row.number:
                yield RowProblem(row.number, column, CellProblem.TWICE_IN_FILE, str(first))

    def _wrong_places(self, row: StaffRow) -> Iterator[RowProblem]:
        found = {}
        for column, code in ((Column.EMPLOYER, row.employer), (Column.SCHOOL, row.school)):
            place = self._place(code)
            if code and place is None:
                yield RowProblem(row.number, column, Problem.UNKNOWN_ORGANISATION, code)
            elif place and place.problem:
                yield RowProblem(row.number, column, *place.problem)
            elif place and column == Column.SCHOOL and not place.is_school:
                yield RowProblem(row.number, column, Problem.NOT_A_SCHOOL)
            elif place:
                found[column] = place.pk
        if len(found) == bool(row.employer) + bool(row.school):
            # A list of classes fills those of its school alone, whoever employs its people.
            decisive = [Column.SCHOOL] if self.intake else list(found)
            if not any(self.scope.holds(found[column]) for column in decisive):
                yield RowProblem(row.number, decisive[0], Problem.FOREIGN_ORGANISATION, self.scope.codes)

    def _place(self, code: str) -> Place | None:
        return self.places.get(code.casefold())

    # -- What changes --------------------------------------------------------------------------------

    def _fill(self, plan: Plan) -> list[RowProblem]:
        """Note what the row changes; the problems are what isn't the importer's to change."""
        row, known = plan.row, plan.known
        refused = []
        employers, employment = known.employers if known else [], {"cadre": row.cadre, "rank": row.rank}
        if not self._move(plan, Role.EMPLOYEE, employers, row.employer, employment):
            refused.append(RowProblem(row.number, Column.EMPLOYER, Problem.EMPLOYED_ELSEWHERE))
        schools = known.schools if known else []
        if not self._move(plan, Role.ASPIRANT, schools, row.school, self._schooling(row)):
            refused.append(RowProblem(row.number, Column.SCHOOL, Problem.AT_ANOTHER_SCHOOL))
        if known is None:
            plan.identity = self._newcomer(row)
            return []
        plan.identity = _identity_changes(row, known)
        return [] if self.scope.everywhere else self._guarded(plan, known, refused)

    def _schooling(self, row: StaffRow) -> Details:
        """The class; a list of classes also says from when to when it is."""
        starts_on, ends_on = (self.intake.starts_on, self.intake.ends_on) if self.intake else (None, None)
        said: Details = {"class_name": row.class_name, "class_starts_on": starts_on}
        return said | ({"valid_until": ends_on} if ends_on else {})

    def _newcomer(self, row: StaffRow) -> dict[str, str]:
        """Whom nobody knew; their mails are in the first language of the organisation unless told."""
        place = self._place(row.employer or row.school)
        return _said_in(row) | {"administrative_language": row.language or (place.language if place else "")}

    def _move(self, plan: Plan, role: Role, held: list[Membership], code: str, said: Details) -> bool:
        """Note which roles end and begin; False when that is for another organisation to say."""
        place = self._place(code)
        if place is None:
            return True
        kept = next((membership for membership in held if membership.organisation_id == place.pk), None)
        others = [membership for membership in held if membership is not kept]
        ours = self.scope.holds(place.pk)
        ended = [other for other in others if not self._exists(other) or (ours and self._is_ours(other))]
        if kept is None and len(ended) < len(others):
            return False
        if kept and not ours:
            # What another organisation knows stays as it is.
            return True
        before = kept or (ended[-1] if ended and role == Role.EMPLOYEE else None)
        values = {
            name: getattr(before, name) if before and not value else value for name, value in said.items()
        }
        changed = [name for name, value in values.items() if value and value != getattr(before, name, None)]
        plan.ended += ended
        if kept is None or changed:
            plan.ended += [kept] if kept else []
            last_day = {"valid_until": kept.valid_until} if kept else {}
            plan.begun.append(Begun(role, place.pk, last_day | values))
            plan.placed += [] if kept else [PLACES[role]]
            plan.placed += dict.fromkeys(DETAILS[name] for name in changed)
        return True

    # -- Whose people --------------------------------------------------------------------------------

    def _guarded(self, plan: Plan, known: Known, refused: list[RowProblem]) -> list[RowProblem]:
        """Nobody takes over a person, or the account of one, by writing their staff number in a list."""
        number = plan.row.number
        holders = [held for held in (*known.employers, *known.schools) if self._exists(held)]
        otherwise = [name for name, new in plan.identity.items() if folded(new) != folded(known.said[name])]
        if not any(map(self._is_ours, holders)):
            # One sentence for all that can be wrong: more would tell about somebody of elsewhere.
            plan.identity = {}
            wrong = refused or not NAMING.isdisjoint(otherwise)
            return [RowProblem(number, Column.STAFF_NUMBER, Problem.SOMEBODY_ELSES)] if wrong else []
        first = min(known.since[held.organisation_id] for held in holders)
        if any(self._is_ours(held) for held in holders if known.since[held.organisation_id] == first):
            guarded = "email" in plan.identity and known.has_account_to_guard
            return refused + ([RowProblem(number, Column.EMAIL, Problem.EMAIL_IN_USE)] if guarded else [])
        plan.identity = {}
        return refused + [RowProblem(number, IDENTITY[name], Problem.KEPT_ELSEWHERE) for name in otherwise]

    def _exists(self, held: Membership) -> bool:
        """Whether its organisation does; anybody may take over the people of one that is no more."""
        return held.organisation_id in self.existing

    def _is_ours(self, held: Membership) -> bool:
        return self.scope.holds(held.organisation_id)


def _wrong_email(row: StaffRow, known: Known | None, owners: dict[str, int]) -> Iterator[RowProblem]:
    owner = owners.get(row.email)
    if owner is not None and (known is None or known.user.pk != owner):
        yield RowProblem(row.number, Column.EMAIL, Problem.EMAIL_OF_ANOTHER)


def _said_in(row: StaffRow) -> dict[str, str]:
    return {
        "last_name": row.last_name,
        "first_name": row.first_name,
        "email": row.email,
        "administrative_language": row.language,
    }


def _identity_changes(row: StaffRow, known: Known) -> dict[str, str]:
    """What the row says otherwise than what is known; an empty cell says nothing."""
    before = known.said
    return {name: text for name, text in _said_in(row).items() if text and text != before[name]}
