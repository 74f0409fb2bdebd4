"""Cancelling a session: everybody's enrolment ends, and everybody is told."""

from django.db import transaction
from django.utils import timezone

from core.models import AuditEntry
from courses.enums import CancelReason, SessionStatus
from courses.models import Session
from courses.services.staffing import tell_cancelled
from enrolment import emails
from enrolment.enums import EnrolmentStatus, OfferOutcome
from enrolment.errors import HasStarted, NotOnOffer
from enrolment.models import AccessibilityRequest
from enrolment.rules import has_started
from enrolment.services.accessibility import forget_requests
from enrolment.services.locking import lock_active, lock_session
from enrolment.services.make_ups import lose_make_ups, make_ups_in
from enrolment.services.seats import release_seats
from enrolment.services.states import move_to
from enrolment.services.waiting_list import close_offers
from enrolment.wording import make_up_cancelled_text
from people.models import User


@transaction.atomic
def cancel_session(*, session: Session, reason: CancelReason, actor: User | None) -> Session:
    """End a published session before it starts, and every enrolment in it; done before, it does nothing.

    Each participant and trainer gets one mail, and the actor one in all; None where the platform acts, which
    tells the organisers why. Raises NotOnOffer, HasStarted.
    """
    session = lock_session(session.pk)
    if session.is_cancelled:
        return session
    now = timezone.now()
    if not session.is_published:
        raise NotOnOffer
    if has_started(session, at=now):
        raise HasStarted
    active = lock_active(session)
    meetings = list(session.meetings.all())

    session.status, session.cancelled_at, session.cancel_reason = SessionStatus.CANCELLED, now, reason
    session.save(update_fields=["status", "cancelled_at", "cancel_reason"])
    seated = [enrolment for enrolment in active if enrolment.is_confirmed]
    # To whom a seat was on offer had none yet.
    waiting = [enrolment for enrolment in active if not enrolment.is_confirmed]
    close_offers(waiting, OfferOutcome.CLOSED, at=now)
    move_to(EnrolmentStatus.CANCELLED, active, at=now)
    released = release_seats(active, meetings, at=now)
    make_ups = make_ups_in(session)
    AuditEntry.record(
        action="session.cancelled",
        subject=session,
        actor=actor,
        reason=reason,
        enrolments=[enrolment.pk for enrolment in active],
    )
    forget_requests(AccessibilityRequest.objects.filter(enrolment__in=active))
    emails.cancel_pending_about(*active)
    emails.cancel_pending_messages([*active, *(seat.enrolment for seat in make_ups)])
    emails.tell_cancelled([(each, released[each.pk]) for each in seated], waiting, meetings)
    lose_make_ups(make_ups, meetings, what_happened=lambda: make_up_cancelled_text(session), at=now)
    tell_cancelled(session=session)
    if actor:
        seats = len(seated) + len(make_ups)
        emails.tell_who_cancelled(session, actor, meetings, seats=seats, waiting=len(waiting))
    return session
