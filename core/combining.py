"""One act for many who ask for it at the same moment.

Only one transaction holds a row that everybody wants. Those behind it would take turns, with the same reads
and the same locks each time; here whoever comes first asks for all who wait in this process. What is true is
decided by the row's lock alone, among all processes.
"""

import threading
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

from django.db import OperationalError, connection
from psycopg.errors import DeadlockDetected

K = TypeVar("K", bound=Hashable)
W = TypeVar("W")
R = TypeVar("R")


class _Item(Generic[W, R]):
    """What somebody asks for, and what became of it."""

    def __init__(self, work: W) -> None:
        self.work = work
        self.results: list[R] = []
        self.error: Exception | None = None

    @property
    def is_done(self) -> bool:
        return bool(self.results) or self.error is not None


class _Line(Generic[W, R]):
    """Who waits for one key, in the order in which they came."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.waiting: list[_Item[W, R]] = []


class Combined(Generic[K, W, R]):
    """``act``, called for many at once; it takes their works in order, and returns results for the first few.

    It can be repeated: if it fails for several, it is asked for each alone, so that an error is told to whom
    it concerns. That the database is away, or a row is held for too long, concerns all: nobody waits again.
    """

    def __init__(self, act: Callable[[K, Sequence[W]], Sequence[R]]) -> None:
        self._act = act
        self._lines: WeakValueDictionary[K, _Line[W, R]] = WeakValueDictionary()
        self._guard = threading.Lock()

    def __call__(self, key: K, work: W) -> R:
        item: _Item[W, R] = _Item(work)
        with self._guard:
            line = self._lines.setdefault(key, _Line())
            line.waiting.append(item)
        _await(line.turn)
        try:
            if not item.is_done:
                with self._guard:
                    together, line.waiting = line.waiting, []
                # It is not among them if whoever took it on was stopped.
                self._act_for(key, together if item in together else [item, *together])
        finally:
            line.turn.release()
        if item.error:
            raise item.error
        return item.results[0]

    def _act_for(self, key: K, items: Sequence[_Item[W, R]]) -> None:
        while items:
            try:
                results = self._act(key, [item.work for item in items])
            except Exception as error:
                self._go_on(key, items, error)
                return
            for item, result in zip(items, results, strict=False):
                item.results = [result]
            items = items[len(results) :]

    def _go_on(self, key: K, items: Sequence[_Item[W, R]], error: Exception) -> None:
        concerns_all = isinstance(error, OperationalError) and not isinstance(
            error.__cause__, DeadlockDetected
        )
        for item in items:
            if len(items) == 1 or concerns_all:
                item.error = error
            else:
                self._act_for(key, [item])


def _await(turn: threading.Lock) -> None:
    if turn.acquire(blocking=False):
        return
    # Others can ask the database meanwhile: a process has more threads than connections.
    if not connection.in_atomic_block:
        connection.close()
    turn.acquire()
