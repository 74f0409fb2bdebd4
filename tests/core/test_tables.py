"""Tables as zones and schools really send them, and bytes that are none."""

import datetime as dt
from contextlib import suppress
from io import BytesIO
from time import process_time
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from core.errors import UnreadableFile
from core.tables import files
from core.tables.files import read_table
from core.tables.headers import find_columns
from tests.core.spreadsheets import Value, sheet_of, xlsx, xlsx_of_sheets

ROWS: list[list[Value]] = [["Name", "Number"], ["Zoë", "0906"]]
CSV = "Name;Number\r\nZoë;0906\r\n"
TABLE = [(1, ["Name", "Number"]), (2, ["Zoë", "0906"])]


def read(content: bytes) -> list[tuple[int, list[str]]]:
    return list(read_table(content))


def refusal(content: bytes) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read(content)
    return str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        CSV.encode(),
        CSV.encode("utf-8-sig"),
        CSV.encode("cp1252"),
        CSV.encode("utf-16"),
        CSV.replace("\r\n", "\n").encode(),
        CSV.replace("\r\n", "\r").encode(),
        CSV.replace(";", ",").encode(),
        CSV.replace(";", "\t").encode(),
        CSV.replace("Zoë", '"Zoë"').encode(),
        CSV.replace("Zoë", " Zoë\u00a0").encode(),
        (CSV + ";\r\n\r\n  ;\r\n").encode(),
        xlsx(ROWS),
        xlsx([*ROWS, [None, None]]),
    ],
    ids=lambda content: repr(content[:12]),
)
def test_the_same_rows_come_out_of_every_kind_of_file(content: bytes) -> None:
    assert read(content) == TABLE


def test_numbers_and_days_of_a_workbook_are_written_as_people_write_them() -> None:
    """Not 5344.0, and not the number of days since 1900."""
    workbook, file = Workbook(), BytesIO()
    moment = dt.datetime.fromisoformat("2026-11-18T08:30:00")
    workbook.worksheets[0].append([5344.0, 441234567, 22.5, moment.date(), moment, None, "0906"])
    workbook.save(file)
    assert read(file.getvalue()) == [
        (1, ["5344", "441234567", "22.5", "2026-11-18", "2026-11-18T08:30:00", "", "0906"])
    ]


def test_a_quotation_mark_that_is_not_closed_swallows_no_rows() -> None:
    text = CSV + 'Jan;"x\nPiet;y\n'
    assert refusal(text.encode()) == "Row 3 can't be read: maybe a quotation mark isn't closed there."
    assert "Row 3 can't be read" in refusal((CSV + '"Jan" x;y\n').encode())


def test_more_rows_than_any_list_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_ROWS", 3)
    assert "too large" in refusal((CSV + "a;b\nc;d\n").encode())
    assert "too large" in refusal(xlsx([*ROWS, ["a", "b"], ["c", "d"]]))
    # What a spreadsheet leaves behind after the last row is no row.
    assert read((CSV + ";\n" * 10).encode()) == TABLE


def test_unused_headers_are_shown_without_signs_that_no_page_takes() -> None:
    assert find_columns(["a\x00b", "Code\nof it", "\x07", ""], {}) == ({}, ["ab", "Code of it"])


def test_a_formula_stands_as_one_whatever_its_value_and_only_the_first_sheet_counts() -> None:
    formula: list[list[Value]] = [["Name"], ["=5000+344"]]
    assert read(xlsx(formula)) == [(1, ["Name"]), (2, ["="])]
    assert read(xlsx_of_sheets([sheet_of(ROWS), sheet_of(formula)])) == TABLE


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" \n;;\n",
        b"PK\x03\x04 and then nothing",
        xlsx([["a"]])[:300],
        xlsx([]),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 an old workbook",
        CSV.encode() + b'\n"' + b"x" * 200_000,
        CSV.encode() + b"\n" + b"x" * 200_000,
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(content: bytes) -> None:
    assert refusal(content).endswith(".")


def test_a_cell_in_the_last_corner_does_not_fill_the_memory() -> None:
    corner = (
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c x=">" r="XFD1048576"><v>1</v></c></row>'
    )
    assert "too large" in refusal(xlsx_of_sheets([corner]))
    # A column that was styled to its end is as common as it is harmless.
    styled = sheet_of(ROWS) + '<row r="1048576"><c r="A1048576" s="0"/></row>'
    assert read(xlsx_of_sheets([styled])) == TABLE


def test_a_workbook_that_unpacks_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 5_000_000)
    assert "too large" in refusal(xlsx_of_sheets(["<row/>" * 1_000_000]))


@pytest.mark.parametrize("tag", ["<c ", '<c "', """<c '"""])
def test_tags_without_an_end_take_no_time(tag: str) -> None:
    workbook = BytesIO(xlsx(ROWS))
    with ZipFile(workbook, "a") as archive:
        archive.writestr("xl/more.xml", tag * 100_000)
    started = process_time()
    refusal(workbook.getvalue())
    # Each tag read to the end of the file would take ten minutes.
    assert process_time() - started < 5


WORKBOOK = xlsx(ROWS)


@given(st.binary(max_size=2_000), st.integers(0, len(WORKBOOK) - 1))
def test_any_bytes_are_read_or_refused(content: bytes, place: int) -> None:
    damaged = WORKBOOK[:place] + content[:5] + WORKBOOK[place + 5 :]
    for anything in (content, CSV.encode() + content, b"PK\x03\x04" + content, damaged):
        with suppress(UnreadableFile):
            read(anything)
