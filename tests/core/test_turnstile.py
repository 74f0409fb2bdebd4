"""One at a time, but nobody is kept out."""

import threading

import pytest

from core import turnstile as module
from core.turnstile import turnstile


def in_thread(passed: list[str], key: str) -> threading.Thread:
    def pass_through() -> None:
        with turnstile(key):
            passed.append(key)

    thread = threading.Thread(target=pass_through)
    thread.start()
    return thread


def test_one_waits_for_the_other() -> None:
    passed: list[str] = []
    with turnstile("a"):
        other = in_thread(passed, "a")
        in_thread(passed, "b").join()
        assert passed == ["b"]
    other.join()
    assert passed == ["b", "a"]


def test_whoever_is_inside_for_long_keeps_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    passed: list[str] = []
    with turnstile("a"):
        in_thread(passed, "a").join()
    assert passed == ["a"]


def test_an_error_opens_it_again() -> None:
    with pytest.raises(ZeroDivisionError), turnstile("a"):
        raise ZeroDivisionError
    passed: list[str] = []
    in_thread(passed, "a").join()
    assert passed == ["a"]


def test_nothing_is_kept_of_who_has_passed() -> None:
    with turnstile("a"):
        assert list(module._stiles) == ["a"]
    assert list(module._stiles) == []
