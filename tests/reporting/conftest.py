"""A zone and its HR."""

import pytest

from people.enums import Role
from people.models import Organisation, User
from tests.factories import OrganisationFactory, make_person_with


@pytest.fixture
def zone() -> Organisation:
    zone: Organisation = OrganisationFactory.create(code="5913", name_en="Rivierenland")
    return zone


@pytest.fixture
def hr(zone: Organisation) -> User:
    return make_person_with(Role.HR, organisation=zone)
