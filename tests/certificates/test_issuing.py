"""From a completion to a stored, announced certificate; what it freezes; what becomes of it later."""

import datetime as dt
import hashlib
import json

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries

from certificates import services
from certificates.enums import CertificateStatus, RevocationReason
from certificates.errors import NoCertificateOnRequest
from certificates.models import Certificate
from certificates.pdf import Snapshot
from certificates.querysets import unsettled_completion_ids
from certificates.services import (
    issue_certificate,
    request_certificate,
    revoke_certificate,
    settle_certificate,
)
from core.models import AuditEntry
from courses.enums import CertificatePolicy, CourseKind
from enrolment.enums import CompletionSource
from enrolment.services.completions import supersede_completion
from notifications.enums import MessageStatus
from notifications.models import Message
from tests.certificates.helpers import certify, complete, file_of, text_of
from tests.factories import ProviderFactory, make_employee, make_version
from tests.files import stored_files

pytestmark = pytest.mark.django_db


def audit_of(certificate: Certificate) -> list[str]:
    entries = AuditEntry.objects.filter(subject_type="certificates.certificate", subject_id=certificate.pk)
    return list(entries.order_by("pk").values_list("action", flat=True))


@time_machine.travel("2027-01-15 09:00+01:00", tick=False)
def test_a_certificate_is_stored_announced_and_written_down() -> None:
    person = make_employee(language="fr", profile__first_name="Ève", profile__last_name="Dubois")
    completion = complete(person, version=make_version(valid_months=24), on=dt.date(2027, 1, 14))

    certificate = issue_certificate(completion=completion)

    assert certificate is not None
    assert certificate.status == "issued"
    assert certificate.issued_at == dt.datetime(2027, 1, 15, 8, tzinfo=dt.UTC)
    assert (certificate.language, certificate.valid_until) == ("fr", dt.date(2029, 1, 14))
    assert certificate.snapshot == {
        "code": certificate.code,
        "language": "fr",
        "name": "Ève Dubois",
        "title": "Titre",
        "first_day": "2027-01-14",
        "completed_on": "2027-01-14",
        "minutes": 480,
        "provider": "Kazerne Dossin",
        "city": "Malines",
        "parts": ["Partie", "Partie"],
        "valid_until": "2029-01-14",
        "issued_on": "2027-01-15",
    }
    assert stored_files() == [certificate.file.name]
    content = file_of(certificate)
    assert hashlib.sha256(content).hexdigest() == certificate.sha256
    assert "Ève Dubois" in text_of(content)
    assert audit_of(certificate) == ["certificate.issued"]
    message = Message.objects.get()
    assert (message.recipient, message.template, message.language) == (person, "certificate_ready", "fr")
    assert message.context == {
        "first_name": "Ève",
        "title": "Titre",
        "certificates_url": "http://localhost:8000/my/certificates/",
    }


def test_neither_staff_number_nor_address_is_frozen_or_printed() -> None:
    person = make_employee(profile__staff_number="440012345")
    certificate = certify(person)
    text = text_of(file_of(certificate))
    for private in ("440012345", str(person.email), str(person.public_id)):
        assert private not in json.dumps(certificate.snapshot)
        assert private not in text


def test_a_sensitive_course_is_not_given_away() -> None:
    version = make_version(sensitive=True, course__provider=ProviderFactory(name_nl="Bekende gever"))
    certificate = certify(version=version)
    snapshot = certificate.snapshot
    assert (snapshot["title"], snapshot["provider"], snapshot["parts"]) == ("Vorming diversiteit", "", [])
    text = text_of(file_of(certificate))
    for telling in ("Gevoelig", "Deel", "Bekende gever", version.course.slug):
        assert telling not in text
    assert Message.objects.get().context["title"] == "Vorming diversiteit"


def test_a_programme_names_no_theme() -> None:
    version = make_version(course__kind=CourseKind.PROGRAMME)
    assert certify(version=version).snapshot["parts"] == []


def test_what_does_not_count_as_training_has_no_minutes() -> None:
    assert certify(version=make_version(counts_as_training=False)).snapshot["minutes"] is None


def test_a_completion_without_sessions_still_makes_a_certificate() -> None:
    completion = complete()
    completion.sessions.clear()
    certificate = issue_certificate(completion=completion)
    assert certificate is not None
    assert certificate.snapshot["city"] == ""


def test_a_second_time_changes_nothing() -> None:
    completion = complete()
    first = issue_certificate(completion=completion)
    second = issue_certificate(completion=completion)
    assert first == second
    assert Certificate.objects.count() == Message.objects.count() == len(stored_files()) == 1


def test_none_for_an_import_or_a_course_without_certificate() -> None:
    assert issue_certificate(completion=complete(source=CompletionSource.IMPORT)) is None
    assert issue_certificate(completion=complete(policy=CertificatePolicy.NONE)) is None
    assert issue_certificate(completion=complete(policy=CertificatePolicy.ON_REQUEST)) is None
    assert not Certificate.objects.exists()


