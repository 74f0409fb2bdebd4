"""One acts for all who wait, and each hears what concerns them."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from django.db import OperationalError
from psycopg.errors import DeadlockDetected

from core import combining
from core.combining import Combined

Act = Callable[[str, Sequence[int]], Sequence[int]]
PATIENCE = 10


class Rush:
    """The first one acts until the others stand behind; ``calls``: what was asked for together."""

    def __init__(self, act: Act, others: Sequence[int]) -> None:
        self.calls: list[list[int]] = []
        self._act, self._others = act, others
        self._is_inside, self._go_on = threading.Event(), threading.Event()
        self.combined = Combined(self._do)

    def outcomes(self) -> list[int | BaseException]:
        with ThreadPoolExecutor(len(self._others) + 1) as pool:
            futures = [pool.submit(self.combined, "a", 0)]
            assert self._is_inside.wait(PATIENCE)
            for number, other in enumerate(self._others, start=1):
                futures.append(pool.submit(self.combined, "a", other))
                self._until_waiting(number)
            self._go_on.set()
            return [_outcome(future) for future in futures]

    def _do(self, key: str, works: Sequence[int]) -> Sequence[int]:
        self.calls.append(list(works))
        self._is_inside.set()
        assert self._go_on.wait(PATIENCE)
        return self._act(key, works)

    def _until_waiting(self, number: int) -> None:
        line = self.combined._lines["a"]
        while len(line.waiting) < number:
            threading.Event().wait(0.001)


def _outcome(future: "Future[int]") -> int | BaseException:
    return future.exception(PATIENCE) or future.result()


def test_whoever_comes_first_acts_for_all_who_wait_in_their_order() -> None:
    rush = Rush(lambda key, works: [10 * work for work in works], others=[3, 1, 2])
    assert rush.outcomes() == [0, 30, 10, 20]
    assert rush.calls == [[0], [3, 1, 2]]


def test_an_error_is_told_to_whom_it_concerns_alone() -> None:
    rush = Rush(lambda key, works: [6 // (work - 1) for work in works], others=[4, 1, 3])
    first, fourth, culprit, third = rush.outcomes()
    assert (first, fourth, third) == (-6, 2, 3)
    assert isinstance(culprit, ZeroDivisionError)
    assert rush.calls == [[0], [4, 1, 3], [4], [1], [3]]


def test_what_is_answered_stays_answered_when_the_next_fails() -> None:
    def answers_one_at_a_time(key: str, works: Sequence[int]) -> Sequence[int]:
        if works[0] == 2:
            raise OperationalError("lock timeout")
        return works[:1]

    first, one, two, three = Rush(answers_one_at_a_time, others=[1, 2, 3]).outcomes()
    assert (first, one) == (0, 1)
    assert [type(each) for each in (two, three)] == [OperationalError] * 2


def test_a_deadlock_is_of_those_who_met_there() -> None:
    def meets_an_import(key: str, works: Sequence[int]) -> Sequence[int]:
        if len(works) > 1:
            raise OperationalError("deadlock detected") from DeadlockDetected()
        return works

    rush = Rush(meets_an_import, others=[1, 2])
    assert rush.outcomes() == [0, 1, 2]
    assert rush.calls == [[0], [1, 2], [1], [2]]


def test_who_stood_behind_one_that_was_stopped_goes_on_alone() -> None:
    def stops_with_several(key: str, works: Sequence[int]) -> Sequence[int]:
        if len(works) > 1:
            raise SystemExit
        return works

    first, *others = Rush(stops_with_several, others=[1, 2]).outcomes()
    assert first == 0
    # Whoever asked for both was stopped; the other one asked again.
    assert {type(other) for other in others} == {SystemExit, int}


def test_what_the_database_says_concerns_all_and_nobody_asks_it_again() -> None:
    def fails_behind_the_first(key: str, works: Sequence[int]) -> Sequence[int]:
        if works == [0]:
            return works
        raise OperationalError("lock timeout")

    rush = Rush(fails_behind_the_first, others=[1, 2])
    first, *others = rush.outcomes()
    assert first == 0
    assert [type(other) for other in others] == [OperationalError] * 2
    assert rush.calls == [[0], [1, 2]]


@pytest.mark.parametrize(("in_atomic_block", "lent"), [(False, 3), (True, 0)])
def test_who_waits_lends_their_connection_unless_a_transaction_is_open(
    in_atomic_block: bool, lent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str] = []
    connection = SimpleNamespace(in_atomic_block=in_atomic_block, close=lambda: closed.append("closed"))
    monkeypatch.setattr(combining, "connection", connection)
    assert Rush(lambda key, works: works, others=[1, 2, 3]).outcomes() == [0, 1, 2, 3]
    assert len(closed) == lent


def test_who_asks_for_something_else_does_not_wait() -> None:
    inner: Combined[str, int, int] = Combined(lambda key, works: works)

    def asks_elsewhere(key: str, works: Sequence[int]) -> Sequence[int]:
        with ThreadPoolExecutor(1) as pool:
            return [pool.submit(inner, "b", work).result(PATIENCE) for work in works]

    assert Combined(asks_elsewhere)("a", 5) == 5


def test_nothing_is_kept_of_who_has_passed() -> None:
    combined: Combined[str, int, int] = Combined(lambda key, works: works)
    combined("a", 1)
    assert list(combined._lines) == []
