"""Schools, classes and tracks, in as few words as a test needs."""

import datetime as dt
from typing import Any

from core.time import today
from courses.models import Course, CourseVersion, Step, Track
from enrolment.enums import CompletionSource
from enrolment.models import Completion
from enrolment.services.completions import record_completion
from people.enums import OrganisationKind, Role
from people.models import Organisation, User
from tests.factories import (
    OrganisationFactory,
    in_four_languages,
    make_aspirant,
    make_person_with,
    make_version,
)
from tracks.models import Assignment, Cohort
from tracks.services.assignments import assign_to_class


def make_school(**fields: Any) -> Organisation:
    school: Organisation = OrganisationFactory.create(kind=OrganisationKind.SCHOOL, **fields)
    return school


def make_coordinator(school: Organisation) -> User:
    return make_person_with(Role.COORDINATOR, organisation=school)


def make_class(
    school: Organisation,
    size: int = 0,
    *,
    name: str = "1A",
    starts_on: dt.date | None = None,
    ends_on: dt.date | None = None,
) -> Cohort:
    """A class that began a hundred days ago, with aspirants in it."""
    starts_on = starts_on or today() - dt.timedelta(days=100)
    cohort = Cohort.objects.create(school=school, name=name, starts_on=starts_on, ends_on=ends_on)
    for _ in range(size):
        join(cohort)
    return cohort


def join(cohort: Cohort, **fields: Any) -> User:
    """Somebody new in a class."""
    return make_aspirant(cohort.school, class_name=cohort.name, class_starts_on=cohort.starts_on, **fields)


def make_training(slug: str, **fields: Any) -> CourseVersion:
    return make_version(course__slug=slug, **{**in_four_languages("title", slug.upper()), **fields})


def make_track(*versions: CourseVersion, slug: str = "aspirant", **fields: Any) -> Track:
    """A track of these courses, in this order."""
    track: Track = Track.objects.create(slug=slug, **in_four_languages("title", slug.title()), **fields)
    for position, version in enumerate(versions, start=1):
        Step.objects.create(track=track, position=position, course=version.course)
    return track


def assign(track: Track, cohort: Cohort, *, due_in: int = 60, actor: User | None = None) -> Assignment:
    due_on = today() + dt.timedelta(days=due_in)
    actor = actor or make_coordinator(cohort.school)
    return assign_to_class(track=track, cohort=cohort, due_on=due_on, actor=actor)


def complete(person: User, version: CourseVersion, day: dt.date | None = None) -> Completion:
    return record_completion(
        person=person,
        version=version,
        completed_on=day or today(),
        sessions=[],
        source=CompletionSource.IMPORT,
        actor=None,
    )


def course(slug: str) -> Course:
    return Course.objects.get(slug=slug)
