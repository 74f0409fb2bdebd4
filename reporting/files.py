"""CSV and XLSX: typed cells, and no text that a spreadsheet would run as a formula."""

import csv
import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from tempfile import TemporaryFile
from typing import IO, Any

import xlsxwriter
from django.utils.translation import get_language

Value = str | int | dt.date | bool | None
# OWASP, CSV injection: what makes a spreadsheet take a text for a formula, in full width too.
FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
# A spreadsheet that separates cells by another sign than the file does begins a cell in the middle of a text.
AFTER_SEPARATOR = re.compile(r"(?<=[;,\t])(?=[=+\-@＝＋－＠])")


@dataclass(frozen=True)
class Sheet:
    """A table of a file; ``rows`` may be read from the database while the file is written."""

    name: str
    header: list[str]
    rows: Iterable[list[Value]]


def neutral(value: Value) -> Value:
    """A text that looks like a formula gets an apostrophe before it; other values stay what they are."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value


def csv_file(sheets: Iterable[Sheet], *, with_bom: bool) -> IO[bytes]:
    """The sheets one below the other, an empty line between; semicolons where a comma is the decimal sign."""
    file = TemporaryFile()  # noqa: SIM115 The answer closes it.
    text = TextIOWrapper(file, encoding="utf-8-sig" if with_bom else "utf-8", newline="")
    writer = csv.writer(text, delimiter="," if get_language() == "en" else ";")
    for number, sheet in enumerate(sheets):
        if number:
            writer.writerow([])
        writer.writerows(_lines(sheet))
    text.flush()
    text.detach()
    file.seek(0)
    return file


def _lines(sheet: Sheet) -> Iterator[list[Any]]:
    if sheet.header:
        yield [_neutral_in_csv(text) for text in sheet.header]
    for row in sheet.rows:
        yield [_neutral_in_csv(int(value) if isinstance(value, bool) else value) for value in row]


def _neutral_in_csv(value: Value) -> Value:
    return AFTER_SEPARATOR.sub("'", str(neutral(value))) if isinstance(value, str) else value


def xlsx_file(sheets: Iterable[Sheet]) -> IO[bytes]:
    """A workbook, at its beginning, in a file that goes when it is closed."""
    file = TemporaryFile()  # noqa: SIM115 The answer closes it.
    with xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False}) as workbook:
        head = workbook.add_format({"bold": True, "bottom": 1})
        day = workbook.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        for sheet in sheets:
            _write(workbook.add_worksheet(sheet.name), sheet, head, day)
    file.seek(0)
    return file


def _write(worksheet: Any, sheet: Sheet, head: Any, day: Any) -> None:
    worksheet.set_column(0, max(len(sheet.header) - 1, 0), 20)
    if sheet.header:
        worksheet.freeze_panes(1, 0)
        worksheet.write_row(0, 0, [neutral(text) for text in sheet.header], head)
    for number, row in enumerate(sheet.rows, start=1 if sheet.header else 0):
        for column, value in enumerate(row):
            _write_cell(worksheet, number, column, neutral(value), day)


def _write_cell(worksheet: Any, row: int, column: int, value: Value, day: Any) -> None:
    if isinstance(value, bool):
        worksheet.write_boolean(row, column, value)
    elif isinstance(value, dt.date):
        worksheet.write_datetime(row, column, value, day)
    elif isinstance(value, int):
        worksheet.write_number(row, column, value)
    elif value is not None:
        worksheet.write_string(row, column, value)
