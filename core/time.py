"""Days and instants: deadlines are dates on the Brussels day, instants are UTC."""

import datetime as dt
from zoneinfo import ZoneInfo

from django.utils import timezone

BRUSSELS = ZoneInfo("Europe/Brussels")


def brussels_day(at: dt.datetime) -> dt.date:
    """The calendar day in Belgium at an instant."""
    return at.astimezone(BRUSSELS).date()


def today() -> dt.date:
    """The calendar day in Belgium now."""
    return brussels_day(timezone.now())
