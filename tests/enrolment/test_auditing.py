"""The audit as a command and by night: what it prints, keeps and shows; that it changes nothing."""

import datetime as dt
import json
import logging
from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from courses.models import Meeting
from enrolment import invariants
from enrolment.enums import Fault
from enrolment.models import AuditRun, Enrolment
from enrolment.services import auditing
from enrolment.services.auditing import audit, audit_and_keep, find_faults
from enrolment.tasks import audit_seats
from people.models import User
from tests.factories import UserFactory, make_confirmed, make_session

# Who sees one state of the database begins their own transaction.
in_its_own_transaction = pytest.mark.django_db(transaction=True)


def miscount() -> Meeting:
    meeting = make_confirmed(make_session()).session.meetings.earliest("starts_at")
    Meeting.objects.filter(pk=meeting.pk).update(taken=7)
    return meeting


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("audit", *arguments, stdout=out)
    return out.getvalue()


@in_its_own_transaction
def test_where_all_is_well_each_invariant_is_listed_with_a_nought() -> None:
    make_confirmed(make_session())

    heading, *lines = run().splitlines()

    assert heading.split() == ["Found", "Code", "Fault"]
    assert [line.split()[:2] for line in lines] == [["0", fault.value] for fault in Fault]


@in_its_own_transaction
def test_a_fault_ends_the_command_with_its_number_its_ids_and_status_1() -> None:
    meeting = miscount()
    out = StringIO()

    with pytest.raises(CommandError, match=r"^1 fault$") as ended:
        call_command("audit", stdout=out)

    assert ended.value.returncode == 1
    lines = out.getvalue().splitlines()
    at = next(number for number, line in enumerate(lines) if "miscounted" in line)
    assert lines[at].split()[0] == "1"
    assert lines[at + 1].strip() == str(meeting.public_id)
    assert len(lines) == 1 + len(Fault) + 1


@in_its_own_transaction
def test_a_program_reads_json_with_as_many_ids_as_it_asks_for() -> None:
    meetings = [miscount() for _ in range(3)]
    out = StringIO()

    with pytest.raises(CommandError, match=r"^3 faults$"):
        call_command("audit", "--json", "--ids=2", stdout=out)

    found = json.loads(out.getvalue())
    assert list(found) == Fault.values
    ids = sorted(str(meeting.public_id) for meeting in meetings)[:2]
    assert found["miscounted"] == {"count": 3, "ids": ids}
    assert found["overbooked"] == {"count": 0, "ids": []}


@in_its_own_transaction
def test_it_can_not_write_and_sees_one_state(monkeypatch: pytest.MonkeyPatch) -> None:
    enrolment = make_confirmed(make_session())

    def write() -> object:
        with connection.cursor() as cursor:
            cursor.execute("SHOW transaction_isolation")
            assert cursor.fetchone() == ("repeatable read",)
        return Enrolment.objects.filter(pk=enrolment.pk).update(priority=1) or Enrolment.objects.none()

    monkeypatch.setattr(auditing, "INVARIANTS", {Fault.OVERBOOKED: write})
    with pytest.raises(DatabaseError, match="read-only transaction"):
        run()

    enrolment.refresh_from_db()
    assert enrolment.priority == 100


@pytest.mark.django_db
@pytest.mark.parametrize("sessions", [1, 30])
def test_each_invariant_is_one_statement_however_many_rows_there_are(
    sessions: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for day in range(sessions):
        make_confirmed(make_session(starts_in=dt.timedelta(days=day + 1)))
    with django_assert_num_queries(len(invariants.INVARIANTS)):
        find_faults(most_ids=10)


@in_its_own_transaction
def test_the_night_keeps_what_it_found_and_logs_the_codes(caplog: pytest.LogCaptureFixture) -> None:
    meeting = miscount()
    AuditRun.objects.create(at=timezone.now() - dt.timedelta(days=91), milliseconds=1)
    earlier = AuditRun.objects.create(at=timezone.now() - dt.timedelta(days=89), milliseconds=1)

    audit_seats()

    run = AuditRun.objects.latest()
    assert run.faults == {"miscounted": {"count": 1, "ids": [str(meeting.public_id)]}}
    assert run.count == 1
    assert set(AuditRun.objects.all()) == {earlier, run}
    (line,) = caplog.records
    assert (line.levelno, line.getMessage()) == (logging.ERROR, "The audit found faults: miscounted 1")


@in_its_own_transaction
def test_a_night_without_faults(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    make_confirmed(make_session())

    run = audit_and_keep()

    assert (run.faults, run.count) == ({}, 0)
    (line,) = caplog.records
    assert line.levelno == logging.INFO
    assert line.getMessage().startswith("The audit found no fault, in ")
    assert [finding.count for finding in audit()] == [0] * len(Fault)


@pytest.mark.django_db
def test_the_administrator_reads_each_night_in_words_and_changes_none(
    sign_in: Callable[[User], Client],
) -> None:
    run = AuditRun.objects.create(milliseconds=12, faults={"stray_seat": {"count": 2, "ids": ["one", "two"]}})
    client = sign_in(UserFactory.create(is_staff=True, is_superuser=True))

    assert client.get(reverse("admin:enrolment_auditrun_changelist")).status_code == 200
    change = reverse("admin:enrolment_auditrun_change", args=[run.pk])
    page = client.get(change).content.decode()
    assert "A seat is held by somebody who isn&#x27;t confirmed: 2<br>one, two" in page
    assert client.post(change, {"milliseconds": 1}).status_code == 403
    assert client.get(reverse("admin:enrolment_auditrun_add")).status_code == 403
    in_order = AuditRun.objects.create(milliseconds=1)
    page = client.get(reverse("admin:enrolment_auditrun_change", args=[in_order.pk])).content.decode()
    assert '<div class="readonly">–</div>' in page
