"""Places in meetings: held, or kept for some."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.enums import AdministrativeLanguage
from core.fields import PublicIdField
from courses.models import Meeting, Session
from enrolment.models.enrolments import Enrolment
from enrolment.querysets import (
    SeatPoolQuerySet,
    SeatQuerySet,
)
from people.models import Organisation


class SeatPool(models.Model):
    """Seats of a session that are kept for an organisation, a school or a language until a day; then lent."""

    public_id = PublicIdField()
    session = models.ForeignKey(Session, models.PROTECT, related_name="pools", verbose_name=_("session"))
    # Its staff, or its aspirants.
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="+", verbose_name=_("organisation")
    )
    language = models.CharField(
        _("language"), max_length=2, choices=AdministrativeLanguage.choices, blank=True, default=""
    )
    seats = models.PositiveSmallIntegerField(_("seats"))
    # Written by ``services.seats``, with the session's lock.
    taken = models.PositiveSmallIntegerField(_("taken"), default=0, editable=False)
    release_on = models.DateField(_("kept until"), help_text=_("The last day."))
    released_at = models.DateTimeField(_("released at"), null=True, editable=False)

    objects = SeatPoolQuerySet.as_manager()

    class Meta:
        verbose_name = _("reserved seats")
        verbose_name_plural = _("reserved seats")
        constraints = [
            models.CheckConstraint(condition=Q(taken__lte=F("seats")), name="pool_never_overbooked"),
            models.CheckConstraint(
                condition=Q(organisation=None) ^ Q(language=""), name="pool_for_organisation_or_language"
            ),
            models.UniqueConstraint(
                fields=["session", "organisation"], condition=Q(released_at=None), name="pool_of_organisation"
            ),
            models.UniqueConstraint(
                fields=["session", "language"],
                condition=Q(released_at=None) & ~Q(language=""),
                name="pool_of_language",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.organisation_id or self.language} {self.taken}/{self.seats}"

    @property
    def seats_left(self) -> int:
        return self.seats - self.taken

    @property
    def kept_for(self) -> str:
        """The organisation whose people they are for, or the language."""
        return self.organisation.name if self.organisation else self.get_language_display()

    def is_for(self, enrolment: "Enrolment") -> bool:
        """Whether somebody's place comes from these seats: as where they belonged when they enrolled."""
        if self.organisation_id:
            return self.organisation_id in {enrolment.employer_id, enrolment.school_id}
        return bool(self.language == enrolment.learner.profile.administrative_language)


class Seat(models.Model):
    """A place in one meeting, held by an enrolment until it is released."""

    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, related_name="seats", verbose_name=_("enrolment")
    )
    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="seats", verbose_name=_("meeting"))
    held_at = models.DateTimeField(_("held at"), default=timezone.now, editable=False)
    released_at = models.DateTimeField(_("released at"), null=True, editable=False)

    objects = SeatQuerySet.as_manager()

    class Meta:
        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "meeting"], condition=Q(released_at=None), name="one_held_seat"
            ),
        ]
        indexes = [models.Index(fields=["meeting"], condition=Q(released_at=None), name="seat_held")]

    def __str__(self) -> str:
        return f"{self.meeting_id} {self.enrolment_id}"
