"""Who must complete what, by when: classes, the tracks assigned to them, exemptions."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.fields import PublicIdField
from core.models import Fact
from core.time import today
from courses.models import Course, LegalBasis, Track
from people.models import Organisation, User
from tracks.enums import ExemptionReason
from tracks.querysets import AssignedStepQuerySet, AssignmentQuerySet, CohortQuerySet, ExemptionQuerySet


class Cohort(models.Model):
    """A class of a school: next year's class of the same name is another one.

    Its people are those whose membership names school, class and first day (``Membership.class_starts_on``).
    """

    public_id = PublicIdField()
    school = models.ForeignKey(
        Organisation, models.PROTECT, related_name="cohorts", verbose_name=_("academy")
    )
    name = models.CharField(_("name"), max_length=60)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"), null=True, blank=True)

    objects = CohortQuerySet.as_manager()

    class Meta:
        verbose_name = _("class")
        verbose_name_plural = _("classes")
        ordering = ["-starts_on", "name"]
        constraints = [
            models.UniqueConstraint(fields=["school", "name", "starts_on"], name="cohort_once"),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="cohort_dates_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.starts_on:%Y-%m}"

    def get_absolute_url(self) -> str:
        return reverse("tracks:cohort", args=[self.public_id])


class Assignment(Fact):
    """A track that a class, or one person, must complete; replaced when its dates change."""

    public_id = PublicIdField()
    track = models.ForeignKey(Track, models.PROTECT, related_name="assignments", verbose_name=_("track"))
    # Of which academy it is the act.
    school = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("academy"))
    cohort = models.ForeignKey(
        Cohort, models.PROTECT, null=True, related_name="assignments", verbose_name=_("class")
    )
    person = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="assignments", verbose_name=_("person")
    )
    due_on = models.DateField(_("due on"), help_text=_("The last day, inclusive."))
    valid_from = models.DateField(_("valid from"), default=today)
    valid_until = models.DateField(_("valid until"), null=True, help_text=_("The last day, inclusive."))

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("assignment of a track")
        verbose_name_plural = _("assignments of tracks")
        constraints = [
            models.CheckConstraint(
                condition=Q(cohort=None, person__isnull=False) | Q(cohort__isnull=False, person=None),
                name="assignment_to_class_or_person",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="assignment_dates_in_order",
            ),
            models.UniqueConstraint(
                fields=["track", "cohort"],
                condition=Q(superseded_at=None, valid_until=None, person=None),
                name="one_open_assignment_to_class",
            ),
            models.UniqueConstraint(
                fields=["track", "person"],
                condition=Q(superseded_at=None, valid_until=None, cohort=None),
                name="one_open_assignment_to_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.track_id} {self.cohort_id or self.person_id}"


class AssignedStep(LegalBasis):
    """A step as it was when it was assigned: the rule that binds people, whatever becomes of the track."""

    assignment = models.ForeignKey(
        Assignment, models.CASCADE, related_name="steps", verbose_name=_("assignment")
    )
    position = models.PositiveSmallIntegerField(_("position"))
    course = models.ForeignKey(
        Course, models.PROTECT, related_name="assigned_steps", verbose_name=_("course")
    )
    due_on = models.DateField(_("due on"), help_text=_("The last day, inclusive."))

    objects = AssignedStepQuerySet.as_manager()

    class Meta:
        verbose_name = _("assigned step")
        verbose_name_plural = _("assigned steps")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["assignment", "course"], name="assigned_course_once"),
        ]

    def __str__(self) -> str:
        return f"{self.assignment_id} {self.position}"


class Exemption(Fact):
    """A person need not follow a course; it is no completion, and is counted apart from them."""

    public_id = PublicIdField()
    person = models.ForeignKey(User, models.PROTECT, related_name="exemptions", verbose_name=_("person"))
    course = models.ForeignKey(Course, models.PROTECT, related_name="exemptions", verbose_name=_("course"))
    school = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("academy"))
    reason = models.CharField(_("reason"), max_length=20, choices=ExemptionReason.choices)
    valid_from = models.DateField(_("valid from"), default=today)

    objects = ExemptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("exemption")
        verbose_name_plural = _("exemptions")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "course"], condition=Q(superseded_at=None), name="one_current_exemption"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.course_id}"
