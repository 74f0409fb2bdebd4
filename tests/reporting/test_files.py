"""The files: typed cells, no formulas, no secrets, and names that say what and when."""

import csv
import datetime as dt
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pytest
import time_machine

from core.models import AuditEntry
from core.time import BRUSSELS
from people.enums import Cadre, Role
from people.models import Organisation, User
from reporting.files import Sheet, csv_file, neutral, xlsx_file
from tests.factories import OrganisationFactory, make_employee, make_person_with
from tests.pages import SignIn
from tests.reporting.helpers import complete, employ, make_training
from tests.tracks.helpers import assign, join, make_class, make_coordinator, make_school, make_track

pytestmark = pytest.mark.django_db

# As a workbook has days: at midnight, without a zone.
MARCH, MADE = dt.datetime(2026, 3, 2), dt.datetime(2026, 11, 22)  # noqa: DTZ001
NOW = dt.datetime(2026, 11, 22, 10, 0, tzinfo=BRUSSELS)


@pytest.fixture(autouse=True)
def _now() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def content(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def read_csv(raw: bytes, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(StringIO(raw.decode(), newline=""), delimiter=delimiter))


def read_xlsx(raw: bytes) -> dict[str, list[tuple[Any, ...]]]:
    book = openpyxl.load_workbook(BytesIO(raw))
    return {sheet.title: list(sheet.values) for sheet in book.worksheets}


def test_completions_are_rows_with_typed_cells(sign_in: SignIn, zone: Organisation, hr: User) -> None:
    person = make_employee(
        zone=zone, profile__first_name="Aïcha", profile__last_name="Toure", profile__staff_number="0044"
    )
    hpm = make_training(counts_for_pay_scale=True, recognition_number="REC-7")
    complete([person], hpm, dt.date(2026, 3, 2))
    answer = sign_in(hr).get("/hr/exports/completions.xlsx")
    assert answer["Content-Disposition"] == 'attachment; filename="completions-5913-2026-11-22.xlsx"'
    sheets = read_xlsx(content(answer))
    assert sheets["Completions"] == [
        (
            "Last name",
            "First name",
            "Staff number",
            "Training",
            "Completed on",
            "Minutes",
            "Counts for the pay scale",
            "Recognition number",
        ),
        ("Toure", "Aïcha", "0044", "HPM", MARCH, 480, True, "REC-7"),
    ]
    assert ("Made on", MADE) in sheets["Notes"]


def test_rows_are_those_of_one_s_own_people_in_the_period_without_what_is_sensitive(
    sign_in: SignIn, zone: Organisation, hr: User
) -> None:
    hpm = make_training()
    (person,) = employ(zone)
    for day in ((2025, 12, 31), (2026, 1, 1), (2026, 6, 30), (2026, 7, 1)):
        complete([person], hpm, dt.date(*day))
    complete([person], make_training("bebe", sensitive=True), dt.date(2026, 2, 1))
    complete([person], make_training("charter", members_only=True), dt.date(2026, 2, 1))
    complete(employ(OrganisationFactory.create()), hpm, dt.date(2026, 2, 1))
    complete(employ(zone, until=dt.date(2026, 6, 1)), hpm, dt.date(2026, 2, 1))
    answer = sign_in(hr).get("/hr/exports/completions.csv?first=2026-01-01&last=2026-06-30")
    raw = content(answer)
    rows = read_csv(raw)
    assert [row[4] for row in rows[1:3]] == ["2026-01-01", "2026-06-30"]
    assert rows[3] == []
    for secret in ("BEBE", "Sensitive theme", "Diversity training", "CHARTER"):
        assert secret.encode() not in raw


def test_a_period_that_ends_before_it_begins_is_asked_again(
    sign_in: SignIn, zone: Organisation, hr: User
) -> None:
    answer = sign_in(hr).get("/hr/exports/completions.csv?first=2026-06-30&last=2026-01-01")
    assert answer.status_code == 400
    assert "The end lies before the start." in answer.content.decode()


def test_figures_in_files_are_those_of_the_page_suppressed_as_there(
    sign_in: SignIn, zone: Organisation
) -> None:
    hpm = make_training()
    complete(employ(zone, 20)[:8], hpm)
    complete(employ(zone, 20, cadre=Cadre.CALOG)[:3], hpm)
    complete(employ(zone, 12, until=dt.date(2026, 6, 1)), make_training("bebe", sensitive=True))
    answer = sign_in(make_person_with(Role.CHIEF, organisation=zone)).get("/hr/exports/figures.xlsx")
    sheets = read_xlsx(content(answer))
    hidden = "suppressed (n<5)"
    assert sheets["Today"][1:] == [
        ("HPM", "Operational cadre", False, hidden, None, hidden, 20, None),
        ("HPM", "Administrative and logistic cadre", False, hidden, None, hidden, 20, None),
        ("HPM", "All", False, 11, None, 29, 40, 27),
    ]
    assert sheets["Sensitive"][1] == ("5913", "Rivierenland", *["suppressed (n<10)"] * 5, 10)
    assert any("Suppressed (n<5)" in str(row[0]) for row in sheets["Notes"])


def test_csv_has_semicolons_where_a_comma_is_the_decimal_sign_and_a_mark_for_excel(
    sign_in: SignIn, zone: Organisation, hr: User
) -> None:
    complete(employ(zone, 2), make_training())
    client = sign_in(hr)
    plain = content(client.get("/hr/exports/figures.csv"))
    assert plain.startswith(b"Training,Group,Mandatory")
    assert content(client.get("/hr/exports/figures.excel.csv")) == b"\xef\xbb\xbf" + plain
    session = client.session
    session["screen_language"] = "nl"
    session.save()
    dutch = client.get("/hr/exports/figures.csv")
    assert dutch["Content-Disposition"].startswith('attachment; filename="cijfers-5913-2026-11-22.csv"')
    assert read_csv(content(dutch), ";")[1][:3] == ["Titel", "Operationeel kader", "0"]


def test_downloads_are_kept(sign_in: SignIn, zone: Organisation, hr: User) -> None:
    client = sign_in(hr)
    content(client.get("/hr/exports/figures.csv"))
    content(client.get("/hr/exports/completions.xlsx"))
    entries = AuditEntry.objects.filter(subject_type="people.organisation").order_by("pk")
    assert [(entry.action, entry.actor_id, entry.subject_id) for entry in entries] == [
        ("figures.downloaded", hr.pk, zone.pk),
        ("completions.downloaded", hr.pk, zone.pk),
    ]


def test_an_unknown_format_is_not_found_and_not_kept(sign_in: SignIn, zone: Organisation, hr: User) -> None:
    assert sign_in(hr).get("/hr/exports/figures.pdf").status_code == 404
    assert not AuditEntry.objects.filter(action="figures.downloaded").exists()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_a_text_that_a_spreadsheet_would_run_is_neutralised(start: str) -> None:
    text = f"{start}HYPERLINK(1)"
    sheets = [Sheet("A", ["Name"], [[text]])]
    assert neutral(text) == f"'{text}"
    with csv_file(sheets, with_bom=False) as file:
        assert read_csv(file.read())[1] == [f"'{text}"]
    with xlsx_file(sheets) as file:
        (cell,) = next(openpyxl.load_workbook(file)["A"].iter_rows(min_row=2))
        assert (cell.data_type, str(cell.value)[:1]) == ("s", "'")


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_a_spreadsheet_that_separates_cells_otherwise_finds_no_formula_in_a_text(separator: str) -> None:
    sheets = [Sheet("A", ["Name"], [["Maes", f"An{separator}=HYPERLINK(1){separator}"]])]
    with csv_file(sheets, with_bom=False) as file:
        cells = file.read().decode().splitlines()[1].split(separator)
    assert not any(cell.strip('"').startswith("=") for cell in cells)
    with csv_file(sheets, with_bom=False) as file:
        assert read_csv(file.read())[1] == ["Maes", f"An{separator}'=HYPERLINK(1){separator}"]


def test_names_that_look_like_formulas_stay_text_in_the_rows(
    sign_in: SignIn, zone: Organisation, hr: User
) -> None:
    person = make_employee(zone=zone, profile__last_name="=cmd|' /C calc'!A0", profile__staff_number="-1")
    complete([person], make_training())
    rows = read_csv(content(sign_in(hr).get("/hr/exports/completions.csv")))
    assert rows[1][0] == "'=cmd|' /C calc'!A0"
    assert rows[1][2] == "'-1"


def test_a_class_is_a_file_with_a_day_and_a_due_date_for_each_step(sign_in: SignIn) -> None:
    academy = make_school(code="VESTA")
    coordinator = make_coordinator(academy)
    cohort = make_class(academy, name="1A", starts_on=dt.date(2026, 9, 1))
    secret = make_training("bebe", sensitive=True)
    hpm = make_training()
    assign(make_track(hpm, secret), cohort, due_in=10, actor=coordinator)
    ada = join(cohort, profile__last_name="Aerts", profile__first_name="=Ada", profile__staff_number="44")
    join(cohort, profile__last_name="Boon", profile__first_name="Bo", profile__staff_number="45")
    complete([ada], hpm)
    path = f"{cohort.get_absolute_url()}class"
    client = sign_in(coordinator)
    sheets = read_xlsx(content(client.get(f"{path}.xlsx")))
    due = dt.datetime(2026, 12, 2)  # noqa: DTZ001
    assert sheets["Class"] == [
        ("Last name", "First name", "Staff number", "HPM", "Day", "Due on"),
        ("Aerts", "'=Ada", "44", "done", MARCH, due),
        ("Boon", "Bo", "45", "open", None, due),
    ]
    answer = client.get(f"{path}.excel.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="1a-vesta-2026-11-22.csv"'
    assert b"bebe" not in content(answer).lower()
    entries = AuditEntry.objects.filter(action="class.downloaded")
    assert {(entry.subject_id, entry.actor_id) for entry in entries} == {(academy.pk, coordinator.pk)}
    assert client.get(f"{path}.doc").status_code == 404
