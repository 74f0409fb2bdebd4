"""`manage.py import_people FILE` with a list as long as the police is large: first, again, and all moved.

A figure is that of the whole command, from the start of its process to the end.
"""

import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import connection
from xlsxwriter import Workbook

from benchmarks.results import Result, summary
from people.enums import OrganisationKind
from people.models import Organisation

RUNS = 5
PEOPLE = 50_000
HEADER = ["Stamnummer", "Naam", "Voornaam", "E-mail", "Zone", "Kader", "Graad", "Taal", "School", "Klas"]
ZONES = [str(code) for code in range(5_300, 5_490)]
SCHOOL = "VESTA"
ACTS = {"new": "people", "same": "people", "moved": "moved"}

Row = list[str]


@dataclass(frozen=True)
class Run:
    seconds: float
    megabytes: float


def people_import(port: int) -> Iterator[Result]:
    """In a process of its own, as on a server; the web server isn't asked."""
    with tempfile.TemporaryDirectory() as name:
        for kind, write in (("csv", _write_csv), ("xlsx", _write_xlsx)):
            yield from _measured(Path(name), kind, write)


def _measured(folder: Path, kind: str, write: Callable[[Path, Iterator[Row]], None]) -> Iterator[Result]:
    for name in set(ACTS.values()):
        write(folder / f"{name}.{kind}", _people(moved=name == "moved"))
    runs: dict[str, list[Run]] = {act: [] for act in ACTS}
    for _ in range(RUNS):
        _empty()
        for act, name in ACTS.items():
            runs[act].append(_run("import_people", str(folder / f"{name}.{kind}")))
    for act, measured in runs.items():
        note = f"{PEOPLE} people by {kind.upper()}, {act}: the whole command"
        yield summary(f"import_{kind}_{act}_s", [run.seconds for run in measured], "s", note)
        yield summary(f"import_{kind}_{act}_mb", [run.megabytes for run in measured], "MB", "its peak RSS")


def _run(*arguments: str) -> Run:
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "manage.py", *arguments], stdout=subprocess.DEVNULL)
    # Of this child alone, where getrusage would give the largest of all.
    _pid, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if status:
        raise RuntimeError(f"manage.py {' '.join(arguments)} failed.")
    return Run(seconds, usage.ru_maxrss / 1024)


def _empty() -> None:
    """Nobody but the organisations, in tables as small as they were at first."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE people_organisation, people_user, core_auditentry CASCADE")
        cursor.execute("VACUUM ANALYZE")
    school = Organisation(code=SCHOOL, kind=OrganisationKind.SCHOOL, languages=["nl"])
    zones = [Organisation(code=code, kind=OrganisationKind.ZONE, languages=["nl", "fr"]) for code in ZONES]
    Organisation.objects.bulk_create([school, *zones])


# -- The lists -------------------------------------------------------------------------------------


def _people(*, moved: bool) -> Iterator[Row]:
    """Staff of all zones, every tenth one an aspirant too; moved to the next zone, with another rank."""
    for n in range(PEOPLE):
        zone, rank = ZONES[(n + moved) % len(ZONES)], "hoofdinspecteur" if moved else "inspecteur"
        school, group = (SCHOOL, f"2026-{n % 100:02}") if n % 10 == 0 else ("", "")
        name = f"Vandenbroucke-Lemaître {n}", "Anne-Sophie", f"anne.{n}@bench.example"
        cadre, language = "operationeel" if n % 4 else "CALog", "fr" if n % 3 == 0 else "nl"
        yield [f"44{n:07}", *name, zone, cadre, rank, language, school, group]


def _write_csv(path: Path, rows: Iterator[Row]) -> None:
    with path.open("w", newline="", encoding="cp1252") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEADER)
        writer.writerows(rows)


def _write_xlsx(path: Path, rows: Iterator[Row]) -> None:
    """Staff numbers and codes are the numbers that a spreadsheet makes of them."""
    with Workbook(path, {"constant_memory": True, "strings_to_numbers": True}) as workbook:
        sheet = workbook.add_worksheet()
        for number, row in enumerate([HEADER, *rows]):
            sheet.write_row(number, 0, row)
