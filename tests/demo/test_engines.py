"""The engines are private, speak UTF-8 wherever they are started, and leave no trace of a killed run."""

import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
import pytest
import redis

from demo import engines
from demo.processes import started_at
from tests.engines import use_own_redis_database

KILLED_RUN = """
import os, signal
from demo import engines
with engines.throwaway() as started:
    print(started.database_url, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def no_named_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "LANG", "LC_ALL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def started(no_named_engines: None) -> Iterator[engines.Engines]:
    with engines.throwaway() as started:
        yield started


def socket_folder(database_url: str) -> Path:
    return Path(unquote(urlsplit(database_url).netloc.partition("@")[2]))


def test_only_who_started_them_gets_in(started: engines.Engines) -> None:
    with psycopg.connect(started.database_url) as connection:
        rules = connection.execute("SELECT DISTINCT type, auth_method FROM pg_hba_file_rules").fetchall()
        listening = connection.execute("SHOW listen_addresses").fetchone()
    assert set(rules) == {("local", "peer"), ("host", "reject")}
    assert listening == ("",)
    assert stat.S_IMODE(socket_folder(started.database_url).stat().st_mode) == 0o700

    valkey = urlsplit(started.redis_url)
    with (
        redis.Redis(host="127.0.0.1", port=valkey.port or 0, retry=engines.AT_ONCE) as client,
        pytest.raises(redis.AuthenticationError),
    ):
        client.ping()


def test_text_is_utf_8_even_in_a_shell_without_a_language(started: engines.Engines) -> None:
    with psycopg.connect(started.database_url) as connection:
        row = connection.execute("SELECT current_setting('server_encoding'), upper('é')").fetchone()
    assert row == ("UTF8", "É")


def test_the_next_run_removes_what_a_killed_one_left(no_named_engines: None) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_RUN], cwd=engines.CLONE, stdout=subprocess.PIPE, text=True
    )
    assert killed.returncode == -signal.SIGKILL
    abandoned = socket_folder(killed.stdout.strip()).parent
    orphans = [int(line.split()[0]) for line in (abandoned / engines.REGISTER).read_text().splitlines()]
    assert [pid for pid in orphans if started_at(pid)], "the servers outlive a killed run"

    with engines.throwaway():
        assert not abandoned.exists()
        assert not [pid for pid in orphans if started_at(pid)]


def test_the_demos_folder_is_closed_to_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "base_folder", lambda: tmp_path / "base")
    one, other = engines.demo_folder(Path("/one/clone")), engines.demo_folder(Path("/other/clone"))

    assert one != other
    for folder in (one, one.parent):
        others = stat.S_IMODE(folder.stat().st_mode) & 0o077
        assert others in {0, 0o011}, "others may pass, for the engines' account, but neither list nor write"


def test_data_of_another_major_version_offer_the_reset(tmp_path: Path) -> None:
    (tmp_path / "PG_VERSION").write_text("17\n")
    with pytest.raises(engines.EngineError, match=r"PostgreSQL 17 .* this is 18: `make demo-reset`"):
        engines.check_data_version(tmp_path, "18.6.3")


def test_a_user_without_a_name_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 4_000_000)
    with pytest.raises(engines.EngineError, match=r"user id 4000000 in /etc/passwd"):
        engines.server_account()


def test_each_worker_has_a_redis_database_of_its_own() -> None:
    environment = {"REDIS_URL": "redis://:secret@127.0.0.1:7000/0"}
    use_own_redis_database(environment, "gw1")
    assert environment == {"REDIS_URL": "redis://:secret@127.0.0.1:7000/2"}


def test_an_engine_that_dies_is_named(started: engines.Engines) -> None:
    started.fail_if_dead()
    with redis.Redis.from_url(started.redis_url, retry=engines.AT_ONCE) as client:
        client.shutdown(nosave=True)
    with pytest.raises(engines.EngineError, match="valkey failed"):
        watch_for_ever(started)


def watch_for_ever(started: engines.Engines) -> None:
    while True:
        started.fail_if_dead()
