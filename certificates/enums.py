"""States of a certificate."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.enums import CertificatePolicy

# Issued without being asked for.
AUTOMATIC = (CertificatePolicy.ATTENDANCE, CertificatePolicy.FULL)


class CertificateStatus(models.TextChoices):
    PENDING = "pending", _("being made")
    ISSUED = "issued", _("valid")
    SUPERSEDED = "superseded", _("replaced by a newer one")
    REVOKED = "revoked", _("revoked")


# A completion has at most one certificate that isn't revoked.
STANDING = (CertificateStatus.PENDING, CertificateStatus.ISSUED, CertificateStatus.SUPERSEDED)
# What has a file to download and a number to verify.
PROVEN = (CertificateStatus.ISSUED, CertificateStatus.SUPERSEDED)

ALLOWED: dict[str, frozenset[str]] = {
    CertificateStatus.PENDING: frozenset({CertificateStatus.ISSUED, CertificateStatus.REVOKED}),
    CertificateStatus.ISSUED: frozenset({CertificateStatus.SUPERSEDED, CertificateStatus.REVOKED}),
    # Back again when the newer one that replaced it turns out to be wrong.
    CertificateStatus.SUPERSEDED: frozenset({CertificateStatus.ISSUED, CertificateStatus.REVOKED}),
    CertificateStatus.REVOKED: frozenset(),
}


class Standing(models.TextChoices):
    """What a certificate is worth on a day, as a check tells it."""

    PENDING = "pending", _("being made")
    VALID = "valid", _("valid")
    EXPIRED = "expired", _("expired")
    SUPERSEDED = "superseded", _("replaced by a newer one")
    REVOKED = "revoked", _("revoked")


class RevocationReason(models.TextChoices):
    ATTENDANCE_CORRECTED = "attendance_corrected", _("attendance corrected")
    DATA_CORRECTED = "data_corrected", _("data corrected")
