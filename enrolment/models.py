"""Who has a seat, who waits for one, and the learning record."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.fields import PublicIdField
from core.models import Fact
from courses.models import CourseVersion, Meeting, Session
from enrolment.enums import ACTIVE, CompletionSource, EnrolmentSource, EnrolmentStatus
from enrolment.querysets import CompletionQuerySet, EnrolmentQuerySet, SeatQuerySet
from people.enums import Cadre
from people.models import Organisation, User


class Affiliation(models.Model):
    """Employer, school and cadre as they were on the day: history keeps the zone of then."""

    employer = models.ForeignKey(
        Organisation, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("employer")
    )
    school = models.ForeignKey(
        Organisation, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("academy")
    )
    cadre = models.CharField(_("cadre"), max_length=12, choices=Cadre.choices, blank=True, editable=False)

    class Meta:
        abstract = True


class Enrolment(Affiliation):
    """A person's claim on a session, with the rules that bound it when it was made."""

    public_id = PublicIdField()
    session = models.ForeignKey(Session, models.PROTECT, related_name="enrolments", verbose_name=_("session"))
    learner = models.ForeignKey(User, models.PROTECT, related_name="enrolments", verbose_name=_("person"))
    status = models.CharField(_("status"), max_length=10, choices=EnrolmentStatus.choices)
    source = models.CharField(
        _("source"), max_length=10, choices=EnrolmentSource.choices, default=EnrolmentSource.SELF
    )
    is_mandatory = models.BooleanField(_("mandatory"), default=False)
    # The original date keeps its rights whatever happens later; the priority goes before it in the queue.
    enrolled_at = models.DateTimeField(_("enrolled at"), default=timezone.now, editable=False)
    priority = models.SmallIntegerField(
        _("priority"), default=100, help_text=_("A smaller number goes first.")
    )
    approval_needed = models.BooleanField(_("approval needed"), default=False)
    # Empty: until it starts.
    withdraw_until = models.DateField(_("withdraw until"), null=True)
    # To the text of which version the person consented, and when; withdrawing from the session takes it back.
    consented_to = models.ForeignKey(
        CourseVersion, models.PROTECT, null=True, related_name="+", verbose_name=_("consented to")
    )
    consented_at = models.DateTimeField(_("consented at"), null=True)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        constraints = [
            models.UniqueConstraint(
                fields=["session", "learner"], condition=Q(status__in=ACTIVE), name="one_active_enrolment"
            ),
            models.CheckConstraint(
                condition=Q(consented_to=None, consented_at=None)
                | Q(consented_to__isnull=False, consented_at__isnull=False),
                name="consent_whole",
            ),
        ]
        indexes = [
            models.Index(
                fields=["session", "priority", "enrolled_at", "id"],
                condition=Q(status=EnrolmentStatus.QUEUED),
                name="enrolment_queue",
            ),
            models.Index(fields=["learner", "status"], name="enrolment_of_learner"),
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.learner_id} {self.status}"

    @property
    def meetings(self) -> list[Meeting]:
        """The meetings in which a seat is held, in their order."""
        held = (seat.meeting for seat in self.seats.all() if seat.released_at is None)
        return sorted(held, key=lambda meeting: (meeting.starts_at, meeting.pk))

    @property
    def is_confirmed(self) -> bool:
        return self.status == EnrolmentStatus.CONFIRMED

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    @property
    def is_queued(self) -> bool:
        return self.status == EnrolmentStatus.QUEUED


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

    def __str__(self) -> str:
        return f"{self.person_id} {self.version_id} {self.completed_on}"
