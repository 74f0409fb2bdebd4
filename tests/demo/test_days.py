"""The demo's data is made on whatever day somebody looks: nothing overlaps, nothing falls on a Sunday."""

import datetime as dt

import pytest
import time_machine

from core.time import BRUSSELS, brussels_day
from courses.models import Meeting, Session
from demo.data import build
from tests.demo.test_data import load

pytestmark = pytest.mark.django_db

SATURDAY, SUNDAY = 7, 1  # As the database counts.


# A Friday, and a Sunday on which the clocks change.
@pytest.mark.parametrize("day", ["2027-03-28", pytest.param("2027-02-26", marks=pytest.mark.prove)])
def test_only_what_is_today_may_fall_in_a_weekend(day: str) -> None:
    now = dt.datetime.fromisoformat(f"{day}T07:15").replace(tzinfo=BRUSSELS)
    with time_machine.travel(now, tick=False):
        load()
        assert build()

    first = brussels_day(now)
    today = Session.objects.published().starting_between(first, first)
    assert today.count() == 1
    others = Meeting.objects.exclude(session__in=today)
    assert not others.filter(starts_at__week_day__in=[SATURDAY, SUNDAY])
