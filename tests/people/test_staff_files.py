"""Lists of people as they really come: every case here is a file that somebody would send."""

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UnreadableFile
from core.tables.problems import CellProblem, RowProblem
from people.staff_files.columns import Column, columns_of
from people.staff_files.problems import Problem
from people.staff_files.rows import StaffList, StaffRow
from tests.core.spreadsheets import Value, sheet_of, xlsx, xlsx_of_sheets

HEADER = "Stamnummer;Naam;Voornaam;E-mail;Zone;Kader;Graad;Taal;School;Klas"
LINE = "441234567;Peeters;Zoë;zoe@police.example;5344;operationeel;inspecteur;nl;;"
ZOE = StaffRow(
    number=2,
    staff_number="441234567",
    last_name="Peeters",
    first_name="Zoë",
    email="zoe@police.example",
    employer="5344",
    cadre="operational",
    rank="inspecteur",
    language="nl",
    school="",
    class_name="",
)
CSV = f"{HEADER}\r\n{LINE}\r\n"


def read(content: bytes) -> list[StaffRow | list[RowProblem]]:
    return list(StaffList(content))


def problems(content: bytes) -> list[tuple[int, str, str, str]]:
    wrong = [row for row in read(content) if isinstance(row, list)]
    return [(p.row, p.column, p.problem, p.detail) for row in wrong for p in row]


def refusal(content: bytes) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read(content)
    return str(caught.value)


def only(value: str, column: int) -> bytes:
    """The file with one cell of Zoë's row changed."""
    cells = LINE.split(";")
    cells[column] = value
    return f"{HEADER}\n{';'.join(cells)}".encode()


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
        CSV.replace(";", "\t").encode("utf-16"),
        CSV.replace(";Peeters;", ';"Peeters";').encode(),
        CSV.replace(";Peeters;", "; Peeters\u00a0 ;").encode(),
        (CSV + ";;;;;;;;;\r\n\r\n  ;;\r\n").encode(),
        CSV.replace("\r\n", ";;;\r\n").encode(),
        xlsx([list(HEADER.split(";")), list(LINE.split(";"))]),
        xlsx([list(HEADER.split(";")), [441234567, *LINE.split(";")[1:4], 5344.0, *LINE.split(";")[5:8]]]),
        xlsx([[*HEADER.split(";"), None], list(LINE.split(";")), [None] * 10, [None] * 10]),
    ],
    ids=lambda content: repr(content[:12]),
)
def test_the_same_person_comes_out_of_every_kind_of_file(content: bytes) -> None:
    assert read(content) == [ZOE]


@pytest.mark.parametrize(
    "header",
    [
        "staff number;last name;FIRST NAME;e-mail;organisation code;cadre;rank;language;school;class",
        "STAMNUMMER;Familienaam;voornaam;E-mailadres;Organisatiecode;Kader;GRAAD;Bestuurstaal;Academie;klas",
        "Matricule;Nom;Prénom;Adresse e-mail;Code de l’organisation;Cadre;Grade;Langue;École;Classe",
        "N° matricule;NOM;PRENOM;Courriel;Zone de police;cadre;grade;Rôle linguistique;code école;classe",
        "Stammnummer;Name;Vorname;E-Mail-Adresse;Arbeitgeber;Kader;Dienstgrad;Verwaltungssprache;Schule;Klasse",
    ],
)
def test_headers_are_known_in_four_languages(header: str) -> None:
    assert read(f"{header}\n{LINE}".encode("cp1252")) == [ZOE]


@pytest.mark.parametrize("language", ["nl", "fr", "de", "en"])
def test_the_names_that_the_page_shows_are_understood(language: str) -> None:
    with override(language):
        header = [str(label) for label in Column.labels]
    places, ignored = columns_of(header, of_classes=False)
    assert (list(places), ignored) == (list(Column), [])


def test_columns_come_in_any_order_and_others_are_named_and_ignored() -> None:
    names, cells = HEADER.split(";"), LINE.split(";")
    turned = [
        ";".join(["Rijksregisternummer", *reversed(names)]),
        ";".join(["85073003328", *reversed(cells)]),
    ]
    people = StaffList("\n".join(turned).encode())
    assert people.ignored == ["Rijksregisternummer"]
    assert list(people) == [ZOE]


