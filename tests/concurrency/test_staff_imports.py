"""A list that is imported while something else happens: once, and never on top of it."""

import pytest
from django.db import transaction

from core.models import AuditEntry
from people.enums import ImportStatus, Role
from people.models import Profile, StaffImport, User
from people.services import staff_imports
from people.services.staff_imports import check_list, confirm_list, receive_list, run_import
from tests.concurrency.conftest import AtOnce
from tests.factories import OrganisationFactory, make_person_with

pytestmark = pytest.mark.django_db(transaction=True)
CONTENT = b"Stamnummer;Naam;Voornaam;E-mail;Zone\n460000001;Janssens;An;an@police.example;5344"


def confirmed() -> StaffImport:
    zone = OrganisationFactory.create(code="5344")
    received = receive_list(content=CONTENT, uploader=make_person_with(Role.HR, organisation=zone))
    check_list(staff_import=received)
    assert confirm_list(staff_import=received, send_links=False)
    assert not confirm_list(staff_import=received, send_links=True)
    return received


def test_two_confirmations_import_once(at_once: AtOnce) -> None:
    received = confirmed()
    outcomes = at_once(lambda: run_import(staff_import=received), lambda: run_import(staff_import=received))
    assert outcomes == [None, None]
    assert User.objects.filter(email="an@police.example").count() == 1
    assert AuditEntry.objects.filter(action="people.imported").count() == 1
    assert StaffImport.objects.get().status == ImportStatus.DONE


def test_without_the_lock_the_list_would_be_imported_twice(
    at_once: AtOnce, monkeypatch: pytest.MonkeyPatch
) -> None:
    received = confirmed()
    monkeypatch.setattr(staff_imports, "_lock", lambda known: StaffImport.objects.get(pk=known.pk))
    at_once(lambda: run_import(staff_import=received), lambda: run_import(staff_import=received))
    assert AuditEntry.objects.filter(action="people.imported").count() == 2


def test_an_address_that_comes_in_meanwhile_leads_back_to_the_preview(at_once: AtOnce) -> None:
    received = confirmed()

    @transaction.atomic
    def somebody_else_takes_the_address() -> None:
        other = User.objects.create_user("an@police.example")
        AuditEntry.record(action="tested", subject=other, actor=None)

    at_once(somebody_else_takes_the_address, lambda: run_import(staff_import=received))
    checked_again = StaffImport.objects.get()
    assert checked_again.status == ImportStatus.REFUSED
    assert [problem["problem"] for problem in checked_again.problems] == ["email_of_another"]
    assert not Profile.objects.filter(staff_number="460000001").exists()
