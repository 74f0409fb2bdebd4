"""Which rules keep a session a draft, for whom a course is mandatory, and what lists cost."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from courses.enums import Audience, Obligation, Topic
from courses.library import library
from courses.models import Course, CourseVersion, MandatoryAudience, Prerequisite
from courses.rules import mandatory_for, unenforced_rules
from tests.factories import CourseFactory, CourseVersionFactory, PartFactory, make_version

pytestmark = pytest.mark.django_db

DAY = dt.date(2027, 1, 1)


def require_another(version: CourseVersion) -> None:
    Prerequisite.objects.create(version=version, course=CourseFactory.create())


def recommend_another(version: CourseVersion) -> None:
    Prerequisite.objects.create(version=version, course=CourseFactory.create(), required=False)


def join_programme(version: CourseVersion) -> None:
    version.course.programme = CourseFactory.create(kind="programme")


def forget_length(version: CourseVersion) -> None:
    version.parts.update(minutes=None)


def add_optional_part_of_unknown_length(version: CourseVersion) -> None:
    PartFactory.create(version=version, position=9, minutes=None, optional=True)


def set_to(**fields: object) -> Callable[[CourseVersion], None]:
    def change(version: CourseVersion) -> None:
        for name, value in fields.items():
            setattr(version, name, value)

    return change


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        (set_to(), []),
        (set_to(approval_required=True), []),
        (set_to(consent_required=True), []),
        (require_another, []),
        (recommend_another, []),
        (set_to(members_only=True), ["it is for members only"]),
        (set_to(min_assistants=1), []),
        (join_programme, []),
        (set_to(obligation=Obligation.DESIGNATED), ["it is mandatory for people who are designated"]),
        (set_to(obligation=Obligation.ZONE_DECIDES), []),
        (forget_length, ["the length of a part is to be confirmed"]),
        (add_optional_part_of_unknown_length, []),
    ],
)
def test_rules_that_the_platform_does_not_enforce_yet(
    change: Callable[[CourseVersion], None], rules: list[str]
) -> None:
    version = make_version()
    change(version)

    assert [str(rule) for rule in unenforced_rules(version)] == rules


@pytest.mark.parametrize(
    ("valid_from", "audiences", "is_mandatory"),
    [
        (None, {Audience.ASPIRANT}, True),
        (DAY, {Audience.ASPIRANT}, True),
        (DAY + dt.timedelta(days=1), {Audience.ASPIRANT}, False),
        (None, {Audience.ALL_STAFF, Audience.CALOG}, False),
        (None, set(), False),
    ],
)
def test_a_course_is_mandatory_for_an_audience_from_a_day(
    valid_from: dt.date | None, audiences: set[Audience], is_mandatory: bool
) -> None:
    version = make_version()
    MandatoryAudience.objects.create(version=version, audience=Audience.ASPIRANT, valid_from=valid_from)

    assert mandatory_for(version, audiences, on=DAY) is is_mandatory


def test_what_is_always_voluntary_is_mandatory_for_nobody_whatever_is_recorded() -> None:
    version = make_version(obligation=Obligation.NEVER_MANDATORY)
    MandatoryAudience.objects.create(version=version, audience=Audience.ASPIRANT)

    assert not mandatory_for(version, {Audience.ASPIRANT}, on=DAY)


def test_the_database_keeps_a_course_that_asks_for_consent_voluntary() -> None:
    version = make_version(asking_consent=True)

    with pytest.raises(IntegrityError, match="consent_is_voluntary"), transaction.atomic():
        CourseVersion.objects.filter(pk=version.pk).update(obligation=Obligation.VOLUNTARY)


def test_filters_by_topic_and_audience() -> None:
    staff = make_version(course__topic=Topic.PROFILING, audiences=[Audience.ALL_STAFF]).course
    field = make_version(course__topic=Topic.PREJUDICE, audiences=[Audience.OPERATIONAL]).course
    aspirants = make_version(course__topic=Topic.PREJUDICE, audiences=[Audience.ASPIRANT]).course

    assert set(Course.objects.about(Topic.PREJUDICE)) == {field, aspirants}
    assert set(Course.objects.for_audience(Audience.OPERATIONAL)) == {staff, field}
    assert set(Course.objects.for_audience(Audience.CALOG)) == {staff}
    assert set(Course.objects.for_audience(Audience.ASPIRANT)) == {aspirants}


@pytest.mark.parametrize("courses", [1, 30])
def test_the_texts_of_a_list_cost_the_same_for_one_and_for_many(
    courses: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    CourseFactory.create()  # without a version: not listed
    for version in CourseVersionFactory.create_batch(courses):
        MandatoryAudience.objects.create(version=version, audience=Audience.ASPIRANT)
        Prerequisite.objects.create(
            version=version, course=CourseVersionFactory.create(course=CourseFactory.create()).course
        )

    with django_assert_num_queries(8):
        kept = library()
        shown = [
            (
                course.current_version.title,
                course.provider.name,
                course.current_version.minutes,
                mandatory_for(kept.version_of(course), {Audience.ASPIRANT}, on=DAY),
                [row.course.current_version.title for row in course.current_version.prerequisites.all()],
            )
            for course in kept.courses.values()
        ]

    assert len(shown) == 2 * courses
