"""What an organisation asks of a course for its own people."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.fields import PublicIdField
from core.time import today
from courses.models.courses import Course
from courses.querysets.catalogue import OrganisationRuleQuerySet
from people.models import Organisation


class OrganisationRule(models.Model):
    """That the people of an organisation need its approval for a course, from one day to another, inclusive.

    It binds enrolments made while it holds: each of them keeps a copy.
    """

    public_id = PublicIdField()
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("organisation")
    )
    course = models.ForeignKey(
        Course, models.PROTECT, related_name="organisation_rules", verbose_name=_("course")
    )
    approval_required = models.BooleanField(_("approval needed"), default=False)
    legal_reference = models.CharField(_("legal reference"), max_length=300, blank=True)
    valid_from = models.DateField(_("valid from"), default=today)
    valid_until = models.DateField(
        _("valid until"), null=True, blank=True, help_text=_("The last day, inclusive.")
    )

    objects = OrganisationRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule of an organisation")
        verbose_name_plural = _("rules of organisations")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "course"],
                condition=Q(valid_until=None),
                name="organisation_rule_once",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="organisation_rule_dates_in_order",
            ),
            models.CheckConstraint(
                condition=Q(approval_required=True), name="organisation_rule_asks_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.course_id} {self.valid_from}"
