"""What the platform knows of the organisations and people that a list speaks of."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db.models.functions import Lower

from people.enums import OrganisationKind, Role
from people.models import Membership, Organisation, OrganisationSuccession, Profile, User
from people.rules import APPROVING, COMMON_ROLES, holds_on
from people.staff_files.problems import Problem


@dataclass(frozen=True)
class Place:
    """An organisation, and what a row that names it today is told."""

    pk: int
    is_school: bool
    language: str
    problem: tuple[Problem, str] | None


@dataclass(slots=True)
class Known:
    """A person as stored: what they are today by role, and whether they are more than that."""

    profile: Profile
    user: User
    employers: list[Membership] = field(default_factory=list)
    schools: list[Membership] = field(default_factory=list)
    # When each organisation first recorded a role of theirs.
    since: dict[int, dt.datetime] = field(default_factory=dict)
    has_greater_role: bool = False

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
        return used or user.is_staff or user.is_superuser or self.has_greater_role


def places(*, on: dt.date) -> dict[str, Place]:
    """All organisations by code, in small letters."""
    successors = defaultdict(list)
    for succession in OrganisationSuccession.objects.select_related("successor").order_by("successor__code"):
        successors[succession.predecessor_id].append(succession.successor.code)
    return {
        organisation.code.casefold(): Place(
            pk=organisation.pk,
            is_school=organisation.kind == OrganisationKind.SCHOOL,
            language=organisation.languages[0],
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
    known = {profile.user_id: Known(profile, profile.user) for profile in profiles}
    for membership in Membership.objects.filter(user__in=known).order_by("valid_from", "id"):
        person, recorded_at = known[membership.user_id], membership.recorded_at
        since = person.since.get(membership.organisation_id, recorded_at)
        person.since[membership.organisation_id] = min(since, recorded_at)
        if membership.superseded_at is not None:
            continue
        # Whoever approves reads by mail who asks for what: such an address is no matter for a list.
        if membership.role not in COMMON_ROLES or membership.role in APPROVING:
            person.has_greater_role = True
        elif holds_on(membership, on):
            if membership.role == Role.EMPLOYEE:
                person.employers.append(membership)
            elif membership.role == Role.ASPIRANT:
                person.schools.append(membership)
    return {person.profile.staff_number or "": person for person in known.values()}


def owners_of(emails: Iterable[str]) -> dict[str, int]:
    """Whose the addresses are, by address in lower case."""
    users = User.objects.annotate(lower=Lower("email")).filter(lower__in=[email for email in emails if email])
    return {str(lower): pk for lower, pk in users.values_list("lower", "pk")}
