"""What the catalogue says, kept in memory and true at every request: texts, rules, places; never a seat."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from core.prepared import prepared, value_of
from courses.models import (
    Course,
    CourseVersion,
    Equivalence,
    MandatoryAudience,
    Meeting,
    Part,
    Prerequisite,
    Provider,
    Session,
    Venue,
)

KEPT = (Course, CourseVersion, Equivalence, MandatoryAudience, Part, Prerequisite, Provider, Venue)
# PostgreSQL writes a changed row anew: its place (ctid) and who wrote it (xmin) tell it from every earlier
# one, whoever changed it and how. The sum asks for no order.
FINGERPRINT = "(SELECT md5(concat_ws(' ', {})))".format(
    ", ".join(
        f"(SELECT count(*) || ':' || sum(hashtextextended(ctid || '.' || xmin, 0)) FROM {table})"  # noqa: S608
        for table in (model._meta.db_table for model in KEPT)
    )
)

# What a row names by its key is put in as reading it along does, without the checks of an assignment.
SET_VERSION = Session._meta.get_field("version").set_cached_value
SET_PART = Meeting._meta.get_field("part").set_cached_value
SET_VENUE = Meeting._meta.get_field("venue").set_cached_value


@dataclass(frozen=True)
class Library:
    """All that is kept, as it was at a fingerprint; whoever reads it changes nothing in it."""

    fingerprint: str
    versions: dict[int, CourseVersion]
    # Those with a version to show, in their order.
    courses: dict[int, Course]
    venues: dict[int, Venue]
    parts: dict[int, Part]

    def version_of(self, course: Course) -> CourseVersion:
        """What a course that is listed says now."""
        return self.versions[cast(int, course.current_version_id)]


_held: Library | None = None


def furnish(sessions: Sequence[Session]) -> Library:
    """Give sessions their version and their meetings, these with part and venue; answers with the library.

    That is read with the meetings or after them: else one might have a venue, or a part, that is newer.
    """
    meetings: dict[int, list[Meeting]] = defaultdict(list)
    fingerprint = ""
    for meeting in _meetings(sessions=[session.pk for session in sessions]) if sessions else ():
        meetings[meeting.session_id].append(meeting)
        fingerprint = meeting.fingerprint
    kept = _as_of(fingerprint) if fingerprint else library()
    for session in sessions:
        SET_VERSION(session, kept.versions[session.version_id])
        for meeting in meetings[session.pk]:
            SET_PART(meeting, kept.parts[meeting.part_id])
            SET_VENUE(meeting, kept.venues[meeting.venue_id])
        session.schedule = meetings[session.pk]
    return kept


@prepared
def _meetings(*, sessions: list[int]) -> "QuerySet[Meeting]":
    """With the ``fingerprint`` of the catalogue at that moment: one question less."""
    meetings: Any = Meeting.objects.select_related(None).filter(session__in=sessions)
    told: QuerySet[Meeting] = meetings.annotate(fingerprint=RawSQL(FINGERPRINT, []))  # noqa: S611
    return told


def library() -> Library:
    """The catalogue as the database says it now; read anew as soon as anything in it changed."""
    return _as_of(str(value_of(f"SELECT {FINGERPRINT}")))


def _as_of(fingerprint: str) -> Library:
    global _held
    held = _held
    if held is None or held.fingerprint != fingerprint:
        # If something changes in between, this is newer than its fingerprint: the next request reads anew.
        held = _held = _read(fingerprint)
    return held


def _read(fingerprint: str) -> Library:
    courses = list(Course.objects.listed().select_related("provider"))
    # Read after the courses, whose versions are then all among them.
    versions = CourseVersion.objects.select_related("course__provider").prefetch_related(
        "parts", "mandatory_for", "prerequisites"
    )
    by_id = {version.pk: version for version in versions}
    for course in courses:
        version = by_id[cast(int, course.current_version_id)]
        course.current_version, version.course = version, course
    return Library(
        fingerprint=fingerprint,
        versions=by_id,
        courses={course.pk: course for course in courses},
        venues={venue.pk: venue for venue in Venue.objects.all()},
        parts={part.pk: part for version in by_id.values() for part in version.parts.all()},
    )
