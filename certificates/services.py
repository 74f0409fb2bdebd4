"""Issuing, requesting and revoking certificates.

Every write holds the holder's row: that alone makes two workers and a button one certificate, and keeps
one valid certificate for each course that was followed again. The PDF is drawn before the lock, so that
nobody waits for it.
"""

import hashlib
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from certificates.emails import certificate_ready, topic_of
from certificates.enums import ALLOWED, CertificateStatus, RevocationReason
from certificates.errors import NoCertificateOnRequest
from certificates.models import Certificate
from certificates.pdf import render
from certificates.querysets import CertificateQuerySet
from certificates.rules import is_certifiable, is_due, may_be_requested
from certificates.snapshots import take_snapshot
from core.models import AuditEntry
from enrolment.models import Completion
from notifications.services import cancel_pending
from people.models import User


def settle_certificate(*, completion_id: int) -> None:
    """Make a completion's certificate what it should be; safe to run twice and at once.

    Issued when it is due or was asked for, revoked when the completion was superseded.
    """
    completion = Completion.objects.select_related("person__profile", "version__course__provider").get(
        pk=completion_id
    )
    if completion.superseded_at is None:
        issue_certificate(completion=completion)
        return
    for certificate in completion.certificates.standing():
        revoke_certificate(certificate=certificate, reason=RevocationReason.ATTENDANCE_CORRECTED, actor=None)


def issue_certificate(*, completion: Completion) -> Certificate | None:
    """Make, store and announce the certificate that is due or was asked for; None when there is none to make.

    One that is there already is returned as it is.
    """
    if not is_certifiable(completion):
        return None
    certificate = completion.certificates.standing().first()
    if certificate is None and is_due(completion):
        certificate = _open(completion)
    if certificate is None or certificate.status != CertificateStatus.PENDING:
        return certificate
    return _issue(certificate)


def request_certificate(*, completion: Completion, actor: User) -> Certificate:
    """Open a certificate that is given on request; a repeated request returns the one that is there."""
    standing: Certificate | None = completion.certificates.standing().first()
    if standing is not None:
        return standing
    if not may_be_requested(completion):
        raise NoCertificateOnRequest
    with transaction.atomic():
        certificate = _open(completion)
        AuditEntry.record(action="certificate.requested", subject=certificate, actor=actor)
    return certificate


@transaction.atomic
def revoke_certificate(*, certificate: Certificate, reason: RevocationReason, actor: User | None) -> None:
    """Take a certificate back for good; its number then verifies as revoked, and done before it does nothing.

    After a correction of data the next sweep issues a new one, because its completion still stands.
    """
    _lock_holder(certificate.holder_id)
    certificate.refresh_from_db(fields=["status"])
    if certificate.status == CertificateStatus.REVOKED:
        return
    _move(
        certificate,
        CertificateStatus.REVOKED,
        actor=actor,
        revoked_at=timezone.now(),
        revocation_reason=reason,
    )
    cancel_pending(topic=topic_of(certificate))
    _keep_newest_valid(certificate)


def _lock_holder(holder_id: int) -> None:
    User.objects.select_for_update(no_key=True).only("pk").get(pk=holder_id)


@transaction.atomic
def _open(completion: Completion) -> Certificate:
    """A certificate still to be made, with its snapshot and codes; else the one that is there."""
    _lock_holder(completion.person_id)
    standing: Certificate | None = completion.certificates.standing().first()
    if standing is not None:
        return standing
    certificate = Certificate(
        completion=completion,
        holder=completion.person,
        language=completion.person.profile.administrative_language,
        valid_until=completion.valid_until,
    )
    certificate.snapshot = take_snapshot(completion, code=certificate.code)
    certificate.save()
    return certificate


def _issue(pending: Certificate) -> Certificate:
    content = render(pending.snapshot)
    storage = pending.file.storage
    path = pending.file.field.generate_filename(pending, f"{pending.public_id}.pdf")
    name = storage.save(path, ContentFile(content))
    is_kept = False
    try:
        certificate = _mark_issued(pending, file=name, sha256=hashlib.sha256(content).hexdigest())
        is_kept = certificate.file.name == name
    finally:
        if not is_kept:
            storage.delete(name)
    return certificate


# Durable: the caller keeps or drops the file by what this transaction did.
@transaction.atomic(durable=True)
def _mark_issued(pending: Certificate, *, file: str, sha256: str) -> Certificate:
    """Issue it unless another worker has, or it has lost its ground; the certificate as it is now."""
    _lock_holder(pending.holder_id)
    certificate: Certificate = Certificate.objects.select_related(
        "holder__profile", "completion__version"
    ).get(pk=pending.pk)
    # A completion that was taken back meanwhile is told of after its commit: that task revokes this one.
    if certificate.status != CertificateStatus.PENDING or certificate.completion.superseded_at:
        return certificate
    _move(
        certificate,
        CertificateStatus.ISSUED,
        actor=None,
        file=file,
        sha256=sha256,
        issued_at=timezone.now(),
        replaces=_previous(certificate),
    )
    certificate_ready(certificate)
    _keep_newest_valid(certificate)
    return certificate


def _of_same_course(certificate: Certificate) -> CertificateQuerySet:
    """The holder's certificates for the course, with their completions; true while the holder is locked."""
    return (
        certificate.holder.certificates.of_course(certificate.completion.version.course_id)
        .select_related("completion")
        .newest_first()
    )


def _previous(certificate: Certificate) -> Certificate | None:
    """The one before it: of an earlier cycle, or revoked because its data were wrong."""
    return (
        _of_same_course(certificate)
        .verifiable()
        .filter(completion__completed_on__lte=certificate.completion.completed_on)
        .first()
    )


def _keep_newest_valid(certificate: Certificate) -> None:
    """Of a course that was followed again the newest certificate is valid; the others verify as replaced."""
    status = CertificateStatus.ISSUED
    for each in _of_same_course(certificate).proven().filter(completion__superseded_at=None):
        _move(each, status, actor=None)
        status = CertificateStatus.SUPERSEDED


def _move(certificate: Certificate, status: CertificateStatus, *, actor: User | None, **fields: Any) -> None:
    """The one place that changes the state of a certificate, and says so in the audit trail."""
    if certificate.status == status:
        return
    if status not in ALLOWED[certificate.status]:
        raise ValueError(f"A certificate can't move from {certificate.status} to {status}.")
    for name, value in {"status": status, **fields}.items():
        setattr(certificate, name, value)
    certificate.save(update_fields=["status", *fields])
    AuditEntry.record(action=f"certificate.{status}", subject=certificate, actor=actor)
