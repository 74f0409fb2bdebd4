"""Whose figures a person may see, and whether the rows under them too."""

import datetime as dt
from dataclasses import dataclass, replace

from courses.enums import Audience
from courses.models import CourseVersion
from courses.rules import mandatory_for
from people.enums import Role
from people.models import Organisation, User
from people.rules import RoleScope, role_scope

# Who sees figures of their organisation; who is more than one of them there sees them as the first.
ROLES = (Role.HR, Role.CHIEF, Role.COORDINATOR)


@dataclass(frozen=True)
class View:
    """The figures of an organisation, as seen in a role."""

    organisation: Organisation
    role: Role

    @property
    def is_of_school(self) -> bool:
        """A coordinator asks about a school's aspirants, the others about an employer's staff."""
        return self.role == Role.COORDINATOR

    @property
    def belonging(self) -> Role:
        """What a person is to the organisation who belongs to these figures."""
        return Role.ASPIRANT if self.is_of_school else Role.EMPLOYEE

    def sees_rows(self, version: CourseVersion, *, on: dt.date) -> bool:
        """Whether this viewer may read who of today's people completed a course that isn't sensitive.

        HR may for its own people, an academy for what is mandatory for its aspirants, a chief never.
        """
        if self.role == Role.COORDINATOR:
            return mandatory_for(version, {Audience.ALL_STAFF, Audience.ASPIRANT}, on=on)
        return self.role == Role.HR


def views_of(user: User) -> list[View]:
    """One for each organisation whose figures a person may see, in the order of their names."""
    views: dict[int, View] = {}
    for role in ROLES:
        for membership in user.memberships_today:
            if membership.role == role:
                views.setdefault(membership.organisation_id, View(membership.organisation, role))
    return sorted(views.values(), key=lambda view: str(view.organisation.name))


def employers_as_hr(user: User) -> list[int]:
    """The organisations of which somebody is the HR, whose people they may search and read."""
    return [m.organisation_id for m in user.memberships_today if m.role == Role.HR]


def headcount_scope(user: User) -> RoleScope:
    """Whose headcounts somebody brings in: HR its own organisation's, an administrator any."""
    scope = role_scope(user)
    return scope if scope.everywhere else replace(scope, own=frozenset(employers_as_hr(user)))
