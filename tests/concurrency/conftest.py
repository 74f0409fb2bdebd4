"""Two acts at once, on real connections; PostgreSQL itself tells when the second waits for the first."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections

from core.errors import DomainError
from core.models import AuditEntry
from courses.models import Meeting

# Reached only by a test that fails, or on a machine that has much else to do.
PATIENCE = 30
CHECK = "meeting_never_overbooked"
Act = Callable[[], object]
AtOnce = Callable[..., list[object]]


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> AtOnce:
    """Run two acts so that the first has written, not committed, when the second runs into it.

    ``waits=False``, where a test took the lock away: the second comes to its end meanwhile.
    """
    has_written, may_commit = threading.Event(), threading.Event()

    def pause() -> None:
        if threading.current_thread().name == "first" and not has_written.is_set():
            has_written.set()
            assert may_commit.wait(PATIENCE)

    for name in ("record", "record_all"):
        monkeypatch.setattr(AuditEntry, name, _both(getattr(AuditEntry, name), pause))

    def run(first: Act, second: Act, *, waits: bool = True) -> list[object]:
        outcomes: dict[str, object] = {}
        has_written.clear()
        may_commit.clear()

        def act(name: str, do: Act) -> None:
            try:
                outcomes[name] = do()
            except (IntegrityError, DomainError) as error:
                outcomes[name] = error
            finally:
                connections.close_all()

        threads = [
            threading.Thread(target=act, name=name, args=(name, do))
            for name, do in (("first", first), ("second", second))
        ]
        threads[0].start()
        assert has_written.wait(PATIENCE)
        threads[1].start()
        try:
            if waits:
                _wait_until_one_is_blocked()
            else:
                threads[1].join(PATIENCE)
        finally:
            may_commit.set()
            for thread in threads:
                thread.join(PATIENCE)
        return [outcomes["first"], outcomes["second"]]

    return run


@pytest.fixture
def _without_the_check() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE courses_meeting DROP CONSTRAINT meeting_never_overbooked")
    yield
    Meeting.objects.update(taken=0)
    with connection.schema_editor() as editor:
        editor.add_constraint(Meeting, next(c for c in Meeting._meta.constraints if c.name == CHECK))


def _both(first: Callable[..., None], then: Callable[[], None]) -> Callable[..., None]:
    def do(**fields: Any) -> None:
        first(**fields)
        then()

    return do


def _wait_until_one_is_blocked() -> None:
    until = time.monotonic() + PATIENCE
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0"
            )
            if cursor.fetchone()[0]:
                return
    raise AssertionError("the second act never waited for the first")
