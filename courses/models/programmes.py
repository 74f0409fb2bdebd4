"""Programmes: the editions of a programme course, which group sessions of its workshops."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.fields import PublicIdField
from courses.enums import ProgrammeStatus
from courses.models.courses import CourseVersion
from courses.querysets.catalogue import ProgrammeQuerySet


class Programme(models.Model):
    """One edition: its days, and from when to when people choose among its workshops."""

    public_id = PublicIdField()
    version = models.ForeignKey(
        CourseVersion, models.PROTECT, related_name="programmes", verbose_name=_("programme")
    )
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=ProgrammeStatus.choices,
        default=ProgrammeStatus.DRAFT,
        editable=False,
    )
    starts_on = models.DateField(_("first day"))
    # Also the day on which whoever took part has completed it.
    ends_on = models.DateField(_("last day"))
    enrol_from = models.DateField(_("enrolment opens"), null=True, blank=True)
    enrol_until = models.DateField(_("enrolment closes"), null=True, blank=True, help_text=_("The last day."))

    objects = ProgrammeQuerySet.as_manager()

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
        ordering = ["starts_on", "id"]
        constraints = [
            # The last day is that of the completions, of which there is one a day.
            models.UniqueConstraint(
                fields=["version", "ends_on"],
                name="programme_ends_once_a_day",
                violation_error_message=_("Another edition of this programme ends on that day."),
            ),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="programme_days_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.starts_on}"

    def get_absolute_url(self) -> str:
        return reverse("enrolment:programme", args=[self.public_id])

    @property
    def is_published(self) -> bool:
        return self.status == ProgrammeStatus.PUBLISHED

    @property
    def is_closed(self) -> bool:
        return self.status == ProgrammeStatus.CLOSED
