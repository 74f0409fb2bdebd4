"""The yes or no of an organisation to an enrolment that needs it."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from core.models import AuditEntry
from courses.models import Meeting
from enrolment import emails
from enrolment.enums import NOT_APPROVED, EnrolmentStatus, OfferOutcome, PassedOver
from enrolment.models import Enrolment
from enrolment.services.booking import end_enrolment
from enrolment.services.locking import lock_enrolment, lock_learners, lock_session, read_meetings
from enrolment.services.seats import meetings_held
from enrolment.services.waiting_list import (
    close_offers,
    confirm,
    in_turn,
    offer_seat,
    pass_over,
    promote,
    read_candidates,
)
from enrolment.turns import moves_up, offer_needed
from people.models import User


def approve(*, enrolment: Enrolment, actor: User) -> Enrolment:
    """Say yes: a seat that was held is theirs, else the next one that is free when it is their turn.

    Said before, or withdrawn meanwhile, it does nothing. So late that seats don't move up any more, it gives
    none either: who comes to the door can have one then.
    """
    with transaction.atomic():
        session = lock_session(enrolment.session_id)
        now = timezone.now()
        meetings, _has_queue = read_meetings(session)
        candidates = read_candidates(session, meetings)
        lock_learners({enrolment.learner_id, *(candidate.learner_id for candidate in candidates)})
        enrolment = lock_enrolment(enrolment.pk, session)
        if not enrolment.is_active or not enrolment.lacks_approval:
            return enrolment
        enrolment.approved_at = now
        enrolment.save(update_fields=["approved_at"])
        AuditEntry.record(action="enrolment.approved", subject=enrolment, actor=actor)
        emails.cancel_pending_about(enrolment)
        if enrolment.is_offered and moves_up(session, at=now):
            _settle_hold(enrolment, meetings, at=now)
        else:
            if enrolment.is_offered:
                pass_over(enrolment, meetings, OfferOutcome.EXPIRED, PassedOver.NOT_APPROVED, at=now)
            promote(session, meetings, in_turn(session, meetings, enrolment, candidates), at=now)
            if enrolment.is_queued:
                emails.tell_approved(enrolment, meetings)
    return enrolment


def _settle_hold(enrolment: Enrolment, meetings: Sequence[Meeting], *, at: dt.datetime) -> None:
    """The seat that was held is theirs; near the day, whoever waited for it is asked first."""
    came_at_once = enrolment.offers.live().filter(made_at=enrolment.enrolled_at).exists()
    close_offers([enrolment], OfferOutcome.ACCEPTED, at=at)
    held = meetings_held(enrolment, meetings)
    if not came_at_once and (kind := offer_needed(enrolment, enrolment.session, at=at)):
        offer_seat(enrolment, kind, held, at=at)
    else:
        confirm(enrolment, enrolment.session, at=at)
        emails.tell_confirmed(enrolment, held)


def disapprove(*, enrolment: Enrolment, actor: User) -> Enrolment:
    """Say no: the enrolment ends, nobody asks or keeps why. Ended before, or approved, it does nothing."""
    return end_enrolment(
        enrolment=enrolment,
        status=EnrolmentStatus.CANCELLED,
        action=NOT_APPROVED,
        actor=actor,
        applies=lambda locked: locked.lacks_approval,
        then=_tell_not_approved,
    )


def _tell_not_approved(enrolment: Enrolment, _released: list[Meeting]) -> None:
    emails.tell_not_approved(enrolment, list(enrolment.session.meetings.all()))
