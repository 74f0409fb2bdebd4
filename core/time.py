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


def at_wall_clock(local: dt.datetime, zone: ZoneInfo = BRUSSELS) -> dt.datetime:
    """The instant at which a clock on the wall shows a local time; in autumn's double hour the first one.

    Raises ValueError for a time that the clock skips in spring.
    """
    instant = local.replace(tzinfo=zone).astimezone(dt.UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != local:
        raise ValueError(f"The clocks of {zone.key} never show {local}.")
    return instant
