"""What is on offer: courses and their versions, the sessions in which they are given, and tracks of them."""

from courses.models.courses import (
    Course,
    CourseVersion,
    LegalBasis,
    MandatoryAudience,
    Part,
    Prerequisite,
    Provider,
)
from courses.models.sessions import Meeting, MeetingManager, MeetingStaff, Session, Venue
from courses.models.tracks import Step, Track

__all__ = [
    "Course",
    "CourseVersion",
    "LegalBasis",
    "MandatoryAudience",
    "Meeting",
    "MeetingManager",
    "MeetingStaff",
    "Part",
    "Prerequisite",
    "Provider",
    "Session",
    "Step",
    "Track",
    "Venue",
]
