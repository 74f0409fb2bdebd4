"""Who was there, part by part."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from attendance.enums import AmendmentReason, MarkState
from attendance.querysets import MarkQuerySet
from core.models import Fact
from courses.models import Meeting
from enrolment.models import Seat
from people.models import User


class Roster(models.Model):
    """The attendance list of a meeting; once closed, marks change by amendment only."""

    meeting = models.OneToOneField(Meeting, models.PROTECT, primary_key=True, verbose_name=_("meeting"))
    closed_at = models.DateTimeField(_("closed at"), null=True)
    closed_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("closed by")
    )

    class Meta:
        verbose_name = _("roster")
        verbose_name_plural = _("rosters")

    def __str__(self) -> str:
        return str(self.meeting_id)


class Mark(Fact):
    """What a trainer saw of one seat; a later mark supersedes it."""

    seat = models.ForeignKey(Seat, models.PROTECT, related_name="marks", verbose_name=_("seat"))
    state = models.CharField(_("state"), max_length=12, choices=MarkState.choices)
    # The Brussels day of the meeting that it speaks of.
    valid_from = models.DateField(_("valid from"))
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("recorded by"))
    # Set when the roster was closed already.
    amendment_reason = models.CharField(
        _("reason for the correction"), max_length=16, choices=AmendmentReason.choices, blank=True
    )

    objects = MarkQuerySet.as_manager()

    class Meta:
        verbose_name = _("mark")
        verbose_name_plural = _("marks")
        constraints = [
            models.UniqueConstraint(fields=["seat"], condition=Q(superseded_at=None), name="one_current_mark")
        ]

    def __str__(self) -> str:
        return f"{self.seat_id} {self.state}"
