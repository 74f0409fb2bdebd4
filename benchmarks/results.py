"""The figures on file: `results.json` for programs, `results.md` for people."""

import json
import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
JSON, TABLE = FOLDER / "results.json", FOLDER / "results.md"


@dataclass(frozen=True)
class Result:
    """One entry: the median of its runs, the lowest and the highest of them, and what was measured."""

    name: str
    value: float
    unit: str
    low: float
    high: float
    runs: int
    note: str


def summary(name: str, runs: Sequence[float], unit: str, note: str) -> Result:
    value, low, high = (_rounded(figure) for figure in (statistics.median(runs), min(runs), max(runs)))
    return Result(name, value, unit, low, high, len(runs), note)


def _rounded(figure: float) -> float:
    """Three figures that count, and all that stand before the point."""
    return round(figure) if abs(figure) >= 100 else float(f"{figure:.3g}")


def stored() -> list[Result]:
    return [Result(**entry) for entry in json.loads(JSON.read_text())] if JSON.exists() else []


def store(measured: Iterable[Result]) -> None:
    """Replace the entries that were measured; the others stay as they were."""
    entries = {entry.name: entry for entry in [*stored(), *measured]}
    ordered = [entries[name] for name in sorted(entries)]
    JSON.write_text(json.dumps([asdict(entry) for entry in ordered], indent=2, ensure_ascii=False) + "\n")
    TABLE.write_text(_table(ordered))


def _table(entries: Sequence[Result]) -> str:
    rows = "\n".join(
        f"| `{entry.name}` | {entry.value:g} {entry.unit} | {entry.low:g}–{entry.high:g} | {entry.runs} "
        f"| {entry.note} |"
        for entry in entries
    )
    return (
        "# Measured\n\n"
        "Medians of several runs, through real server processes, with commit to disk. Written by "
        f"`make bench`; last on {os.cpu_count()} cores ({platform.machine()}), "
        f"Python {platform.python_version()}.\n\n"
        "| entry | median | lowest–highest | runs | what |\n|---|---|---|---|---|\n"
        f"{rows}\n"
    )
