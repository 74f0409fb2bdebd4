"""Two workers and a button at once: one certificate, one mail, one file."""

import threading

import pytest
from django.db import connections

from certificates import services
from certificates.models import Certificate
from certificates.services import issue_certificate, request_certificate, settle_certificate
from core.models import AuditEntry
from courses.enums import CertificatePolicy
from enrolment.models import Completion
from notifications.models import Message
from tests.certificates.helpers import complete
from tests.concurrency.conftest import PATIENCE, AtOnce
from tests.files import stored_files

pytestmark = pytest.mark.django_db(transaction=True)


def fresh(completion: Completion) -> Completion:
    """As another process would load it."""
    again: Completion = Completion.objects.select_related("person__profile", "version").get(pk=completion.pk)
    return again


def issued() -> int:
    return AuditEntry.objects.filter(action="certificate.issued").count()


def test_a_second_worker_waits_and_finds_it_done(at_once: AtOnce) -> None:
    completion = complete()
    first, second = at_once(
        lambda: issue_certificate(completion=fresh(completion)),
        lambda: issue_certificate(completion=fresh(completion)),
    )
    assert first == second == Certificate.objects.get()
    assert (issued(), Message.objects.count()) == (1, 1)
    assert stored_files() == [Certificate.objects.get().file.name]


def test_without_the_lock_it_would_be_issued_twice(at_once: AtOnce, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "_lock_holder", lambda holder_id: None)
    completion = complete()
    at_once(
        lambda: issue_certificate(completion=fresh(completion)),
        lambda: issue_certificate(completion=fresh(completion)),
    )
    assert issued() == 2
    assert len(stored_files()) == 2


def test_two_workers_and_a_button_start_together() -> None:
    completion = complete(policy=CertificatePolicy.ON_REQUEST)
    barrier, faults = threading.Barrier(3), list[BaseException]()

    def button() -> None:
        request_certificate(completion=fresh(completion), actor=completion.person)
        settle_certificate(completion_id=completion.pk)

    def worker() -> None:
        settle_certificate(completion_id=completion.pk)
        request_certificate(completion=fresh(completion), actor=completion.person)
        settle_certificate(completion_id=completion.pk)

    def run(act: object) -> None:
        try:
            barrier.wait(PATIENCE)
            act()  # type: ignore[operator]
        except BaseException as fault:
            faults.append(fault)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in (button, worker, worker)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert faults == []
    assert Certificate.objects.get().status == "issued"
    assert (issued(), Message.objects.count(), len(stored_files())) == (1, 1, 1)


def test_two_cycles_at_once_leave_the_newest_valid(at_once: AtOnce) -> None:
    older = complete()
    newer = complete(older.person, version=older.version, on=older.completed_on.replace(year=2030))
    at_once(
        lambda: issue_certificate(completion=fresh(newer)),
        lambda: issue_certificate(completion=fresh(older)),
    )
    statuses = {each.completion_id: each.status for each in Certificate.objects.all()}
    assert statuses == {older.pk: "superseded", newer.pk: "issued"}
