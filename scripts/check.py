"""`make check`: the static checks, two at a time, each with its name, verdict and seconds."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from demo import engines

PROGRAMS = Path(sys.executable).parent
MANAGE = [sys.executable, "-W", "error::RuntimeWarning", "manage.py"]


@dataclass(frozen=True)
class Check:
    name: str
    command: list[str]


@dataclass(frozen=True)
class Verdict:
    name: str
    ok: bool
    output: str
    seconds: float


def checks() -> list[Check]:
    """The slowest first."""
    templates = files(Path("templates"), "*.html", "*.txt")
    packages = [path for path in Path().iterdir() if path.is_dir() and not path.name.startswith(".")]
    modules = [path for package in packages for path in files(package, "*.py")]
    sources = [path for path in modules if "/migrations/" not in path]
    return [
        Check("mypy", [f"{PROGRAMS}/mypy", "."]),
        Check("migrations", [*MANAGE, "makemigrations", "--check", "--dry-run"]),
        Check("live tables", [sys.executable, "-m", "scripts.live_tables"]),
        Check("deployment", [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"]),
        Check("imports", [f"{PROGRAMS}/lint-imports"]),
        Check("upgrade", [f"{PROGRAMS}/django-upgrade", "--check", "--target-version", "5.2", *sources]),
        Check("templates", [f"{PROGRAMS}/djade", "--check", "--target-version", "5.2", *templates]),
        Check("lint", [f"{PROGRAMS}/ruff", "check"]),
        Check("format", [f"{PROGRAMS}/ruff", "format", "--check"]),
    ]


def files(folder: Path, *patterns: str) -> list[str]:
    return [str(path) for pattern in patterns for path in sorted(folder.rglob(pattern))]


def locks_name_no_address() -> Verdict:
    """A lock that names no host works behind any package index."""
    found = [
        f"{lock}:{number}: {line}"
        for lock in sorted(Path("requirements").glob("*.txt"))
        for number, line in enumerate(lock.read_text().splitlines(), start=1)
        if "http://" in line or "https://" in line
    ]
    return Verdict("locks", not found, "\n".join(found), 0.0)


def run(check: Check, environment: dict[str, str]) -> Verdict:
    started = time.monotonic()
    result = subprocess.run(
        check.command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return Verdict(check.name, result.returncode == 0, result.stdout, time.monotonic() - started)


def production_like(started: engines.Engines) -> dict[str, str]:
    """Settings as strict as in production, on engines with which the migrations can be compared."""
    production = {
        "ALLOWED_HOSTS": "traject.example",
        "BASE_URL": "https://traject.example",
        "SECRET_KEY": "only-for-the-static-checks-and-long-enough-for-Django-0123456789",
        "DATABASE_URL": started.database_url,
        "REDIS_URL": started.redis_url,
        "EMAIL_URL": "smtp://127.0.0.1:25",
    }
    return {name: value for name, value in os.environ.items() if name != "DEMO"} | production


def main() -> int:
    begun = time.monotonic()
    with engines.throwaway() as started, ThreadPoolExecutor(max_workers=2) as pool:
        environment = production_like(started)
        verdicts = [locks_name_no_address()]
        report(verdicts[0])
        for verdict in pool.map(lambda check: run(check, environment), checks()):
            report(verdict)
            verdicts.append(verdict)
    failed = [verdict.name for verdict in verdicts if not verdict.ok]
    result = f"Failed: {', '.join(failed)}," if failed else "All checks passed"
    print(f"{result} in {time.monotonic() - begun:.1f} s.")
    return 1 if failed else 0


def report(verdict: Verdict) -> None:
    print(f"{verdict.name:12} {'ok' if verdict.ok else 'FAILED':6} {verdict.seconds:5.1f} s", flush=True)
    if not verdict.ok:
        print(verdict.output, flush=True)


if __name__ == "__main__":
    sys.exit(main())