def test_a_failure_leaves_no_file_and_the_next_try_keeps_the_number(monkeypatch: pytest.MonkeyPatch) -> None:
    completion = complete()
    with monkeypatch.context() as broken:
        broken.setattr(services, "certificate_ready", _fail)
        with pytest.raises(OSError, match="mail"):
            issue_certificate(completion=completion)
    pending = Certificate.objects.get()
    assert pending.status == "pending"
    assert stored_files() == []
    assert not AuditEntry.objects.filter(action="certificate.issued").exists()
    assert list(unsettled_completion_ids()) == [completion.pk]

    settle_certificate(completion_id=completion.pk)

    issued = Certificate.objects.get()
    assert (issued.status, issued.code) == ("issued", pending.code)
    assert stored_files() == [issued.file.name]
    assert not unsettled_completion_ids().exists()


def _fail(*_args: object) -> None:
    raise OSError("mail")


def test_one_on_request_is_made_when_the_holder_asks() -> None:
    completion = complete(policy=CertificatePolicy.ON_REQUEST)
    asked = request_certificate(completion=completion, actor=completion.person)
    again = request_certificate(completion=completion, actor=completion.person)
    assert asked == again
    assert (asked.status, stored_files()) == ("pending", [])
    settle_certificate(completion_id=completion.pk)
    asked.refresh_from_db()
    assert asked.status == "issued"
    assert audit_of(asked) == ["certificate.requested", "certificate.issued"]


def test_nothing_is_made_on_request_that_is_not_offered() -> None:
    completion = complete(policy=CertificatePolicy.NONE)
    with pytest.raises(NoCertificateOnRequest):
        request_certificate(completion=completion, actor=completion.person)
    assert not Certificate.objects.exists()


def test_a_second_cycle_makes_a_new_certificate_and_the_old_one_is_replaced() -> None:
    person, version = make_employee(), make_version()
    first = certify(person, version=version, on=dt.date(2025, 3, 3))
    second = certify(person, version=make_version(course=version.course, number=2), on=dt.date(2027, 3, 3))
    elsewhere = certify(person, on=dt.date(2026, 3, 3))
    for certificate in (first, second, elsewhere):
        certificate.refresh_from_db()
    assert [first.status, second.status, elsewhere.status] == ["superseded", "issued", "issued"]
    assert (second.replaces, elsewhere.replaces) == (first, None)
    assert not unsettled_completion_ids().exists()


def test_the_newest_cycle_stays_valid_when_an_older_one_comes_late() -> None:
    person, version = make_employee(), make_version()
    newer = certify(person, version=version, on=dt.date(2027, 3, 3))
    older = certify(person, version=version, on=dt.date(2025, 3, 3))
    newer.refresh_from_db()
    assert (older.status, newer.status) == ("superseded", "issued")


def test_a_superseded_completion_takes_its_certificate_back_and_its_waiting_mail() -> None:
    certificate = certify()
    supersede_completion(completion=certificate.completion, actor=None)
    assert list(unsettled_completion_ids()) == [certificate.completion_id]
    settle_certificate(completion_id=certificate.completion_id)
    settle_certificate(completion_id=certificate.completion_id)
    certificate.refresh_from_db()
    assert (certificate.status, certificate.revocation_reason) == ("revoked", "attendance_corrected")
    assert certificate.revoked_at is not None
    assert audit_of(certificate) == ["certificate.issued", "certificate.revoked"]
    assert Message.objects.get().status == MessageStatus.CANCELLED
    assert not unsettled_completion_ids().exists()


def test_the_older_certificate_is_valid_again_when_the_newer_one_was_wrong() -> None:
    person, version = make_employee(), make_version()
    older = certify(person, version=version, on=dt.date(2025, 3, 3))
    newer = certify(person, version=version, on=dt.date(2027, 3, 3))
    supersede_completion(completion=newer.completion, actor=None)
    settle_certificate(completion_id=newer.completion_id)
    older.refresh_from_db()
    assert older.status == "issued"
    assert audit_of(older) == ["certificate.issued", "certificate.superseded", "certificate.issued"]


def test_a_correction_of_data_is_a_revocation_and_a_new_certificate() -> None:
    wrong = certify()
    revoke_certificate(certificate=wrong, reason=RevocationReason.DATA_CORRECTED, actor=None)
    assert list(unsettled_completion_ids()) == [wrong.completion_id]
    settle_certificate(completion_id=wrong.completion_id)
    right = Certificate.objects.get(status="issued")
    assert right.replaces == wrong
    assert right.code != wrong.code


def test_a_revocation_is_for_good() -> None:
    certificate = certify()
    revoke_certificate(certificate=certificate, reason=RevocationReason.DATA_CORRECTED, actor=None)
    with pytest.raises(ValueError, match="can't move"):
        services._move(certificate, CertificateStatus.ISSUED, actor=None)


def test_the_sweep_reads_once_whatever_was_issued_before(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    due = [complete().pk]
    with django_assert_num_queries(1):
        assert list(unsettled_completion_ids()) == due
    for _ in range(5):
        certify()
    complete(policy=CertificatePolicy.NONE)
    due.append(complete().pk)
    with django_assert_num_queries(1):
        assert sorted(unsettled_completion_ids()) == due


def test_a_completion_taken_back_while_the_file_is_drawn_is_never_announced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    completion, draw = complete(), services.render

    def draw_late(snapshot: Snapshot) -> bytes:
        supersede_completion(completion=completion, actor=None)
        return draw(snapshot)

    monkeypatch.setattr(services, "render", draw_late)
    issue_certificate(completion=completion)

    assert not Message.objects.exists()
    assert stored_files() == []
    settle_certificate(completion_id=completion.pk)
    assert Certificate.objects.get().status == CertificateStatus.REVOKED
