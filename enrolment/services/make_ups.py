"""Making up for a missed part: a seat in another session's meeting, held by the enrolment of before.

To book, both sessions are locked, by id, then the learner, then the enrolment: what was missed stays so.
"""

import datetime as dt
from collections.abc import Callable, Sequence

from django.db import transaction
from django.utils import timezone

from core.models import AuditEntry
from core.time import brussels_day
from courses.models import Meeting, MeetingStaff, Part, Session
from courses.services.staffing import staff_ids
from enrolment import emails
from enrolment.errors import (
    EnrolledThere,
    EnrolmentRefused,
    MakeUpBegun,
    NobodyToTell,
    NothingToMakeUp,
    NotPossible,
    Overlapping,
    TeachingThen,
)
from enrolment.make_ups import covered_by, make_up_refusal
from enrolment.models import Enrolment, Seat
from enrolment.services.locking import (
    lock_enrolment,
    lock_learners,
    lock_session,
    lock_sessions,
    read_meetings,
)
from enrolment.services.seats import hold_make_up, release_make_ups
from enrolment.services.waiting_list import promote, read_candidates
from people.models import Organisation, User
from people.rules import affiliation_of

# Whether an enrolment still lacks a part: known on the floor of attendance, and asked under the locks.
WasMissed = Callable[[Enrolment, Part], bool]


def book_make_up(
    *,
    enrolment: Enrolment,
    meeting: Meeting,
    was_missed: WasMissed,
    actor: User,
    booked_by: Organisation | None = None,
) -> Seat:
    """Give somebody who missed a part a seat in a later meeting of it; a repeated call returns that seat.

    Only that meeting has one seat less. ``booked_by``: the academy that does it for the person. Raises
    EnrolmentRefused, which says what to do next.
    """
    learner = enrolment.learner
    affiliated = affiliation_of(learner, on=brussels_day(timezone.now()))
    open_to = list(meeting.session.open_to.values_list("pk", flat=True))
    with transaction.atomic():
        lock_sessions({enrolment.session_id, meeting.session_id})
        session = lock_session(meeting.session_id)
        # Under the lock: whoever waited for it may have come too late.
        now = timezone.now()
        lock_learners({learner.pk})
        enrolment = lock_enrolment(enrolment.pk, lock_session(enrolment.session_id))
        meeting = session.meetings.get(pk=meeting.pk)
        if held := _held(enrolment, meeting):
            return held
        part = covered_by(meeting, enrolment)
        if part and not (enrolment.is_confirmed and was_missed(enrolment, part)):
            raise NothingToMakeUp
        refusal = make_up_refusal(
            enrolment,
            meeting,
            affiliated,
            open_to=open_to,
            gives_it=learner.pk in staff_ids(session),
            waiting=session.enrolments.queued().count(),
            at=now,
        )
        if refusal:
            raise refusal
        _refuse_who_is_elsewhere(learner, session, meeting)

        seat = hold_make_up(enrolment, meeting, at=now)
        AuditEntry.record(
            action="enrolment.make_up_booked", subject=enrolment, actor=actor, meeting=meeting.pk
        )
        emails.tell_make_up_booked(seat, booked_by)
    return seat


def book_make_up_on_behalf(
    *,
    enrolment: Enrolment,
    meeting: Meeting,
    was_missed: WasMissed,
    organisation: Organisation,
    actor: User,
) -> Seat:
    """An academy chooses the date, and the person is told by which; raises OnBehalfRefused.

    In the same words whatever the person does at that time.
    """
    if not enrolment.learner.email:
        raise NobodyToTell
    try:
        return book_make_up(
            enrolment=enrolment,
            meeting=meeting,
            was_missed=was_missed,
            actor=actor,
            booked_by=organisation,
        )
    except EnrolmentRefused:
        raise NotPossible from None


def cancel_make_up(
    *,
    seat: Seat,
    actor: User | None,
    then: Callable[[Seat], None] = emails.tell_make_up_cancelled,
) -> None:
    """Give the seat of a make-up back until it begins; the part can be made up for elsewhere.

    Whoever waits moves up if every part has room. ``then``: what else follows. Raises MakeUpBegun. Done
    before, it does nothing.
    """
    with transaction.atomic():
        session = lock_session(seat.meeting.session_id)
        now = timezone.now()
        meetings, has_queue = read_meetings(session)
        candidates = read_candidates(session, meetings, freed=1) if has_queue else []
        lock_learners({seat.enrolment.learner_id, *(each.learner_id for each in candidates)})
        lock_enrolment(seat.enrolment_id, seat.enrolment.session)
        held = Seat.objects.made_up_in(session).with_make_up().filter(pk=seat.pk).first()
        if held is None:
            return
        if now >= held.meeting.starts_at:
            raise MakeUpBegun
        release_make_ups([held], meetings, at=now)
        AuditEntry.record(
            action="enrolment.make_up_cancelled",
            subject=held.enrolment,
            actor=actor,
            meeting=held.meeting_id,
        )
        emails.cancel_pending_about_make_ups([held])
        then(held)
        promote(session, meetings, candidates, at=now)


def make_ups_in(session: Session) -> list[Seat]:
    """Of people of other sessions, with what a mail needs; true while the session is locked."""
    make_ups = list(Seat.objects.made_up_in(session).with_make_up())
    for seat in make_ups:
        seat.meeting.session = session
    return make_ups


def lose_make_ups(
    make_ups: Sequence[Seat],
    meetings: Sequence[Meeting],
    *,
    what_happened: Callable[[], str],
    at: dt.datetime,
) -> None:
    """Free the seats of make-ups in a session that is cancelled, or moved to when their people are busy.

    Its session and their enrolments are locked. Each is told ``what_happened``, and chooses another date.
    """
    release_make_ups(make_ups, meetings, at=at)
    emails.cancel_pending_about_make_ups(make_ups)
    emails.tell_make_ups_lost(make_ups, what_happened)


def _held(enrolment: Enrolment, meeting: Meeting) -> Seat | None:
    held = Seat.objects.make_ups().filter(enrolment=enrolment, meeting=meeting)
    seat: Seat | None = held.with_make_up().first()
    return seat


def _refuse_who_is_elsewhere(learner: User, session: Session, meeting: Meeting) -> None:
    if session.enrolments.active().filter(learner=learner).exists():
        raise EnrolledThere
    overlapping = Seat.objects.overlapping([meeting]).filter(enrolment__learner=learner)
    if other := overlapping.select_related("meeting__session__version").first():
        raise Overlapping.with_(other.meeting.session)
    teaching = MeetingStaff.objects.clashing([meeting], besides=session).filter(person=learner)
    if row := teaching.with_session().first():
        raise TeachingThen.with_(row.meeting.session)
