"""The engine reads every instant as Django's does."""

import datetime as dt
from typing import Any

import pytest
from django.db import DataError, connection
from psycopg.pq import Format

from core.postgresql.base import TIMESTAMPTZ, UtcLoader

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
