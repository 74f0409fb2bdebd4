"""Small named predicates about rosters and marks, used by pages and services alike."""

import datetime as dt
from collections.abc import Collection, Iterable

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from attendance.enums import MarkState
from attendance.errors import NotOnOffer, NotOpenYet, NotOverYet, NotPublished, RosterClosed
from core.errors import DomainError
from core.time import brussels_day
from courses.enums import StaffRole
from courses.models import CourseVersion, Meeting, Part, Programme, Session
from courses.rules import part_covered
from people.enums import Role
from people.models import User

# By then the rest is too long ago to be completed by one part.
MADE_UP_WITHIN = dt.timedelta(days=365)
# What is asked of trainers: later, nobody remembers who was there.
CLOSE_WITHIN = dt.timedelta(hours=48)


def staff_role(user: User, meeting: Meeting) -> str | None:
    """As what a person gives a meeting; None when they don't, didn't accept, or are no trainer any more.

    A roster holds names: it is shown for as long as the role of trainer lasts, not for ever.
    """
    if not user.has_role(Role.TRAINER):
        return None
    own = (staff for staff in meeting.staff.all() if staff.person_id == user.pk)
    return next((staff.role for staff in own if staff.is_accepted), None)


def can_see_roster(user: User, session: Session) -> bool:
    """Who gives one of the parts sees who is in the session; nobody else does."""
    return any(staff_role(user, meeting) for meeting in session.meetings.all())


def can_mark(user: User, meeting: Meeting) -> bool:
    """Trainers and assistants of the meeting both stand in the room and mark."""
    return staff_role(user, meeting) is not None


def can_close(user: User, meeting: Meeting) -> bool:
    """Closing and correcting decide about learning records: the trainers of the meeting only."""
    return staff_role(user, meeting) == StaffRole.TRAINER


def can_admit(user: User, meeting: Meeting) -> bool:
    """Who decides at the door: a seat is given, so the trainers of the meeting only."""
    return can_close(user, meeting)


def is_closed(meeting: Meeting) -> bool:
    # A roster gets its row when it is closed.
    roster = getattr(meeting, "roster", None)
    return roster is not None and roster.closed_at is not None


def refusal_to_mark(meeting: Meeting, *, at: dt.datetime) -> DomainError | None:
    """Why nobody can mark this meeting at an instant; None when those who give it can.

    A roster opens on the Brussels day of its meeting and stays open until it is closed.
    """
    if not meeting.session.is_published:
        return NotPublished()
    if brussels_day(at) < meeting.local_date:
        day = date_format(meeting.local_date)
        return NotOpenYet(_("You can mark from the day itself: %(day)s.") % {"day": day})
    if is_closed(meeting):
        return RosterClosed()
    return None


def is_close_overdue(meeting: Meeting, *, at: dt.datetime) -> bool:
    """Whether the roster should have been closed by now."""
    return not is_closed(meeting) and at > meeting.ends_at + CLOSE_WITHIN


def meeting_to_open(user: User, session: Session, *, at: dt.datetime) -> Meeting:
    """Of what a person gives in a session: what is on or comes next, else what is still to close."""
    given = [meeting for meeting in session.meetings.all() if can_mark(user, meeting)]
    still_open = [meeting for meeting in given if not is_closed(meeting)]
    not_over = [meeting for meeting in still_open if meeting.ends_at > at]
    return (not_over or still_open or given)[0]


def states_for(version: CourseVersion) -> list[MarkState]:
    """What can be chosen: "ended early" exists only where leaving early is nobody's fault."""
    return [state for state in MarkState if state != MarkState.ENDED_EARLY or version.early_exit_allowed]


def counts_as_attended(state: str, version: CourseVersion) -> bool:
    """Present and late count in full, and so does an early exit where it is allowed."""
    if state == MarkState.ENDED_EARLY:
        return version.early_exit_allowed
    return state in {MarkState.PRESENT, MarkState.LATE}


def programme_minutes(version: CourseVersion, workshops: Iterable[CourseVersion]) -> int:
    """What a programme counts for these workshops: the sum of their minutes, where both are training."""
    if not version.counts_as_training:
        return 0
    return sum(workshop.minutes or 0 for workshop in workshops if workshop.counts_as_training)


def refusal_to_close(
    programme: Programme, sessions: Iterable[Session], *, at: dt.datetime
) -> DomainError | None:
    """Why an edition can't be closed at an instant; None from its last day and its last workshop on."""
    if not programme.is_published:
        return NotOnOffer()
    ends = [session.ends_at for session in sessions if session.is_published and session.ends_at]
    if brussels_day(at) < programme.ends_on or any(end > at for end in ends):
        day = date_format(programme.ends_on)
        return NotOverYet(_("You can close it on %(day)s, once the last workshop is over.") % {"day": day})
    return None


def parts_to_make_up(meetings: Iterable[Meeting], settled: Collection[int]) -> list[Part]:
    """The required parts of a session that somebody missed and has no other date for.

    ``settled``: the places of those that they attended or that are still to come. None where that is none of
    them: who followed nothing of it enrols anew.
    """
    required = [meeting.part for meeting in meetings if not meeting.part.optional]
    missed = [part for part in required if part.position not in settled]
    return missed if len(missed) < len(required) else []


def day_of_completion(version: CourseVersion, attended: Iterable[Meeting]) -> dt.date | None:
    """The Brussels day on which the last required part was attended; None while one is missing."""
    ends: dict[int, dt.datetime] = {}
    for meeting in attended:
        if part := part_covered(version, meeting.part):
            ends[part.pk] = min(meeting.ends_at, ends.get(part.pk, meeting.ends_at))
    required = {part.pk for part in version.required_parts}
    if not required or not required <= ends.keys():
        return None
    return brussels_day(max(ends[part] for part in required))
