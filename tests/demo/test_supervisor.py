"""What keeps a demo from starting is one line that says what to do."""

import socket
from pathlib import Path

import pytest

from demo import supervisor


def test_a_taken_port_offers_another() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(supervisor.DemoError, match=f"^Port {port} is taken: `PORT={port + 1} make demo`"):
            supervisor.free_hosts(port)


def test_a_free_port_is_served_to_this_machine_only() -> None:
    assert set(supervisor.free_hosts(0)) <= {"127.0.0.1", "::1"}


@pytest.mark.parametrize("text", ["", "http", "0", "65536", "-1", "80.5"])
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(supervisor.DemoError, match="is no port"):
        supervisor.chosen_port(text)


def test_a_clone_runs_one_demo_at_a_time(tmp_path: Path) -> None:
    with (
        supervisor.hold_demo(tmp_path),
        pytest.raises(supervisor.DemoError, match="runs already"),
        supervisor.hold_demo(tmp_path),
    ):
        pass


def test_a_reset_deletes_all_but_the_lock(tmp_path: Path) -> None:
    (tmp_path / "postgres" / "data").mkdir(parents=True)
    (tmp_path / "secret-key").write_text("old")
    with supervisor.hold_demo(tmp_path):
        supervisor.delete_data(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


def test_the_secret_key_outlives_a_restart(tmp_path: Path) -> None:
    first = supervisor.kept_secret(tmp_path / "secret-key")
    assert len(first) >= 50
    assert supervisor.kept_secret(tmp_path / "secret-key") == first
