"""People and completions, in as few words as a test of figures needs."""

import datetime as dt
from typing import Any

from courses.enums import Audience
from courses.models import CourseVersion
from enrolment.enums import CompletionSource
from enrolment.models import Completion
from enrolment.services.completions import record_completion
from people.enums import Cadre, Role
from people.models import Organisation, User
from tests.factories import MembershipFactory, UserFactory, make_version


def make_training(slug: str = "hpm", **fields: Any) -> CourseVersion:
    fields = {"title_en": slug.upper(), "audiences": [Audience.ALL_STAFF, Audience.ASPIRANT]} | fields
    return make_version(course__slug=slug, **fields)


def employ(
    zone: Organisation,
    number: int = 1,
    *,
    cadre: Cadre = Cadre.OPERATIONAL,
    since: dt.date = dt.date(2020, 1, 1),
    until: dt.date | None = None,
) -> list[User]:
    people: list[User] = UserFactory.create_batch(number)
    for person in people:
        MembershipFactory.create(
            user=person, organisation=zone, cadre=cadre, valid_from=since, valid_until=until
        )
    return people


def school(people: list[User], academy: Organisation, *, since: dt.date) -> None:
    for person in people:
        MembershipFactory.create(user=person, organisation=academy, role=Role.ASPIRANT, valid_from=since)


def complete(
    people: list[User], version: CourseVersion, day: dt.date = dt.date(2026, 3, 2)
) -> list[Completion]:
    return [
        record_completion(
            person=person,
            version=version,
            completed_on=day,
            sessions=[],
            source=CompletionSource.IMPORT,
            actor=None,
        )
        for person in people
    ]
