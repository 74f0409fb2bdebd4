"""Headcounts by file, and the reach that is counted on them."""

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core.models import AuditEntry
from enrolment.models import PastParticipation
from people.enums import Cadre, Role
from people.models import Organisation
from reporting.figures import figures_of
from reporting.models import DatedHeadcount
from reporting.scopes import View
from tests.factories import OrganisationFactory, make_person_with
from tests.pages import SignIn
from tests.reporting.helpers import complete, employ, make_training

pytestmark = pytest.mark.django_db

PAGE = "/hr/headcounts/"
DAY = dt.date(2026, 11, 22)


def upload(client: Client, *lines: str) -> Any:
    content = "\r\n".join(["Zone;Kader;Datum;Aantal", *lines]).encode("utf-8-sig")
    return client.post(PAGE, {"file": SimpleUploadedFile("people.csv", content)}, follow=True)


def known() -> list[tuple[str, dt.date, int]]:
    rows = DatedHeadcount.objects.current().order_by("valid_from", "cadre")
    return [(each.cadre, each.valid_from, each.people) for each in rows]


def test_a_newer_number_supersedes_and_the_same_file_changes_nothing(
    sign_in: SignIn, zone: Organisation
) -> None:
    client = sign_in(make_person_with(Role.HR, organisation=zone))
    lines = ["5913;operationeel;01/01/2026;320", "5913;CALog;01/01/2026;80"]
    upload(client, *lines)
    upload(client, *lines)
    assert known() == [("calog", dt.date(2026, 1, 1), 80), ("operational", dt.date(2026, 1, 1), 320)]
    assert DatedHeadcount.objects.count() == 2
    upload(client, "5913;CALog;01/01/2026;82")
    assert known() == [("calog", dt.date(2026, 1, 1), 82), ("operational", dt.date(2026, 1, 1), 320)]
    assert DatedHeadcount.objects.count() == 3
    assert AuditEntry.objects.filter(action="headcounts.imported").count() == 2


def test_reach_is_counted_on_the_last_headcount_until_the_day(zone: Organisation) -> None:
    hpm = make_training()
    complete(employ(zone, 6), hpm)
    for day, people in ((dt.date(2025, 1, 1), 10), (dt.date(2026, 1, 1), 12), (dt.date(2027, 1, 1), 40)):
        DatedHeadcount.objects.create(
            organisation=zone, cadre=Cadre.OPERATIONAL, valid_from=day, people=people
        )
    (shown,) = figures_of(View(zone, Role.HR), on=DAY).courses
    assert (shown.total.completed, shown.total.to_do, shown.total.people) == (6, 6, 12)


def test_whoever_completed_it_is_there_whatever_was_counted(zone: Organisation) -> None:
    complete(employ(zone, 6), make_training())
    DatedHeadcount.objects.create(
        organisation=zone, cadre=Cadre.OPERATIONAL, valid_from=dt.date(2026, 1, 1), people=4
    )
    (shown,) = figures_of(View(zone, Role.HR), on=DAY).courses
    assert (shown.total.completed, shown.total.to_do, shown.total.people) == (6, 0, 6)


@pytest.mark.parametrize(("people", "told"), [(4, None), (5, 5)])
def test_participants_without_a_name_are_told_unless_they_are_few(
    zone: Organisation, people: int, told: int | None
) -> None:
    hpm = make_training()
    PastParticipation.objects.create(
        course=hpm.course, organisation=zone, day=dt.date(2019, 5, 31), people=people
    )
    (shown,) = figures_of(View(zone, Role.HR), on=DAY).courses
    assert shown.unnamed == told


def test_wrong_rows_are_named_and_nothing_is_written(sign_in: SignIn, zone: Organisation) -> None:
    OrganisationFactory.create(code="5344")
    client = sign_in(make_person_with(Role.HR, organisation=zone))
    text = upload(
        client,
        "5913;operationeel;01/01/2026;320",
        "5913;ops;01/01/2026;321",
        "5913;koks;01/01/2026;1",
        "5913;CALog;01/01/2099;1",
        "5913;CALog;01/01/2026;-3",
        f"5913;CALog;02/01/2026;{'9' * 5_000}",
        "5344;CALog;01/01/2026;3",
        "9999;CALog;01/01/2026;3",
    ).content.decode()
    for words in (
        "It is in row 2 already.",
        "Write “operational” or “CALog”.",
        "This isn&#x27;t a day that was.",
        "Write a whole number",
        "You can import only headcounts of 5913.",
        "There is no organisation with the code 9999.",
    ):
        assert words in text, words
    assert known() == []


def test_hr_sees_its_own_counts_and_an_administrator_all(sign_in: SignIn, zone: Organisation) -> None:
    other = OrganisationFactory.create(code="5344", name_nl="PZ Elders", name_fr="ZP Ailleurs")
    DatedHeadcount.objects.create(organisation=other, cadre=Cadre.CALOG, valid_from=DAY, people=77)
    assert ">77<" not in sign_in(make_person_with(Role.HR, organisation=zone)).get(PAGE).content.decode()
    assert ">77<" in sign_in(make_person_with(Role.ADMINISTRATOR)).get(PAGE).content.decode()


@pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.TRAINER, Role.CHIEF, Role.COORDINATOR, Role.PARTNER])
def test_others_may_not(sign_in: SignIn, role: Role) -> None:
    assert sign_in(make_person_with(role)).get(PAGE).status_code == 403


@pytest.mark.parametrize(
    ("role", "is_led"), [(Role.HR, True), (Role.ADMINISTRATOR, True), (Role.COORDINATOR, False)]
)
def test_only_who_may_is_led_there(sign_in: SignIn, role: Role, is_led: bool) -> None:
    page = sign_in(make_person_with(role)).get("/hr/people/")
    assert (PAGE in page.content.decode()) == is_led
