"""Sessions and their meetings: when and where a course version is given, and by whom."""

import datetime as dt
import uuid
from functools import lru_cache

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from core.enums import Language
from core.fields import PublicIdField, translated
from core.time import BRUSSELS, brussels_day
from courses.enums import (
    CancelReason,
    DocumentKind,
    SessionAudience,
    SessionStatus,
    StaffAnswer,
    StaffRole,
)
from courses.models.courses import CourseVersion, Part
from courses.models.programmes import Programme
from courses.querysets.sessions import SessionQuerySet
from courses.querysets.staffing import MeetingStaffQuerySet
from people.models import Organisation, User


class Venue(models.Model):
    """Where meetings take place."""

    public_id = PublicIdField()
    name = models.CharField(_("name"), max_length=200, unique=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    postcode = models.CharField(_("postcode"), max_length=10, blank=True)
    city = translated(models.CharField(_("city"), max_length=100))

    class Meta:
        verbose_name = _("venue")
        verbose_name_plural = _("venues")
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name}, {self.city}"


class Session(models.Model):
    """One edition of a course: a language, an audience, its meetings."""

    public_id = PublicIdField()
    version = models.ForeignKey(
        CourseVersion, models.PROTECT, related_name="sessions", verbose_name=_("version")
    )
    status = models.CharField(
        _("status"), max_length=10, choices=SessionStatus.choices, default=SessionStatus.DRAFT, editable=False
    )
    # The edition that it is a workshop of; ``courses.services.programmes`` groups them.
    programme = models.ForeignKey(
        Programme,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="sessions",
        verbose_name=_("programme"),
    )
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    audience = models.CharField(
        _("audience"), max_length=12, choices=SessionAudience.choices, default=SessionAudience.MIXED
    )
    organiser = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("organiser")
    )
    open_to = models.ManyToManyField(
        Organisation,
        blank=True,
        related_name="+",
        verbose_name=_("open to"),
        help_text=_("The organisations whose people may enrol; none means: all."),
    )
    enrol_from = models.DateField(_("enrolment opens"), null=True, blank=True)
    enrol_until = models.DateField(_("enrolment closes"), null=True, blank=True, help_text=_("The last day."))
    withdraw_until = models.DateField(
        _("withdraw until"), null=True, blank=True, help_text=_("The last day.")
    )
    # Go or no-go: how many it needs at least, and on the morning of which day that is decided.
    min_participants = models.PositiveSmallIntegerField(_("minimum of participants"), null=True, blank=True)
    decide_on = models.DateField(_("decided on"), null=True, blank=True)
    cancels_if_too_few = models.BooleanField(
        _("cancelled by itself if there are too few"), default=False, db_default=False
    )
    # The day for which it was decided: another day asks for another decision.
    decided_for = models.DateField(null=True, editable=False)
    mandatory_first = models.BooleanField(
        _("mandatory first"),
        default=False,
        db_default=False,
        help_text=_("In the queue, those for whom it is mandatory go before those who choose it."),
    )
    directions = models.TextField(
        _("how to get there"),
        blank=True,
        default="",
        db_default="",
        help_text=_("In the session's language."),
    )
    practical = models.TextField(
        _("practical information"), blank=True, help_text=_("In the session's language.")
    )
    contact_email = models.EmailField(_("contact"), blank=True)
    contact_phone = models.CharField(
        _("phone of the contact"), max_length=40, blank=True, default="", db_default=""
    )
    # First start and last end of the meetings, kept for lists and indexes by ``courses.services``.
    starts_at = models.DateTimeField(_("starts"), null=True, editable=False)
    ends_at = models.DateTimeField(_("ends"), null=True, editable=False)
    # Rises with every change that a calendar must hear of (RFC 5545, SEQUENCE).
    sequence = models.PositiveIntegerField(default=0, editable=False)
    published_at = models.DateTimeField(null=True, editable=False)
    moved_at = models.DateTimeField(_("moved at"), null=True, editable=False)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, editable=False)
    cancel_reason = models.CharField(
        _("reason"),
        max_length=12,
        choices=CancelReason.choices,
        blank=True,
        default="",
        db_default="",
        editable=False,
    )

    # Set by ``SessionQuerySet.with_open_to``.
    open_to_ids: list[int]
    # Set by ``SessionQuerySet.next_of_each_course``.
    dates_of_course: int
    # Set by ``SessionQuerySet.telling_who_gives``.
    is_own: bool
    is_taught: bool
    # Set by ``enrolment.views.sessions``: the person who looks makes up for a part in it.
    has_make_up: bool
    # Likewise: how many people wait for a seat, and whether the viewer's organisation asks for its approval.
    queue_length: int
    is_asked_about: bool

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ["starts_at", "id"]
        indexes = [
            models.Index(
                fields=["starts_at", "id"], condition=Q(status="published"), name="session_published_start"
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(min_participants=None, decide_on=None, cancels_if_too_few=False)
                | Q(min_participants__isnull=False, decide_on__isnull=False),
                name="session_decision_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.starts_at:%Y-%m-%d}" if self.starts_at else f"{self.version}"

    def get_absolute_url(self) -> str:
        return _address(self.public_id)

    @property
    def is_published(self) -> bool:
        return self.status == SessionStatus.PUBLISHED

    @property
    def is_draft(self) -> bool:
        return self.status == SessionStatus.DRAFT

    @property
    def is_cancelled(self) -> bool:
        return self.status == SessionStatus.CANCELLED

    @property
    def is_undecided(self) -> bool:
        """Whether it still has to show that enough people come."""
        return self.decide_on is not None and self.decided_for != self.decide_on

    @property
    def first_day(self) -> dt.date | None:
        """The Brussels day on which it starts."""
        return brussels_day(self.starts_at) if self.starts_at else None

    @cached_property
    def schedule(self) -> list["Meeting"]:
        """Its meetings, the first one first: read once, or given with many others' by ``library.furnish``."""
        return list(self.meetings.all())

    @property
    def first_meeting(self) -> "Meeting | None":
        return next(iter(self.schedule), None)

    @property
    def first_day_ends_at(self) -> dt.datetime | None:
        """When its first day is over: a follow-up may come weeks later."""
        first_day = self.schedule[0].local_date if self.schedule else None
        return max((each.ends_at for each in self.schedule if each.local_date == first_day), default=None)

    @property
    def more_days(self) -> int:
        """On how many days it goes on after the first."""
        return max(len({meeting.local_date for meeting in self.schedule}) - 1, 0)

    @property
    def aftercare_contact(self) -> str:
        """Whom those who took part can talk to: the course's own contact, else the session's."""
        return self.version.aftercare_contact or self.contact_email or self.contact_phone

    @property
    def scarcest_meeting(self) -> "Meeting | None":
        """Of the meetings that aren't optional, the one with the fewest seats left; None: unlimited."""
        limited = [m for m in self.schedule if m.capacity is not None and not m.part.optional]
        return min(limited, key=lambda meeting: meeting.seats_left or 0, default=None)


@lru_cache(maxsize=4096)
def _address(public_id: uuid.UUID) -> str:
    return reverse("enrolment:session", args=[public_id])


class MeetingManager(models.Manager["Meeting"]):
    """A meeting is of a part, at a venue: whoever reads it, reads these."""

    def get_queryset(self) -> models.QuerySet["Meeting"]:
        return super().get_queryset().select_related("part", "venue")


class Meeting(models.Model):
    """One part of a session at one time and place; its places are what people compete for."""

    public_id = PublicIdField()
    session = models.ForeignKey(Session, models.PROTECT, related_name="meetings", verbose_name=_("session"))
    part = models.ForeignKey(Part, models.PROTECT, related_name="meetings", verbose_name=_("part"))
    venue = models.ForeignKey(Venue, models.PROTECT, related_name="meetings", verbose_name=_("venue"))
    room = models.CharField(_("room"), max_length=100, blank=True)
    # The wall clock is what was agreed; the instants follow from it, also when clock rules change.
    local_start = models.CharField(max_length=16, editable=False)
    local_end = models.CharField(max_length=16, editable=False)
    timezone = models.CharField(_("time zone"), max_length=40, default=BRUSSELS.key, editable=False)
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    capacity = models.PositiveSmallIntegerField(
        _("capacity"), null=True, blank=True, help_text=_("Empty: unlimited.")
    )
    # Seats and live offers; written by ``enrolment`` alone.
    taken = models.PositiveIntegerField(_("taken"), default=0, editable=False)
    # Kept for some people until a day, and not taken by them yet; written by ``enrolment`` alone.
    reserved = models.PositiveIntegerField(_("reserved"), default=0, db_default=0, editable=False)

    # Set by ``courses.library``.
    fingerprint: str

    objects = MeetingManager()

    class Meta:
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        ordering = ["starts_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["session", "part"], name="meeting_part_once"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="meeting_times_in_order"),
            models.CheckConstraint(
                condition=Q(capacity=None) | Q(taken__lte=F("capacity") - F("reserved")),
                name="meeting_never_overbooked",
            ),
        ]

    def __str__(self) -> str:
        return self.local_start.replace("T", " ")

    @property
    def seats_left(self) -> int | None:
        """Free for everybody; None: unlimited."""
        return None if self.capacity is None else self.capacity - self.taken - self.reserved

    @property
    def is_free(self) -> bool:
        return self.seats_left is None or self.seats_left > 0

    @property
    def local_date(self) -> dt.date:
        return self.starts_at.astimezone(BRUSSELS).date()


class MeetingStaff(models.Model):
    """Who gives a meeting, and as what: asked by a manager, until they answer."""

    public_id = PublicIdField()
    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="staff", verbose_name=_("meeting"))
    person = models.ForeignKey(User, models.PROTECT, related_name="teaching", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=10, choices=StaffRole.choices, default=StaffRole.TRAINER)
    answer = models.CharField(
        _("answer"), max_length=10, choices=StaffAnswer.choices, default=StaffAnswer.INVITED
    )
    asked_at = models.DateTimeField(_("asked at"), default=timezone.now, editable=False)
    answered_at = models.DateTimeField(_("answered at"), null=True, editable=False)

    objects = MeetingStaffQuerySet.as_manager()

    class Meta:
        verbose_name = _("trainer of a meeting")
        verbose_name_plural = _("trainers of a meeting")
        constraints = [models.UniqueConstraint(fields=["meeting", "person"], name="meeting_staff_once")]

    def __str__(self) -> str:
        return f"{self.meeting_id} {self.role}"

    @property
    def is_standing(self) -> bool:
        return self.answer != StaffAnswer.DECLINED

    @property
    def is_accepted(self) -> bool:
        return self.answer == StaffAnswer.ACCEPTED


class SessionDocument(models.Model):
    """A file for the participants of a session; never served by its address in the storage."""

    public_id = PublicIdField()
    session = models.ForeignKey(Session, models.PROTECT, related_name="documents", verbose_name=_("session"))
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=4, choices=DocumentKind.choices)
    file = models.FileField(_("file"), upload_to="documents/%Y/%m")
    size = models.PositiveIntegerField(_("size in bytes"))
    added_at = models.DateTimeField(_("added at"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return str(self.public_id)
