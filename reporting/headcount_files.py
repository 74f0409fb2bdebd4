"""Headcounts as HR sends them: rows of text into typed rows, or into what is wrong with them."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tables.days import read_day
from core.tables.files import read_table
from core.tables.headers import by_name, find_columns, refuse_missing
from core.tables.problems import CellProblem, RowProblem, cell_problem
from people.enums import Cadre
from people.models import Organisation
from people.rules import RoleScope
from people.staff_files.rows import read_cadre, read_code

MOST_PEOPLE = 100_000
MOST_DIGITS = 9


class Column(models.TextChoices):
    ORGANISATION = "organisation", _("organisation code")
    CADRE = "cadre", _("cadre")
    DAY = "day", _("date")
    PEOPLE = "people", _("people")


class Problem(models.TextChoices):
    UNKNOWN_CADRE = "unknown_cadre", _("Write “operational” or “CALog”.")
    BAD_DAY = "bad_day", _("This isn't a day that was. Write it as 2026-01-01 or 01/01/2026.")
    BAD_NUMBER = "bad_number", _("Write a whole number, without signs.")
    UNKNOWN_ORGANISATION = (
        "unknown_organisation",
        _("There is no organisation with the code %(detail)s. Correct the code."),
    )
    FOREIGN_ORGANISATION = (
        "foreign_organisation",
        _("You can import only headcounts of %(detail)s. Take this row out."),
    )


COLUMNS = by_name(
    {
        Column.ORGANISATION: "organisation organisationcode organization organizationcode zone zonecode "
        "organisatie organisatiecode politiezone codeorganisation codedelorganisation codezone zonedepolice "
        "organisationscode polizeizone",
        Column.CADRE: "cadre kader",
        Column.DAY: "date day datum dag jour tag on op",
        Column.PEOPLE: "people headcount number mensen personen aantal personeel effectief personnes nombre "
        "effectif anzahl personal",
    }
)


@dataclass(frozen=True)
class HeadcountRow:
    organisation: Organisation
    cadre: Cadre
    day: dt.date
    people: int

    @property
    def key(self) -> tuple[int, str, dt.date]:
        return self.organisation.pk, self.cadre, self.day


def read_headcounts(
    content: bytes, *, scope: RoleScope, on: dt.date
) -> tuple[list[HeadcountRow], list[RowProblem]]:
    """The rows of a file, and all that is wrong with it; raises UnreadableFile."""
    table = read_table(content)
    _number, header = next(table)
    places, _ignored = find_columns(header, COLUMNS)
    refuse_missing(column for column in Column if column not in places)
    organisations = {each.code: each for each in Organisation.objects.all()}
    rows: dict[tuple[int, str, dt.date], tuple[int, HeadcountRow]] = {}
    problems: list[RowProblem] = []
    for number, cells in table:
        texts = {column: cells[place] if place < len(cells) else "" for column, place in places.items()}
        found = list(_problems(number, texts, organisations, scope, on))
        problems += found
        if found:
            continue
        row = _typed(texts, organisations)
        if row.key in rows:
            earlier = str(rows[row.key][0])
            problems.append(RowProblem(number, Column.ORGANISATION, CellProblem.TWICE_IN_FILE, earlier))
        rows[row.key] = number, row
    return [row for _number, row in rows.values()], problems


def _problems(
    number: int,
    texts: dict[Column, str],
    organisations: dict[str, Organisation],
    scope: RoleScope,
    on: dt.date,
) -> Iterator[RowProblem]:
    for column, text in texts.items():
        if not text:
            yield RowProblem(number, column, CellProblem.MISSING)
        elif problem := cell_problem(text, None) or _wrong(column, text, organisations, scope, on):
            yield RowProblem(number, column, *problem)


def _wrong(
    column: Column, text: str, organisations: dict[str, Organisation], scope: RoleScope, on: dt.date
) -> tuple[Problem, str] | None:
    if column == Column.ORGANISATION:
        organisation = organisations.get(read_code(text))
        if organisation is None:
            return Problem.UNKNOWN_ORGANISATION, text
        is_own = scope.everywhere or organisation.pk in scope.own
        return None if is_own else (Problem.FOREIGN_ORGANISATION, scope.codes)
    if column == Column.CADRE:
        return None if read_cadre(text) else (Problem.UNKNOWN_CADRE, "")
    if column == Column.DAY:
        day = read_day(text)
        return None if day and day <= on else (Problem.BAD_DAY, "")
    # By its length first: Python refuses to read a number of thousands of digits.
    is_number = text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS and int(text) <= MOST_PEOPLE
    return None if is_number else (Problem.BAD_NUMBER, "")


def _typed(texts: dict[Column, str], organisations: dict[str, Organisation]) -> HeadcountRow:
    cadre, day = read_cadre(texts[Column.CADRE]), read_day(texts[Column.DAY])
    if cadre is None or day is None:
        raise ValueError("A row with problems has no values.")
    return HeadcountRow(
        organisations[read_code(texts[Column.ORGANISATION])], cadre, day, int(texts[Column.PEOPLE])
    )
