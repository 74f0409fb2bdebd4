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
    PartIsOver,
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
    programme_minutes,
    refusal_to_close,
    refusal_to_mark,
    states_for,
)
from core.models import AuditEntry
from core.time import BRUSSELS
from courses.enums import ProgrammeStatus
from courses.models import Meeting, Programme, Session
from courses.services.programmes import lock_programme, move_programme
from enrolment.enums import CompletionSource
from enrolment.models import Completion, Enrolment, Seat
from enrolment.querysets import EnrolmentQuerySet, SeatQuerySet
from enrolment.services.completions import record_completion, supersede_completion
from enrolment.services.locking import lock_session
from enrolment.services.walk_ins import add_walk_in, undo_walk_in
from people.models import User


def read_roster(*, session: Session, meeting: Meeting, reader: User) -> list[Line]:
    """Who has a seat in which meeting of the session; of a sensitive course it is kept who looked."""
    if session.version.is_sensitive:
        AuditEntry.record(action="roster.read", subject=meeting, actor=reader)
    return attendance_list(Seat.objects.attending().filter(meeting__session=session))


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
def admit(*, meeting: Meeting, learner: User, actor: User) -> Enrolment:
    """Add somebody who stands at the door to the rosters of a session; done before, it does nothing.

    Refuses while the roster isn't open, once that of a part that isn't optional is closed, and as
    ``add_walk_in`` does.
    """
    meeting = _locked(meeting)
    _refuse_unless_door_open(meeting)
    return add_walk_in(session=meeting.session, learner=learner, actor=actor)


@transaction.atomic
def undo_admission(*, meeting: Meeting, enrolment: Enrolment, actor: User) -> None:
    """Take somebody who was added by mistake off the rosters again, with their marks; once is enough.

    Refuses as ``admit`` does, and whoever had booked before.
    """
    meeting = _locked(meeting)
    _refuse_unless_door_open(meeting)
    now = timezone.now()
    undo_walk_in(enrolment=enrolment, actor=actor)
    marks = Mark.objects.current().filter(seat__enrolment=enrolment, seat__meeting__session=meeting.session)
    for mark in marks:
        _supersede(mark, at=now)
        AuditEntry.record(action="attendance.cleared", subject=mark, actor=actor)


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
    _settle(meeting, Enrolment.objects.filter(seats__in=_seats(meeting)), actor=actor)
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
    _settle(meeting, Enrolment.objects.filter(pk=seat.enrolment_id), actor=actor)
    return amended


@transaction.atomic
def close_programme(*, programme: Programme, actor: User | None) -> Programme:
    """Close an edition, and record one completion for each person who attended a workshop of it.

    What a roster that is still open says counts once that closes. Refuses before its last day, and before
    its last workshop is over. Closed before, it does nothing.
    """
    programme, sessions = lock_programme(programme)
    if programme.is_closed:
        return programme
    if refusal := refusal_to_close(programme, sessions, at=timezone.now()):
        raise refusal
    move_programme(programme=programme, status=ProgrammeStatus.CLOSED, actor=actor)
    _settle_programme(programme, Enrolment.objects.filter(session__programme=programme), actor=actor)
    return programme


def _locked(meeting: Meeting) -> Meeting:
    """The meeting as it is now, under the lock of its session."""
    lock_session(meeting.session_id)
    related = Meeting.objects.select_related("session__version", "session__programme__version", "roster")
    return related.get(pk=meeting.pk)


def _seats(meeting: Meeting) -> SeatQuerySet:
    return Seat.objects.attending().filter(meeting=meeting)


def _without_mark(meeting: Meeting) -> "QuerySet[Seat]":
    return with_marks(_seats(meeting)).filter(state=None)


def _refuse_unless_open(meeting: Meeting, *, at: dt.datetime) -> None:
    if refusal := refusal_to_mark(meeting, at=at):
        raise refusal


def _refuse_unless_door_open(meeting: Meeting) -> None:
    _refuse_unless_open(meeting, at=timezone.now())
    required = Meeting.objects.filter(session=meeting.session, part__optional=False)
    if required.filter(roster__closed_at__isnull=False).exists():
        raise PartIsOver


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
    if not Seat.objects.attending().filter(pk=seat.pk).exists():
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


def _settle(meeting: Meeting, enrolments: EnrolmentQuerySet, *, actor: User) -> None:
    """Bring the learning records in line with the closed rosters.

    Workshops make no completion, or hours would double: their programme makes one when it closes.
    """
    settled = _locked_rows(enrolments.filter(session__version__course__programme=None))
    attended = _attended(settled)
    for enrolment in settled:
        _settle_one(enrolment, attended[enrolment.pk], actor=actor)
    programme = meeting.session.programme
    if programme and programme.is_closed:
        _settle_programme(programme, enrolments, actor=actor)


def _locked_rows(enrolments: EnrolmentQuerySet) -> EnrolmentQuerySet:
    """The confirmed ones, locked: what else counts for them is closed under the lock of another session."""
    locked: EnrolmentQuerySet = (
        enrolments.confirmed()
        .select_for_update(of=("self",), no_key=True)
        .select_related("session__version", "learner")
        .prefetch_related("session__version__parts")
        .order_by("id")
    )
    return locked


def _attended(enrolments: "QuerySet[Enrolment]") -> dict[int, list[Meeting]]:
    """The meetings with a closed roster that count as attended, by enrolment."""
    meetings: dict[int, list[Meeting]] = defaultdict(list)
    seats = Seat.objects.held().filter(
        enrolment__in=[enrolment.pk for enrolment in enrolments], meeting__roster__closed_at__isnull=False
    )
    for seat in with_marks(seats).select_related("meeting__session__version", "meeting__part"):
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


def _settle_programme(programme: Programme, enrolments: EnrolmentQuerySet, *, actor: User | None) -> None:
    """Bring the completions of an edition in line with the workshops that these people attended."""
    people = enrolments.values("learner")
    rows = _locked_rows(Enrolment.objects.filter(session__programme=programme, learner__in=people))
    attended = _attended(rows)
    workshops: dict[User, list[Session]] = {row.learner: [] for row in rows}
    for row in rows:
        if day_of_completion(row.session.version, attended[row.pk]):
            workshops[row.learner].append(row.session)
    for person, sessions in workshops.items():
        _settle_participant(programme, person, sessions, actor=actor)


def _settle_participant(
    programme: Programme, person: User, sessions: list[Session], *, actor: User | None
) -> None:
    """One completion with these workshops as evidence, none without any; one that says so already stays."""
    minutes = programme_minutes(programme.version, [session.version for session in sessions])
    recorded = Completion.objects.current().filter(
        person=person,
        version=programme.version,
        source=CompletionSource.ATTENDANCE,
        completed_on=programme.ends_on,
    )
    for completion in recorded.prefetch_related("sessions"):
        if sessions and completion.minutes == minutes and set(completion.sessions.all()) == set(sessions):
            return
        supersede_completion(completion=completion, actor=actor)
    if sessions:
        record_completion(
            person=person,
            version=programme.version,
            completed_on=programme.ends_on,
            sessions=sessions,
            source=CompletionSource.ATTENDANCE,
            actor=actor,
            minutes=minutes,
        )
