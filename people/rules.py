"""Small facts about people that every higher floor asks for."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from people.enums import Role
from people.models import Membership, Organisation, OrganisationSuccession, User
from people.querysets import factors_of, in_force


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


def still_belonging(role: Role, *, on: dt.date) -> "QuerySet[Membership]":
    """The memberships by which people still are employed, or at a school, on a day or later.

    One that ended with its organisation counts, where that went on in another and nothing came after it: the
    successor has only not recorded the person yet.
    """
    known = Membership.objects.current().filter(role=role)
    went_on = OrganisationSuccession.objects.filter(
        predecessor=OuterRef("organisation"), on=OuterRef("valid_until") + dt.timedelta(days=1)
    )
    later = known.filter(user=OuterRef("user"), valid_from__gt=OuterRef("valid_until"))
    lasts = Q(valid_until=None) | Q(valid_until__gte=on)
    return known.filter(lasts | Q(Exists(went_on)) & ~Exists(later))


def last_belonging(person: User, *, before: dt.date) -> Membership | None:
    """The employment, else the schooling, that a person no longer has on a day."""
    for role in (Role.EMPLOYEE, Role.ASPIRANT):
        if still_belonging(role, on=before).filter(user=person).exists():
            continue
        ended = person.memberships.current().filter(role=role, valid_until__lt=before)
        if last := ended.select_related("organisation").order_by("valid_until").last():
            membership: Membership = last
            return membership
    return None


def display_name(person: User) -> str:
    return person.get_full_name()


def is_national_number(text: str) -> bool:
    """Whether it is built like one: eleven digits, of which the last two check the others."""
    if not (len(text) == 11 and text.isascii() and text.isdigit()):
        return False
    number, check = int(text[:9]), int(text[9:])
    # Who was born from 2000 on has a 2 before the number that is checked.
    return check in (97 - number % 97, 97 - (number + 2_000_000_000) % 97)


def must_have_factor(person: User) -> bool:
    """Whether a role of today asks for a second factor; who may open the administration counts as one."""
    required = [Role(role) for role in settings.MFA_REQUIRED_ROLES]
    if not required:
        return False
    return (person.is_staff and Role.ADMINISTRATOR in required) or person.has_role(*required)


def has_factor(person: User, *, but: int | None = None) -> bool:
    """Whether there is a second factor, leaving one out."""
    return factors_of(person).exclude(pk=but).exists()


def lacks_factor(person: User) -> bool:
    """Of who signed in: ``people.backends`` read along with the account whether they have one."""
    return must_have_factor(person) and not person.has_factor


# Who acts on behalf of whom: HR for the staff of its organisation, a coordinator for the school's aspirants.
ACTS_FOR = {Role.HR: Role.EMPLOYEE, Role.COORDINATOR: Role.ASPIRANT}


def organisation_in_common(user: User, person: User, *, role: Role) -> Organisation | None:
    """For which organisation somebody acts on a person's behalf today, in a role; None if they may not."""
    if user == person:
        return None
    own = {held.organisation_id for held in user.memberships_today if held.role == role}
    belongs_to = (held for held in person.memberships_today if held.role == ACTS_FOR[role])
    return next((held.organisation for held in belongs_to if held.organisation_id in own), None)


def roles_to_act_for(user: User, person: User) -> list[Role]:
    """As what somebody may act on a person's behalf today."""
    return [role for role in ACTS_FOR if organisation_in_common(user, person, role=role)]


# Who says yes or no to an enrolment in an organisation's name.
APPROVING = (Role.APPROVER, Role.DEPUTY_APPROVER)


@dataclass(frozen=True)
class Deciders:
    """Who decides in an organisation's name, by their ids; nobody decides about themselves."""

    approvers: frozenset[int] = frozenset()
    deputies: frozenset[int] = frozenset()
    hr: frozenset[int] = frozenset()

    def asked_first_about(self, person_id: int) -> frozenset[int]:
        """Approvers, else their deputies, else HR."""
        for group in (self.approvers, self.deputies):
            if others := group - {person_id}:
                return others
        return self.hr - {person_id}

    def about(self, person_id: int) -> frozenset[int]:
        """All who may decide: approvers and deputies, and HR where there are neither."""
        return (self.approvers | self.deputies) - {person_id} or self.hr - {person_id}


def deciders_of(organisation_ids: Collection[int], *, on: dt.date) -> dict[int, Deciders]:
    """The deciders of organisations on a day; each of the ids has an entry."""
    roles = (Role.APPROVER, Role.DEPUTY_APPROVER, Role.HR)
    held = Membership.objects.current(on=on).filter(organisation__in=organisation_ids, role__in=roles)
    people: dict[tuple[int, str], set[int]] = defaultdict(set)
    for organisation, role, person in held.filter(user__is_active=True).values_list(
        "organisation_id", "role", "user_id"
    ):
        people[organisation, role].add(person)
    return {each: Deciders(*(frozenset(people[each, role]) for role in roles)) for each in organisation_ids}


# Longer than that nobody should keep a role unasked.
LONGEST_ROLE = dt.timedelta(days=5 * 366)
# What HR and coordinators give and end; greater roles are the administrator's to give.
COMMON_ROLES = (Role.EMPLOYEE, Role.ASPIRANT, Role.TRAINER, *APPROVING)


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


def class_scope(user: User, school: Organisation) -> RoleScope:
    """Whom a list of a school's classes may hold: its coordinators place people there, and nowhere else."""
    coordinated = {m.organisation_id for m in user.memberships_today if m.role == Role.COORDINATOR}
    return RoleScope(COMMON_ROLES, frozenset(coordinated & {school.pk}), codes=school.code)


class Dated(Protocol):
    """What holds from one day to another, both inclusive; without a last day, until further notice."""

    valid_from: dt.date
    valid_until: dt.date | None


def holds_on(dated: Dated, day: dt.date) -> bool:
    return dated.valid_from <= day and (dated.valid_until is None or day <= dated.valid_until)


def with_predecessors(organisations: Collection[int]) -> set[int]:
    """These organisations and all that went on in them."""
    return reached(organisations, OrganisationSuccession.objects.values_list("successor", "predecessor"))


def with_successors(organisations: Collection[int]) -> set[int]:
    """These organisations and all in which they went on."""
    return reached(organisations, OrganisationSuccession.objects.values_list("predecessor", "successor"))


def reached(start: Collection[int], steps: Iterable[tuple[int, int]]) -> set[int]:
    """Where one comes from a start in any number of steps, the start included."""
    pairs, found = list(steps), set(start)
    while more := {after for before, after in pairs if before in found} - found:
        found |= more
    return found
