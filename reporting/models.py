"""What figures need beside the rows that they count."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import Fact
from people.enums import Cadre
from people.models import Organisation
from reporting.querysets import DatedHeadcountQuerySet


class DatedHeadcount(Fact):
    """How many people an organisation had in a cadre from a day on, as its HR counts them."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="headcounts", verbose_name=_("organisation")
    )
    cadre = models.CharField(_("cadre"), max_length=12, choices=Cadre.choices)
    valid_from = models.DateField(_("counted on"))
    people = models.PositiveIntegerField(_("people"))

    objects = DatedHeadcountQuerySet.as_manager()

    class Meta:
        verbose_name = _("headcount")
        verbose_name_plural = _("headcounts")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "cadre", "valid_from"],
                condition=Q(superseded_at=None),
                name="headcount_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.cadre} {self.valid_from}: {self.people}"
