"""Where a part that somebody missed can be made up for: in a later meeting of it, in another session."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db.models import OuterRef, Q

from core.counting import RowCount
from courses.enums import SessionStatus
from courses.models import Meeting, MeetingStaff, Part, Session
from courses.querysets.sessions import at_the_time_of
from courses.rules import part_covered
from enrolment.errors import AnotherPart, AnotherText, EnrolmentRefused, NoSeatToSpare
from enrolment.models import Enrolment, Seat
from enrolment.rules import enrolment_refusal, overlap
from people.models import User
from people.rules import Affiliated, affiliated_by


def make_up_refusal(
    enrolment: Enrolment,
    meeting: Meeting,
    affiliated: Affiliated,
    *,
    open_to: Iterable[int],
    gives_it: bool,
    waiting: int,
    at: dt.datetime,
) -> EnrolmentRefused | None:
    """Why a part can't be made up for in a meeting at an instant, overlaps apart; None if it can.

    The rules of the other session hold as for whoever enrols in it. ``waiting``: how many do for that.
    """
    session = meeting.session
    if covered_by(meeting, enrolment) is None:
        return AnotherPart()
    refusal = enrolment_refusal(session, affiliated, open_to=open_to, gives_it=gives_it, at=at)
    if refusal:
        return refusal
    if session.version.consent_required and session.version_id != enrolment.consented_to_id:
        return AnotherText()
    return None if _has_seat_to_spare(meeting, waiting) else NoSeatToSpare()


def covered_by(meeting: Meeting, enrolment: Enrolment) -> Part | None:
    """The part of what somebody enrolled in that a meeting of another session can replace.

    A workshop of a programme is never made up for: its edition counts what was attended.
    """
    own, other = enrolment.session, meeting.session
    if own == other or own.version.course_id != other.version.course_id or other.programme_id:
        return None
    return part_covered(own.version, meeting.part)


def dates_to_make_up(enrolment: Enrolment, part: Part, *, at: dt.datetime) -> list[Meeting]:
    """The meetings in which a missed part can be made up for, the next one first; a seat is free in each.

    Also those at whose time the person is elsewhere: to others their absence would tell what they do then.
    """
    affiliated = affiliated_by(enrolment.learner.memberships_today)
    sessions = Session.objects.enrollable(
        organisations=affiliated.organisations, aspirants=affiliated.is_aspirant, at=at
    )
    queued = Enrolment.objects.queued().filter(session=OuterRef("session"))
    meetings = (
        Meeting.objects.filter(
            session__in=sessions.filter(version__course=enrolment.session.version.course_id)
        )
        .select_related("session__version__course", "session__programme")
        .annotate(waiting=RowCount(queued))
        .order_by("starts_at", "id")
    )
    return [
        meeting
        for meeting in meetings
        if covered_by(meeting, enrolment) == part
        and not make_up_refusal(
            enrolment, meeting, affiliated, open_to=(), gives_it=False, waiting=meeting.waiting, at=at
        )
    ]


def when_free(person: User, meetings: Sequence[Meeting]) -> list[Meeting]:
    """Those at whose time a person neither follows nor gives anything, and of whose session they have no part
    yet; for themselves alone.
    """
    sessions = {meeting.session_id for meeting in meetings}
    seats = Seat.objects.overlapping(meetings).filter(enrolment__learner=person).select_related("meeting")
    given = (
        MeetingStaff.objects.standing()
        .filter(at_the_time_of(meetings) | Q(meeting__session__in=sessions), person=person)
        .exclude(meeting__session__status=SessionStatus.CANCELLED)
        .select_related("meeting")
    )
    busy = [row.meeting for row in (*seats, *given)]
    active = Enrolment.objects.active().filter(learner=person, session__in=sessions)
    own = {row.meeting.session_id for row in given} | set(active.values_list("session_id", flat=True))
    return [each for each in meetings if each.session_id not in own and not overlap([each], busy)]


def _has_seat_to_spare(meeting: Meeting, waiting: int) -> bool:
    """A free seat that nobody who waits for the whole session could need."""
    return meeting.seats_left is None or meeting.seats_left > waiting
