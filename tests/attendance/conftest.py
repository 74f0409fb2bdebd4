"""A day of teaching: Thursday 14 January 2027, two parts (08:30-11:30 and 12:30-15:30), seen at 15:00."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine

from core.time import BRUSSELS
from courses.models import Meeting, Session
from people.enums import Role
from people.models import User
from tests.factories import make_person_with, make_session, make_version

DAY = dt.date(2027, 1, 14)


def at(hour: int, minute: int = 0, *, day: dt.date = DAY) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), BRUSSELS)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """Ticks, because a mark and the one that replaces it have each their instant."""
    with time_machine.travel(at(15)) as traveller:
        yield traveller


@pytest.fixture
def trainer() -> User:
    user: User = make_person_with(Role.TRAINER)
    return user


@pytest.fixture
def session(trainer: User) -> Session:
    return make_session(version=make_version(), starts_in=dt.timedelta(0), capacity=30, trainer=trainer)


@pytest.fixture
def theory(session: Session) -> Meeting:
    return session.meetings.get(part__position=1)


@pytest.fixture
def practice(session: Session) -> Meeting:
    return session.meetings.get(part__position=2)
