"""What the platform knows of the organisations and people that a list speaks of."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db.models.functions import Lower

from people.enums import OrganisationKind, Role
from people.models import Membership, Organisation, OrganisationSuccession, Profile, User
from people.staff_files.problems import Problem


@dataclass(frozen=True)
class Place:
    """An organisation, and what a row that names it today is told."""

    pk: int
    is_school: bool
    problem: tuple[Problem, str] | None


@dataclass
class Known:
    """A person as stored: what they are today by role, and whether they are more than that."""

    profile: Profile
    employers: list[Membership] = field(default_factory=list)
    schools: list[Membership] = field(default_factory=list)
    has_other_roles: bool = False

    @property
    def user(self) -> User:
        return self.profile.user

    @property
    def said(self) -> dict[str, str]:
        """What a list says of a person, under the names of the fields that keep it."""
        return {
            "last_name": self.profile.last_name,
            "first_name": self.profile.first_name,
            "email": self.user.email or "",
            "administrative_language": self.profile.administrative_language,
        }

    @property
    def has_account_to_guard(self) -> bool:
        """Whoever changes the address of such an account could sign in as its owner."""
        user = self.user
        used = user.has_usable_password() or user.last_login is not None
        return used or user.is_staff or user.is_superuser or self.has_other_roles


def places(*, on: dt.date) -> dict[str, Place]:
    """All organisations by code."""
    successors = defaultdict(list)
    for succession in OrganisationSuccession.objects.select_related("successor").order_by("successor__code"):
        successors[succession.predecessor_id].append(succession.successor.code)
    return {
        organisation.code: Place(
            pk=organisation.pk,
            is_school=organisation.kind == OrganisationKind.SCHOOL,
            problem=_standing(organisation, successors[organisation.pk], on),
        )
        for organisation in Organisation.objects.all()
    }


def _standing(organisation: Organisation, successors: list[str], on: dt.date) -> tuple[Problem, str] | None:
    has_ended = organisation.valid_until is not None and organisation.valid_until < on
    if has_ended and successors:
        return Problem.EXPIRED_ORGANISATION, ", ".join(successors)
    if has_ended or organisation.valid_from > on:
        return Problem.ENDED_ORGANISATION, ""
    return None


def known_people(staff_numbers: Collection[str], *, on: dt.date) -> dict[str, Known]:
    """The people with these staff numbers."""
    profiles = Profile.objects.filter(staff_number__in=staff_numbers).select_related("user")
    known = {profile.user_id: Known(profile) for profile in profiles}
    memberships = Membership.objects.current().filter(user__in=known).order_by("valid_from", "id")
    for membership in memberships:
        person = known[membership.user_id]
        if membership.role not in (Role.EMPLOYEE, Role.ASPIRANT, Role.TRAINER):
            person.has_other_roles = True
        elif membership.holds_on(on):
            if membership.role == Role.EMPLOYEE:
                person.employers.append(membership)
            elif membership.role == Role.ASPIRANT:
                person.schools.append(membership)
    return {person.profile.staff_number or "": person for person in known.values()}


def owners_of(emails: Iterable[str]) -> dict[str, int]:
    """Whose the addresses are, by address in lower case."""
    users = User.objects.annotate(lower=Lower("email")).filter(lower__in=[email for email in emails if email])
    return {str(lower): pk for lower, pk in users.values_list("lower", "pk")}
