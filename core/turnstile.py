"""A turnstile before a row that everybody wants at once.

Only one transaction holds the row; in each process one thread works, and those behind it would only take
turns with it. So they wait here, before they ask the database anything. What is true is decided by the row's
lock alone: a turnstile only keeps order, within one process.
"""

import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from weakref import WeakValueDictionary

# In seconds: if whoever is inside waits for longer themselves, the others go and wait for the row.
PATIENCE = 1.0

_stiles: "WeakValueDictionary[Hashable, threading.Lock]" = WeakValueDictionary()
_new_stile = threading.Lock()


@contextmanager
def turnstile(key: Hashable) -> Iterator[None]:
    """One at a time for a key, as long as that takes less than ``PATIENCE``."""
    with _new_stile:
        stile = _stiles.setdefault(key, threading.Lock())
    is_first = stile.acquire(timeout=PATIENCE)
    try:
        yield
    finally:
        if is_first:
            stile.release()
