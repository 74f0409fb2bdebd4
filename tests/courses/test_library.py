"""What is kept of the catalogue is what the database says, whoever changed it and how."""

from collections.abc import Callable

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from courses.library import furnish, library
from courses.models import Course, CourseVersion, Meeting, Part, Session, Venue
from tests.factories import VenueFactory, make_session, make_version

pytestmark = pytest.mark.django_db


def test_nothing_is_read_again_while_nothing_changes(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    make_version(parts=2)
    kept = library()
    with django_assert_num_queries(1):
        assert library() is kept


def rename(version: CourseVersion) -> None:
    CourseVersion.objects.filter(pk=version.pk).update(title_nl="Anders")


def lengthen(version: CourseVersion) -> None:
    Part.objects.filter(version=version).update(minutes=7)


def by_hand(version: CourseVersion) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE courses_venue SET name = name")


def make_mandatory(version: CourseVersion) -> None:
    version.mandatory_for.create(audience="aspirant")


def unlist(version: CourseVersion) -> None:
    Course.objects.update(current_version=None)


@pytest.mark.parametrize("change", [rename, lengthen, by_hand, make_mandatory, unlist])
def test_any_change_is_seen_at_once(change: Callable[[CourseVersion], None]) -> None:
    version = make_version(parts=1)
    VenueFactory.create()
    before = library()
    change(version)
    after = library()
    assert after.fingerprint != before.fingerprint
    assert [str(v.title_nl) for v in after.versions.values()] == list(
        CourseVersion.objects.values_list("title_nl", flat=True)
    )
    assert list(after.courses) == list(Course.objects.listed().values_list("pk", flat=True))
    assert after.versions[version.pk].minutes == CourseVersion.objects.get().minutes


def test_two_changes_that_undo_each_other_are_two_changes() -> None:
    version = make_version(parts=1)
    seen = {library().fingerprint}
    for title in ("Anders", version.title_nl):
        CourseVersion.objects.update(title_nl=title)
        seen.add(library().fingerprint)
    assert len(seen) == 3
    Venue.objects.all().delete()


def test_sessions_get_what_is_kept_and_their_own_seats(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    session = make_session(version=make_version(parts=2), capacity=9)
    library()
    Meeting.objects.update(taken=4)
    with django_assert_num_queries(2):
        (furnished,) = Session.objects.all()
        furnish([furnished])
        said = [
            (str(meeting.part.title), meeting.venue.name, meeting.seats_left)
            for meeting in furnished.schedule
        ]
    assert said == [
        (str(meeting.part.title), meeting.venue.name, 5)
        for meeting in session.meetings.select_related("part")
    ]
    assert furnished.version == session.version


@pytest.mark.parametrize("meetings", [0, 2])
def test_what_was_renamed_since_is_said_of_sessions_by_its_new_name(meetings: int) -> None:
    session = make_session(version=make_version(parts=2))
    furnish([session])
    rename(session.version)
    if not meetings:
        session.meetings.all().delete()
    (renamed,) = Session.objects.all()
    furnish([renamed])
    assert (renamed.version.title_nl, len(renamed.schedule)) == ("Anders", meetings)
