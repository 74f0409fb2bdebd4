"""People by file on the pages: preview, confirmation, rights, and two clicks at once."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from core.models import AuditEntry
from people import tasks
from people.enums import ImportStatus, Role
from people.errors import ChangedMeanwhile
from people.models import Organisation, StaffImport, User
from people.services import staff_imports as services
from people.services.staff_imports import check_list, confirm_list, receive_list, run_import
from people.views import staff_imports
from tests.factories import MembershipFactory, OrganisationFactory, make_person_with
from tests.pages import SignIn

pytestmark = pytest.mark.django_db

HEADER = "Stamnummer;Naam;Voornaam;E-mail;Zone;Rijksregister"
AN = "460000001;Janssens;An;an@police.example;5344;85073003328"
IMPORT = "/hr/people/import/"


def upload(client: Client, *lines: str, follow: bool = True) -> Any:
    file = SimpleUploadedFile("people.csv", "\n".join([HEADER, *lines]).encode("cp1252"))
    return client.post(IMPORT, {"file": file}, follow=follow)


def bring_in(client: Client, *lines: str) -> None:
    """Upload, confirm, and forget it."""
    upload(client, *lines)
    client.post(reverse("people:import_confirm", args=[the_import().public_id]))
    assert the_import().status == ImportStatus.DONE
    StaffImport.objects.all().delete()


def many(count: int) -> list[str]:
    return [f"47{n:07};Peeters;Jo;p{n}@police.example;5344;" for n in range(count)]


@pytest.fixture
def zone() -> Organisation:
    zone: Organisation = OrganisationFactory.create(code="5344")
    return zone


@pytest.fixture
def hr(zone: Organisation) -> User:
    return make_person_with(Role.HR, organisation=zone)


def the_import() -> StaffImport:
    return StaffImport.objects.get()


def test_a_list_is_shown_first_then_imported_then_forgotten(sign_in: SignIn, hr: User) -> None:
    client = sign_in(hr)
    page = upload(client, AN, *many(3))
    text = page.content.decode()
    assert the_import().status == ImportStatus.READY
    assert "<dt>New people</dt><dd>4</dd>" in text
    assert (text.count("new person"), "Janssens, An" in text) == (4, True)
    # A number that lost its zeros in a spreadsheet is seen here, before it is kept.
    assert "<span>470000002</span>" in text
    assert "Rijksregister" in text
    assert "85073003328" not in text
    assert not User.objects.filter(email="an@police.example").exists()

    address = reverse("people:import_confirm", args=[the_import().public_id])
    done = client.post(address, follow=True)
    assert "The people are imported" in done.content.decode()
    assert User.objects.get(email="an@police.example").activation_asked_at is None
    kept = the_import()
    assert (kept.status, kept.content, kept.changes) == (ImportStatus.DONE, None, [])
    entry = AuditEntry.objects.get(action="people.imported")
    assert (entry.actor_id, entry.data) == (hr.pk, {"new": 4, "changed": 0})

    before = AuditEntry.objects.count()
    assert client.post(address, follow=True).status_code == 200
    client.post(reverse("people:import_cancel", args=[the_import().public_id]))
    assert (AuditEntry.objects.count(), the_import().status) == (before, ImportStatus.DONE)


def test_links_go_out_only_when_they_are_asked_for(sign_in: SignIn, hr: User) -> None:
    client = sign_in(hr)
    assert "4 people have no account yet" in upload(client, AN, *many(3)).content.decode()
    client.post(reverse("people:import_confirm", args=[the_import().public_id]), {"send_links": "on"})
    assert User.objects.exclude(activation_asked_at=None).count() == 4


def test_what_is_wrong_is_named_by_row_and_column_in_the_language_of_the_screen(
    sign_in: SignIn, hr: User
) -> None:
    client = sign_in(hr)
    text = upload(client, AN, AN.replace("5344", "9999")).content.decode()
    assert "3 problems: nothing can be imported yet" in text
    assert "There is no organisation with the code 9999. Correct the code." in text
    assert client.post(reverse("people:import_confirm", args=[the_import().public_id])).status_code == 302
    assert the_import().status == ImportStatus.REFUSED
    session = client.session
    session["screen_language"] = "nl"
    session.save()
    page = client.get(reverse("people:import_preview", args=[the_import().public_id])).content.decode()
    assert "There is no organisation" not in page
    assert "9999" in page


def test_a_file_that_is_none_is_refused_on_the_form(sign_in: SignIn, hr: User) -> None:
    client = sign_in(hr)
    for content in (b"", b"a;b\n1;2", b"PK\x03\x04"):
        page = client.post(IMPORT, {"file": SimpleUploadedFile("x.xlsx", content)})
        assert "There is a problem" in page.content.decode()
    large = SimpleUploadedFile("x.csv", b"x" * (10 * 1024 * 1024 + 1))
    assert "larger than 10 MB" in client.post(IMPORT, {"file": large}).content.decode()
    assert not StaffImport.objects.exists()


def test_what_changed_since_the_preview_is_found_at_the_confirmation(sign_in: SignIn, hr: User) -> None:
    client = sign_in(hr)
    upload(client, AN)
    User.objects.create_user("an@police.example")
    page = client.post(reverse("people:import_confirm", args=[the_import().public_id]), follow=True)
    assert "This address belongs to somebody else" in page.content.decode()
    assert the_import().status == ImportStatus.REFUSED
    assert not User.objects.filter(profile__staff_number="460000001").exists()


def test_who_lost_the_role_since_imports_nobody(hr: User) -> None:
    received = receive_list(content="\n".join([HEADER, AN]).encode(), uploader=hr)
    check_list(staff_import=received)
    confirm_list(staff_import=received, send_links=False)
    hr.memberships.update(superseded_at=timezone.now())
    run_import(staff_import=received)
    assert the_import().status == ImportStatus.REFUSED
    assert not User.objects.filter(email="an@police.example").exists()


def test_the_preview_says_which_cells_are_new(sign_in: SignIn, hr: User) -> None:
    client = sign_in(hr)
    bring_in(client, AN, *many(2))
    changed = AN.replace("Janssens", "Maes").replace("an@", "an.maes@")
    page = upload(client, changed, *many(2)).content.decode()
    assert "<dt>Changed</dt><dd>1</dd>" in page
    assert "Maes, An</p>" in page
    assert "<span>row 2</span><span>last name, e-mail address</span>" in page
    assert page.count('<li class="row">') == 1


def test_a_list_that_says_nothing_new_has_nothing_to_confirm(sign_in: SignIn, hr: User) -> None:
    client = sign_in(hr)
    bring_in(client, "460000009;Maes;Bo;;5344;")
    page = upload(client, "460000009;Maes;Bo;;5344;").content.decode()
    assert "Nothing to import" in page
    assert "/confirm/" not in page


def test_what_somebody_else_did_meanwhile_leads_back_to_the_preview(
    sign_in: SignIn, hr: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in(hr)
    upload(client, AN)
    address = reverse("people:import_confirm", args=[the_import().public_id])

    def interrupted(**_arguments: object) -> None:
        raise ChangedMeanwhile

    with monkeypatch.context() as patch:
        patch.setattr(services, "import_people", interrupted)
        page = client.post(address, follow=True).content.decode()
    assert "Somebody is changing the same people" in page
    assert the_import().status == ImportStatus.READY
    assert "The people are imported" in client.post(address, follow=True).content.decode()


def test_the_last_files_are_found_again_by_whose_they_are(sign_in: SignIn, hr: User) -> None:
    client = sign_in(hr)
    for _list in range(6):
        upload(client, AN)
    lists = StaffImport.objects.order_by("-uploaded_at")
    addresses = [reverse("people:import_preview", args=[each.public_id]) for each in lists]
    page = client.get(IMPORT).content.decode()
    assert [address in page for address in addresses] == [True] * 5 + [False]
    other = sign_in(make_person_with(Role.ADMINISTRATOR)).get(IMPORT).content.decode()
    assert "Your last files" not in other


@pytest.mark.parametrize("language", ["nl", "fr", "de", "en"])
def test_an_empty_list_names_columns_that_are_read(sign_in: SignIn, hr: User, language: str) -> None:
    client = sign_in(hr)
    session = client.session
    session["screen_language"] = language
    session.save()
    file = client.get(reverse("people:import_example"))
    assert file.headers["Content-Type"] == "text/csv; charset=utf-8"
    content = file.content + b"460000009;Maes;Bo;bo@police.example;5344;CALog;;nl;;\r\n"
    page = client.post(IMPORT, {"file": SimpleUploadedFile("x.csv", content)}, follow=True)
    assert (the_import().status, the_import().new) == (ImportStatus.READY, 1)
    assert "Maes, Bo" in page.content.decode()


def test_a_cancelled_list_is_deleted(sign_in: SignIn, hr: User) -> None:
    client = sign_in(hr)
    upload(client, AN)
    page = client.post(reverse("people:import_cancel", args=[the_import().public_id]), follow=True)
    assert "The file is deleted" in page.content.decode()
    assert not StaffImport.objects.exists()


def test_a_list_that_nobody_confirms_is_deleted_after_a_day(hr: User) -> None:
    receive_list(content="\n".join([HEADER, AN]).encode(), uploader=hr)
    tasks.drop_stale_staff_imports()
    assert StaffImport.objects.count() == 1
    with time_machine.travel(timezone.localtime() + dt.timedelta(days=1, minutes=1)):
        tasks.drop_stale_staff_imports()
    assert not StaffImport.objects.exists()


def test_a_long_list_is_checked_and_imported_by_a_worker(
    sign_in: SignIn,
    hr: User,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    monkeypatch.setattr(staff_imports, "MOST_ROWS_IN_REQUEST", 3)
    monkeypatch.setattr(tasks, "_enqueue", lambda task, pk: handed_over.append((task, pk)))
    handed_over: list[tuple[Any, int]] = []
    client = sign_in(hr)
    with django_capture_on_commit_callbacks(execute=True):
        page = upload(client, *many(4)).content.decode()
    assert "The file is being checked" in page
    assert 'hx-trigger="every 2s"' in page
    (task, pk) = handed_over.pop()
    assert (task, pk) == (tasks.check_staff_import, the_import().pk)
    for _twice in range(2):
        task(pk)
    assert (the_import().status, the_import().rows_checked) == (ImportStatus.READY, 4)

    address = reverse("people:import_preview", args=[the_import().public_id])
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert part.strip().startswith('<div id="progress"')
    assert "hx-trigger" not in part

    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(address + "confirm/", follow=True).content.decode()
    assert "The people are being imported" in page
    for _twice in range(2):
        tasks.run_staff_import(pk)
    assert (the_import().status, the_import().new) == (ImportStatus.DONE, 4)
    tasks.run_staff_import(0)
    tasks.check_staff_import(0)


def test_what_the_broker_lost_is_handed_over_again(hr: User, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[int] = []
    run: list[int] = []
    monkeypatch.setattr(tasks.check_staff_import, "delay", checked.append)
    monkeypatch.setattr(tasks.run_staff_import, "delay", run.append)
    content = "\n".join([HEADER, AN]).encode()
    waits, confirmed = (receive_list(content=content, uploader=hr) for _two in range(2))
    StaffImport.objects.filter(pk=confirmed.pk).update(status=ImportStatus.IMPORTING)
    tasks.resume_staff_imports()
    assert (checked, run) == ([waits.pk], [confirmed.pk])


@pytest.mark.parametrize("role", list(Role))
def test_who_may_open_the_page(sign_in: SignIn, role: Role) -> None:
    may = role in (Role.HR, Role.COORDINATOR, Role.ADMINISTRATOR)
    client = sign_in(make_person_with(role))
    assert client.get(IMPORT).status_code == (200 if may else 403)
    assert ('href="/hr/people/"' in client.get("/").content.decode()) == may


def test_the_list_of_another_is_not_found(sign_in: SignIn, hr: User, zone: Organisation) -> None:
    received = receive_list(content="\n".join([HEADER, AN]).encode(), uploader=hr)
    check_list(staff_import=received)
    colleague = make_person_with(Role.HR, organisation=zone)
    for other in (colleague, make_person_with(Role.ADMINISTRATOR)):
        client = sign_in(other)
        address = f"{IMPORT}{received.public_id}/"
        assert client.get(address).status_code == 404
        assert client.post(address + "confirm/").status_code == 404
        assert client.post(address + "cancel/").status_code == 404
    assert the_import().status == ImportStatus.READY


def test_pages_need_somebody_who_signed_in(client: Client, hr: User) -> None:
    received = receive_list(content="\n".join([HEADER, AN]).encode(), uploader=hr)
    for path in (IMPORT, f"{IMPORT}{received.public_id}/", "/hr/people/"):
        assert client.get(path).status_code == 302


@pytest.mark.parametrize("count", [1, 30])
def test_a_preview_costs_the_same_for_one_problem_and_for_thirty(
    sign_in: SignIn, hr: User, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    client = sign_in(hr)
    upload(client, *[line.replace("5344", "9999") for line in many(count)])
    address = reverse("people:import_preview", args=[the_import().public_id])
    with django_assert_num_queries(2):
        page = client.get(address)
    assert page.content.decode().count("Correct the code.") == count


def test_hr_of_two_organisations_imports_for_both(hr: User) -> None:
    MembershipFactory.create(user=hr, organisation=OrganisationFactory.create(code="0906"), role=Role.HR)
    content = "\n".join([HEADER, AN, "460000002;Maes;Bo;;906;"]).encode()
    received = receive_list(content=content, uploader=User.objects.get(pk=hr.pk))
    check_list(staff_import=received)
    assert (the_import().status, the_import().new) == (ImportStatus.READY, 2)
