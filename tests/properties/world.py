"""A small world in which much can go wrong: few seats, two sessions at one time, people who go first."""

import datetime as dt
from dataclasses import dataclass

from core.time import BRUSSELS
from courses.enums import Audience
from courses.models import Course, Prerequisite, Session
from enrolment.enums import CompletionSource
from enrolment.services.completions import record_completion
from people.enums import OrganisationKind, Role
from people.models import Organisation, User
from tests.factories import (
    OrganisationFactory,
    make_aspirant,
    make_employee,
    make_person_with,
    make_session,
    make_version,
)

# A Monday noon.
BEGINNING = dt.datetime(2026, 3, 2, 12, tzinfo=BRUSSELS)
PEOPLE = ["An", "Bo", "Cas", "Dee", "Eve", "Fin"]
ZONES = ["north", "south"]
# "far" and "strict" are at one time, and "later" is another date of "far"; "strict" asks for an approval, and
# is cancelled if nobody has a seat ten days before; in "near" aspirants go first, and something comes before
# it, which Dee alone lacks.
DAYS = {"far": 30, "later": 33, "strict": 30, "near": 9}
SESSIONS = list(DAYS)


@dataclass(frozen=True)
class World:
    people: dict[str, User]
    sessions: dict[str, Session]
    zones: dict[str, Organisation]
    hr: User
    manager: User
    # What comes before "near".
    basics: Course


def build_world() -> World:
    """Six people of two zones, two of them at school, and four sessions."""
    zones: dict[str, Organisation] = {name: OrganisationFactory.create() for name in ZONES}
    school = OrganisationFactory.create(kind=OrganisationKind.SCHOOL)
    north, south = zones.values()
    people = {
        "An": make_employee(zone=north),
        "Bo": make_employee(zone=north, language="fr"),
        "Cas": make_employee(zone=south),
        "Dee": make_employee(zone=south, language="fr"),
        "Eve": make_aspirant(school, zone=north),
        "Fin": make_aspirant(school, zone=south),
    }
    hr, manager = make_person_with(Role.HR), make_person_with(Role.CATALOGUE_MANAGER)
    basics, sessions = make_version(parts=1), _build_sessions()
    Prerequisite.objects.create(version=sessions["near"].version, course=basics.course)
    for name in set(people) - {"Dee"}:
        record_completion(
            person=people[name],
            version=basics,
            completed_on=BEGINNING.date(),
            sessions=[],
            source=CompletionSource.IMPORT,
            actor=None,
        )
    return World(people, sessions, zones, hr, manager, basics.course)


def _build_sessions() -> dict[str, Session]:
    far, strict, near = (
        make_version(parts=2),
        make_version(parts=1, approval_required=True),
        make_version(parts=1),
    )
    far.parts.filter(position=2).update(optional=True)
    near.mandatory_for.create(audience=Audience.ASPIRANT)
    after = {name: dt.timedelta(days=days) for name, days in DAYS.items()}
    sessions = {
        "far": make_session(version=far, capacity=2, starts_in=after["far"]),
        "later": make_session(version=far, capacity=1, starts_in=after["later"]),
        "strict": make_session(
            version=strict,
            capacity=1,
            starts_in=after["strict"],
            min_participants=1,
            decide_on=(BEGINNING + after["strict"]).date() - dt.timedelta(days=10),
            cancels_if_too_few=True,
        ),
        "near": make_session(version=near, capacity=1, starts_in=after["near"], mandatory_first=True),
    }
    sessions["far"].meetings.filter(part__optional=True).update(capacity=1)
    return sessions
