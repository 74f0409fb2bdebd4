"""The engine reads every instant as Django's does, and its pool hands out connections that are alive."""

import copy
import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DataError, connection
from psycopg.pq import Format

from core.postgresql.base import TIMESTAMPTZ, DatabaseWrapper, UtcLoader

pytestmark = pytest.mark.django_db

INSTANT = dt.datetime(2026, 3, 29, 1, 30, tzinfo=dt.UTC)


def read(text: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [text])
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-29 03:30:00+02", INSTANT),
        ("2026-03-29 01:30:00.000001+00", INSTANT + dt.timedelta(microseconds=1)),
        ("2026-03-29 01:30:00.5+00", INSTANT + dt.timedelta(milliseconds=500)),
        ("0001-01-01 00:00:00+00", dt.datetime.min.replace(tzinfo=dt.UTC)),
        ("9999-12-31 23:59:59.999999+00", dt.datetime.max.replace(tzinfo=dt.UTC)),
    ],
)
def test_an_instant_is_read_to_the_microsecond_in_utc(text: str, expected: dt.datetime) -> None:
    found = read(text)
    assert (found, found.tzinfo) == (expected, dt.UTC)


def test_nothing_is_read_as_none() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT NULL::timestamptz")
        assert cursor.fetchone() == (None,)


@pytest.mark.parametrize("text", ["infinity", "0044-03-15 12:00:00+00 BC"])
def test_what_python_has_no_word_for_is_an_error(text: str) -> None:
    with pytest.raises(DataError):
        read(text)


def test_it_is_the_one_that_reads() -> None:
    connection.ensure_connection()
    adapters = connection.connection.adapters
    assert adapters.get_loader(TIMESTAMPTZ, Format.TEXT) is UtcLoader


@pytest.fixture
def pooled() -> Iterator[DatabaseWrapper]:
    """A connection from a pool of one, as in a web process."""
    settings = copy.deepcopy(connection.settings_dict)
    settings["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 1, "timeout": 10}
    pooled = DatabaseWrapper(settings, connection.alias)
    yield pooled
    pooled.close()
    pooled.close_pool()


def backend_of(connection: DatabaseWrapper) -> int:
    """Which of the server's processes answers; the connection then goes back to its pool."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    connection.close()
    return int(backend)


def test_a_pool_hands_a_connection_out_again_but_none_that_the_server_closed(pooled: DatabaseWrapper) -> None:
    backend = backend_of(pooled)
    assert backend_of(pooled) == backend
    with connection.cursor() as cursor:
        # True once the process is gone.
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [backend])
        assert cursor.fetchone() == (True,)
    assert backend_of(pooled) != backend
