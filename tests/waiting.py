"""Waiting for what another process does."""

import time
from collections.abc import Callable

PATIENCE = 90.0


def eventually(is_so: Callable[[], object], otherwise: str) -> None:
    """Ask again and again; raises AssertionError when patience ends."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if is_so():
            return
        time.sleep(0.1)
    raise AssertionError(otherwise)
