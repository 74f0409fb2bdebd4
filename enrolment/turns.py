"""When it is somebody's turn: how long an offer lasts, when one is asked first, until when seats move up."""

import datetime as dt
from functools import cache

import holidays
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.time import BRUSSELS, brussels_day
from courses.models import Session
from enrolment.enums import OfferKind
from enrolment.models import Enrolment, SeatPool

DAY = dt.timedelta(days=1)


def offer_needed(enrolment: Enrolment, session: Session, *, at: dt.datetime) -> OfferKind | None:
    """Whose yes is still needed before a seat is somebody's; None: it is theirs at once.

    Who enrols at this very instant has said yes. The others are asked when the session is near, or nearer
    than their own rule says; and who chose it themselves, when they couldn't withdraw any more.
    """
    if enrolment.lacks_approval:
        return OfferKind.APPROVAL
    if enrolment.enrolled_at == at or session.first_day is None:
        return None
    return OfferKind.SEAT if is_asked_first(enrolment, session, on=brussels_day(at)) else None


def is_asked_first(enrolment: Enrolment, session: Session, *, on: dt.date) -> bool:
    """Whether somebody who waits is asked before a seat that comes free on a day is theirs."""
    is_near = session.first_day is not None and (session.first_day - on).days < _days_of_notice(enrolment)
    last_day = enrolment.withdraw_until
    # Whom others enrolled has days to decline from then on: see ``services.waiting_list.confirm``.
    is_for_good = last_day is not None and last_day < on and enrolment.enrolled_by_id is None
    return is_near or is_for_good


def what_comes_next(enrolment: Enrolment, session: Session, *, at: dt.datetime) -> str:
    """What somebody who waits can count on, in words: the same on pages and in mails."""
    if not moves_up(session, at=at):
        return too_late_text()
    if enrolment.stepped_aside:
        return _("Seats go to others until you say that you want one again.")
    if is_asked_first(enrolment, session, on=brussels_day(at)):
        return _("When a seat comes free and it is your turn, we hold it for you and ask you by mail.")
    days = _days_of_notice(enrolment)
    return ngettext(
        "When a seat comes free and it is your turn, it is yours and you get a mail; on the last day before "
        "the session we ask you first.",
        "When a seat comes free and it is your turn, it is yours and you get a mail; in the last %(count)d "
        "days before the session we ask you first.",
        days,
    ) % {"count": days}


def too_late_text() -> str:
    return _(
        "It is so close that nobody moves up any more. If somebody doesn't come, there may be a place at "
        "the door."
    )


def freed_seat_text(session: Session, *, at: dt.datetime) -> str:
    """What becomes of a seat that is given up at an instant, in words: the same on pages and in mails."""
    if moves_up(session, at=at):
        return _("The seat goes to whoever is next in the queue.")
    return _("So close to the session nobody moves up any more: the seat may be used at the door.")


def _days_of_notice(enrolment: Enrolment) -> int:
    return max(settings.OFFER_NEAR_DAYS, enrolment.notice_days or 0)


def moves_up(session: Session, *, at: dt.datetime) -> bool:
    """Whether a free seat still goes to the queue at an instant."""
    ends_at = moving_up_ends_at(session)
    return ends_at is not None and at < ends_at


def moving_up_ends_at(session: Session) -> dt.datetime | None:
    """Noon of the last working day before the session, by default; None without a meeting."""
    if session.first_day is None:
        return None
    day = working_days_before(session.first_day, 1)
    return dt.datetime.combine(day, settings.MOVING_UP_ENDS, BRUSSELS)


def last_day_to_keep(session: Session) -> dt.date | None:
    """Until when seats are kept for some at the latest: lent the next morning, they still go to the queue."""
    ends_at = moving_up_ends_at(session)
    return ends_at.date() - DAY if ends_at else None


def is_kept_long_enough(pool: SeatPool, *, on: dt.date) -> bool:
    """Whether reserved seats are for everybody on a day; a session that moved may have brought it near."""
    latest = last_day_to_keep(pool.session)
    return pool.release_on < on or (latest is not None and latest < on)


def is_working_day(day: dt.date) -> bool:
    return _public_holidays().is_working_day(day)


def working_days_before(day: dt.date, number: int) -> dt.date:
    """The working day that lies so many of them before a day."""
    for _step in range(number):
        day -= DAY
        while not is_working_day(day):
            day -= DAY
    return day


def offer_ends_at(kind: OfferKind, session: Session, *, at: dt.datetime) -> dt.datetime:
    """Until when a seat is held; never longer than seats move up."""
    ends_at = _after_waking_hours(at) if kind == OfferKind.SEAT else _after_days_of_approval(at)
    latest = moving_up_ends_at(session)
    return ends_at if latest is None else min(ends_at, latest)


def _after_waking_hours(at: dt.datetime) -> dt.datetime:
    """Hours of the night don't count: whoever is asked in the evening has the next day."""
    left, day = dt.timedelta(hours=settings.OFFER_HOURS), brussels_day(at)
    while True:
        begins = dt.datetime.combine(day, settings.OFFER_DAY_BEGINS, BRUSSELS)
        ends = dt.datetime.combine(day, settings.OFFER_DAY_ENDS, BRUSSELS)
        begins = max(begins, at.astimezone(BRUSSELS))
        if begins + left <= ends:
            return begins + left
        left -= max(ends - begins, dt.timedelta(0))
        day += DAY


def _after_days_of_approval(at: dt.datetime) -> dt.datetime:
    last_day = brussels_day(at) + settings.APPROVAL_HOLD_DAYS * DAY
    return dt.datetime.combine(last_day, settings.OFFER_DAY_ENDS, BRUSSELS)


@cache
def _public_holidays() -> holidays.HolidayBase:
    return holidays.country_holidays("BE")
