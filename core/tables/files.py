"""Files as zones and schools really send them: bytes in, rows of text out."""

import csv
import datetime as dt
import posixpath
import re
import string
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO, TextIOWrapper
from typing import IO, TextIO
from xml.etree import ElementTree

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from core.errors import UnreadableFile

Table = Iterator[tuple[int, list[str]]]

# What stands for the value of a formula.
FORMULA = "="

DELIMITERS = ";,\t"
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
UTF16 = (b"\xff\xfe", b"\xfe\xff")
# Far above any list, far below what fills the memory: a workbook unpacks to a thousand times its
# size, and one value in its last corner makes a grid of 17 thousand million cells.
MOST_ROWS, MOST_COLUMNS, MOST_BYTES = 100_000, 100, 150_000_000
CHUNK = 1 << 20

# What a workbook raises that is damaged, protected, or none at all.
BROKEN = (
    CalamineError,
    ElementTree.ParseError,
    LookupError,
    OSError,
    RuntimeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)

# Possessive, and a match even where the tag has no end: nothing is looked at twice, whatever a file holds.
_TAG = re.compile(rb"""<(?:\w+:)?(c|f|v|is)(?=[\s/>])((?:[^>"']++|"[^"]*+"|'[^']*+')*+)(>?)""")
_REFERENCE = re.compile(rb"""\sr\s*=\s*["']([A-Z]+)(\d+)["']""")


def read_table(content: bytes) -> Table:
    """The rows of a CSV or of an XLSX's first sheet, numbered as a spreadsheet does; empty ones are left out.

    There is at least one. Raises UnreadableFile, maybe only while the rows are read.
    """
    is_empty = True
    rows = _from_workbook(content) if content.startswith(ZIP) else _from_text(content)
    for number, row in rows:
        cells = [cell.strip() for cell in row]
        if any(cells):
            if number > MOST_ROWS:
                raise UnreadableFile(_too_large())
            is_empty = False
            yield number, cells
    if is_empty:
        raise UnreadableFile(_("This file is empty. Choose the file with the list."))


# -- CSV -------------------------------------------------------------------------------------------


def _from_text(content: bytes) -> Table:
    if content.startswith(OLE):
        raise UnreadableFile(
            _("This is an old or a protected Excel file. Save it as XLSX without a password, or as CSV.")
        )
    encoding = _encoding(content)
    # Strict, or a quotation mark that isn't closed would swallow the rows after it.
    rows = csv.reader(_lines(content, encoding), delimiter=_delimiter(content, encoding), strict=True)
    number = 0
    try:
        for number, row in enumerate(rows, start=1):
            yield number, row
    except csv.Error:
        raise UnreadableFile(
            _("Row %(row)d can't be read: maybe a quotation mark isn't closed there.") % {"row": number + 1}
        ) from None


def _encoding(content: bytes) -> str:
    if content.startswith(UTF16):
        return "utf-16"
    try:
        content.decode()
    except UnicodeDecodeError:
        # What Excel writes in Belgium as "CSV".
        return "cp1252"
    return "utf-8-sig"


def _lines(content: bytes, encoding: str) -> TextIO:
    return TextIOWrapper(BytesIO(content), encoding, errors="replace", newline="")


def _delimiter(content: bytes, encoding: str) -> str:
    """The one that the first row with text has most often."""
    header = next(
        (line for line in _lines(content, encoding) if line.strip(DELIMITERS + string.whitespace)), ""
    )
    return max(DELIMITERS, key=header.count)


# -- XLSX ------------------------------------------------------------------------------------------


def _from_workbook(content: bytes) -> Table:
    try:
        formulas = _formulas_of_first_sheet(content)
        with CalamineWorkbook.from_filelike(BytesIO(content)) as workbook:
            sheet = workbook.get_sheet_by_index(0)
            left = sheet.start[1] if sheet.start else 0
            for number, row in enumerate(sheet.iter_rows(), start=1):
                cells = (
                    FORMULA if (number, column) in formulas else _as_text(value)
                    for column, value in enumerate(row, start=left)
                )
                yield number, list(cells)
    except BROKEN as error:
        raise UnreadableFile from error


def _as_text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)


def _formulas_of_first_sheet(content: bytes) -> set[tuple[int, int]]:
    """The places, row from 1 and column from 0, that hold a formula; refuses what would fill the memory."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        first = _path_of_first_sheet(archive)
        formulas: set[tuple[int, int]] = set()
        size = 0
        # A sheet may lie under any name.
        for name in archive.namelist():
            with archive.open(name) as member:
                for row, column, kind in _used_cells(member):
                    if row > MOST_ROWS or column >= MOST_COLUMNS:
                        raise UnreadableFile(_too_large())
                    if kind == b"f" and name == first:
                        formulas.add((row, column))
                size += member.tell()
                if size > MOST_BYTES:
                    raise UnreadableFile(_too_large())
    return formulas


def _path_of_first_sheet(archive: zipfile.ZipFile) -> str:
    workbook = _parsed(archive, "xl/workbook.xml")
    sheet = workbook.find(".//{*}sheet")
    if sheet is None:
        raise UnreadableFile
    relation = next((value for name, value in sheet.items() if name.endswith("}id")), "")
    relations = _parsed(archive, "xl/_rels/workbook.xml.rels")
    target = next((each.get("Target", "") for each in relations if each.get("Id") == relation), "")
    return posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")


def _parsed(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    with archive.open(name) as member:
        # At most a megabyte, and expat itself stops entities that multiply.
        return ElementTree.fromstring(member.read(CHUNK))  # noqa: S314


def _used_cells(member: IO[bytes]) -> Iterator[tuple[int, int, bytes]]:
    """Row, column and kind (value, formula) of what cells hold; empty ones with a style don't count."""
    row = column = read = 0
    rest = b""
    while chunk := member.read(CHUNK):
        read += len(chunk)
        if read > MOST_BYTES:
            raise UnreadableFile(_too_large())
        text, cut, rest = (rest + chunk).rpartition(b"<")
        rest = cut + rest
        for tag in _TAG.finditer(text):
            kind, attributes, end = tag.groups()
            if not end:
                raise UnreadableFile
            if kind != b"c":
                yield row, column, kind
            elif place := _REFERENCE.search(attributes):
                row, column = int(place[2]), _column_index(place[1])


def _column_index(letters: bytes) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + letter - ord("A") + 1
    return index - 1


def _too_large() -> str:
    return _(
        "This file is too large. Keep the list alone, with at most 100,000 rows; in a workbook on the "
        "first sheet."
    )
