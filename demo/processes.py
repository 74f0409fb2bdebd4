"""Child processes that do not outlive their parent for long, whatever ends it."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

STOP_TIMEOUT = 6.0


@dataclass(frozen=True)
class Child:
    name: str
    process: subprocess.Popen[str]
    stop_signal: signal.Signals


class Children:
    """Started one by one, stopped together, the newest first.

    Each leads a session of its own: the terminal's Ctrl-C and hang-up reach the parent alone, which then
    stops them in order. Each is written down in `register`, so that after a kill -9 the next parent can
    find them (`stop_orphans`).
    """

    def __init__(self, register: Path) -> None:
        self._register = register
        self._children: list[Child] = []
        register.touch(mode=0o600)

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        output: IO[str] | int,
        given: IO[str] | int = subprocess.DEVNULL,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: int | None = None,
        group: int | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> Child:
        process = subprocess.Popen(
            command,
            stdin=given,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=env,
            cwd=cwd,
            user=user,
            group=group,
            extra_groups=None if group is None else [],
            start_new_session=True,
        )
        child = Child(name, process, stop_signal)
        self._children.append(child)
        with self._register.open("a") as register:
            register.write(f"{process.pid} {started_at(process.pid)} {int(stop_signal)}\n")
        return child

    def forget(self, child: Child) -> None:
        """Drop one that was meant to end by itself, and did."""
        self._children.remove(child)

    def first_dead(self) -> Child | None:
        return next((child for child in self._children if child.process.poll() is not None), None)

    def stop(self) -> None:
        newest_first = self._children[::-1]
        for child in newest_first:
            if child.process.poll() is None:
                child.process.send_signal(child.stop_signal)
        deadline = time.monotonic() + STOP_TIMEOUT
        for child in newest_first:
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.0, deadline - time.monotonic()))
            _kill_group(child.process.pid)
            child.process.wait()
        self._children.clear()
        self._register.unlink(missing_ok=True)


def started_at(pid: int) -> int | None:
    """The clock tick at which `pid` started, or None if it does not run (a zombie does not).

    With the number it identifies a process: numbers are used again, ticks are not.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    after_name = stat.rpartition(")")[2].split()
    state, start = after_name[0], after_name[19]
    return None if state in "ZX" else int(start)


def stop_orphans(register: Path) -> int:
    """Stop what a dead parent left behind; return how many still ran."""
    if not register.exists():
        return 0
    newest_first = [orphan for line in register.read_text().splitlines()[::-1] if (orphan := _orphan(line))]
    for pid, _, stop_signal in newest_first:
        with suppress(ProcessLookupError):
            os.kill(pid, stop_signal)
    deadline = time.monotonic() + STOP_TIMEOUT
    for pid, start, _ in newest_first:
        while started_at(pid) == start and time.monotonic() < deadline:
            time.sleep(0.02)
        _kill_group(pid)
    register.unlink()
    return len(newest_first)


def _orphan(line: str) -> tuple[int, int, int] | None:
    """Number, start and stop signal of a registered process, if it still runs."""
    try:
        pid, start, stop_signal = (int(field) for field in line.split())
    except ValueError:
        return None  # It ended at once ("None"), or a crash cut the line off.
    return (pid, start, stop_signal) if started_at(pid) == start else None


def _kill_group(pid: int) -> None:
    """End what is left of the group that `pid` led: a leader that hung, or workers without one."""
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
