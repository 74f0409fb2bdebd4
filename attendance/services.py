"""Marking a roster, closing it, and correcting it afterwards.

Every write first locks the session of the meeting, as enrolment does: while it runs no seat is released,
nobody else marks, and the roster doesn't close.
"""

import datetime as dt
from collections import defaultdict

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attendance.enums import AmendmentReason, MarkState
from attendance.errors import (
    NotStarted,
    PeopleWithoutMark,
    RosterClosed,
    RosterStillOpen,
    SeatReleased,
    StateNotOffered,
)
from attendance.models import Mark, Roster
from attendance.querysets import Line, attendance_list, with_marks
from attendance.rules import (
    counts_as_attended,
    day_of_completion,
    is_closed,
    refusal_to_mark,
    states_for,
)
from core.models import AuditEntry
from core.time import BRUSSELS
from courses.models import Meeting, Session
from enrolment.enums import CompletionSource
from enrolment.models import Completion, Enrolment, Seat
from enrolment.querysets import EnrolmentQuerySet, SeatQuerySet
from enrolment.services.completions import record_completion, supersede_completion
from enrolment.services.locking import lock_session
from people.models import User


def read_roster(*, session: Session, meeting: Meeting, reader: User) -> list[Line]:
    """Who has a seat in which meeting of the session; of a sensitive course it is kept who looked."""
    if session.version.is_sensitive:
        AuditEntry.record(action="roster.read", subject=meeting, actor=reader)
    return attendance_list(Seat.objects.held().filter(meeting__session=session))


@transaction.atomic
def mark(*, seat: Seat, state: MarkState, actor: User) -> Mark:
    """Mark a person in an open roster; the same state again does nothing.

    Refuses when the roster isn't open, the course has no such state, or the seat was released.
    """
    meeting = _locked(seat.meeting)
    now = timezone.now()
    _refuse_unless_open(meeting, at=now)
    return _replace_mark(seat, meeting, state, actor, at=now)


@transaction.atomic
def clear_mark(*, seat: Seat, actor: User) -> None:
    """Take the mark of a person in an open roster away; without a mark it does nothing."""
    meeting = _locked(seat.meeting)
    now = timezone.now()
    _refuse_unless_open(meeting, at=now)
    if current := Mark.objects.current().filter(seat=seat).first():
        _supersede(current, at=now)
        AuditEntry.record(action="attendance.cleared", subject=current, actor=actor)


@transaction.atomic
def mark_rest(*, meeting: Meeting, state: MarkState, actor: User) -> int:
    """Mark everybody in an open roster who has no mark yet; returns how many there were."""
    meeting = _locked(meeting)
    now = timezone.now()
    _refuse_unless_open(meeting, at=now)
    _refuse_state(state, meeting)
    marks = Mark.objects.bulk_create(
        Mark(seat=seat, state=state, valid_from=meeting.local_date, recorded_at=now, recorded_by=actor)
        for seat in _without_mark(meeting)
    )
    if marks:
        ids = [mark.pk for mark in marks]
        AuditEntry.record(action="attendance.rest_marked", subject=meeting, actor=actor, marks=ids)
    return len(marks)


@transaction.atomic
def close_roster(*, meeting: Meeting, actor: User) -> Roster:
    """Close the roster, and record the completion of those who have now attended every required part.

    Closed before, it does nothing. Refuses before the start, and while somebody has no mark.
    """
    meeting = _locked(meeting)
    if is_closed(meeting):
        return meeting.roster
    now = timezone.now()
    _refuse_unless_open(meeting, at=now)
    _refuse_unless_complete(meeting, at=now)
    roster = Roster.objects.create(meeting=meeting, closed_at=now, closed_by=actor)
    AuditEntry.record(action="roster.closed", subject=roster, actor=actor)
    _settle(Enrolment.objects.filter(seats__in=_seats(meeting)), actor=actor)
    return roster


@transaction.atomic
def amend_mark(*, seat: Seat, state: MarkState, reason: AmendmentReason, actor: User) -> Mark:
    """Correct a mark of a closed roster, and with it the person's learning record.

    Refuses while the roster is still open, and as ``mark`` does.
    """
    meeting = _locked(seat.meeting)
    now = timezone.now()
    refusal = refusal_to_mark(meeting, at=now)
    if not isinstance(refusal, RosterClosed):
        raise refusal or RosterStillOpen()
    amended = _replace_mark(seat, meeting, state, actor, at=now, reason=reason)
    _settle(Enrolment.objects.filter(pk=seat.enrolment_id), actor=actor)
    return amended


