"""Liveness and readiness, as a container engine and a proxy ask for them."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from core.health import LIVE, READY, last_migrations

# What no check may depend on: a name that is allowed, and a connection that is encrypted.
AS_A_CONTAINER_ASKS = {"host": "10.0.0.7:8000"}


@pytest.fixture(autouse=True)
def _in_production(settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.ALLOWED_HOSTS = ["traject.example"]


@pytest.fixture
def _database_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A port that nobody listens on."""
    monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")
    connection.close()
    yield
    connection.close()


def test_a_process_lives_without_any_engine(client: Client) -> None:
    # Without the mark that allows it a query would fail the test.
    answer = client.get(LIVE, headers=AS_A_CONTAINER_ASKS)
    assert (answer.status_code, answer.json()) == (200, {"process": "ok"})


@pytest.mark.django_db
def test_it_is_ready_with_one_query_and_no_session(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.get(READY)
    with django_assert_num_queries(2):
        answer = client.get(READY, headers=AS_A_CONTAINER_ASKS)
    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "redis": "ok"})
    assert not answer.cookies
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_it_is_not_ready_before_the_last_migration(client: Client) -> None:
    app, name = min(last_migrations())
    MigrationRecorder(connection).record_unapplied(app, name)
    answer = client.get(READY)
    assert (answer.status_code, answer.json()["database"]) == (503, "not migrated")


@pytest.mark.django_db
def test_a_later_release_s_migration_does_not_stop_this_one(client: Client) -> None:
    MigrationRecorder(connection).record_applied("people", "9999_later")
    assert client.get(READY).status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_database_away")
def test_without_the_database_it_lives_and_is_not_ready(client: Client) -> None:
    assert client.get(LIVE).status_code == 200
    answer = client.get(READY)
    assert (answer.status_code, answer.json()) == (503, {"database": "away", "redis": "ok"})


def test_other_addresses_still_need_a_name_that_is_allowed(client: Client) -> None:
    assert client.get("/", headers=AS_A_CONTAINER_ASKS).status_code == 400
