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
    """``act``, called for many at once; it takes their works in order, and returns a result for each.

    It can be repeated: if it fails for all of them, it is asked for each alone, so that an error is told to
    whom it concerns. One of the database concerns all, and nobody waits for it again.
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
                self._act_for(key, together)
        finally:
            line.turn.release()
        if item.error:
            raise item.error
        return item.results[0]

    def _act_for(self, key: K, items: Sequence[_Item[W, R]]) -> None:
        try:
            results = self._act(key, [item.work for item in items])
        except Exception as error:
            if len(items) == 1 or isinstance(error, OperationalError):
                for item in items:
                    item.error = error
            else:
                for item in items:
                    self._act_for(key, [item])
        else:
            for item, result in zip(items, results, strict=True):
                item.results = [result]


def _await(turn: threading.Lock) -> None:
    if turn.acquire(blocking=False):
        return
    # Others can ask the database meanwhile: a process has more threads than connections.
    if not connection.in_atomic_block:
        connection.close()
    turn.acquire()
