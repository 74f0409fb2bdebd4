"""Reads of sessions, with how many people are in them and who gives them."""

from django.db.models import F, Prefetch

from core.counting import number_of
from courses.models import Meeting, MeetingStaff, Session
from courses.querysets.sessions import SessionQuerySet
from courses.staffing import with_staff_counts
from enrolment.enums import EnrolmentStatus


def as_managers_see(sessions: SessionQuerySet) -> SessionQuerySet:
    """With whom the meetings lack, the version's rules, and how many are ``seated`` and ``waiting``."""
    meetings = Prefetch("meetings", with_staff_counts(Meeting.objects.all()))
    seen: SessionQuerySet = (
        sessions.with_rules()
        .select_related("programme")
        .prefetch_related(meetings)
        .annotate(
            seated=number_of(Session, "enrolments", status=EnrolmentStatus.CONFIRMED),
            waiting=number_of(Session, "enrolments", status=EnrolmentStatus.QUEUED),
        )
    )
    return seen


def with_too_few(sessions: SessionQuerySet) -> SessionQuerySet:
    """Those in which fewer people have a seat than they need."""
    seated = number_of(Session, "enrolments", status=EnrolmentStatus.CONFIRMED)
    few: SessionQuerySet = sessions.annotate(seated=seated).filter(seated__lt=F("min_participants"))
    return few


def with_names_of_staff(sessions: SessionQuerySet) -> SessionQuerySet:
    """With who was asked to give their meetings, and what they answered."""
    staff = Prefetch("meetings__staff", MeetingStaff.objects.select_related("person__profile"))
    named: SessionQuerySet = sessions.prefetch_related(staff)
    return named
