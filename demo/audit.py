"""`make audit`: whether the demo's seats, queues and records are as they must be, while it runs or not."""

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from demo import engines
from demo.supervisor import say, settings, stop_leftovers

PREPARE = ("-m", "demo.prepare")
AUDIT = ("manage.py", "audit")
# An audit queues nothing.
NO_REDIS = "redis://127.0.0.1:1/0"


def main() -> int:
    """The exit status of the audit; of a demo that isn't there yet the data is made first."""
    folder = engines.demo_folder()
    try:
        with ExitStack() as at_end:
            try:
                at_end.enter_context(engines.hold(folder))
            except BlockingIOError:
                return _run(AUDIT, folder, engines.database_of_running(folder))
            stop_leftovers(folder)
            running = at_end.enter_context(engines.running(folder, keep=True))
            failed = _run(PREPARE, folder, running.database_url, running.redis_url)
            return failed or _run(AUDIT, folder, running.database_url)
    except engines.EngineError as error:
        say(str(error))
        return 1


def _run(command: Sequence[str], folder: Path, database_url: str, redis_url: str = NO_REDIS) -> int:
    # No page is served and no mail is sent.
    environment = settings(folder, database_url=database_url, redis_url=redis_url, port=8000, mail_port=1)
    return subprocess.run([sys.executable, *command], env=environment, cwd=engines.CLONE).returncode


if __name__ == "__main__":
    os.umask(0o077)  # As the demo's: what it keeps is its owner's alone.
    sys.exit(main())
