"""A pytest plugin (`-p tests.engines`): the run starts PostgreSQL and Valkey before Django's settings load.

Only one process does so; the workers of xdist find the addresses in the environment that they inherit.
"""

import atexit
import os
import signal
from collections.abc import Generator, MutableMapping
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from demo import engines

REDIS_DATABASES = 16


# A wrapper runs before pytest-django's hook of the same name, which loads the settings.
@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None]:
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        use_own_redis_database(os.environ, worker)
    elif not {"DATABASE_URL", "REDIS_URL"} <= os.environ.keys():
        start_engines()
    return (yield)


def start_engines() -> None:
    # Whatever ends the run politely takes the engines with it; after a kill -9 the next run does.
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)
    until_exit = ExitStack()
    atexit.register(until_exit.close)
    try:
        started = until_exit.enter_context(engines.throwaway())
    except engines.EngineError as error:
        raise SystemExit(str(error)) from None
    os.environ["DATABASE_URL"] = started.database_url
    os.environ["REDIS_URL"] = started.redis_url


def use_own_redis_database(environment: MutableMapping[str, str], worker: str) -> None:
    """Worker gw0 uses database 1, and so on; pytest-django gives each a PostgreSQL database of its own."""
    number = (int(worker.removeprefix("gw")) + 1) % REDIS_DATABASES
    environment["REDIS_URL"] = urlsplit(environment["REDIS_URL"])._replace(path=f"/{number}").geturl()
