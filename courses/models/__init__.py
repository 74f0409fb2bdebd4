"""What is on offer: courses and their versions, who may give them, and the sessions that are held."""

from courses.models.accreditations import Accreditation
from courses.models.courses import (
    Course,
    CourseVersion,
    MandatoryAudience,
    Part,
    Prerequisite,
    Provider,
)
from courses.models.programmes import Programme
from courses.models.sessions import Meeting, MeetingManager, MeetingStaff, Session, SessionDocument, Venue

__all__ = [
    "Accreditation",
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
    "SessionDocument",
    "Venue",
]
