"""Rows of text into past completions, or into what is wrong with them."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from core.tables.days import read_day
from core.tables.files import read_table
from core.tables.headers import folded
from core.tables.problems import CellProblem, RowProblem, cell_problem
from enrolment.history.columns import REQUIRED, Column, columns_of
from enrolment.history.problems import Problem
from people.staff_files.rows import read_code

LONGEST = {
    Column.COURSE: 200,
    Column.ORGANISATION: 20,
    Column.STAFF_NUMBER: 20,
    Column.LAST_NAME: 100,
    Column.FIRST_NAME: 100,
}


@dataclass(frozen=True, slots=True)
class PastRow:
    """What a file says of one participant; who it was may be unknown."""

    number: int
    course: str
    day: dt.date
    organisation: str
    staff_number: str
    last_name: str
    first_name: str

    @property
    def name(self) -> str:
        """To compare: without accents, case and signs, the last name first."""
        return f"{folded(self.last_name)} {folded(self.first_name)}" if self.last_name else ""


class PastList:
    """A list of past completions in a file; raises UnreadableFile when it isn't one."""

    def __init__(self, content: bytes) -> None:
        self._table = read_table(content)
        _number, header = next(self._table)
        self.columns, self.ignored = columns_of(header)

    def __iter__(self) -> Iterator[PastRow | list[RowProblem]]:
        """Each row, or all that is wrong with it; once."""
        for number, cells in self._table:
            yield _typed(
                number,
                {
                    column: " ".join(cells[place].split()) if place < len(cells) else ""
                    for column, place in self.columns.items()
                },
            )


def _typed(number: int, texts: dict[Column, str]) -> PastRow | list[RowProblem]:
    problems = [
        RowProblem(number, column, *problem)
        for column, text in texts.items()
        if text and (problem := cell_problem(text, LONGEST.get(column)))
    ]
    problems += [RowProblem(number, column, CellProblem.MISSING) for column in REQUIRED if not texts[column]]
    day = read_day(texts[Column.DAY])
    if texts[Column.DAY] and day is None:
        problems.append(RowProblem(number, Column.DAY, Problem.BAD_DAY))
    if problems or day is None:
        return problems
    return PastRow(
        number=number,
        course=texts[Column.COURSE],
        day=day,
        organisation=read_code(texts[Column.ORGANISATION]),
        staff_number=texts.get(Column.STAFF_NUMBER, ""),
        last_name=texts.get(Column.LAST_NAME, ""),
        first_name=texts.get(Column.FIRST_NAME, ""),
    )
