"""What a dead parent leaves behind is found again, and nothing else is touched."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo import engines, processes

KILLED_PARENT = """
import os, signal, subprocess, sys
from pathlib import Path
from demo.processes import Children
Children(Path(sys.argv[1])).start("sleeper", ["sleep", "60"], output=subprocess.DEVNULL)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def register(tmp_path: Path) -> Path:
    return tmp_path / "children.pids"


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as process:
        yield process
        process.kill()


def wait_until_gone(pid: int) -> None:
    """The signal is sent; the kernel takes a moment."""
    deadline = time.monotonic() + 10
    while processes.started_at(pid) is not None:
        assert time.monotonic() < deadline, f"{pid} still runs"
        time.sleep(0.01)


def test_children_of_a_killed_parent_are_stopped(register: Path) -> None:
    parent = subprocess.run([sys.executable, "-c", KILLED_PARENT, str(register)], cwd=engines.CLONE)
    assert parent.returncode == -signal.SIGKILL
    orphan = int(register.read_text().split()[0])
    assert processes.started_at(orphan) is not None

    assert processes.stop_orphans(register) == 1

    wait_until_gone(orphan)
    assert not register.exists()


def test_a_number_that_another_process_got_is_left_alone(
    register: Path, stranger: subprocess.Popen[bytes]
) -> None:
    started = processes.started_at(stranger.pid)
    assert started is not None
    register.write_text(f"{stranger.pid} {started - 1} {int(signal.SIGTERM)}\n")

    assert processes.stop_orphans(register) == 0

    assert stranger.poll() is None


def test_a_line_that_a_crash_cut_off_is_no_reason_to_fail(
    register: Path, stranger: subprocess.Popen[bytes]
) -> None:
    register.write_text(f"4194000 None {int(signal.SIGTERM)}\n{stranger.pid}")

    assert processes.stop_orphans(register) == 0

    assert stranger.poll() is None


def test_one_that_hangs_is_killed_with_its_workers(register: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "STOP_TIMEOUT", 0.2)
    read_end, write_end = os.pipe()
    children = processes.Children(register)
    with os.fdopen(read_end) as said, os.fdopen(write_end, "w") as output:
        deaf = "trap '' TERM; sleep 60 & echo $!; wait"
        child = children.start("deaf", ["sh", "-c", deaf], output=output)
        worker = int(said.readline())

        children.stop()

    assert child.process.returncode == -signal.SIGKILL
    wait_until_gone(worker)
    assert not register.exists()
