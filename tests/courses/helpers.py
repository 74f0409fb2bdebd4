"""Plans as a manager would type them."""

import datetime as dt
from typing import Any

from courses.models import Part, Venue
from courses.services.drafting import Facts
from courses.services.scheduling import Plan


def clock(text: str) -> dt.datetime:
    """What a clock on the wall shows: "2027-01-14 08:30"."""
    return dt.datetime.fromisoformat(text)


def plan(
    part: Part, venue: Venue, start: str = "2027-01-14 09:00", *, hours: float = 3, **fields: Any
) -> Plan:
    begins = clock(start)
    return Plan(part=part, venue=venue, start=begins, end=begins + dt.timedelta(hours=hours), **fields)


def facts(**fields: Any) -> Facts:
    return Facts(**{"language": "nl", "audience": "mixed"} | fields)
