"""The matrix holds: every address is in it, and everybody gets exactly the answer that it names (case 17)."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from functools import partial
from http.cookies import SimpleCookie
from itertools import chain
from typing import Any

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from pytest_django.fixtures import Settings

from config import urls
from core.time import BRUSSELS
from tests.rights.matrix import AREAS
from tests.rights.rows import Answer, Data, File, Row, Who
from tests.rights.world import World

pytestmark = pytest.mark.django_db

ROWS = list(chain.from_iterable(AREAS.values()))
SENT_TO = {
    "/account/login/": Answer.SIGN_IN,
    "/operate/admin/login/": Answer.SIGN_IN,
    "/account/security/": Answer.SECOND_STEP,
    "/account/reauthenticate/": Answer.AGAIN,
}
BEFORE_ALL_ADDRESSES = {"/health/live", "/health/ready"}
# Of a session the row says when its person was last there; of a page that was read the trail may say so.
SIGN_INS, TRAIL = "people_signin", "core_auditentry"


@pytest.fixture(autouse=True)
def _short_pages_of_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    """How the pages look that say no is tested elsewhere; most answers here are one of them."""
    for status in (403, 404):
        monkeypatch.setattr(urls, f"handler{status}", partial(_no, status), raising=False)


def _no(status: int, request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponse(status=status)


@pytest.fixture(autouse=True)
def _afternoon_and_second_factors(settings: Settings) -> Iterator[None]:
    """Today's sessions have begun, and administrators need a second factor."""
    settings.MFA_REQUIRED_ROLES = ["administrator"]
    with time_machine.travel(dt.datetime(2026, 11, 17, 14, 0, tzinfo=BRUSSELS)):
        yield


class Asking:
    """Sends each request as each person, and undoes what it changed."""

    def __init__(self) -> None:
        self.world = World()
        self.client = Client(headers={"accept-language": "en"})
        self.keys = self.world.sign_everybody_in(self.client)
        self.written = rows_written()
        self.start = transaction.savepoint()

    def ask(self, who: Who, row: Row) -> tuple[int | Answer, set[str]]:
        """What somebody is answered, and which tables the request changed."""
        self._be(who)
        path, data = self._named(row.path), self._data_of(row)
        response: Any = getattr(self.client, row.method.lower())(path, data)
        if response.streaming:
            # Or its file stays open.
            response.getvalue()
        return _answer(response), self._undone()

    def _undone(self) -> set[str]:
        """The tables that were changed since; what was changed is undone."""
        written = rows_written()
        changed = set(written - self.written)
        self.written = written
        if changed:
            transaction.savepoint_rollback(self.start)
        return changed - {SIGN_INS}

    def _be(self, who: Who) -> None:
        key = self.keys.get(who)
        self.client.cookies = SimpleCookie({django_settings.SESSION_COOKIE_NAME: key} if key else {})
        # Or the attempts of one would count for the next.
        cache.clear()

    def _data_of(self, row: Row) -> Data:
        data = row.data() if callable(row.data) else row.data
        return {self._named(name): self._value(value) for name, value in data.items()}

    def _value(self, value: Any) -> Any:
        if isinstance(value, File):
            return SimpleUploadedFile(value.name, self._named(value.text).encode())
        if isinstance(value, list):
            return [self._named(each) for each in value]
        return self._named(value) if isinstance(value, str) else value

    def _named(self, text: str) -> str:
        return text.format_map(self.world.named)


def rows_written() -> Counter[str]:
    """How many rows of each table this transaction has written, kept or not."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, pg_stat_get_xact_tuples_inserted(oid) + pg_stat_get_xact_tuples_updated(oid)"
            " + pg_stat_get_xact_tuples_deleted(oid) FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        return Counter(dict(cursor.fetchall()))


def _answer(response: Any) -> int | Answer:
    if response.status_code != 302:
        return int(response.status_code)
    return SENT_TO.get(response["Location"].partition("?")[0], 302)


def routes(resolver: URLResolver, before: str = "") -> Iterator[str]:
    """Every address of the configuration, as ``resolve(...).route`` writes it."""
    for pattern in resolver.url_patterns:
        own = str(pattern.pattern)
        here = before + (own.removeprefix("^") if before else own)
        if isinstance(pattern, URLPattern):
            yield here
        else:
            yield from routes(pattern, here)


def route_of(row: Row) -> str | None:
    """The address of the configuration that answers a row; None: it is answered before that."""
    path = row.path.partition("?")[0].format_map(_Anything())
    return None if path in BEFORE_ALL_ADDRESSES else resolve(path).route


class _Anything(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "0195d3a0-0000-7000-8000-000000000000"


@pytest.mark.parametrize("area", AREAS)
def test_everybody_gets_exactly_the_answer_that_the_matrix_names(area: str) -> None:
    asking = Asking()
    wrong = []
    for row in AREAS[area]:
        for who in row.asked_as:
            answer, changed = asking.ask(who, row)
            expected = row.answer_to(who)
            if answer != expected:
                wrong.append(f"{row}: {who} is answered {answer}, not {expected}")
            may_change = {TRAIL} if row.method == "GET" else set()
            if row.changes and who in row.opens:
                if not changed:
                    wrong.append(f"{row}: {who} changed nothing")
            elif changed - may_change:
                wrong.append(f"{row}: {who} changed {sorted(changed)}")
    assert not wrong, "\n".join(wrong)


def test_the_matrix_names_every_address() -> None:
    in_the_matrix = {route for row in ROWS if (route := route_of(row)) is not None}
    missing = set(routes(get_resolver())) - in_the_matrix
    assert missing == set(), "Say in tests/rights/matrix/ who may open these"


def test_every_write_asks_for_the_token_of_its_form() -> None:
    world = World()
    client = Client(enforce_csrf_checks=True)
    keys = world.sign_everybody_in(client)
    client.cookies = SimpleCookie({django_settings.SESSION_COOKIE_NAME: keys[Who.ADMINISTRATOR]})
    for row in ROWS:
        if row.method == "POST":
            answer: Any = client.post(row.path.format_map(world.named))
            assert (answer.status_code, answer.templates[0].name) == (403, "403_csrf.html"), str(row)
