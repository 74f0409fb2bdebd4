"""A clock that stands still, an audit behind the acts, and the people of an office."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from core.time import BRUSSELS
from enrolment.enums import Fault
from enrolment.services.auditing import faults_of, find_faults
from people.enums import Role
from people.models import Organisation, User
from tests.factories import OrganisationFactory, make_employee, make_person_with
from tests.pages import SignIn

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=BRUSSELS)
DAY = dt.timedelta(days=1)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def audited(db: None, clock: time_machine.Traveller) -> Iterator[None]:
    """Whatever a test did, the audit of the seats finds nothing."""
    yield
    # Time stands still here: those who enrol after each other do so at one instant.
    assert set(faults_of(find_faults(most_ids=1))) <= {Fault.TIED_IN_QUEUE}


@pytest.fixture
def manager() -> User:
    return make_person_with(Role.CATALOGUE_MANAGER)


@pytest.fixture
def desk(sign_in: SignIn, manager: User) -> Client:
    """Of a catalogue manager."""
    return sign_in(manager)


@pytest.fixture
def zone() -> Organisation:
    zone: Organisation = OrganisationFactory.create(name_en="Rivierenland")
    return zone


@pytest.fixture
def hr(zone: Organisation) -> User:
    return make_person_with(Role.HR, organisation=zone)


@pytest.fixture
def anna(zone: Organisation) -> User:
    return make_employee(zone=zone, profile__first_name="Anna", profile__last_name="Claes")
