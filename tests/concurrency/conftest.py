"""Two acts at once, on real connections; PostgreSQL itself tells when the second waits for the first."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections

from core.errors import DomainError
from core.models import AuditEntry
from courses.models import Meeting
from tests.processes import environment

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

    for name in ("record", "record_all", "record_acts"):
        monkeypatch.setattr(AuditEntry, name, _both(getattr(AuditEntry, name), pause))

    def run(first: Act, second: Act, *, waits: bool = True) -> list[object]:
        outcomes: dict[str, object] = {}
        has_written.clear()
        may_commit.clear()

        def act(name: str, do: Act) -> None:
            try:
                outcomes[name] = do()
            except (DatabaseError, DomainError) as error:
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


def together(*acts: Act) -> list[object]:
    """Run acts that all begin at one instant, each on its own connection; an error is an outcome as well."""
    start = threading.Barrier(len(acts))

    def run(act: Act) -> object:
        try:
            start.wait(PATIENCE)
            return act()
        except (DatabaseError, DomainError) as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def in_processes(*commands: Sequence[str]) -> list[list[str]]:
    """Run acts in processes of their own, all at one instant; ``process.py`` reads a command."""
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.concurrency.process", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        for command in commands
    ]
    for process in started:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    return [json.loads(process.communicate(timeout=PATIENCE)[0]) for process in started]


def _both(first: Callable[..., None], then: Callable[[], None]) -> Callable[..., None]:
    def do(*args: Any, **fields: Any) -> None:
        first(*args, **fields)
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
