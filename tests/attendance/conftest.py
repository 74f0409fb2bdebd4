"""A day of teaching: Thursday 14 January 2027, two parts (08:30-11:30 and 12:30-15:30), seen at 15:00."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from attendance.enums import MarkState
from core.time import BRUSSELS
from courses.models import Meeting, Session
from enrolment.models import Enrolment
from people.enums import Role
from people.models import User
from tests.attendance.helpers import mark_and_close
from tests.factories import make_confirmed, make_person_with, make_session, make_version
from tests.pages import SignIn

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


@pytest.fixture
def desk(sign_in: SignIn, trainer: User) -> Client:
    """The trainer's phone."""
    return sign_in(trainer)


@pytest.fixture
def half_done(theory: Meeting, practice: Meeting, trainer: User) -> Enrolment:
    """Somebody who was at the theory, and not at the practice."""
    enrolment = make_confirmed(theory.session)
    mark_and_close(theory, {enrolment: MarkState.PRESENT}, trainer)
    mark_and_close(practice, {enrolment: MarkState.ABSENT}, trainer)
    return enrolment


@pytest.fixture
def later(session: Session, trainer: User) -> Session:
    """Another session of the course, two weeks later."""
    return make_session(version=session.version, starts_in=dt.timedelta(days=14), capacity=2, trainer=trainer)
