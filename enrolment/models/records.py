"""The learning record, and what is known of the time before the platform."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.fields import PublicIdField
from core.models import Fact
from courses.models import Course, CourseVersion, Session
from enrolment.enums import (
    CompletionSource,
    HistoryStatus,
)
from enrolment.models.enrolments import Affiliation
from enrolment.querysets import (
    CompletionQuerySet,
)
from people.models import Organisation, User


class Completion(Fact, Affiliation):
    """The learning record: a person completed a course version on a day."""

    public_id = PublicIdField()
    person = models.ForeignKey(User, models.PROTECT, related_name="completions", verbose_name=_("person"))
    version = models.ForeignKey(
        CourseVersion, models.PROTECT, related_name="completions", verbose_name=_("course version")
    )
    # The day from which the fact holds.
    completed_on = models.DateField(_("completed on"))
    minutes = models.PositiveSmallIntegerField(_("minutes"))
    valid_until = models.DateField(_("valid until"), null=True, help_text=_("The last day, inclusive."))
    source = models.CharField(_("source"), max_length=12, choices=CompletionSource.choices)
    sessions = models.ManyToManyField(Session, related_name="completions", verbose_name=_("evidence"))

    objects = CompletionQuerySet.as_manager()

    class Meta:
        verbose_name = _("completion")
        verbose_name_plural = _("completions")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "version", "completed_on"],
                condition=Q(superseded_at=None),
                name="completion_once_a_day",
            ),
        ]
        # The figures of an organisation count from indexes alone.
        indexes = [
            models.Index(
                fields=["person", "version"],
                include=["completed_on", "valid_until"],
                condition=Q(superseded_at=None),
                name="completion_of_person",
            ),
            *(
                models.Index(
                    fields=[stamped, "version"],
                    include=["person", "completed_on", "cadre"],
                    condition=Q(superseded_at=None),
                    name=f"completion_of_{stamped}",
                )
                for stamped in ("employer", "school")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.version_id} {self.completed_on}"


class HistoryFile(models.Model):
    """A list of past completions that somebody uploaded, kept from its preview to its import."""

    public_id = PublicIdField()
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("uploaded by"))
    uploaded_at = models.DateTimeField(_("uploaded at"), default=timezone.now)
    status = models.CharField(
        _("status"), max_length=10, choices=HistoryStatus.choices, default=HistoryStatus.READY
    )
    # In the row, not in a folder: private, and gone in the transaction that needs it no more.
    content = models.BinaryField(null=True)
    recorded = models.PositiveIntegerField(_("recorded"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    unmatched = models.PositiveIntegerField(_("without a name"), default=0)

    class Meta:
        verbose_name = _("list of past completions")
        verbose_name_plural = _("lists of past completions")

    def __str__(self) -> str:
        return str(self.public_id)


class PastParticipation(models.Model):
    """How many more took part in a training on a day in the past, of whom no list tells who they were."""

    course = models.ForeignKey(Course, models.PROTECT, related_name="+", verbose_name=_("course"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("organisation")
    )
    day = models.DateField(_("day"))
    people = models.PositiveIntegerField(_("people"))

    class Meta:
        verbose_name = _("past participation")
        verbose_name_plural = _("past participations")
        constraints = [
            models.UniqueConstraint(fields=["course", "organisation", "day"], name="past_participation_once")
        ]

    def __str__(self) -> str:
        return f"{self.course_id} {self.organisation_id} {self.day}: {self.people}"
