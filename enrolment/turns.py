"""When it is somebody's turn: how long an offer lasts, when one is asked first, until when seats move up."""

import datetime as dt
from functools import cache

import holidays
from django.conf import settings

from core.time import BRUSSELS, brussels_day
from courses.models import Session
from enrolment.enums import OfferKind
from enrolment.models import Enrolment

DAY = dt.timedelta(days=1)


def offer_needed(enrolment: Enrolment, session: Session, *, at: dt.datetime) -> OfferKind | None:
    """Whose yes is still needed before a seat is somebody's; None: it is theirs at once.

    Who enrols at this very instant has said yes. The others are asked when the session is near, or nearer
    than their own rule says.
    """
    if enrolment.lacks_approval:
        return OfferKind.APPROVAL
    if enrolment.enrolled_at == at or session.first_day is None:
        return None
    notice = (session.first_day - brussels_day(at)).days
    is_near = notice < max(settings.OFFER_NEAR_DAYS, enrolment.notice_days or 0)
    return OfferKind.SEAT if is_near else None


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


def is_working_day(day: dt.date) -> bool:
    return _public_holidays().is_working_day(day)


def working_days_before(day: dt.date, number: int) -> dt.date:
    """The working day that lies so many of them before a day."""
    for _each in range(number):
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
