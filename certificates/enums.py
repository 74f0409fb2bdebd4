"""States of a certificate."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CertificateStatus(models.TextChoices):
    PENDING = "pending", _("being made")
    ISSUED = "issued", _("valid")
    SUPERSEDED = "superseded", _("replaced by a newer one")
    REVOKED = "revoked", _("revoked")


ALLOWED: dict[str, frozenset[str]] = {
    CertificateStatus.PENDING: frozenset({CertificateStatus.ISSUED, CertificateStatus.REVOKED}),
    CertificateStatus.ISSUED: frozenset({CertificateStatus.SUPERSEDED, CertificateStatus.REVOKED}),
    CertificateStatus.SUPERSEDED: frozenset({CertificateStatus.REVOKED}),
    CertificateStatus.REVOKED: frozenset(),
}


class RevocationReason(models.TextChoices):
    ATTENDANCE_CORRECTED = "attendance_corrected", _("attendance corrected")
    DATA_CORRECTED = "data_corrected", _("data corrected")
