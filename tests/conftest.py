"""What every test may ask for."""

import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import translation
from pytest_django.fixtures import Settings
from pytest_django.plugin import DjangoDbBlocker

from core.files import storage_at
from people.models import User


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A browser that leaves in mid-request leaves its server thread connected; the database goes anyway."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(scope="session", autouse=True)
def _quick_garbage_collection(django_db_setup: None) -> None:
    """Modules and models live as long as the run: looking each time whether they still do is slow."""
    gc.collect()
    gc.freeze()


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
