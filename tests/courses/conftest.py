"""Who manages the catalogue, and a version in it."""

import pytest
from django.test import Client

from courses.models import CourseVersion
from people.enums import Role
from people.models import User
from tests.factories import make_person_with, make_version
from tests.pages import SignIn


@pytest.fixture
def manager() -> User:
    return make_person_with(Role.CATALOGUE_MANAGER)


@pytest.fixture
def desk(sign_in: SignIn, manager: User) -> Client:
    """The manager's."""
    return sign_in(manager)


@pytest.fixture
def version() -> CourseVersion:
    return make_version()
