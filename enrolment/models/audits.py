"""What the nightly audit found."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from enrolment.querysets import (
    AuditRunQuerySet,
)


class AuditRun(models.Model):
    """What the audit of one night found, for the administrator; nobody is named."""

    at = models.DateTimeField(_("at"), default=timezone.now)
    milliseconds = models.PositiveIntegerField(_("took, in milliseconds"))
    # By the fault's code: how many, and the public ids of the first few; what is in order isn't here.
    faults = models.JSONField(_("faults"), default=dict)

    objects = AuditRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit of the seats")
        verbose_name_plural = _("audits of the seats")
        get_latest_by = "at"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.count}"

    @property
    def count(self) -> int:
        """How many faults there were, of all kinds."""
        return sum(found["count"] for found in self.faults.values())
