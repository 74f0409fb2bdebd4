"""Enrolling and withdrawing.

Each act reads what can wait first, then locks, re-reads what may have changed, writes, and commits;
the order of the locks is in ``enrolment.services.locking``.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import asdict

from django.db import transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from core.errors import DomainError
from core.models import AuditEntry
from core.time import brussels_day
from courses.models import Meeting, MeetingStaff, Session
from courses.rules import ApprovalRule, approval_rule_for, audiences_of, mandatory_for
from enrolment import emails
from enrolment.approvals import ask_approvers
from enrolment.enums import DEFAULT_PRIORITY, MANDATORY_FIRST, EnrolmentSource, EnrolmentStatus, OfferOutcome
from enrolment.errors import Overlapping, OwnChoice, TeachingThen
from enrolment.models import AccessibilityRequest, Enrolment, Seat
from enrolment.rules import (
    consent_refusal,
    enrolment_refusal,
    withdrawal_closes_on,
    withdrawal_refusal,
)
from enrolment.services.accessibility import ask_organiser, forget_requests
from enrolment.services.locking import lock_enrolment, lock_learners, lock_session, read_meetings
from enrolment.services.seats import has_room_for, hold_seats, release_seats
from enrolment.services.states import move_to
from enrolment.services.waiting_list import close_offers, in_turn, promote, read_candidates
from people.models import Organisation, User
from people.rules import Affiliated, affiliation_of


@sensitive_variables("needs")
def enrol(
    *,
    session: Session,
    learner: User,
    actor: User,
    enrolled_by: Organisation | None = None,
    consent: int | None = None,
    needs: str = "",
) -> Enrolment:
    """Give a person a seat, or a place in the queue; a repeated call returns the enrolment that is there.

    ``enrolled_by``: whose HR or academy does it on the person's behalf; ``consent``: the number of the course
    version to whose text they consented, where it asks for that; ``needs``: what they ask of the organiser,
    to be able to take part. Raises EnrolmentRefused, which says what to do next, or OwnChoice. While somebody
    waits a newcomer joins the queue, and whoever is next gets a seat that may be free.
    """
    if enrolled_by and Session.objects.of_one_s_own_choice().filter(pk=session.pk).exists():
        raise OwnChoice
    today = brussels_day(timezone.now())
    affiliated = affiliation_of(learner, on=today)
    open_to = list(session.open_to.values_list("pk", flat=True))
    is_mandatory = mandatory_for(session.version, audiences_of(affiliated), on=today)
    approval = approval_rule_for(affiliated, session.version, on=today)

    with transaction.atomic():
        locked = lock_session(session.pk)
        # Under the lock, so that nobody who comes later gets an earlier date.
        now = timezone.now()
        meetings, has_queue = read_meetings(locked)
        candidates = read_candidates(locked, meetings) if has_queue else []
        lock_learners({learner.pk, *(candidate.learner_id for candidate in candidates)})
        own = _own_or_overlapping(learner, locked, meetings)
        if own and _is_repeat(own, locked, enrolled_by):
            return own
        teaching = list(MeetingStaff.objects.keeping_from(locked, meetings, learner))
        gives_it = any(row.meeting.session_id == locked.pk for row in teaching)
        refusal = enrolment_refusal(
            locked, affiliated, open_to=open_to, gives_it=gives_it, at=now
        ) or consent_refusal(locked.version, consent=consent, is_own=actor == learner)
        if refusal:
            raise refusal
        _refuse_who_is_elsewhere(own, teaching)

        enrolment = _draft(locked, learner, affiliated, is_mandatory, approval, enrolled_by, at=now)
        has_seat = has_room_for(enrolment, meetings)
        gets_seat = has_seat and not has_queue and not enrolment.lacks_approval
        if gets_seat:
            enrolment.status, enrolment.confirmed_at = EnrolmentStatus.CONFIRMED, now
        enrolment.save(force_insert=True)
        held = hold_seats(enrolment, meetings, at=now) if gets_seat else []
        AuditEntry.record(action=f"enrolment.{enrolment.status}", subject=enrolment, actor=actor)
        if needs:
            ask_organiser(enrolment=enrolment, text=needs)
        if gets_seat:
            emails.tell_confirmed(enrolment, held)
        else:
            if has_seat:
                promote(locked, meetings, in_turn(locked, meetings, enrolment, candidates), at=now)
            if enrolment.is_queued:
                _tell_queued(enrolment, meetings, at=now)
    return enrolment


def _tell_queued(enrolment: Enrolment, meetings: Sequence[Meeting], *, at: dt.datetime) -> None:
    emails.tell_queued(enrolment, meetings)
    if enrolment.lacks_approval:
        ask_approvers(enrolment, meetings, at=at)


def withdraw(*, enrolment: Enrolment, actor: User) -> Enrolment:
    """Give up a seat or a place in the queue; raises WithdrawalClosed. Done before, it does nothing."""
    return end_enrolment(
        enrolment=enrolment,
        status=EnrolmentStatus.WITHDRAWN,
        action="enrolment.withdrawn",
        actor=actor,
        refusal=withdrawal_refusal,
        then=_tell_withdrawn,
    )


def _tell_withdrawn(enrolment: Enrolment, released: list[Meeting]) -> None:
    # Whoever leaves the queue just did so themselves, and no calendar knows of it.
    if released:
        emails.tell_withdrawn(enrolment, released)


def end_enrolment(
    *,
    enrolment: Enrolment,
    status: EnrolmentStatus,
    action: str,
    actor: User | None,
    then: Callable[[Enrolment, list[Meeting]], None],
    refusal: Callable[..., DomainError | None] | None = None,
    applies: Callable[[Enrolment], bool] | None = None,
) -> Enrolment:
    """End an enrolment; the first in the queue gets the seat in the same transaction.

    ``refusal``: a rule, asked under the lock; what it returns is raised. ``applies``: whether there still is
    something to end. ``then``: what else follows, told in which meetings somebody who took part had a seat.
    Done before, it does nothing.
    """
    with transaction.atomic():
        session = lock_session(enrolment.session_id)
        # Under the lock: whoever waited for it may have come too late.
        now = timezone.now()
        meetings, has_queue = read_meetings(session)
        candidates = read_candidates(session, meetings, freed=1) if has_queue else []
        lock_learners({enrolment.learner_id, *(candidate.learner_id for candidate in candidates)})
        enrolment = lock_enrolment(enrolment.pk, session)
        if not enrolment.is_active or (applies and not applies(enrolment)):
            return enrolment
        if refusal and (problem := refusal(enrolment, session, at=now)):
            raise problem

        was_offered = enrolment.is_offered
        if was_offered:
            close_offers([enrolment], OfferOutcome.CLOSED, at=now)
        move_to(status, [enrolment], at=now)
        released = release_seats([enrolment], meetings, at=now)[enrolment.pk]
        forget_requests(AccessibilityRequest.objects.filter(enrolment=enrolment))
        AuditEntry.record(action=action, subject=enrolment, actor=actor)
        emails.cancel_pending_about(enrolment)
        # No calendar knows of a seat that was only on offer.
        then(enrolment, [] if was_offered else released)
        if released:
            promote(session, meetings, candidates, at=now)
    return enrolment


def _own_or_overlapping(learner: User, session: Session, meetings: Sequence[Meeting]) -> Enrolment | None:
    """The learner's active enrolment in this session, else one whose meetings are at the same time."""
    overlapping = Seat.objects.overlapping(meetings).filter(enrolment__learner=learner).values("enrolment")
    active = (
        Enrolment.objects.active()
        .filter(learner=learner)
        .in_session_or_among(session, overlapping)
        .select_related("session__version")
    )
    return min(active, key=lambda enrolment: enrolment.session_id != session.pk, default=None)


