"""Redis may be away, refusing or silent: no page breaks, and none waits for it more than once.

The first failure begins a pause in which nobody in this process asks again. Meanwhile the cache is this
process's own memory, so that the limits of signing in go on counting, and a task is refused at once: what
was not enqueued is found by the sweep that beat starts.
"""

import logging
from collections.abc import Callable
from functools import cache
from time import monotonic
from typing import Any, cast

from celery.contrib.django.task import DjangoTask
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 10.0
# Counters of sign-ins and of certificate checks, for as long as an outage lasts.
ENTRIES_IN_MEMORY = 20_000


class Outage:
    """Whether a server was away a moment ago, as all threads of this process know it."""

    def __init__(self) -> None:
        self._until = 0.0

    def lasts(self) -> bool:
        return monotonic() < self._until

    def begin(self, error: Exception) -> None:
        logger.warning("Redis is away for at least %d s: %s", PAUSE_SECONDS, type(error).__name__)
        self._until = monotonic() + PAUSE_SECONDS


@cache
def outage_of(address: str) -> Outage:
    """The one of a server, which cache and broker may share."""
    return Outage()


def _or_memory(name: str) -> Callable[..., Any]:
    def method(self: "RedisOrMemoryCache", *args: Any, **kwargs: Any) -> Any:
        if not self.outage.lasts():
            try:
                return getattr(RedisCache, name)(self, *args, **kwargs)
            except RedisError as error:
                self.outage.begin(error)
        return getattr(self.memory, name)(*args, **kwargs)

    return method


class RedisOrMemoryCache(RedisCache):
    """Redis, or while it is away the memory of this process: it forgets, but it never fails."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self.outage = outage_of(server)
        # Found by its name again: Django makes a cache for each thread.
        self.memory = LocMemCache(
            f"in place of {server}", params | {"OPTIONS": {"MAX_ENTRIES": ENTRIES_IN_MEMORY}}
        )

    add = _or_memory("add")
    clear = _or_memory("clear")
    delete = _or_memory("delete")
    delete_many = _or_memory("delete_many")
    get = _or_memory("get")
    get_many = _or_memory("get_many")
    has_key = _or_memory("has_key")
    incr = _or_memory("incr")
    set = _or_memory("set")
    set_many = _or_memory("set_many")
    touch = _or_memory("touch")


def redis_answers() -> bool:
    """Whether Redis, asked now, is there."""
    asked = cast(RedisOrMemoryCache, caches["default"])
    asked.get("anything")
    return not asked.outage.lasts()


class Task(DjangoTask):  # type: ignore[type-arg]
    """A task of this platform."""

    def apply_async(self, *args: Any, **kwargs: Any) -> Any:
        """Raises OperationalError while the broker is away, at once if that is known already."""
        outage = outage_of(self.app.conf.broker_url)
        if outage.lasts():
            raise OperationalError("The broker was away a moment ago.")
        try:
            return super().apply_async(*args, **kwargs)
        except OperationalError as error:
            outage.begin(error)
            raise
