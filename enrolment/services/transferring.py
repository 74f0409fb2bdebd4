"""Moving a booking to another date of the same course, with its own date; its seat goes to the queue."""

import datetime as dt
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from core.models import AuditEntry
from courses.models import Meeting, Session
from enrolment import emails
from enrolment.enums import EnrolmentStatus, PassedOver
from enrolment.errors import EnrolledThereAlready, OtherCourse
from enrolment.models import AccessibilityRequest, Enrolment
from enrolment.rules import priority_in, transfer_refusal
from enrolment.services.accessibility import ask_organiser
from enrolment.services.admission import (
    Newcomer,
    draft,
    read_engaged,
    read_newcomer,
    refuse_newcomer,
)
from enrolment.services.booking import close_enrolment
from enrolment.services.locking import (
    lock_enrolment,
    lock_learners,
    lock_session,
    lock_sessions,
    read_meetings,
)
from enrolment.services.seats import has_room_for, hold_seats, meetings_held
from enrolment.services.waiting_list import in_turn, promote, read_candidates
from people.models import User


class Side(NamedTuple):
    """One of the two sessions, locked, with whoever may get a seat in it."""

    session: Session
    meetings: list[Meeting]
    has_queue: bool
    candidates: list[Enrolment]


def transfer(*, enrolment: Enrolment, to: Session, actor: User) -> Enrolment:
    """Move a seat, an offer or a place in the queue to another session; returns the booking there.

    It is a seat if one is free and nobody waits, else a place in that queue by the original date. An approval
    and a consent that were given stay given. Called again, it returns what it made; to where it is already,
    it does nothing. Raises EnrolmentRefused, NothingToMove, OtherCourse, and WithdrawalClosed, or
    TakingBackClosed where others move it.
    """
    if enrolment.session_id == to.pk:
        return enrolment
    newcomer = read_newcomer(enrolment.learner, to, at=timezone.now())
    with transaction.atomic():
        lock_sessions({enrolment.session_id, to.pk})
        # Under the lock: whoever waited for it may have come too late.
        now = timezone.now()
        old, new = _read_side(enrolment.session_id, freed=1), _read_side(to.pk)
        waiting = {candidate.learner_id for candidate in [*old.candidates, *new.candidates]}
        lock_learners({enrolment.learner_id, *waiting})
        enrolment = lock_enrolment(enrolment.pk, old.session)
        made: Enrolment | None = Enrolment.objects.filter(moved_from=enrolment, session=to).first()
        if made:
            return made
        _refuse(enrolment, new.session, is_own=actor == enrolment.learner, at=now)

        request = AccessibilityRequest.objects.filter(enrolment=enrolment).first()
        # No calendar knows of a seat that was only on offer.
        held = meetings_held(enrolment, old.meetings) if enrolment.is_confirmed else []
        released = close_enrolment(enrolment, EnrolmentStatus.MOVED, old.meetings, at=now)
        moved = _go_on(enrolment, newcomer, new, actor, at=now)
        if request:
            ask_organiser(enrolment=moved, text=request.text)
        emails.tell_transferred(moved, meetings_held(moved, new.meetings) or new.meetings, before=held)
        if released:
            promote(old.session, old.meetings, old.candidates, at=now)
    return moved


def _read_side(session_id: int, *, freed: int = 0) -> Side:
    session = lock_session(session_id)
    meetings, has_queue = read_meetings(session)
    candidates = read_candidates(session, meetings, freed=freed) if has_queue else []
    return Side(session, meetings, has_queue, candidates)


def _refuse(enrolment: Enrolment, to: Session, *, is_own: bool, at: dt.datetime) -> None:
    if to.version.course_id != enrolment.session.version.course_id:
        raise OtherCourse
    if refusal := transfer_refusal(enrolment, enrolment.session, is_own=is_own, at=at):
        raise refusal


def _go_on(enrolment: Enrolment, newcomer: Newcomer, new: Side, actor: User, *, at: dt.datetime) -> Enrolment:
    """Book what goes on with an enrolment whose seats are released: it is in its own way no more."""
    is_own = actor == enrolment.learner
    consented = enrolment.consented_to_id == new.session.version_id
    engaged = read_engaged(enrolment.learner, new.session)
    if engaged.enrolment and engaged.enrolment.session_id == new.session.pk:
        raise EnrolledThereAlready
    refuse_newcomer(
        newcomer,
        new.session,
        engaged,
        consent=new.session.version.number if consented else None,
        is_own=is_own,
        at=at,
    )
    # A date that the person chose is theirs: whoever enrolled them sees no more of it than if they declined.
    moved = draft(newcomer, new.session, None if is_own else enrolment.enrolled_by, at=at)
    _carry_over(enrolment, moved)
    _place(moved, new, at=at)
    AuditEntry.record(action="enrolment.moved", subject=enrolment, actor=actor, to=moved.pk)
    AuditEntry.record(action=f"enrolment.{moved.status}", subject=moved, actor=actor)
    if not moved.is_confirmed:
        promote(new.session, new.meetings, in_turn(new.session, new.meetings, moved, new.candidates), at=at)
    if moved.is_queued:
        emails.ask_approvers(moved, new.meetings, at=at)
    return moved


def _place(moved: Enrolment, new: Side, *, at: dt.datetime) -> None:
    """Save a booking, with its seats if they are free and nobody waits."""
    gets_seat = not new.has_queue and not moved.lacks_approval and has_room_for(moved, new.meetings)
    if gets_seat:
        moved.status, moved.confirmed_at = EnrolmentStatus.CONFIRMED, at
    moved.save(force_insert=True)
    if gets_seat:
        hold_seats(moved, new.meetings, at=at)


def _carry_over(enrolment: Enrolment, moved: Enrolment) -> None:
    """What stays true of a booking on another date: since when, with whose yes, on which terms."""
    moved.moved_from = enrolment
    moved.enrolled_at, moved.notice_days = enrolment.enrolled_at, enrolment.notice_days
    moved.is_mandatory = enrolment.is_mandatory
    moved.priority = priority_in(moved.session, is_mandatory=moved.is_mandatory)
    if moved.enrolled_by_id:
        moved.source = enrolment.source
    if moved.consented_to_id:
        moved.consented_at = enrolment.consented_at
    if (moved.employer_id, moved.school_id) == (enrolment.employer_id, enrolment.school_id):
        # The rule of the day on which they enrolled: one that was made since doesn't take a seat back.
        moved.approval_needed, moved.approver_id = enrolment.approval_needed, enrolment.approver_id
        moved.approved_at = enrolment.approved_at
        if enrolment.passed_over == PassedOver.NOT_APPROVED:
            # A seat is held once for an approval that is missing, not once on every date.
            moved.passed_over, moved.passed_over_at = enrolment.passed_over, enrolment.passed_over_at
