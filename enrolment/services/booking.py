"""Enrolling and withdrawing.

Each act reads what can wait first, then locks, re-reads what may have changed, writes, and commits;
the order of the locks is in ``enrolment.services.locking``.
"""

import datetime as dt
from collections.abc import Callable, Sequence

from django.db import transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from core.errors import DomainError
from core.models import AuditEntry
from courses.models import Meeting, Session
from enrolment import emails
from enrolment.enums import EnrolmentStatus, OfferOutcome
from enrolment.errors import OwnChoice
from enrolment.models import AccessibilityRequest, Enrolment
from enrolment.rules import withdrawal_refusal
from enrolment.services.accessibility import ask_organiser, forget_requests
from enrolment.services.admission import draft, own_or_overlapping, place, read_newcomer, refuse_newcomer
from enrolment.services.locking import lock_enrolment, lock_learners, lock_session, read_meetings
from enrolment.services.seats import release_seats
from enrolment.services.states import move_to
from enrolment.services.waiting_list import close_offers, in_turn, promote, read_candidates
from people.models import Organisation, User


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
    newcomer = read_newcomer(learner, session, at=timezone.now())

    with transaction.atomic():
        locked = lock_session(session.pk)
        # Under the lock, so that nobody who comes later gets an earlier date.
        now = timezone.now()
        meetings, has_queue = read_meetings(locked)
        candidates = read_candidates(locked, meetings) if has_queue else []
        lock_learners({learner.pk, *(candidate.learner_id for candidate in candidates)})
        own = own_or_overlapping(learner, locked)
        if own and _is_repeat(own, locked, enrolled_by):
            return own
        refuse_newcomer(newcomer, locked, consent=consent, is_own=actor == learner, other=own, at=now)

        enrolment = draft(newcomer, locked, enrolled_by, at=now)
        held = place(enrolment, meetings, has_queue=has_queue, at=now)
        AuditEntry.record(action=f"enrolment.{enrolment.status}", subject=enrolment, actor=actor)
        if needs:
            ask_organiser(enrolment=enrolment, text=needs)
        if enrolment.is_confirmed:
            emails.tell_confirmed(enrolment, held)
        else:
            promote(locked, meetings, in_turn(locked, meetings, enrolment, candidates), at=now)
            if enrolment.is_queued:
                emails.tell_queued(enrolment, meetings)
                emails.ask_approvers(enrolment, meetings, at=now)
    return enrolment


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
        released = close_enrolment(enrolment, status, meetings, at=now)
        AuditEntry.record(action=action, subject=enrolment, actor=actor)
        # No calendar knows of a seat that was only on offer.
        then(enrolment, [] if was_offered else released)
        if released:
            promote(session, meetings, candidates, at=now)
    return enrolment


def close_enrolment(
    enrolment: Enrolment, status: EnrolmentStatus, meetings: Sequence[Meeting], *, at: dt.datetime
) -> list[Meeting]:
    """End a locked enrolment, with what waits because of it; returns where a seat came free."""
    if enrolment.is_offered:
        close_offers([enrolment], OfferOutcome.CLOSED, at=at)
    move_to(status, [enrolment], at=at)
    released = release_seats([enrolment], meetings, at=at)[enrolment.pk]
    forget_requests(AccessibilityRequest.objects.filter(enrolment=enrolment))
    emails.cancel_pending_about(enrolment)
    return released


def _is_repeat(own: Enrolment, session: Session, enrolled_by: Organisation | None) -> bool:
    """Whether it was asked for before: others don't hear of what the person chose themselves."""
    return own.session_id == session.pk and enrolled_by in (None, own.enrolled_by)
