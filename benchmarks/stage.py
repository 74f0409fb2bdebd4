"""What a measurement needs: engines that sync to disk, a data set, the web server, signed-in people."""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from demo import engines
from demo.processes import Children, stop_orphans
from demo.supervisor import first_page_status

SERVICES = "services.pids"
# As the image serves: two processes for two cores, and a queue longer than any rush.
WORKERS = 2
THREADS = 16
CONNECTIONS = 3
BACKLOG = 8192
START_TIMEOUT = 60.0


@contextmanager
def engines_running() -> Iterator[engines.Engines]:
    """PostgreSQL as production runs it, with commit to disk, on data that stays for the next measurement."""
    folder = engines.make_private(engines.demo_folder() / "benchmarks")
    with engines.hold(folder):
        stop_orphans(folder / SERVICES)
        stop_orphans(folder / engines.REGISTER)
        with engines.running(folder, keep=True) as running:
            yield running


def environment(running: engines.Engines, database: str, port: int) -> dict[str, str]:
    """Settings of the platform on one of the databases."""
    url = urlsplit(running.database_url)
    folder = engines.demo_folder() / "benchmarks"
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": "of-the-benchmarks-only",
        "BASE_URL": f"http://localhost:{port}",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "DATABASE_URL": url._replace(path=f"/{database}").geturl(),
        "REDIS_URL": running.redis_url,
        # Nothing sends in a measurement: the outbox is what a request writes.
        "EMAIL_URL": "smtp://127.0.0.1:1",
        "STATIC_ROOT": str(folder / "static"),
        "FILES_URL": (folder / "media").as_uri(),
        "STATICFILES_STORAGE": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage",
        "LOG_LEVEL": "ERROR",
    }


# -- Databases -------------------------------------------------------------------------------------


def measured(size: str) -> str:
    """The name of the database of this size in which a measurement writes."""
    return f"measured_{size}"


def fresh_copy(running: engines.Engines, size: str) -> str:
    """A database of this size that a measurement may write in; the one that it copies is built once."""
    pristine, copy = _pristine(running, size), measured(size)
    with _maintenance(running) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)')
        server.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{pristine}" STRATEGY FILE_COPY')
        # The copy's pages go to disk now, not in the middle of a measurement.
        server.execute("CHECKPOINT")
    return copy


def _pristine(running: engines.Engines, size: str) -> str:
    name = f"pristine_{size}_{_recipe()}"
    with _maintenance(running) as server:
        if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return name
        for (stale,) in server.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE %s", [f"pristine_{size}_%"]
        ).fetchall():
            server.execute(f'DROP DATABASE "{stale}"')
        server.execute('DROP DATABASE IF EXISTS "unfinished" WITH (FORCE)')
        server.execute('CREATE DATABASE "unfinished"')
        settings = environment(running, "unfinished", 8000)
        for command in (
            ["manage.py", "migrate", "--verbosity=0"],
            ["-m", "benchmarks.build", size],
        ):
            subprocess.run([sys.executable, *command], env=settings, cwd=engines.CLONE, check=True)
        # One that an error cut short is never taken for a whole one: it gets its name at the end.
        server.execute(f'ALTER DATABASE "unfinished" RENAME TO "{name}"')
    return name


def _maintenance(running: engines.Engines) -> "psycopg.Connection[tuple[object, ...]]":
    url = urlsplit(running.database_url)._replace(path="/postgres").geturl()
    return psycopg.connect(url, autocommit=True)


def _recipe() -> str:
    """Changes with the tables, with the rows, and with the day from which they count."""
    sources = [*engines.CLONE.glob("*/migrations/*.py"), *Path(__file__).parent.glob("dataset.py")]
    digest = hashlib.sha256(time.strftime("%Y-%m-%d").encode())
    for path in sorted(sources):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


# -- The web server --------------------------------------------------------------------------------


@contextmanager
def web_server(settings: dict[str, str], port: int) -> Iterator[None]:
    """The server of a small zone, with today's static files."""
    collect = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity=0"]
    subprocess.run(collect, env=settings, cwd=engines.CLONE, check=True)
    with ExitStack() as at_end:
        folder = engines.demo_folder() / "benchmarks"
        children = Children(folder / SERVICES)
        at_end.callback(children.stop)
        command = [
            f"{Path(sys.executable).parent}/granian",
            "--interface=wsgi",
            f"--workers={WORKERS}",
            f"--blocking-threads={THREADS}",
            f"--backlog={BACKLOG}",
            "--no-ws",
            "--host=127.0.0.1",
            f"--port={port}",
            "--log-level=warning",
            "config.wsgi:application",
        ]
        # On disk, as a server keeps it: a line for each answer.
        log = at_end.enter_context((folder / f"web-{port}.log").open("w"))
        pooled = settings | {"DATABASE_POOL": str(CONNECTIONS)}
        children.start("web", command, output=log, env=pooled, cwd=engines.CLONE)
        _wait_for(port, children, log.name)
        yield


def _wait_for(port: int, children: Children, log: str) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while first_page_status(port) is None:
        if children.first_dead() or time.monotonic() > deadline:
            raise engines.EngineError(f"The web server did not start; {log} says why.")
        time.sleep(0.05)