def _locked(meeting: Meeting) -> Meeting:
    """The meeting as it is now, under the lock of its session."""
    lock_session(meeting.session_id)
    return Meeting.objects.select_related("session__version", "roster").get(pk=meeting.pk)


def _seats(meeting: Meeting) -> SeatQuerySet:
    return Seat.objects.held().filter(meeting=meeting)


def _without_mark(meeting: Meeting) -> "QuerySet[Seat]":
    return with_marks(_seats(meeting)).filter(state=None)


def _refuse_unless_open(meeting: Meeting, *, at: dt.datetime) -> None:
    if refusal := refusal_to_mark(meeting, at=at):
        raise refusal


def _refuse_state(state: MarkState, meeting: Meeting) -> None:
    if state not in states_for(meeting.session.version):
        raise StateNotOffered()


def _refuse_unless_complete(meeting: Meeting, *, at: dt.datetime) -> None:
    if at < meeting.starts_at:
        start = date_format(meeting.starts_at.astimezone(BRUSSELS), "H:i")
        raise NotStarted(_("This part starts at %(start)s: close the roster after that.") % {"start": start})
    if missing := _without_mark(meeting).count():
        raise PeopleWithoutMark(
            ngettext(
                "%(count)d person has no mark yet: mark them first, or mark the rest in one go.",
                "%(count)d people have no mark yet: mark them first, or mark the rest in one go.",
                missing,
            )
            % {"count": missing}
        )


def _replace_mark(
    seat: Seat, meeting: Meeting, state: MarkState, actor: User, *, at: dt.datetime, reason: str = ""
) -> Mark:
    """Supersede the current mark by another at one instant, which ties the two together."""
    _refuse_state(state, meeting)
    if not Seat.objects.held().filter(pk=seat.pk).exists():
        raise SeatReleased()
    current: Mark | None = Mark.objects.current().filter(seat=seat).first()
    if current and current.state == state:
        return current
    if current:
        _supersede(current, at=at)
    mark = Mark.objects.create(
        seat=seat,
        state=state,
        valid_from=meeting.local_date,
        recorded_at=at,
        recorded_by=actor,
        amendment_reason=reason,
    )
    action = "attendance.amended" if reason else "attendance.marked"
    AuditEntry.record(action=action, subject=mark, actor=actor)
    return mark


def _supersede(mark: Mark, *, at: dt.datetime) -> None:
    mark.superseded_at = at
    mark.save(update_fields=["superseded_at"])


def _settle(enrolments: EnrolmentQuerySet, *, actor: User) -> None:
    """Bring the learning records in line with the closed rosters.

    The rows are locked, because a part made up for elsewhere is closed under the lock of another session.
    Workshops make no completion, or hours would double: their programme makes one when it closes.
    """
    settled = (
        enrolments.confirmed()
        .filter(session__version__course__programme=None)
        .select_for_update(of=("self",), no_key=True)
        .select_related("session__version", "learner")
        .prefetch_related("session__version__parts")
        .order_by("id")
    )
    attended = _attended(settled)
    for enrolment in settled:
        _settle_one(enrolment, attended[enrolment.pk], actor=actor)


def _attended(enrolments: "QuerySet[Enrolment]") -> dict[int, list[Meeting]]:
    """The meetings with a closed roster that count as attended, by enrolment."""
    meetings: dict[int, list[Meeting]] = defaultdict(list)
    seats = Seat.objects.held().filter(
        enrolment__in=[enrolment.pk for enrolment in enrolments], meeting__roster__closed_at__isnull=False
    )
    for seat in with_marks(seats).select_related("meeting__session__version"):
        if counts_as_attended(seat.state, seat.meeting.session.version):
            meetings[seat.enrolment_id].append(seat.meeting)
    return meetings


def _settle_one(enrolment: Enrolment, attended: list[Meeting], *, actor: User) -> None:
    version = enrolment.session.version
    day = day_of_completion(version, attended)
    recorded = Completion.objects.current().filter(
        person=enrolment.learner,
        version=version,
        source=CompletionSource.ATTENDANCE,
        sessions=enrolment.session,
    )
    for completion in recorded.exclude(completed_on=day):
        supersede_completion(completion=completion, actor=actor)
    if day:
        record_completion(
            person=enrolment.learner,
            version=version,
            completed_on=day,
            sessions={enrolment.session, *(meeting.session for meeting in attended)},
            source=CompletionSource.ATTENDANCE,
            actor=actor,
        )
