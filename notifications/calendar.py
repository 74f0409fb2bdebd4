"""Calendar files (RFC 5545) and invitations (RFC 5546), from frozen plain data."""

import datetime as dt
from collections.abc import Iterator, Sequence
from email.utils import parseaddr
from functools import lru_cache
from typing import Literal, TypedDict
from zoneinfo import ZoneInfo

import icalendar
from django.conf import settings

Method = Literal["PUBLISH", "REQUEST", "CANCEL"]

HOUR = dt.timedelta(hours=1)
WEEK = dt.timedelta(days=7)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class Event(TypedDict):
    """A meeting as a calendar sees it: primitives only, so that it can lie in a message's context."""

    # The same for as long as the meeting exists; the sequence rises with each change.
    uid: str
    sequence: int
    summary: str
    # ISO 8601 instants, with their offset.
    starts_at: str
    ends_at: str
    # IANA name of the zone whose clock the meeting follows.
    timezone: str
    location: str
    description: str
    url: str
    # Mail address of whoever organises; empty: the platform's own.
    organiser: str


class Invitation(TypedDict):
    """The keys ``calendar`` and ``calendar_of_before`` in the context of a message."""

    method: Method
    events: list[Event]


def render(events: Sequence[Event], *, method: Method, at: dt.datetime, attendee: str = "") -> bytes:
    """One calendar file, made at the instant ``at``.

    PUBLISH, for a download, takes any number of events; REQUEST and CANCEL, for a mail, take one event and
    the attendee's address.
    """
    calendar = icalendar.Calendar()
    calendar.add("prodid", f"-//{settings.PRODUCT_NAME}//{settings.PRODUCT_NAME}//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    first_year = min(dt.datetime.fromisoformat(event["starts_at"]).year for event in events)
    for zone in sorted({event["timezone"] for event in events}):
        calendar.add_component(_vtimezone(zone, first_year))
    for event in events:
        calendar.add_component(_vevent(event, method=method, at=at, attendee=attendee))
    content: bytes = calendar.to_ical()
    return content


def _vevent(event: Event, *, method: Method, at: dt.datetime, attendee: str) -> icalendar.Event:
    zone = ZoneInfo(event["timezone"])
    vevent = icalendar.Event()
    vevent.add("uid", event["uid"])
    vevent.add("sequence", event["sequence"])
    vevent.add("dtstamp", at.astimezone(dt.UTC))
    vevent.add("dtstart", dt.datetime.fromisoformat(event["starts_at"]).astimezone(zone))
    vevent.add("dtend", dt.datetime.fromisoformat(event["ends_at"]).astimezone(zone))
    vevent.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    for name in ("summary", "location", "description", "url"):
        if text := event[name]:
            vevent.add(name, text)
    if method != "PUBLISH":
        organiser = event["organiser"] or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
        vevent.add("organizer", f"mailto:{organiser}")
        vevent.add("attendee", f"mailto:{attendee}", parameters={"partstat": "ACCEPTED", "rsvp": "FALSE"})
    return vevent


@lru_cache(maxsize=32)
def _vtimezone(name: str, year: int) -> icalendar.Timezone:
    """The clock of a zone from ``year`` on, as the time zone database tells it.

    Each change is a yearly rule, since Outlook reads no lists of dates here. An onset is told by the clock
    that it ends (RFC 5545, 3.6.5); icalendar's own generator is an hour late with summer's.
    """
    zone = ZoneInfo(name)
    vtimezone = icalendar.Timezone()
    vtimezone.add("tzid", name)
    start = dt.datetime(year - 1, 1, 1, tzinfo=dt.UTC)
    for onset in _clock_changes(zone, year - 1) or [start]:
        before, after = (onset - HOUR).astimezone(zone), onset.astimezone(zone)
        observance = icalendar.TimezoneDaylight() if after.dst() else icalendar.TimezoneStandard()
        observance.add("dtstart", (onset + _offset(before)).replace(tzinfo=None))
        observance.add("tzoffsetfrom", _offset(before))
        observance.add("tzoffsetto", _offset(after))
        observance.add("tzname", after.tzname())
        if onset != start:
            observance.add("rrule", _yearly((onset + _offset(before)).date()))
        vtimezone.add_component(observance)
    return vtimezone


def _clock_changes(zone: ZoneInfo, year: int) -> list[dt.datetime]:
    def offset(instant: dt.datetime) -> dt.timedelta:
        return _offset(instant.astimezone(zone))

    return [hour for hour in _hours_of(year) if offset(hour) != offset(hour - HOUR)]


def _hours_of(year: int) -> Iterator[dt.datetime]:
    hour = dt.datetime(year, 1, 1, tzinfo=dt.UTC)
    while hour.year == year:
        yield hour
        hour += HOUR


def _offset(instant: dt.datetime) -> dt.timedelta:
    return instant.utcoffset() or dt.timedelta()


def _yearly(day: dt.date) -> dict[str, str | int]:
    """The rule that falls on ``day``: such a weekday, the last or the n-th of its month."""
    is_last = (day + WEEK).month != day.month
    nth = -1 if is_last else (day.day - 1) // 7 + 1
    return {"freq": "YEARLY", "bymonth": day.month, "byday": f"{nth}{WEEKDAYS[day.weekday()]}"}
