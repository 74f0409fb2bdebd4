"""A school with a class of three, a track of two courses, and a clock that stands still."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from core.time import BRUSSELS
from courses.models import CourseVersion, Track
from people.models import Organisation, User
from tests.tracks.helpers import make_class, make_coordinator, make_school, make_track, make_training
from tracks.models import Cohort

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=BRUSSELS)
TODAY = NOON.date()


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def school() -> Organisation:
    return make_school(code="VESTA")


@pytest.fixture
def coordinator(school: Organisation) -> User:
    return make_coordinator(school)


@pytest.fixture
def law() -> CourseVersion:
    return make_training("law")


@pytest.fixture
def hpm() -> CourseVersion:
    return make_training("hpm")


@pytest.fixture
def track(law: CourseVersion, hpm: CourseVersion) -> Track:
    return make_track(law, hpm)


@pytest.fixture
def cohort(school: Organisation) -> Cohort:
    return make_class(school, 3)
