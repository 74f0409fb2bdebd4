"""How long `manage.py import_people FILE` takes, and how much memory: `python -m benchmarks.people_import`.

Every figure is that of the whole command, from the start of its process to the end, on a PostgreSQL that
syncs to the disk and is started for this alone. The table after each act: seconds and peak RSS of each run.
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psycopg
from xlsxwriter import Workbook

from demo import engines

ACTS = ("checked only", "new", "the same again", "all moved")
HEADER = ["Stamnummer", "Naam", "Voornaam", "E-mail", "Zone", "Kader", "Graad", "Taal", "School", "Klas"]
ZONES = [f"{5_300 + n}" for n in range(190)]
SCHOOL = "VESTA"
# As many organisations as there are, and nobody yet.
ORGANISATIONS = """
INSERT INTO people_organisation
    (public_id, kind, code, name_nl, name_fr, name_de, name_en, languages, valid_from)
SELECT gen_random_uuid(), kind, code, code, code, '', '', '{nl,fr}', '2002-01-01'
FROM unnest(%s::text[], %s::text[]) AS listed(code, kind)
"""


Row = list[str]


@dataclass(frozen=True)
class Figures:
    seconds: float
    megabytes: float


def people(count: int, *, moved: bool = False) -> Iterator[Row]:
    """Staff of all zones, every tenth one an aspirant too; ``moved`` to the next zone, with another rank."""
    for n in range(count):
        zone, rank = ZONES[(n + moved) % len(ZONES)], "hoofdinspecteur" if moved else "inspecteur"
        school, group = (SCHOOL, f"2026-{n % 100:02}") if n % 10 == 0 else ("", "")
        yield [
            f"44{n:07}", f"Vandenbroucke-Lemaître {n}", "Anne-Sophie", f"an.{n}@police.example",
            zone, "operationeel" if n % 4 else "CALog", rank, "fr" if n % 3 == 0 else "nl", school, group,
        ]  # fmt: skip


def write_csv(path: Path, rows: Iterator[Row]) -> None:
    with path.open("w", newline="", encoding="cp1252") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEADER)
        writer.writerows(rows)


def write_xlsx(path: Path, rows: Iterator[Row]) -> None:
    """Staff numbers and codes as the numbers that a spreadsheet makes of them."""
    with Workbook(path, {"constant_memory": True, "strings_to_numbers": True}) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        for number, row in enumerate(rows, start=1):
            sheet.write_row(number, 0, row)


def measured(*arguments: str) -> Figures:
    """A management command in a process of its own; what it says goes to the screen when it fails."""
    command = [sys.executable, "manage.py", *arguments]
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    # Of this child alone, where getrusage would give the largest of all.
    _pid, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if status:
        raise SystemExit(f"manage.py {' '.join(arguments)} failed.")
    return Figures(seconds, usage.ru_maxrss / 1024)


def empty(database_url: str) -> None:
    """Nobody but the organisations, in tables as small as they were at first."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("TRUNCATE people_organisation, people_user, core_auditentry CASCADE")
        kinds = [*["zone"] * len(ZONES), "school"]
        connection.execute(ORGANISATIONS, [[*ZONES, SCHOOL], kinds])
        connection.execute("VACUUM (FULL, ANALYZE)")


def report(act: str, runs: list[Figures]) -> None:
    seconds = " ".join(f"{run.seconds:5.1f}" for run in runs)
    memory = max(run.megabytes for run in runs)
    print(f"{act:<34} {seconds}   median {median(run.seconds for run in runs):5.1f} s, {memory:4.0f} MB")


def measure(database_url: str, folder: Path, *, count: int, runs: int) -> None:
    files: dict[str, Callable[[Path, Iterator[Row]], None]] = {"csv": write_csv, "xlsx": write_xlsx}
    for kind, write in files.items():
        first, moved = folder / f"people.{kind}", folder / f"moved.{kind}"
        write(first, people(count))
        write(moved, people(count, moved=True))
        acts: dict[str, list[Figures]] = {act: [] for act in ACTS}
        for _run in range(runs):
            empty(database_url)
            acts["checked only"].append(measured("import_people", "--dry-run", str(first)))
            acts["new"].append(measured("import_people", str(first)))
            acts["the same again"].append(measured("import_people", str(first)))
            acts["all moved"].append(measured("import_people", str(moved)))
        for act, figures in acts.items():
            report(f"{kind}, {count} people, {act}", figures)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=engines.make_private(engines.base_folder())) as name:
        folder = engines.make_private(Path(name))
        with engines.hold(folder), engines.running(folder, keep=True) as started:
            os.environ |= {
                "DATABASE_URL": started.database_url,
                "REDIS_URL": started.redis_url,
                "SECRET_KEY": "of-the-measurement-only",
                "BASE_URL": "http://localhost:8000",
                "ALLOWED_HOSTS": "localhost",
                "EMAIL_URL": "smtp://127.0.0.1:1",
            }
            measured("migrate", "--verbosity=0")
            measure(started.database_url, folder, count=options.people, runs=options.runs)


if __name__ == "__main__":
    main()
