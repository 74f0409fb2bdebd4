"""Who has a seat, who waits for one, and the learning record."""

from enrolment.models.audits import AuditRun
from enrolment.models.enrolments import AccessibilityRequest, Affiliation, Departure, Enrolment, Offer
from enrolment.models.records import Completion, HistoryFile, PastParticipation
from enrolment.models.seats import Seat, SeatPool
from enrolment.models.wishes import Interest, PrerequisiteException

__all__ = [
    "AccessibilityRequest",
    "Affiliation",
    "AuditRun",
    "Completion",
    "Departure",
    "Enrolment",
    "HistoryFile",
    "Interest",
    "Offer",
    "PastParticipation",
    "PrerequisiteException",
    "Seat",
    "SeatPool",
]
