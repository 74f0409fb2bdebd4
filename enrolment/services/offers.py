"""Answering the offer of a seat: yes, no, or too late; and asking for the next one."""

import datetime as dt
from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from core.models import AuditEntry
from enrolment import emails
from enrolment.enums import OfferKind, OfferOutcome, PassedOver
from enrolment.errors import OfferGone
from enrolment.models import Enrolment, Offer
from enrolment.services.locking import lock_enrolment, lock_learners, lock_session, read_meetings
from enrolment.services.seats import meetings_held
from enrolment.services.waiting_list import (
    close_offers,
    confirm,
    in_turn,
    pass_over,
    promote,
    read_candidates,
)
from people.models import User

PASSED_OVER = {
    OfferKind.SEAT: PassedOver.OFFER_EXPIRED,
    OfferKind.APPROVAL: PassedOver.NOT_APPROVED,
}


def accept_offer(*, offer: Offer, actor: User | None) -> Enrolment:
    """Take the seat that was held; raises OfferGone once it went on. Accepted before, it does nothing.

    ``actor``: None for whoever holds the link that only the person was sent.
    """
    with transaction.atomic():
        session = lock_session(offer.enrolment.session_id)
        # Under the lock: whoever waited for it may have come too late.
        now = timezone.now()
        meetings = list(session.meetings.all())
        enrolment = lock_enrolment(offer.enrolment_id, session)
        offer.refresh_from_db()
        if offer.outcome == OfferOutcome.ACCEPTED and enrolment.is_confirmed:
            return enrolment
        if not offer.is_live or not offer.asks_person or now >= offer.expires_at:
            raise OfferGone
        close_offers([enrolment], OfferOutcome.ACCEPTED, at=now)
        confirm(enrolment, session, at=now)
        AuditEntry.record(action="enrolment.offer_accepted", subject=enrolment, actor=actor)
        emails.cancel_pending_about(enrolment)
        emails.tell_confirmed(enrolment, meetings_held(enrolment, meetings))
    return enrolment


def decline_offer(*, offer: Offer, actor: User | None) -> Enrolment:
    """Leave the seat to whoever is next, and stay in the queue without being asked; twice is once."""
    return _end_offer(
        offer,
        lambda now: offer.asks_person,
        OfferOutcome.DECLINED,
        PassedOver.OFFER_DECLINED,
        "enrolment.offer_declined",
        actor,
    )


def expire_offer(*, offer: Offer) -> Enrolment:
    """Pass a seat on for which no yes came in time; safe to run early, twice and at once."""
    reason = PASSED_OVER[OfferKind(offer.kind)]
    return _end_offer(
        offer,
        lambda now: now >= offer.expires_at,
        OfferOutcome.EXPIRED,
        reason,
        "enrolment.offer_expired",
        None,
    )


def _end_offer(
    offer: Offer,
    applies: Callable[[dt.datetime], bool],
    outcome: OfferOutcome,
    reason: PassedOver,
    action: str,
    actor: User | None,
) -> Enrolment:
    with transaction.atomic():
        session = lock_session(offer.enrolment.session_id)
        # Under the lock: whoever waited for it may have come too late.
        now = timezone.now()
        meetings, has_queue = read_meetings(session)
        candidates = read_candidates(session, meetings, freed=1) if has_queue else []
        lock_learners({offer.enrolment.learner_id, *(candidate.learner_id for candidate in candidates)})
        enrolment = lock_enrolment(offer.enrolment_id, session)
        offer.refresh_from_db()
        if not offer.is_live or not applies(now):
            return enrolment
        pass_over(enrolment, meetings, outcome, reason, at=now)
        AuditEntry.record(action=action, subject=enrolment, actor=actor, kind=offer.kind)
        emails.cancel_pending_about(enrolment)
        if outcome == OfferOutcome.EXPIRED:
            emails.tell_passed_over(offer, enrolment, meetings)
        promote(session, meetings, candidates, at=now)
    return enrolment


def step_back_in(*, enrolment: Enrolment, actor: User) -> Enrolment:
    """Be asked again after an offer that was declined or ran out; with the place and date of before."""
    with transaction.atomic():
        session = lock_session(enrolment.session_id)
        now = timezone.now()
        meetings, _has_queue = read_meetings(session)
        candidates = read_candidates(session, meetings)
        lock_learners({enrolment.learner_id, *(candidate.learner_id for candidate in candidates)})
        enrolment = lock_enrolment(enrolment.pk, session)
        if enrolment.stepped_aside:
            enrolment.passed_over, enrolment.passed_over_at = "", None
            enrolment.save(update_fields=["passed_over", "passed_over_at"])
            AuditEntry.record(action="enrolment.stepped_back_in", subject=enrolment, actor=actor)
            promote(session, meetings, in_turn(session, meetings, enrolment, candidates), at=now)
    return enrolment


@transaction.atomic
def set_notice(*, enrolment: Enrolment, days: int | None, actor: User) -> Enrolment:
    """With less notice than so many days the person is asked first; None: as for everybody."""
    enrolment = lock_enrolment(enrolment.pk, lock_session(enrolment.session_id))
    if enrolment.is_queued and enrolment.notice_days != days:
        enrolment.notice_days = days
        enrolment.save(update_fields=["notice_days"])
        AuditEntry.record(action="enrolment.notice_set", subject=enrolment, actor=actor, days=days)
    return enrolment
