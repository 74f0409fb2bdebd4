"""Proof of a completion: frozen data, a file, and codes to check it by."""

import datetime as dt
import secrets

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from certificates.enums import PROVEN, STANDING, CertificateStatus, RevocationReason, Standing
from certificates.querysets import CertificateQuerySet
from core.enums import AdministrativeLanguage
from core.fields import PublicIdField
from core.time import today
from enrolment.models import Completion
from people.models import User

# Crockford's alphabet: no I, L, O or U, so that a code survives being read aloud.
CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 26
NAME_CODE_LENGTH = 10


def _random_code(length: int) -> str:
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(length))


def new_code() -> str:
    """26 characters of 5 bits: 130 random bits."""
    return _random_code(CODE_LENGTH)


def new_name_code() -> str:
    """10 characters of 5 bits; given by the holder to somebody who may read the name."""
    return _random_code(NAME_CODE_LENGTH)


class Certificate(models.Model):
    """One proof of one completion; a correction is a revocation and a new certificate."""

    public_id = PublicIdField()
    completion = models.ForeignKey(
        Completion, models.PROTECT, related_name="certificates", verbose_name=_("completion")
    )
    holder = models.ForeignKey(User, models.PROTECT, related_name="certificates", verbose_name=_("holder"))
    code = models.CharField(_("code"), max_length=CODE_LENGTH, unique=True, default=new_code, editable=False)
    name_code = models.CharField(
        _("name code"), max_length=NAME_CODE_LENGTH, default=new_name_code, editable=False
    )
    status = models.CharField(
        _("status"), max_length=10, choices=CertificateStatus.choices, default=CertificateStatus.PENDING
    )
    language = models.CharField(_("language"), max_length=2, choices=AdministrativeLanguage.choices)
    # Plain data as it was on the day of issue: what the PDF says, and what a check confirms.
    snapshot = models.JSONField(_("snapshot"), editable=False)
    file = models.FileField(_("file"), upload_to="certificates/%Y/%m", blank=True, editable=False)
    sha256 = models.CharField(max_length=64, blank=True, editable=False)
    issued_at = models.DateTimeField(_("issued at"), null=True, editable=False)
    valid_until = models.DateField(_("valid until"), null=True, help_text=_("The last day, inclusive."))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, editable=False)
    revocation_reason = models.CharField(
        _("reason"), max_length=24, choices=RevocationReason.choices, blank=True
    )
    replaces = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="replaced_by",
        verbose_name=_("replaces"),
    )

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        constraints = [
            models.UniqueConstraint(
                fields=["completion"],
                condition=Q(status__in=STANDING),
                name="one_standing_certificate",
            )
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    def standing_on(self, day: dt.date) -> Standing:
        """What it is worth on a day; the last day of its validity is inclusive."""
        if self.status != CertificateStatus.ISSUED:
            return Standing(self.status)
        if self.valid_until is not None and self.valid_until < day:
            return Standing.EXPIRED
        return Standing.VALID

    @property
    def standing(self) -> Standing:
        return self.standing_on(today())

    @property
    def completed_on(self) -> dt.date:
        """As the certificate says it, whatever the record says today."""
        return dt.date.fromisoformat(self.snapshot["completed_on"])

    @property
    def has_file(self) -> bool:
        """Whether the holder can download it."""
        return self.status in PROVEN and bool(self.file)
