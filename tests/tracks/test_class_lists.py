"""Class lists on the academy's pages: one file, many classes, the same again changes nothing."""

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core.models import AuditEntry
from people.models import Organisation, StaffImport, User
from tests.pages import SignIn
from tests.tracks.helpers import make_coordinator, make_school
from tracks.models import Cohort
from tracks.services import class_lists

pytestmark = pytest.mark.django_db

HEADER = "Stamnummer;Naam;Voornaam;E-mail;Klas"
DAYS = {"starts_on": "2026-09-01", "ends_on": "2027-08-31"}


def lines(*classes: str, size: int = 2) -> list[str]:
    return [
        f"46{place}{number:06};Peeters;Jo;p{place}{number}@police.example;{name}"
        for place, name in enumerate(classes)
        for number in range(size)
    ]


def upload(client: Client, school: Organisation, *rows: str, **fields: str) -> Any:
    file = SimpleUploadedFile("classes.csv", "\n".join([HEADER, *rows]).encode())
    data = {"school": school.pk, "file": file} | DAYS | fields
    return client.post("/academy/lists/", data, follow=True)


def confirm(client: Client) -> Any:
    newest = StaffImport.objects.latest("pk")
    return client.post(f"/academy/lists/{newest.public_id}/confirm/", follow=True)


def classes() -> dict[str, tuple[dt.date, dt.date | None]]:
    return {cohort.name: (cohort.starts_on, cohort.ends_on) for cohort in Cohort.objects.all()}


def test_one_file_fills_ten_classes(sign_in: SignIn, coordinator: User, school: Organisation) -> None:
    client = sign_in(coordinator)
    names = [f"1{letter}" for letter in "ABCDEFGHIJ"]
    page = upload(client, school, *lines(*names)).content.decode()
    assert page.count("New class") == 10
    assert "<dt>New people</dt><dd>20</dd>" in page
    assert not Cohort.objects.exists()
    page = confirm(client).content.decode()
    assert "10 classes are up to date." in page
    assert classes() == dict.fromkeys(names, (dt.date(2026, 9, 1), dt.date(2027, 8, 31)))
    assert page.count("2 people") == 10
    assert AuditEntry.objects.filter(action="cohort.founded", actor_id=coordinator.pk).count() == 10


def test_the_same_list_again_changes_nothing_and_another_last_day_is_kept(
    sign_in: SignIn, coordinator: User, school: Organisation
) -> None:
    client = sign_in(coordinator)
    upload(client, school, *lines("1A"))
    confirm(client)
    entries = AuditEntry.objects.count()
    page = upload(client, school, *lines("1A")).content.decode()
    assert "Here already" in page
    assert "<dt>Unchanged</dt><dd>2</dd>" in page
    confirm(client)
    # Only that a list was imported.
    assert AuditEntry.objects.count() == entries + 1
    upload(client, school, *lines("1A"), ends_on="2027-12-31")
    confirm(client)
    assert classes() == {"1A": (dt.date(2026, 9, 1), dt.date(2027, 12, 31))}


def test_errors_come_first_and_nothing_is_written(
    sign_in: SignIn, coordinator: User, school: Organisation
) -> None:
    client = sign_in(coordinator)
    page = upload(client, school, *lines("1A"), "460999999;Maes;Bo;no address;1B").content.decode()
    assert "1 problem: nothing can be imported yet" in page
    assert "E-mail address" in page.replace("e-mail address", "E-mail address")
    confirm(client)
    assert classes() == {}
    assert not User.objects.filter(profile__staff_number="460000000").exists()


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"starts_on": ""}, "required"),
        ({"starts_on": "2036-09-01"}, "within three years"),
        ({"ends_on": "2026-09-30"}, "The last day lies after the first, and not in the past."),
    ],
)
def test_days_that_cannot_be_are_refused_beside_their_field(
    sign_in: SignIn, coordinator: User, school: Organisation, fields: dict[str, str], word: str
) -> None:
    page = upload(sign_in(coordinator), school, *lines("1A"), **fields).content.decode()
    assert word in page
    assert not StaffImport.objects.exists()


def test_a_list_that_is_too_long_is_refused(
    sign_in: SignIn, coordinator: User, school: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(class_lists, "MOST_ROWS", 1)
    page = upload(sign_in(coordinator), school, *lines("1A")).content.decode()
    assert "Split it." in page
    assert not StaffImport.objects.exists()


def test_lists_are_one_s_own_and_of_one_s_own_academy(
    sign_in: SignIn, coordinator: User, school: Organisation
) -> None:
    client = sign_in(coordinator)
    foreign = make_school()
    assert "Select a valid choice" in upload(client, foreign, *lines("1A")).content.decode()
    upload(client, school, *lines("1A"))
    address = f"/academy/lists/{StaffImport.objects.get().public_id}/"
    colleague = make_coordinator(school)
    for action in ("", "confirm/", "cancel/"):
        client = sign_in(colleague)
        answer = client.get(address) if not action else client.post(f"{address}{action}")
        assert answer.status_code == 404
    # The page of HR's lists doesn't know it either.
    assert (
        sign_in(coordinator).get(f"/hr/people/import/{StaffImport.objects.get().public_id}/").status_code
        == 404
    )


def test_a_list_can_be_dropped(sign_in: SignIn, coordinator: User, school: Organisation) -> None:
    client = sign_in(coordinator)
    upload(client, school, *lines("1A"))
    page = client.post(f"/academy/lists/{StaffImport.objects.get().public_id}/cancel/", follow=True)
    assert "Nothing was imported" in page.content.decode()
    assert not StaffImport.objects.exists()
