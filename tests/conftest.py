"""What every test may ask for."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import translation
from pytest_django.fixtures import Settings

from core.files import storage_at
from people.models import User


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _nothing_left_over(tmp_path: Path, settings: Settings) -> Iterator[None]:
    """Files go to the test's own folder; language and cache start fresh."""
    settings.STORAGES = settings.STORAGES | {"default": storage_at(tmp_path.as_uri())}
    with translation.override("en"):
        yield
    cache.clear()


@pytest.fixture
def sign_in(client: Client) -> Callable[[User], Client]:
    """The test client, signed in as somebody, with an English screen."""

    def _sign_in(user: User) -> Client:
        client.force_login(user)
        session = client.session
        session["screen_language"] = "en"
        session.save()
        return client

    return _sign_in
