"""Workbooks for tests, written part by part: also those that no program would write."""

import zipfile
from io import BytesIO
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"

Value = str | float | None


def xlsx(rows: list[list[Value]]) -> bytes:
    """A workbook with one sheet; texts are inline, numbers as Excel writes them, "=1+1" is a formula."""
    return xlsx_of_sheets([sheet_of(rows)])


def sheet_of(rows: list[list[Value]]) -> str:
    lines = (
        f'<row r="{number}">{"".join(_cell(number, column, value) for column, value in enumerate(row))}</row>'
        for number, row in enumerate(rows, start=1)
    )
    return "".join(lines)


def _cell(number: int, column: int, value: Value) -> str:
    place = f'r="{chr(ord("A") + column)}{number}"'
    if value is None:
        return f'<c {place} s="0"/>'
    if isinstance(value, float | int):
        return f"<c {place}><v>{value}</v></c>"
    if value.startswith("="):
        return f"<c {place}><f>{escape(value[1:])}</f><v>2</v></c>"
    return f'<c {place} t="inlineStr"><is><t>{escape(value)}</t></is></c>'


def xlsx_of_sheets(sheets: list[str]) -> bytes:
    """A workbook of sheets given as the XML of their rows."""
    numbers = range(1, len(sheets) + 1)
    listed = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="r{n}"/>' for n in numbers)
    related = "".join(
        f'<Relationship Id="r{n}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{SHEET_TYPE}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="r" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f"{related}</Relationships>",
        **{
            f"xl/worksheets/sheet{n}.xml": f'<worksheet xmlns="{MAIN}">'
            f"<sheetData>{rows}</sheetData></worksheet>"
            for n, rows in zip(numbers, sheets, strict=True)
        },
    }
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            # Dated as ever, so that the same rows make the same bytes.
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
