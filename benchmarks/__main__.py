"""`python -m benchmarks [ENTRY ...]`: measure everything, or what yields the entries named."""

import json
import os
import signal
import subprocess
import sys
from contextlib import ExitStack

from benchmarks import stage
from benchmarks.results import Result, store
from demo import engines

# Which measurement yields which entries is asked of the measurements, and those need the settings.
LIST = "import django; django.setup(); from benchmarks.measures import MEASURES; import json; "
LIST += "print(json.dumps([[m.sizes, sorted(m.entries)] for m in MEASURES]))"


def main(wanted: set[str]) -> int:
    # Whoever ends it politely ends the servers with it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with stage.engines_running() as running:
        offered = _offered(running)
        if unknown := wanted - {entry for _sizes, entries in offered for entry in entries}:
            print(f"No measurement yields {', '.join(sorted(unknown))}. There are:", file=sys.stderr)
            print(*(entry for _sizes, entries in offered for entry in entries), sep="\n", file=sys.stderr)
            return 1
        for sizes, entries in offered:
            if not wanted or wanted & set(entries):
                _measure(running, sizes, entries[0])
    return 0


def _offered(running: engines.Engines) -> list[tuple[list[str], list[str]]]:
    listed = subprocess.run(
        [sys.executable, "-c", LIST],
        env=stage.environment(running, "postgres", 8000),
        cwd=engines.CLONE,
        check=True,
        capture_output=True,
        text=True,
    )
    return [(sizes, entries) for sizes, entries in json.loads(listed.stdout)]


def _measure(running: engines.Engines, sizes: list[str], entry: str) -> None:
    load = os.getloadavg()[0]
    with ExitStack() as servers:
        ports = []
        for size in sizes:
            port = engines.free_port()
            settings = stage.environment(running, stage.fresh_copy(running, size), port)
            servers.enter_context(stage.web_server(settings, port))
            ports.append(str(port))
        # Its own database is that of the last size.
        command = [sys.executable, "-m", "benchmarks.run", entry, *ports]
        with subprocess.Popen(
            command, env=settings, cwd=engines.CLONE, stdout=subprocess.PIPE, text=True
        ) as measuring:
            for line in measuring.stdout or ():
                result = Result(**json.loads(line))
                store([result])
                print(
                    f"{result.name:24} {result.value:>9g} {result.unit:3} ({result.low:g}–{result.high:g})"
                    f"  {result.note}; load before: {load:.1f}",
                    flush=True,
                )
    if measuring.returncode:
        raise SystemExit(measuring.returncode)


if __name__ == "__main__":
    sys.exit(main(set(sys.argv[1:])))
