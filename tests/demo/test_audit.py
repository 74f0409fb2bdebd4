"""`make audit` finds the database of a demo that runs, and says when there is none to find yet."""

from pathlib import Path

import psycopg
import pytest

from demo import audit, engines


@pytest.fixture
def _own_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("_own_engines")
def test_the_database_of_engines_that_run_already_is_the_one_that_they_serve(tmp_path: Path) -> None:
    with engines.throwaway() as running:
        with psycopg.connect(running.database_url) as connection:
            row = connection.execute("SHOW unix_socket_directories").fetchone()
        assert row is not None
        folder = Path(row[0]).parent
        assert engines.database_of_running(folder) == running.database_url


@pytest.mark.usefixtures("_own_engines")
def test_a_demo_that_is_still_starting_is_asked_for_patience(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(engines, "demo_folder", lambda: tmp_path)
    with engines.hold(tmp_path):
        assert audit.main() == 1
    assert capsys.readouterr().out == "PostgreSQL is still starting. Try again in a moment.\n"


def test_a_database_that_is_named_is_the_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://somebody@127.0.0.1/theirs")
    assert engines.database_of_running(tmp_path) == "postgres://somebody@127.0.0.1/theirs"
