"""Seats that are kept for an organisation, a school or a language until a day; then they are for all."""

import datetime as dt

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from core.models import AuditEntry
from core.sweeps import sweep
from core.time import brussels_day
from courses.models import Meeting, Session
from enrolment.errors import CannotReserve, NotOnOffer, TooFewToReserve, TooManyTaken
from enrolment.models import SeatPool
from enrolment.rules import seats_left
from enrolment.services.locking import lock_session
from enrolment.services.waiting_list import fill_free_seats
from enrolment.turns import is_kept_long_enough
from people.models import Organisation, User


@transaction.atomic
def reserve_seats(
    *,
    session: Session,
    seats: int,
    release_on: dt.date,
    actor: User,
    organisation: Organisation | None = None,
    language: str = "",
) -> SeatPool:
    """Keep so many seats for an organisation's people or those of a language, until the end of a day.

    Said again for the same people, it changes the number and the day. Those who have a seat already keep it,
    and don't count. Raises NotOnOffer, CannotReserve, TooFewToReserve, TooManyTaken.
    """
    session = lock_session(session.pk)
    if not session.is_published:
        raise NotOnOffer
    left = seats_left(session.meetings.all())
    if left is None:
        raise CannotReserve
    kept = SeatPool.objects.kept().filter(session=session, organisation=organisation, language=language)
    pool = kept.first() or SeatPool(session=session, organisation=organisation, language=language, seats=0)
    if (pool.seats, pool.release_on) == (seats, release_on):
        return pool
    more = seats - pool.seats
    if more > left:
        raise TooFewToReserve(pool.seats + left)
    if seats < pool.taken:
        raise TooManyTaken(pool.taken)
    pool.seats, pool.release_on = seats, release_on
    pool.save()
    _keep(session, more)
    AuditEntry.record(
        action="session.seats_reserved",
        subject=session,
        actor=actor,
        organisation=organisation.pk if organisation else None,
        language=language,
        seats=seats,
        until=release_on.isoformat(),
    )
    if more < 0:
        fill_free_seats(session=session)
    return pool


@transaction.atomic
def release_pool(*, pool: SeatPool, actor: User | None) -> int:
    """Lend what is left of reserved seats to everybody, the queue first; released before, it does nothing.

    Returns how many moved up. Those who have one of the seats keep it.
    """
    session = lock_session(pool.session_id)
    pool.refresh_from_db()
    if pool.released_at:
        return 0
    pool.released_at = timezone.now()
    pool.save(update_fields=["released_at"])
    _keep(session, -pool.seats_left)
    AuditEntry.record(
        action="session.seats_released", subject=session, actor=actor, pool=pool.pk, seats=pool.seats_left
    )
    return fill_free_seats(session=session)


def release_pools_that_are_over() -> None:
    """Release those whose last day has passed; safe to run twice and at once."""
    today = brussels_day(timezone.now())
    kept = SeatPool.objects.kept().select_related("session")
    over = [pool for pool in kept if is_kept_long_enough(pool, on=today)]
    sweep(over, lambda pool: release_pool(pool=pool, actor=None))


def _keep(session: Session, seats: int) -> None:
    required = Meeting.objects.filter(session=session, part__optional=False)
    required.update(reserved=F("reserved") + seats)
