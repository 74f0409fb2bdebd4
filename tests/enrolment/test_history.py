"""Past completions by file: who is found, who is confirmed, who only counts; again without a change."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from certificates.models import Certificate
from certificates.tasks import issue_missing_certificates
from core.models import AuditEntry
from courses.models import CourseVersion
from enrolment.enums import CompletionSource, HistoryStatus
from enrolment.models import Completion, HistoryFile, PastParticipation
from enrolment.services.history import drop_stale_history
from notifications.models import Message
from people.enums import Role
from people.models import Organisation, OrganisationSuccession, User
from tests.core.spreadsheets import xlsx
from tests.factories import (
    MembershipFactory,
    OrganisationFactory,
    UserFactory,
    make_person_with,
    make_version,
)
from tests.pages import SignIn

pytestmark = pytest.mark.django_db

HEADER = "Opleiding;Datum;Zone;Stamnummer;Naam;Voornaam"
PAGE = "/hr/history/"


@pytest.fixture
def hpm() -> CourseVersion:
    return make_version(course__slug="hpm", title_nl="Holocaust, Politie en Mensenrechten")


@pytest.fixture
def old_zone() -> Organisation:
    zone: Organisation = OrganisationFactory.create(code="5906", valid_until=dt.date(2022, 12, 31))
    return zone


@pytest.fixture
def zone(old_zone: Organisation) -> Organisation:
    zone: Organisation = OrganisationFactory.create(code="5913", valid_from=dt.date(2023, 1, 1))
    OrganisationSuccession.objects.create(predecessor=old_zone, successor=zone, on=dt.date(2023, 1, 1))
    return zone


def member(zone: Organisation, number: str | None, last: str, first: str) -> User:
    person: User = UserFactory.create(
        profile__staff_number=number, profile__last_name=last, profile__first_name=first
    )
    MembershipFactory.create(user=person, organisation=zone)
    return person


def upload(client: Client, *lines: str, content: bytes | None = None) -> Any:
    content = content or "\n".join([HEADER, *lines]).encode("cp1252")
    return client.post(PAGE, {"file": SimpleUploadedFile("past.csv", content)}, follow=True)


def confirm(client: Client, *rows: int) -> Any:
    kept = HistoryFile.objects.get(status=HistoryStatus.READY)
    return client.post(f"{PAGE}{kept.public_id}/import/", {"rows": rows}, follow=True)


def completions() -> set[tuple[int, dt.date, int | None]]:
    return {(each.person_id, each.completed_on, each.employer_id) for each in Completion.objects.current()}


def counts() -> list[tuple[str, dt.date, int]]:
    rows = PastParticipation.objects.order_by("day", "organisation__code")
    return [(each.organisation.code, each.day, each.people) for each in rows]


def test_numbers_are_found_names_are_confirmed_the_others_only_count(
    sign_in: SignIn, hr: User, zone: Organisation, old_zone: Organisation, hpm: CourseVersion
) -> None:
    an = member(zone, "460000001", "Janssens", "An")
    helene = member(zone, "460000002", "D'Hóndt", "Hélène")
    jo, namesake = (member(zone, number, "Peeters", "Jo") for number in ("460000003", "460000004"))
    client = sign_in(hr)
    page = upload(
        client,
        "hpm;31/05/2019;5906;460000001;Janssens;An",
        "Holocaust, Politie en Mensenrechten;2019-05-31;5906;;d'hondt;Helene",
        "HPM;31.05.2019;5906;;Peeters;Jo",
        "hpm;31-05-2019;5906;999;Onbekend;Iemand",
        "hpm;1/6/2019;5906;;;",
    )
    text = page.content.decode()
    assert "Hélène D&#x27;Hóndt" in text
    assert Completion.objects.count() == 0

    confirm(client, 3)
    day = dt.date(2019, 5, 31)
    assert completions() == {(an.pk, day, old_zone.pk), (helene.pk, day, old_zone.pk)}
    assert counts() == [("5906", day, 2), ("5906", dt.date(2019, 6, 1), 1)]
    assert {each.source for each in Completion.objects.all()} == {CompletionSource.IMPORT}
    assert {each.minutes for each in Completion.objects.all()} == {hpm.minutes}
    assert not Completion.objects.filter(person__in=[jo, namesake]).exists()
    kept = HistoryFile.objects.get()
    assert (kept.status, kept.content, kept.recorded, kept.unmatched) == (HistoryStatus.DONE, None, 2, 3)
    entry = AuditEntry.objects.get(action="history.imported")
    assert entry.data == {"recorded": 2, "unmatched": 3}


def test_who_is_not_confirmed_is_counted_and_the_same_file_again_changes_nothing(
    sign_in: SignIn, hr: User, zone: Organisation, hpm: CourseVersion
) -> None:
    member(zone, "460000001", "Janssens", "An")
    member(zone, None, "Maes", "Els")
    lines = ["hpm;31/05/2024;5913;460000001;;", "hpm;31/05/2024;5913;;Maes;Els"]
    client = sign_in(hr)
    upload(client, *lines)
    confirm(client)
    first = completions(), counts()
    assert first == (
        {(Completion.objects.get().person_id, dt.date(2024, 5, 31), zone.pk)},
        [("5913", dt.date(2024, 5, 31), 1)],
    )

    upload(client, *lines)
    confirm(client)
    assert (completions(), counts()) == first
    # Somebody says yes after all: the completion is made, and the count goes.
    upload(client, *lines)
    confirm(client, 3)
    assert len(completions()) == 2
    assert counts() == []


def test_a_second_click_imports_nothing_twice(
    sign_in: SignIn, hr: User, zone: Organisation, hpm: CourseVersion
) -> None:
    member(zone, "460000001", "Janssens", "An")
    client = sign_in(hr)
    upload(client, "hpm;31/05/2024;5913;460000001;;")
    kept = HistoryFile.objects.get()
    for _ in range(2):
        assert client.post(f"{PAGE}{kept.public_id}/import/").status_code == 302
    assert len(completions()) == 1
    assert AuditEntry.objects.filter(action="history.imported").count() == 1


def test_no_certificate_and_no_mail_follows(
    sign_in: SignIn, hr: User, zone: Organisation, hpm: CourseVersion
) -> None:
    member(zone, "460000001", "Janssens", "An")
    client = sign_in(hr)
    upload(client, "hpm;31/05/2024;5913;460000001;;")
    confirm(client)
    issue_missing_certificates()
    assert len(completions()) == 1
    assert not Certificate.objects.exists()
    assert not Message.objects.exists()


def test_each_wrong_row_is_named_and_nothing_is_kept(
    sign_in: SignIn, hr: User, zone: Organisation, old_zone: Organisation, hpm: CourseVersion
) -> None:
    OrganisationFactory.create(code="5344")
    client = sign_in(hr)
    page = upload(
        client,
        "yoga;31/05/2019;5906;;;",
        "hpm;31/02/2019;5906;;;",
        "hpm;31/05/2019;5913;;;",
        "hpm;31/05/2019;5344;;;",
        "hpm;31/05/2019;9999;;;",
        "hpm;31/05/2999;5913;;;",
        "=1+1;31/05/2019;5906;;;",
        ";31/05/2019;5906;;;",
    )
    text = page.content.decode()
    for words in (
        "There is no such training.",
        "This isn&#x27;t a day.",
        "Write the code that it had then: 5906.",
        "You can import only completions of 5913.",
        "There is no organisation with the code 9999.",
        "This day is still to come",
        "This is a formula.",
        "Fill in this cell.",
    ):
        assert words in text, words
    assert not HistoryFile.objects.exists()


def test_hr_imports_nothing_of_sensitive_trainings_and_nobody_of_another_zone(
    sign_in: SignIn, hr: User, zone: Organisation, hpm: CourseVersion
) -> None:
    make_version(course__slug="bebe", sensitivity="sensitive", generic_title_nl="Vorming")
    stranger = member(OrganisationFactory.create(code="5344"), "460000009", "Ander", "Iemand")
    client = sign_in(hr)
    assert (
        "Only the platform administrator imports"
        in upload(client, "bebe;31/05/2024;5913;460000009;;").content.decode()
    )

    page = upload(client, "hpm;31/05/2024;5913;460000009;Ander;Iemand").content.decode()
    assert stranger.get_full_name() not in page
    confirm(client, 2)
    assert completions() == set()
    assert counts() == [("5913", dt.date(2024, 5, 31), 1)]


def test_a_workbook_with_dates_and_lost_zeros_is_read(sign_in: SignIn, hpm: CourseVersion) -> None:
    zone = OrganisationFactory.create(code="0344")
    an = member(zone, "460000001", "Janssens", "An")
    content = xlsx([["training", "date", "zone", "matricule"], ["hpm", "2019-05-31", 344.0, 460000001.0]])
    client = sign_in(make_person_with(Role.ADMINISTRATOR))
    upload(client, content=content)
    confirm(client)
    assert completions() == {(an.pk, dt.date(2019, 5, 31), zone.pk)}


@pytest.mark.parametrize(
    "role", [Role.EMPLOYEE, Role.TRAINER, Role.CHIEF, Role.CATALOGUE_MANAGER, Role.PARTNER]
)
def test_others_may_not(sign_in: SignIn, role: Role) -> None:
    assert sign_in(make_person_with(role)).get(PAGE).status_code == 403


@pytest.mark.parametrize("row", ["9" * 5_000, "-2", "two", "²"])
def test_what_is_no_row_says_yes_to_nothing(
    sign_in: SignIn, hr: User, zone: Organisation, hpm: CourseVersion, row: str
) -> None:
    member(zone, None, "Maes", "An")
    client = sign_in(hr)
    upload(client, "hpm;31/05/2024;5913;;Maes;An")
    path = f"{PAGE}{HistoryFile.objects.get().public_id}/import/"
    assert client.post(path, {"rows": row}, follow=True).status_code == 200
    assert completions() == set()


def test_a_file_is_its_uploader_s_alone(
    sign_in: SignIn, hr: User, zone: Organisation, hpm: CourseVersion
) -> None:
    upload(sign_in(hr), "hpm;31/05/2024;5913;;;")
    kept = HistoryFile.objects.get()
    colleague = sign_in(make_person_with(Role.HR, organisation=zone))
    assert colleague.get(f"{PAGE}{kept.public_id}/").status_code == 404
    assert colleague.post(f"{PAGE}{kept.public_id}/import/").status_code == 404
    assert colleague.post(f"{PAGE}{kept.public_id}/cancel/").status_code == 404


def test_a_file_that_nobody_confirms_is_forgotten(hr: User) -> None:
    with time_machine.travel("2026-11-20 10:00Z", tick=False):
        HistoryFile.objects.create(uploaded_by=hr, content=b"x", uploaded_at=timezone.now())
    drop_stale_history(at=dt.datetime(2026, 11, 21, 9, 59, tzinfo=dt.UTC))
    assert HistoryFile.objects.count() == 1
    drop_stale_history(at=dt.datetime(2026, 11, 21, 10, 1, tzinfo=dt.UTC))
    assert HistoryFile.objects.count() == 0
