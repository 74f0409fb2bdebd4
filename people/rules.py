"""Small facts about people that every higher floor asks for."""

import datetime as dt
from dataclasses import dataclass
from typing import Protocol

from django.db.models import QuerySet

from people.enums import Role
from people.models import Membership, Organisation, User
from people.querysets import in_force


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


# Longer than that nobody should keep a role unasked.
LONGEST_ROLE = dt.timedelta(days=5 * 366)
# What HR and coordinators give and end; greater roles are the administrator's to give.
COMMON_ROLES = (Role.EMPLOYEE, Role.ASPIRANT, Role.TRAINER)


@dataclass(frozen=True)
class RoleScope:
    """Which roles somebody gives and ends, by page or by file, and in which organisations."""

    roles: tuple[Role, ...] = ()
    own: frozenset[int] = frozenset()
    everywhere: bool = False
    # How people call these organisations.
    codes: str = ""

    def __bool__(self) -> bool:
        return bool(self.everywhere or self.own)

    def holds(self, organisation_id: int) -> bool:
        return self.everywhere or organisation_id in self.own

    def allows(self, role: str, organisation_id: int) -> bool:
        return role in self.roles and self.holds(organisation_id)

    def organisations(self, *, on: dt.date) -> "QuerySet[Organisation]":
        existing = Organisation.objects.filter(in_force(on))
        return existing if self.everywhere else existing.filter(pk__in=self.own)


EVERYWHERE = RoleScope(roles=tuple(Role), everywhere=True)


def role_scope(user: User) -> RoleScope:
    """The administrator gives any role; HR and coordinators the common ones in their own organisation."""
    if user.has_role(Role.ADMINISTRATOR):
        return EVERYWHERE
    own = {each.organisation for each in user.memberships_today if each.role in (Role.HR, Role.COORDINATOR)}
    if not own:
        return RoleScope()
    codes = ", ".join(sorted(organisation.code for organisation in own))
    return RoleScope(COMMON_ROLES, frozenset(organisation.pk for organisation in own), codes=codes)


class Dated(Protocol):
    """What holds from one day to another, both inclusive; without a last day, until further notice."""

    valid_from: dt.date
    valid_until: dt.date | None


def holds_on(dated: Dated, day: dt.date) -> bool:
    return dated.valid_from <= day and (dated.valid_until is None or day <= dated.valid_until)
