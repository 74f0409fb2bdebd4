"""A programme of sensitive workshops: who follows it, and for how many hours, is nobody else's business."""

import datetime as dt
from io import BytesIO

import openpyxl
import pytest
import time_machine

from attendance.enums import MarkState
from attendance.services import close_programme
from core.time import BRUSSELS
from courses.models import Programme
from enrolment.models import Completion
from people.enums import Role
from people.models import Organisation, User
from reporting.figures import figures_of
from reporting.querysets import people_of, readable_completions
from reporting.scopes import View
from tests.attendance.helpers import mark_and_close
from tests.factories import (
    CourseVersionFactory,
    make_confirmed,
    make_person_with,
    make_programme,
    make_version,
)
from tests.pages import SignIn
from tests.reporting.helpers import complete, employ, make_training

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 22)
SECRETS = ("Fortnight", "Quinzaine", "Veertiendaagse", "Islam", "2 h 30")


@pytest.fixture(autouse=True)
def _now() -> object:
    with time_machine.travel(dt.datetime.combine(TODAY, dt.time(10), BRUSSELS), tick=False):
        yield


@pytest.fixture
def people(zone: Organisation) -> list[User]:
    """Twelve of one zone, who followed a workshop of an edition that is closed, and HPM as well."""
    people = employ(zone, 12)
    programme = make_programme((0, 9, "Islam"), starts_on=TODAY - dt.timedelta(days=20))
    session = programme.sessions.get()
    marks = {make_confirmed(session, person): MarkState.PRESENT for person in people}
    trainer = make_person_with(Role.TRAINER)
    mark_and_close(session.meetings.get(), marks, trainer)
    close_programme(programme=programme, actor=None)
    complete(people, make_training())
    return people


def test_it_stands_in_the_fixed_table_of_sensitive_items_and_in_no_figure_of_its_own(
    zone: Organisation, people: list[User]
) -> None:
    programme = Programme.objects.get().version
    assert Completion.objects.filter(version=programme, minutes=150).count() == len(people)
    for role in (Role.HR, Role.CHIEF):
        figures = figures_of(View(zone, role), on=TODAY)
        assert [str(each.version.title) for each in figures.courses] == ["HPM"]
        assert [row.counts[-1] for row in figures.sensitive] == [10]


def test_it_is_in_no_training_record_and_on_no_page_of_others(
    sign_in: SignIn, zone: Organisation, people: list[User]
) -> None:
    readable = readable_completions(people_of([zone.pk], on=TODAY))
    assert {each.version.title_en for each in readable.select_related("version")} == {"HPM"}
    hr = make_person_with(Role.HR, organisation=zone)
    for path in (
        f"/hr/people/{people[0].public_id}/",
        "/hr/figures/",
        "/hr/figures/?year=2026",
        "/hr/search/",
    ):
        page = sign_in(hr).get(path).content.decode()
        assert [secret for secret in SECRETS if secret in page] == [], path
    own = sign_in(people[0]).get("/my/training/").content.decode()
    assert "Fortnight" in own
    assert "2 h 30" in own


def test_it_is_in_no_file(sign_in: SignIn, zone: Organisation, people: list[User]) -> None:
    hr = make_person_with(Role.HR, organisation=zone)
    period = "first=2026-01-01&last=2026-12-31"
    for path in ("/hr/exports/figures.xlsx", f"/hr/exports/completions.xlsx?{period}"):
        answer = sign_in(hr).get(path)
        book = openpyxl.load_workbook(BytesIO(b"".join(answer.streaming_content)))
        cells = {cell for sheet in book.worksheets for row in sheet.values for cell in row}
        assert any("HPM" in str(cell) for cell in cells), path
        assert [cell for cell in cells if any(secret in str(cell) for secret in SECRETS)] == [], path
        # The minutes of the workshop.
        assert 150 not in cells
    for path in ("/hr/exports/figures.csv", f"/hr/exports/completions.csv?{period}"):
        answer = sign_in(hr).get(path)
        content = b"".join(answer.streaming_content).decode()
        assert "HPM" in content
        assert [secret for secret in SECRETS if secret in content] == [], path


def test_a_programme_without_sensitive_workshops_is_counted_as_any_other(zone: Organisation) -> None:
    programme = CourseVersionFactory.create(course__kind="programme", title_en="Open days")
    make_version(course__programme=programme.course)
    complete(employ(zone, 3), programme)
    figures = figures_of(View(zone, Role.HR), on=TODAY)
    assert {str(each.version.title): each.histories[0].counts[-1] for each in figures.courses}[
        "Open days"
    ] == 3
    assert readable_completions(people_of([zone.pk], on=TODAY)).count() == 3