def _refuse_who_is_elsewhere(other: Enrolment | None, teaching: Sequence[MeetingStaff]) -> None:
    if other:
        raise Overlapping.with_(other.session)
    if teaching:
        raise TeachingThen.with_(teaching[0].meeting.session)


def _is_repeat(own: Enrolment, session: Session, enrolled_by: Organisation | None) -> bool:
    """Whether it was asked for before: others don't hear of what the person chose themselves."""
    return own.session_id == session.pk and enrolled_by in (None, own.enrolled_by)


def _draft(
    session: Session,
    learner: User,
    affiliated: Affiliated,
    is_mandatory: bool,
    approval: ApprovalRule,
    enrolled_by: Organisation | None,
    *,
    at: dt.datetime,
) -> Enrolment:
    """A place in the queue, bound by the rules of today, whatever becomes of them later."""
    goes_first = session.mandatory_first and is_mandatory
    return Enrolment(
        session=session,
        learner=learner,
        status=EnrolmentStatus.QUEUED,
        enrolled_at=at,
        priority=MANDATORY_FIRST if goes_first else DEFAULT_PRIORITY,
        is_mandatory=is_mandatory,
        source=EnrolmentSource.ON_BEHALF if enrolled_by else EnrolmentSource.SELF,
        enrolled_by=enrolled_by,
        consented_to=session.version if session.version.consent_required else None,
        consented_at=at if session.version.consent_required else None,
        approval_needed=approval.is_needed,
        approver_id=approval.organisation_id,
        withdraw_until=withdrawal_closes_on(session, told_on=brussels_day(at) if enrolled_by else None),
        **asdict(affiliated),
    )
