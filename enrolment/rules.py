"""Small named predicates about enrolments, used by pages, services and templates alike."""

import datetime as dt
from typing import Any

from people.enums import Role
from people.models import User


def affiliation_of(person: User, *, on: dt.date) -> dict[str, Any]:
    """Employer, school and cadre on a day, as the fields of ``Affiliation``."""
    employer = school = None
    cadre = ""
    for membership in person.memberships.current(on=on).of(Role.EMPLOYEE, Role.ASPIRANT):
        if membership.role == Role.EMPLOYEE:
            employer, cadre = membership.organisation_id, membership.cadre
        else:
            school = membership.organisation_id
    return {"employer_id": employer, "school_id": school, "cadre": cadre}
