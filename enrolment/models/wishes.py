"""What people ask for before they enrol: to hear of a date, to do without what comes first."""

import datetime as dt

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.fields import PublicIdField
from courses.models import Course, Session
from enrolment.enums import (
    ExceptionReason,
    ExceptionStatus,
)
from enrolment.querysets import (
    InterestQuerySet,
    PrerequisiteExceptionQuerySet,
)
from people.models import User


class Interest(models.Model):
    """Somebody wants to hear of the next dates of a course: theirs alone, and gone when they take it back.

    The audit trail doesn't tell of it; others see how many there are.
    """

    person = models.ForeignKey(User, models.CASCADE, related_name="interests", verbose_name=_("person"))
    course = models.ForeignKey(Course, models.CASCADE, related_name="interests", verbose_name=_("course"))
    since = models.DateTimeField(_("since"), default=timezone.now)
    # Of each session once.
    told = models.ManyToManyField(Session, related_name="+", verbose_name=_("told of"))

    objects = InterestQuerySet.as_manager()

    class Meta:
        verbose_name = _("interest")
        verbose_name_plural = _("interests")
        constraints = [models.UniqueConstraint(fields=["person", "course"], name="interest_once")]

    def __str__(self) -> str:
        # Logs and error pages print this.
        return str(self.pk)


class PrerequisiteException(models.Model):
    """Somebody asks to follow a course without what comes first; once granted it counts in its place.

    For every session of the course, from whichever it was asked: that one says who decides.
    """

    public_id = PublicIdField()
    person = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("person"))
    session = models.ForeignKey(Session, models.PROTECT, related_name="+", verbose_name=_("session"))
    course = models.ForeignKey(Course, models.PROTECT, related_name="+", verbose_name=_("course to follow"))
    prerequisite = models.ForeignKey(
        Course, models.PROTECT, related_name="+", verbose_name=_("course that is missing")
    )
    reason = models.CharField(_("reason"), max_length=12, choices=ExceptionReason.choices)
    asked_at = models.DateTimeField(_("asked at"), default=timezone.now)
    status = models.CharField(
        _("status"), max_length=10, choices=ExceptionStatus.choices, default=ExceptionStatus.ASKED
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    valid_until = models.DateField(_("valid until"), null=True)

    objects = PrerequisiteExceptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("exception to a prerequisite")
        verbose_name_plural = _("exceptions to prerequisites")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "course", "prerequisite"],
                condition=Q(status=ExceptionStatus.ASKED),
                name="exception_asked_once",
            ),
            models.CheckConstraint(
                condition=Q(status=ExceptionStatus.ASKED, decided_at=None, decided_by=None)
                | ~Q(status=ExceptionStatus.ASKED) & Q(decided_at__isnull=False, decided_by__isnull=False),
                name="exception_decision_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.course_id} ← {self.prerequisite_id} {self.status}"

    @property
    def is_asked(self) -> bool:
        return self.status == ExceptionStatus.ASKED

    @property
    def is_granted(self) -> bool:
        return self.status == ExceptionStatus.GRANTED

    def counts_on(self, day: dt.date) -> bool:
        """Whether it stands for what is missing, in a session that begins on a day."""
        return self.is_granted and (self.valid_until is None or day <= self.valid_until)
