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


@dataclass(frozen=True)
class ImportScope:
    """Whom somebody may import: the staff of these organisations, the aspirants of these schools."""

    employers: frozenset[int] = frozenset()
    schools: frozenset[int] = frozenset()
    everywhere: bool = False
    # How these organisations are called in the lists.
    codes: str = ""

    def __bool__(self) -> bool:
        return bool(self.everywhere or self.employers or self.schools)

    def covers(self, employer_id: int | None, school_id: int | None) -> bool:
        """Whether a person with this employer and this school is theirs to import."""
        return self.everywhere or employer_id in self.employers or school_id in self.schools

    def may_place(self, role: Role, organisation_id: int) -> bool:
        """Whether it is theirs to say who has this role in this organisation."""
        own = self.employers if role == Role.EMPLOYEE else self.schools
        return self.everywhere or organisation_id in own


EVERYWHERE = ImportScope(everywhere=True)


def import_scope(user: User) -> ImportScope:
    """HR imports its organisation's people, a coordinator the school's, an administrator anybody."""
    if user.has_role(Role.ADMINISTRATOR):
        return EVERYWHERE
    by_role = {
        role: [each.organisation for each in user.memberships_today if each.role == role]
        for role in (Role.HR, Role.COORDINATOR)
    }
    return ImportScope(
        employers=frozenset(organisation.pk for organisation in by_role[Role.HR]),
        schools=frozenset(organisation.pk for organisation in by_role[Role.COORDINATOR]),
        codes=", ".join(sorted({each.code for held in by_role.values() for each in held})),
    )


# Longer than that nobody should keep a role unasked.
LONGEST_ROLE = dt.timedelta(days=5 * 366)
# What HR and coordinators give and end; greater roles are the administrator's to give.
COMMON_ROLES = (Role.EMPLOYEE, Role.ASPIRANT, Role.TRAINER)


@dataclass(frozen=True)
class RoleScope:
    """Which roles somebody gives and ends, and in which organisations."""

    roles: tuple[Role, ...] = ()
    own: frozenset[int] = frozenset()
    everywhere: bool = False

    def __bool__(self) -> bool:
        return bool(self.everywhere or self.own)

    def organisations(self, *, on: dt.date) -> "QuerySet[Organisation]":
        existing = Organisation.objects.filter(in_force(on))
        return existing if self.everywhere else existing.filter(pk__in=self.own)

    def allows(self, role: str, organisation_id: int) -> bool:
        return role in self.roles and (self.everywhere or organisation_id in self.own)


def role_scope(user: User) -> RoleScope:
    """The administrator gives any role; HR and coordinators the common ones in their own organisation."""
    if user.has_role(Role.ADMINISTRATOR):
        return RoleScope(roles=tuple(Role), everywhere=True)
    own = {
        each.organisation_id for each in user.memberships_today if each.role in (Role.HR, Role.COORDINATOR)
    }
    return RoleScope(roles=COMMON_ROLES, own=frozenset(own)) if own else RoleScope()


class Dated(Protocol):
    """What holds from one day to another, both inclusive; without a last day, until further notice."""

    valid_from: dt.date
    valid_until: dt.date | None


def holds_on(dated: Dated, day: dt.date) -> bool:
    return dated.valid_from <= day and (dated.valid_until is None or day <= dated.valid_until)
