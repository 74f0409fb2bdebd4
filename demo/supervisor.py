"""`make demo`: the platform on this machine, with its engines, its workers and a mail catcher, until Ctrl-C.

Nothing of Django is imported here: this process starts the others, passes on what they say, and stops them.
"""

import argparse
import contextlib
import errno
import http.client
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

from demo import engines
from demo.processes import Child, Children, stop_orphans

PROGRAMS = Path(sys.executable).parent
QUEUES = "celery,mail,certificates,exports"
SERVICES = "services.pids"
FIRST_PAGE_TIMEOUT = 60.0
LAST_LINES = 20


class DemoError(Exception):
    """What is wrong and what to do about it."""


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m demo.supervisor", description=__doc__)
    arguments.add_argument("--reset", action="store_true", help="delete the demo's data first")
    reset = arguments.parse_args().reset
    os.umask(0o077)  # Whatever the demo keeps is its owner's alone.
    try:
        port = chosen_port(os.environ.get("PORT", "8000"))
        folder = engines.demo_folder()
        with own_terminal(), hold_demo(folder):
            stop_leftovers(folder)
            hosts = free_hosts(port)
            if reset:
                delete_data(folder)
            Demo(folder, hosts, port).serve()
    except KeyboardInterrupt:
        say("Stopped.")
    except (DemoError, engines.EngineError) as error:
        say(str(error))
        return 1
    return 0


class Demo:
    def __init__(self, folder: Path, hosts: Sequence[str], port: int) -> None:
        self.started = time.monotonic()
        self.folder = folder
        self.hosts = hosts
        self.port = port
        self.mail_port = engines.free_port()
        self.environment: dict[str, str] = {}
        self.services = Children(folder / SERVICES)
        self.last_lines: dict[str, deque[str]] = {}
        self.readers: dict[str, threading.Thread] = {}
        self.stop_requested = threading.Event()

    def serve(self) -> None:
        """Serve until a signal (KeyboardInterrupt); raises DemoError if a part of it ends by itself."""
        for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(ending, lambda *_: self.stop_requested.set())
        with engines.running(self.folder, keep=True) as self.engines:
            self.environment = settings(
                self.folder,
                database_url=self.engines.database_url,
                redis_url=self.engines.redis_url,
                port=self.port,
                mail_port=self.mail_port,
            )
            try:
                self._prepare()
                self._start_web()
                self._wait_for_first_page()
                self._start_workers()
                while True:
                    self._rest(0.3)
                    self._watch()
            finally:
                say("Stopping ...")
                self.services.stop()

    def _prepare(self) -> None:
        collect = ["manage.py", "collectstatic", "--no-input", "--verbosity=0"]
        static = self._start("static", [sys.executable, *collect])
        self._finish(self._start("data", [sys.executable, "-m", "demo.prepare"]))
        self._finish(static)

    def _start_web(self) -> None:
        for host in self.hosts:
            name = "web" if host == self.hosts[0] else "web6"
            serve = ["--interface=wsgi", "--workers=1", "--blocking-threads=2", "--workers-kill-timeout=3"]
            address = [f"--host={host}", f"--port={self.port}", "--no-ws", "--log-level=warning"]
            self._start(name, [f"{PROGRAMS}/granian", *serve, *address, "config.wsgi:application"])

    def _start_workers(self) -> None:
        """After the first page: on two cores, what they import would make a person wait for it."""
        catch_mail = ["-n", "-l", f"127.0.0.1:{self.mail_port}", "-c", "aiosmtpd.handlers.Mailbox"]
        self._start("mail", [sys.executable, "-m", "aiosmtpd", *catch_mail, f"{self.folder}/mail"])
        celery = [f"{PROGRAMS}/celery", "--app=config", "--quiet"]
        alone = ["--without-gossip", "--without-mingle"]  # No other worker to talk to: it starts sooner.
        work = [f"--queues={QUEUES}", "--concurrency=2", *alone]
        self._start("worker", [*celery, "worker", *work])
        # Never inside the worker (`-B`): that beat outlives it.
        schedule = self.folder / "celerybeat-schedule"
        self._start("beat", [*celery, "beat", f"--schedule={schedule}", "--pidfile="])

    def _start(self, name: str, command: Sequence[str]) -> Child:
        child = self.services.start(
            name, command, output=subprocess.PIPE, env=self.environment, cwd=engines.CLONE
        )
        self.last_lines[name] = deque(maxlen=LAST_LINES)
        self.readers[name] = threading.Thread(target=self._pass_on, args=[child], daemon=True)
        self.readers[name].start()
        return child

    def _pass_on(self, child: Child) -> None:
        for line in child.process.stdout or ():
            self.last_lines[child.name].append(line)
            say(f"{child.name:9} | {line.rstrip()}")

    def _finish(self, step: Child) -> None:
        """Wait for one that is meant to end by itself."""
        while (code := step.process.poll()) is None:
            self._rest(0.02)
        if code:
            raise self._failure(step)
        self.services.forget(step)

    def _wait_for_first_page(self) -> None:
        deadline = time.monotonic() + FIRST_PAGE_TIMEOUT
        while (status := first_page_status(self.port)) is None:
            if time.monotonic() > deadline:
                raise DemoError(f"No page after {FIRST_PAGE_TIMEOUT:.0f} s.")
            self._rest(0.05)
            self._watch()
        if status >= 400:
            raise DemoError(f"The first page answers {status}; the lines of 'web' above say why.")
        seconds = time.monotonic() - self.started
        say(f"\n  Traject runs on http://localhost:{self.port}  (Ctrl-C stops it)")
        say(f"  First page after {seconds:.1f} s.\n")

    def _rest(self, seconds: float) -> None:
        if self.stop_requested.wait(seconds):
            raise KeyboardInterrupt

    def _watch(self) -> None:
        self.engines.fail_if_dead()
        if dead := self.services.first_dead():
            raise self._failure(dead)

    def _failure(self, child: Child) -> DemoError:
        self.readers[child.name].join(timeout=1.0)
        verdict = f"{child.name} ended with exit code {child.process.returncode}"
        if last_lines := self.last_lines[child.name]:
            verdict += f". Its last lines:\n{''.join(last_lines)}"
        return DemoError(verdict.rstrip())


