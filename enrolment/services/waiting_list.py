"""The queue of a session: whose turn it is, and what becomes of a seat that is free.

Callers hold the session's lock; the learners of the candidates are locked after it, in one statement with
the others of the act, and looked at again.
"""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from core.models import AuditEntry
from core.time import brussels_day
from courses.models import Meeting, MeetingStaff, Session
from enrolment import emails
from enrolment.enums import EnrolmentStatus, OfferKind, OfferOutcome, PassedOver
from enrolment.models import Enrolment, Offer, Seat, SeatPool
from enrolment.rules import seats_left, withdrawal_closes_on
from enrolment.services.locking import lock_learners, lock_session, read_meetings
from enrolment.services.seats import busy_elsewhere, has_room_for, hold_seats, release_seats
from enrolment.services.states import move_to
from enrolment.turns import moves_up, offer_ends_at, offer_needed

# Read beyond the seats that are free: a candidate may turn out to be busy once they are locked.
SPARE_CANDIDATES = 3


def fill_free_seats(*, session: Session) -> int:
    """Move people up while seats are free; mends what a fault left undone. Returns how many moved up."""
    with transaction.atomic():
        locked = lock_session(session.pk)
        now = timezone.now()
        meetings, has_queue = read_meetings(locked)
        candidates = read_candidates(locked, meetings) if has_queue else []
        lock_learners({candidate.learner_id for candidate in candidates})
        return promote(locked, meetings, candidates, at=now)


def read_candidates(session: Session, meetings: Sequence[Meeting], *, freed: int = 0) -> list[Enrolment]:
    """The next few of the queue who have nothing else at that time, in the order of the queue.

    As many as there are seats, free or about to be, and some to spare; nobody where there is none.
    """
    left, has_pools = seats_left(meetings), any(meeting.reserved for meeting in meetings)
    if left is not None and left + freed <= 0 and not has_pools:
        return []
    free = session.enrolments.promotable().exclude(_busy(session, meetings)).with_learner()
    queue = free.in_queue_order()
    if left is None:
        return list(queue)
    candidates = list(queue[: left + freed + SPARE_CANDIDATES]) if left + freed > 0 else []
    if has_pools:
        for pool in session.pools.kept():
            candidates += queue.filter(members_of(pool))[: pool.seats_left + freed + SPARE_CANDIDATES]
    return sorted(set(candidates), key=lambda each: (each.priority, each.enrolled_at, each.pk))


def in_turn(
    session: Session, meetings: Sequence[Meeting], newcomer: Enrolment, candidates: Sequence[Enrolment]
) -> list[Enrolment]:
    """The next few, read again with somebody who has just come among them; only those who are locked."""
    locked = {each.pk: each for each in [*candidates, newcomer]}
    again = read_candidates(session, meetings)
    return [locked[each.pk] for each in again if each.pk in locked]


def promote(
    session: Session, meetings: Sequence[Meeting], candidates: Sequence[Enrolment], *, at: dt.datetime
) -> int:
    """Give candidates, whose learners are locked, their turn while there is room, and seats still move up."""
    if not candidates or not moves_up(session, at=at):
        return 0
    busy = busy_elsewhere(candidates, meetings, besides=session)
    served = []
    for candidate in candidates:
        if candidate.learner_id not in busy and has_room_for(candidate, meetings):
            _give_turn(candidate, session, meetings, at=at)
            served.append(candidate)
    if served:
        _note_conflicts(session, meetings, behind=served[-1], at=at)
    return len(served)


def offer_seat(
    enrolment: Enrolment, kind: OfferKind, meetings: Sequence[Meeting], *, at: dt.datetime
) -> Offer:
    """Ask for the yes that is still needed for a seat that is held, and tell the person."""
    ends_at = offer_ends_at(kind, enrolment.session, at=at)
    offer: Offer = Offer.objects.create(enrolment=enrolment, kind=kind, made_at=at, expires_at=ends_at)
    emails.tell_offered(offer, enrolment, meetings)
    if kind == OfferKind.APPROVAL:
        emails.ask_approvers(enrolment, meetings, at=at, offer=offer)
    return offer


def close_offers(enrolments: Sequence[Enrolment], outcome: OfferOutcome, *, at: dt.datetime) -> None:
    """End the live offers of enrolments, in one statement."""
    Offer.objects.live().filter(enrolment__in=[each.pk for each in enrolments]).update(
        ended_at=at, outcome=outcome
    )


def confirm(enrolment: Enrolment, session: Session, *, at: dt.datetime) -> None:
    """Make a seat, held or about to be, somebody's own."""
    move_to(EnrolmentStatus.CONFIRMED, [enrolment], at=at)
    if enrolment.enrolled_by_id:
        # They hear of the seat only now, and have their days to decline it; a move may have given more.
        days = [enrolment.withdraw_until, withdrawal_closes_on(session, told_on=brussels_day(at))]
        enrolment.withdraw_until = None if None in days else max(filter(None, days))
        enrolment.save(update_fields=["withdraw_until"])


def pass_over(
    enrolment: Enrolment,
    meetings: Sequence[Meeting],
    outcome: OfferOutcome,
    reason: PassedOver,
    *,
    at: dt.datetime,
) -> None:
    """End an offer: the seat is free again, the place in the queue and its date stay theirs."""
    close_offers([enrolment], outcome, at=at)
    move_to(EnrolmentStatus.QUEUED, [enrolment], at=at)
    release_seats([enrolment], meetings, at=at)
    enrolment.passed_over, enrolment.passed_over_at = reason, at
    enrolment.save(update_fields=["passed_over", "passed_over_at"])


def _give_turn(
    candidate: Enrolment, session: Session, meetings: Sequence[Meeting], *, at: dt.datetime
) -> None:
    emails.cancel_pending_about(candidate)
    if kind := offer_needed(candidate, session, at=at):
        move_to(EnrolmentStatus.OFFERED, [candidate], at=at)
        held = hold_seats(candidate, meetings, at=at)
        AuditEntry.record(action="enrolment.offered", subject=candidate, actor=None, kind=kind)
        offer_seat(candidate, kind, held, at=at)
    else:
        confirm(candidate, session, at=at)
        held = hold_seats(candidate, meetings, at=at)
        AuditEntry.record(action="enrolment.moved_up", subject=candidate, actor=None)
        emails.tell_moved_up(candidate, held)


def _note_conflicts(
    session: Session, meetings: Sequence[Meeting], *, behind: Enrolment, at: dt.datetime
) -> None:
    """Who was ahead and is elsewhere at that time reads why somebody behind them was served."""
    ahead = Enrolment.objects.ahead_of(behind).filter(passed_over__in=["", PassedOver.CONFLICT])
    ahead.filter(_busy(session, meetings)).update(passed_over=PassedOver.CONFLICT, passed_over_at=at)


def members_of(pool: SeatPool) -> Q:
    """Of enrolments, those for whom seats are reserved: see ``SeatPool.is_for``."""
    if pool.organisation_id:
        return Q(employer=pool.organisation_id) | Q(school=pool.organisation_id)
    return Q(learner__profile__administrative_language=pool.language)


def _busy(session: Session, meetings: Sequence[Meeting]) -> Q:
    """Of the queue, those who take part in something else at that time, or give it."""
    seats = Seat.objects.overlapping(meetings).filter(enrolment__learner=OuterRef("learner"))
    teaching = MeetingStaff.objects.clashing(meetings, besides=session).filter(person=OuterRef("learner"))
    return Q(Exists(seats)) | Q(Exists(teaching))
