"""What is on offer: courses and tracks of them, who may give them, and the sessions that are held."""

from courses.models.accreditations import Accreditation
from courses.models.courses import (
    Course,
    CourseVersion,
    Equivalence,
    LegalBasis,
    MandatoryAudience,
    Part,
    Prerequisite,
    Provider,
)
from courses.models.organisation_rules import OrganisationRule
from courses.models.programmes import Programme
from courses.models.sessions import Meeting, MeetingManager, MeetingStaff, Session, SessionDocument, Venue
from courses.models.tracks import Step, Track

__all__ = [
    "Accreditation",
    "Course",
    "CourseVersion",
    "Equivalence",
    "LegalBasis",
    "MandatoryAudience",
    "Meeting",
    "MeetingManager",
    "MeetingStaff",
    "OrganisationRule",
    "Part",
    "Prerequisite",
    "Programme",
    "Provider",
    "Session",
    "SessionDocument",
    "Step",
    "Track",
    "Venue",
]