# -- The terminal ----------------------------------------------------------------------------------


def say(line: str) -> None:
    with contextlib.suppress(OSError):  # The terminal may be gone; stopping goes on.
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


@contextlib.contextmanager
def own_terminal() -> Iterator[None]:
    """Take Ctrl-C from the make that runs this, or it would report an error at each orderly stop."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError:
        yield
        return
    former = os.tcgetpgrp(terminal)
    if former == os.getpgrp() != os.getpid():
        # Changing the foreground from behind stops a process, and so would Ctrl-Z, with no shell to wake it.
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        signal.signal(signal.SIGTSTP, signal.SIG_IGN)
        os.setpgid(0, 0)
        os.tcsetpgrp(terminal, os.getpgrp())
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # Hung up.
            os.tcsetpgrp(terminal, former)
        os.close(terminal)


# -- The port --------------------------------------------------------------------------------------


def chosen_port(text: str) -> int:
    if not (text.isdecimal() and 0 < int(text) < 2**16):
        raise DemoError(f"PORT={text} is no port: choose a number from 1024 to 65535.")
    return int(text)


def free_hosts(port: int) -> list[str]:
    """The addresses of localhost, never of the network: anybody who reaches the demo signs in as HR."""
    return [host for host in ("127.0.0.1", "::1") if is_free(host, port)]


def is_free(host: str, port: int) -> bool:
    """False where this machine lacks the address (IPv6 is off)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise DemoError(f"Port {port} is taken: `PORT={port + 1} make demo` serves on another.") from None
        if error.errno == errno.EACCES:
            raise DemoError(f"Port {port} is for root: `PORT=8000 make demo` serves on another.") from None
        return False
    return True


def first_page_status(port: int) -> int | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=FIRST_PAGE_TIMEOUT)
    try:
        connection.request("GET", "/", headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status
    except ConnectionError:
        return None
    finally:
        connection.close()


# -- The demo's folder -----------------------------------------------------------------------------


@contextlib.contextmanager
def hold_demo(folder: Path) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(engines.hold(folder))
        except BlockingIOError:
            raise DemoError("This clone's demo runs already: stop that one first.") from None
        yield


def stop_leftovers(folder: Path) -> None:
    """What a demo left running that was killed: those who use the engines first."""
    if orphans := stop_orphans(folder / SERVICES) + stop_orphans(folder / engines.REGISTER):
        say(f"Stopped {orphans} processes of a demo that was killed.")


def delete_data(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != engines.LOCK:
            path.unlink()
    kept = [name for name in ("DATABASE_URL", "REDIS_URL") if name in os.environ]
    say("Deleted the demo's data" + (f", but not what {' and '.join(kept)} names." if kept else "."))


def settings(folder: Path, *, database_url: str, redis_url: str, port: int, mail_port: int) -> dict[str, str]:
    """What the platform's processes find in their environment."""
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONUNBUFFERED": "1",
        # Celery's advice against root is for production; here root chose to try the demo.
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser",
        "DEMO": "true",
        # One click is enough; MFA_REQUIRED_ROLES=administrator shows what a server asks for.
        "MFA_REQUIRED_ROLES": os.environ.get("MFA_REQUIRED_ROLES", ""),
        "SECRET_KEY": kept_secret(folder / "secret-key"),
        "BASE_URL": f"http://localhost:{port}",
        "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}",
        "DEMO_MAILBOX": str(folder / "mail"),
        "FILES_URL": (folder / "media").as_uri(),
        "STATIC_ROOT": str(folder / "static"),
        # Hashed names as in production, but not compressed: 15 s for nothing on loopback.
        "STATICFILES_STORAGE": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage",
    }


def kept_secret(path: Path) -> str:
    """Made at the first start: sessions outlive a restart."""
    if not path.exists():
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()


if __name__ == "__main__":
    sys.exit(main())
