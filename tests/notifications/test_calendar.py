import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
import vobject
from ical.calendar_stream import IcsCalendarStream
from pytest_django.fixtures import Settings

from notifications.calendar import Event, Method, render
from tests.notifications.messages import calendar_event

BRUSSELS = ZoneInfo("Europe/Brussels")
NOW = dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC)
# What the wall clock of the room shows, and the instant that it is.
AROUND_THE_CLOCK_CHANGES = [
    ("2027-03-26T08:30", "2027-03-26T07:30+00:00"),
    ("2027-03-28T01:30", "2027-03-28T00:30+00:00"),
    ("2027-03-28T03:30", "2027-03-28T01:30+00:00"),
    ("2027-03-29T08:30", "2027-03-29T06:30+00:00"),
    ("2027-10-29T08:30", "2027-10-29T06:30+00:00"),
    ("2027-10-31T01:30", "2027-10-30T23:30+00:00"),
    ("2027-10-31T03:30", "2027-10-31T02:30+00:00"),
    ("2027-11-02T08:30", "2027-11-02T07:30+00:00"),
    ("2031-07-01T08:30", "2031-07-01T06:30+00:00"),
]


def event_at(instant: str, **fields: Any) -> Event:
    start = dt.datetime.fromisoformat(instant)
    end = start + dt.timedelta(hours=3)
    return calendar_event(starts_at=start.isoformat(), ends_at=end.isoformat(), **fields)


def starts_in_icalendar(content: str) -> list[dt.datetime]:
    starts = [event.start for event in icalendar.Calendar.from_ical(content).events]
    return [start for start in starts if isinstance(start, dt.datetime)]


def starts_in_ical(content: str) -> list[dt.datetime]:
    calendar = IcsCalendarStream.calendar_from_ics(content)
    return [event.dtstart for event in calendar.events if isinstance(event.dtstart, dt.datetime)]


def starts_in_vobject(content: str) -> list[dt.datetime]:
    return [event.dtstart.value for event in vobject.readOne(content).vevent_list]


@pytest.mark.parametrize("parse", [starts_in_icalendar, starts_in_ical, starts_in_vobject])
@pytest.mark.parametrize("zone", ["Europe/Brussels", "A/Zone.that.only.this.file.knows"])
def test_sessions_on_either_side_of_a_clock_change_keep_their_time_in_every_parser(
    parse: Any, zone: str
) -> None:
    """The second zone makes the parsers read the file's own VTIMEZONE."""
    events = [event_at(instant, uid=instant) for _, instant in AROUND_THE_CLOCK_CHANGES]
    content = render(events, method="PUBLISH", at=NOW).decode().replace("Europe/Brussels", zone)

    starts = parse(content)

    assert [start.strftime("%Y-%m-%dT%H:%M") for start in starts] == [
        wall for wall, _ in AROUND_THE_CLOCK_CHANGES
    ]
    assert [start.astimezone(dt.UTC) for start in starts] == [
        dt.datetime.fromisoformat(instant) for _, instant in AROUND_THE_CLOCK_CHANGES
    ]


def test_the_clock_of_brussels_is_told_as_the_law_has_it() -> None:
    """Directive 2000/84/EC: the last Sundays of March and October, at one o'clock UTC."""
    content = render([event_at("2027-01-14T07:30+00:00")], method="PUBLISH", at=NOW).decode()
    summer = content.partition("BEGIN:DAYLIGHT\r\n")[2].partition("END:DAYLIGHT")[0].split()
    winter = content.partition("BEGIN:STANDARD\r\n")[2].partition("END:STANDARD")[0].split()
    assert set(summer) == {
        "DTSTART:20260329T020000",
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3",
        "TZNAME:CEST",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0200",
    }
    assert set(winter) == {
        "DTSTART:20261025T030000",
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
        "TZNAME:CET",
        "TZOFFSETFROM:+0200",
        "TZOFFSETTO:+0100",
    }


def test_a_zone_whose_clock_never_changes_has_one_observance() -> None:
    event = event_at("2027-06-14T07:30+00:00", timezone="Africa/Kigali")
    content = render([event], method="PUBLISH", at=NOW).decode()
    assert content.count("BEGIN:STANDARD") == 1
    assert "BEGIN:DAYLIGHT" not in content
    assert starts_in_vobject(content) == [dt.datetime(2027, 6, 14, 7, 30, tzinfo=dt.UTC)]


def test_book_move_cancel_is_one_event_with_rising_sequence() -> None:
    booked = event_at("2027-01-14T07:30+00:00", sequence=0)
    moved = event_at("2027-01-21T07:30+00:00", sequence=1)
    cancelled = event_at("2027-01-21T07:30+00:00", sequence=2)
    story: list[tuple[Event, Method]] = [(booked, "REQUEST"), (moved, "REQUEST"), (cancelled, "CANCEL")]
    files = [
        icalendar.Calendar.from_ical(render([event], method=method, at=NOW, attendee="jo@police.example"))
        for event, method in story
    ]
    assert [file["METHOD"] for file in files] == ["REQUEST", "REQUEST", "CANCEL"]
    assert [file.events[0]["SEQUENCE"] for file in files] == [0, 1, 2]
    assert {file.events[0]["UID"] for file in files} == {"0195.1"}
    assert [file.events[0]["STATUS"] for file in files] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    for file in files:
        assert file.events[0]["ATTENDEE"] == "mailto:jo@police.example"
        assert file.events[0]["ORGANIZER"] == "mailto:training@police.example"
        assert file.events[0].DTSTAMP == NOW
        assert file.walk("VALARM") == []


def test_a_download_holds_many_events_and_nobody(settings: Settings) -> None:
    events = [event_at("2027-01-14T07:30+00:00", uid="a"), event_at("2027-05-14T07:30+00:00", uid="b")]
    content = render(events, method="PUBLISH", at=NOW)
    assert [str(event["UID"]) for event in icalendar.Calendar.from_ical(content).events] == ["a", "b"]
    assert content.count(b"BEGIN:VTIMEZONE") == 1
    assert b"ATTENDEE" not in content
    assert b"ORGANIZER" not in content


def test_without_an_organiser_the_platform_invites(settings: Settings) -> None:
    settings.DEFAULT_FROM_EMAIL = "Traject <no-reply@police.example>"
    content = render([event_at("2027-01-14T07:30+00:00", organiser="")], method="REQUEST", at=NOW)
    assert b"ORGANIZER:mailto:no-reply@police.example\r\n" in content


def test_text_is_escaped_and_long_lines_are_folded() -> None:
    summary = "Brüssel; Liège, \\ and\nBEGIN:VALARM " + "é" * 100
    content = render([event_at("2027-01-14T07:30+00:00", summary=summary)], method="PUBLISH", at=NOW)
    lines = content.split(b"\r\n")
    assert max(len(line) for line in lines) <= 75
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"BEGIN:VALARM" not in lines
    assert vobject.readOne(content.decode()).vevent.summary.value == summary
