"""How long offers last, what is near, and until when seats move up: on the Brussels clock."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from pytest_django import Settings

from core.time import BRUSSELS
from courses.models import Session
from enrolment.enums import OfferKind
from enrolment.models import Enrolment
from enrolment.turns import last_day_to_keep, moves_up, moving_up_ends_at, offer_ends_at, offer_needed
from tests.factories import make_session


def brussels(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=BRUSSELS)


def session_on(day: str) -> Session:
    return Session(starts_at=brussels(f"{day}T08:30"))


@pytest.mark.parametrize(
    ("day", "ends_at"),
    [
        ("2026-03-05", "2026-03-04T12:00"),
        # A Monday: Friday; after Easter Monday: Thursday, for Good Friday is a working day but Monday is not.
        ("2026-03-09", "2026-03-06T12:00"),
        ("2026-04-07", "2026-04-03T12:00"),
        # All Saints' Day on a Sunday; Armistice Day on a Wednesday; Christmas and New Year.
        ("2026-11-02", "2026-10-30T12:00"),
        ("2026-11-12", "2026-11-10T12:00"),
        ("2026-12-28", "2026-12-24T12:00"),
        ("2027-01-02", "2026-12-31T12:00"),
        ("2026-07-22", "2026-07-20T12:00"),
    ],
)
def test_seats_move_up_until_noon_of_the_last_working_day(day: str, ends_at: str) -> None:
    session = session_on(day)
    assert moving_up_ends_at(session) == brussels(ends_at)
    assert moves_up(session, at=brussels(ends_at) - dt.timedelta(seconds=1))
    assert not moves_up(session, at=brussels(ends_at))


@pytest.mark.parametrize(
    ("asked", "until"),
    [
        # Of a day thirteen hours count, so 24 of them end the next day but one at the latest.
        ("2026-03-02T07:00", "2026-03-03T18:00"),
        ("2026-03-02T12:00", "2026-03-04T10:00"),
        ("2026-03-02T19:59", "2026-03-04T17:59"),
        ("2026-03-02T20:00", "2026-03-04T18:00"),
        ("2026-03-02T23:30", "2026-03-04T18:00"),
        ("2026-03-03T03:00", "2026-03-04T18:00"),
        # In the night between the clock goes forward, or back.
        ("2026-03-28T12:00", "2026-03-30T10:00"),
        ("2026-10-24T12:00", "2026-10-26T10:00"),
    ],
)
def test_an_offer_lasts_the_hours_in_which_people_are_awake(asked: str, until: str) -> None:
    assert offer_ends_at(OfferKind.SEAT, session_on("2026-12-01"), at=brussels(asked)) == brussels(until)


def test_no_offer_outlasts_the_time_in_which_seats_move_up() -> None:
    session = session_on("2026-03-05")
    for kind in OfferKind:
        assert offer_ends_at(kind, session, at=brussels("2026-03-03T09:00")) == brussels("2026-03-04T12:00")


def test_a_seat_is_held_for_an_approval_until_the_evening_of_the_last_day(settings: Settings) -> None:
    settings.APPROVAL_HOLD_DAYS = 3
    ends_at = offer_ends_at(OfferKind.APPROVAL, session_on("2026-12-01"), at=brussels("2026-03-02T23:59"))
    assert ends_at == brussels("2026-03-05T20:00")


NOW = brussels("2026-03-02T12:00")


def needed(
    *,
    on: str,
    notice: int | None = None,
    enrolled_at: dt.datetime = NOW - dt.timedelta(days=9),
    **fields: Any,
) -> OfferKind | None:
    enrolment = Enrolment(enrolled_at=enrolled_at, notice_days=notice, **fields)
    return offer_needed(enrolment, session_on(on), at=NOW)


def test_who_waits_is_asked_when_fewer_than_seven_days_are_left() -> None:
    assert needed(on="2026-03-09") is None
    assert needed(on="2026-03-08") == OfferKind.SEAT


def test_a_rule_of_one_s_own_asks_for_more_notice_and_never_for_less() -> None:
    assert needed(on="2026-03-16", notice=14) is None
    assert needed(on="2026-03-15", notice=14) == OfferKind.SEAT
    assert needed(on="2026-03-08", notice=2) == OfferKind.SEAT


def test_who_could_not_withdraw_any_more_is_asked_first() -> None:
    passed, today = dt.date(2026, 3, 1), dt.date(2026, 3, 2)
    assert needed(on="2026-12-05", withdraw_until=passed) == OfferKind.SEAT
    assert needed(on="2026-12-05", withdraw_until=today) is None
    # Whom others enrolled has days to decline from the seat on.
    assert needed(on="2026-12-05", withdraw_until=passed, enrolled_by_id=1) is None


def test_seats_are_kept_no_longer_than_that_the_queue_still_gets_them() -> None:
    # A Monday: on the Friday before they move up until noon.
    assert last_day_to_keep(session_on("2026-03-09")) == dt.date(2026, 3, 5)


def test_who_enrols_now_has_said_yes() -> None:
    assert needed(on="2026-03-05", enrolled_at=NOW) is None


def test_an_approval_that_is_missing_is_asked_for_first() -> None:
    assert needed(on="2026-03-05", approval_needed=True) == OfferKind.APPROVAL
    assert needed(on="2026-12-05", approval_needed=True) == OfferKind.APPROVAL
    assert needed(on="2026-12-05", approval_needed=True, approved_at=NOW) is None


@pytest.mark.django_db
def test_the_factory_s_session_counts_from_its_first_day() -> None:
    with time_machine.travel(NOW, tick=False):
        session = make_session(starts_in=dt.timedelta(days=3))
        assert moving_up_ends_at(session) == brussels("2026-03-04T12:00")
