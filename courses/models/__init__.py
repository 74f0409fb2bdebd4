"""What is on offer: courses and their versions, and the sessions in which they are given."""

from courses.models.courses import (
    Course,
    CourseVersion,
    MandatoryAudience,
    Part,
    Prerequisite,
    Provider,
)
from courses.models.programmes import Programme
from courses.models.sessions import Meeting, MeetingManager, MeetingStaff, Session, Venue

__all__ = [
    "Course",
    "CourseVersion",
    "MandatoryAudience",
    "Meeting",
    "MeetingManager",
    "MeetingStaff",
    "Part",
    "Prerequisite",
    "Programme",
    "Provider",
    "Session",
    "Venue",
]
