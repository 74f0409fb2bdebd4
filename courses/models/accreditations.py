"""Who may give a course."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.enums import Language
from core.fields import PublicIdField
from core.models import Fact
from core.time import today
from courses.enums import StaffRole
from courses.models.courses import Course
from courses.querysets.staffing import AccreditationQuerySet
from people.models import User


class Accreditation(Fact):
    """That a person may give a course: as what, in which languages, from which day to which, inclusive."""

    public_id = PublicIdField()
    person = models.ForeignKey(User, models.PROTECT, related_name="accreditations", verbose_name=_("person"))
    course = models.ForeignKey(
        Course, models.PROTECT, related_name="accreditations", verbose_name=_("course")
    )
    role = models.CharField(_("role"), max_length=10, choices=StaffRole.choices, default=StaffRole.TRAINER)
    languages = ArrayField(
        models.CharField(max_length=2, choices=Language.choices), verbose_name=_("languages")
    )
    valid_from = models.DateField(_("valid from"), default=today)
    valid_until = models.DateField(
        _("valid until"), null=True, blank=True, help_text=_("The last day, inclusive.")
    )
    # Nobody where the platform was filled by a file.
    given_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("given by")
    )

    objects = AccreditationQuerySet.as_manager()

    class Meta:
        verbose_name = _("accreditation")
        verbose_name_plural = _("accreditations")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "course", "role", "valid_from"],
                condition=Q(superseded_at=None),
                name="accreditation_once",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="accreditation_dates_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.role} {self.course_id}"

    def allows(self, role: str) -> bool:
        """A trainer of a course can assist in it too."""
        return self.role in {role, StaffRole.TRAINER}