def test_rows_are_numbered_as_a_spreadsheet_does() -> None:
    text = f"\n{HEADER}\n\n{LINE}\n;;;\n{LINE.replace('Zoë', '')}\n"
    assert [row.number for row in read(text.encode()) if isinstance(row, StaffRow)] == [4]
    assert problems(text.encode()) == [(6, "first_name", "missing", "")]
    rows: list[list[Value]] = [
        [None],
        list(HEADER.split(";")),
        [None],
        list(LINE.replace("Zoë", "").split(";")),
    ]
    assert problems(xlsx(rows)) == [(4, "first_name", "missing", "")]


@pytest.mark.parametrize(
    ("written", "meant"), [("906", "0906"), ("0906", "0906"), ("12345", "12345"), ("D-9", "D-9")]
)
def test_codes_get_back_the_zeros_that_a_spreadsheet_dropped(written: str, meant: str) -> None:
    (row,) = read(only(written, 4))
    assert isinstance(row, StaffRow)
    assert row.employer == meant


@pytest.mark.parametrize(
    ("value", "column", "problem"),
    [
        ("", 0, ("staff_number", "missing", "")),
        ("4" * 21, 0, ("staff_number", "too_long", "20")),
        ("=A1&B1", 1, ("last_name", "formula", "")),
        ("@SUM(A1)", 1, ("last_name", "formula", "")),
        ("+CMD|' /C calc'!A0", 2, ("first_name", "formula", "")),
        ("Zo\x00", 2, ("first_name", "unreadable_sign", "")),
        ("Zo\ufffd", 2, ("first_name", "unreadable_sign", "")),
        ("zoe@", 3, ("email", "bad_email", "")),
        ("", 4, ("employer", "no_organisation", "")),
        ("brigade", 5, ("cadre", "unknown_cadre", "")),
        ("en", 7, ("language", "unknown_language", "")),
        ("A1", 9, ("class", "class_without_school", "")),
    ],
)
def test_a_wrong_cell_is_named(value: str, column: int, problem: tuple[str, str, str]) -> None:
    assert problems(only(value, column)) == [(2, *problem)]


@pytest.mark.parametrize(
    "written", ["Operationeel kader", "cadre opérationnel", "OPS", "Einsatzkader", "operational"]
)
def test_a_cadre_is_known_by_many_names(written: str) -> None:
    (row,) = read(only(written, 5))
    assert isinstance(row, StaffRow)
    assert row.cadre == "operational"


def test_all_that_is_wrong_with_a_row_is_told_at_once() -> None:
    assert problems(f"{HEADER}\n;;;no;;;;;;".encode()) == [
        (2, "email", "bad_email", ""),
        (2, "staff_number", "missing", ""),
        (2, "last_name", "missing", ""),
        (2, "first_name", "missing", ""),
        (2, "employer", "no_organisation", ""),
    ]


def test_every_problem_says_what_to_do() -> None:
    for problem in (*CellProblem, *Problem):
        text = RowProblem(2, Column.EMAIL, problem, "5913").text
        assert text.endswith(".")
        assert "%" not in text


def test_a_formula_in_a_workbook_is_refused_whatever_its_value_only_on_the_first_sheet() -> None:
    header, line = list(HEADER.split(";")), list(LINE.split(";"))
    with_formula: list[list[Value]] = [list(header), [*line[:4], "=5000+344", *line[5:]]]
    assert problems(xlsx(with_formula)) == [(2, "employer", "formula", "")]
    clean: list[list[Value]] = [list(header), list(line)]
    assert read(xlsx_of_sheets([sheet_of(clean), sheet_of(with_formula)])) == [ZOE]


def test_a_list_without_people_is_refused() -> None:
    assert refusal(f"{HEADER}\n;;;\n".encode()) == (
        "This file names the columns, but nobody below them. Add the people."
    )


def test_missing_and_doubled_columns_are_named() -> None:
    assert refusal(b"Naam;Zone\nPeeters;5344") == (
        "The first row must name the columns. Not found: staff number, first name."
    )
    assert "organisation code" in refusal(b"Stamnummer;Naam;Voornaam\n1;P;Z")
    assert (
        refusal(f"{HEADER};Nom\n{LINE};X".encode())
        == "Two columns are both “last name”. Take one of them out."
    )


@given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1), min_size=1, max_size=20))
def test_a_name_comes_through_unchanged_or_is_a_problem(names: list[str]) -> None:
    quoted = [LINE.replace("Peeters", '"' + name.replace('"', '""') + '"') for name in names]
    rows = read("\n".join([HEADER, *quoted]).encode())
    assert len(rows) == len(names)
    for row, name in zip(rows, names, strict=True):
        assert isinstance(row, list) or row.last_name == name
