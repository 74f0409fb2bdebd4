"""Small facts about people that every higher floor asks for."""

import datetime as dt
from dataclasses import dataclass
from typing import Protocol

from people.enums import Role
from people.models import Membership, User


@dataclass(frozen=True)
class Affiliated:
    """Where a person belongs on a day: what is stamped on enrolments and completions."""

    employer_id: int | None = None
    school_id: int | None = None
    cadre: str = ""

    @property
    def is_staff(self) -> bool:
        return bool(self.employer_id or self.school_id)

    @property
    def is_aspirant(self) -> bool:
        return self.school_id is not None

    @property
    def organisations(self) -> set[int]:
        return {pk for pk in (self.employer_id, self.school_id) if pk}


def affiliated_by(memberships: list[Membership]) -> Affiliated:
    """Employer, school and cadre that memberships make."""
    employer = school = None
    cadre = ""
    for membership in memberships:
        if membership.role == Role.EMPLOYEE:
            employer, cadre = membership.organisation_id, membership.cadre
        elif membership.role == Role.ASPIRANT:
            school = membership.organisation_id
    return Affiliated(employer, school, cadre)


def affiliation_of(person: User, *, on: dt.date) -> Affiliated:
    """Employer, school and cadre on a day."""
    return affiliated_by(list(person.memberships.current(on=on)))


def display_name(person: User) -> str:
    return person.get_full_name()


class Dated(Protocol):
    """What holds from one day to another, both inclusive; without a last day, until further notice."""

    valid_from: dt.date
    valid_until: dt.date | None


def holds_on(dated: Dated, day: dt.date) -> bool:
    return dated.valid_from <= day and (dated.valid_until is None or day <= dated.valid_until)
