"""What is on offer: courses and their versions, and the sessions in which they are given."""

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.enums import Language
from core.fields import PublicIdField, translated
from core.time import BRUSSELS
from courses.enums import (
    Audience,
    CertificatePolicy,
    CourseKind,
    Obligation,
    Sensitivity,
    SessionAudience,
    SessionStatus,
    StaffRole,
    Topic,
)
from courses.querysets import CourseQuerySet, SessionQuerySet
from people.models import Organisation, User


class Provider(models.Model):
    """Who gives a course: a memorial, a public body, a network of a zone."""

    slug = models.SlugField(_("slug"), unique=True)
    name = translated(models.CharField(_("name"), max_length=200))
    website = models.URLField(_("website"), blank=True)
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("organisation"),
        help_text=_("The partner whose contacts may see the dates and the headcount."),
    )
    # See ``Course.loaded_digest``.
    loaded_digest = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = _("provider")
        verbose_name_plural = _("providers")
        ordering = ["slug"]

    def __str__(self) -> str:
        return str(self.name)


class Venue(models.Model):
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


class Course(models.Model):
    """An item of the catalogue; its texts and rules are in its versions."""

    public_id = PublicIdField()
    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=CourseKind.choices)
    topic = models.CharField(_("topic"), max_length=24, choices=Topic.choices)
    provider = models.ForeignKey(Provider, models.PROTECT, null=True, blank=True, verbose_name=_("provider"))
    programme = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="workshops",
        verbose_name=_("programme"),
        help_text=_("The programme of which this course is a workshop."),
    )
    renews = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="renewed_by",
        verbose_name=_("renews"),
        help_text=_("Completing this course extends the validity of that one."),
    )
    cycle_months = models.PositiveSmallIntegerField(_("cycle in months"), null=True, blank=True)
    # A rating that a source gives, kept apart from what the platform computes itself.
    quoted_reach = models.PositiveSmallIntegerField(_("quoted reach, out of 4"), null=True, blank=True)
    quoted_recurring = models.PositiveSmallIntegerField(
        _("quoted recurrence, out of 4"), null=True, blank=True
    )
    quoted_source = models.CharField(_("source of the quoted rating"), max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    current_version = models.ForeignKey(
        "CourseVersion",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("current version"),
    )
    # What the item looked like when the catalogue file was last loaded: tells a hand edit apart.
    loaded_digest = models.CharField(max_length=64, blank=True, editable=False)

    objects = CourseQuerySet.as_manager()

    class Meta:
        verbose_name = _("course")
        verbose_name_plural = _("courses")
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.slug

    def get_absolute_url(self) -> str:
        return reverse("courses:course", args=[self.slug])


class CourseVersion(models.Model):
    """The texts and rules of a course from a date on; sessions and completions keep the one that they had."""

    course = models.ForeignKey(Course, models.PROTECT, related_name="versions", verbose_name=_("course"))
    number = models.PositiveSmallIntegerField(_("number"))
    valid_from = models.DateField(_("valid from"))

    title = translated(models.CharField(_("title"), max_length=200))
    generic_title = translated(
        models.CharField(
            _("generic title"),
            max_length=200,
            blank=True,
            help_text=_("Shown to others instead of the title of a sensitive course."),
        )
    )
    summary = translated(models.TextField(_("summary")))
    description = translated(models.TextField(_("description"), blank=True))
    outcomes = translated(models.TextField(_("what you take from it"), blank=True))
    for_whom = translated(models.TextField(_("for whom"), blank=True))
    before = translated(models.TextField(_("before"), blank=True))
    after = translated(models.TextField(_("after"), blank=True))

    audiences = ArrayField(
        models.CharField(max_length=20, choices=Audience.choices), verbose_name=_("audiences")
    )
    languages = ArrayField(
        models.CharField(max_length=2, choices=Language.choices),
        verbose_name=_("languages"),
        default=list,
        blank=True,
        help_text=_("In which sessions can be given; none means: to be confirmed."),
    )
    obligation = models.CharField(_("obligation"), max_length=16, choices=Obligation.choices)
    sensitivity = models.CharField(
        _("sensitivity"), max_length=10, choices=Sensitivity.choices, default=Sensitivity.NORMAL
    )
    certificate_policy = models.CharField(_("certificate"), max_length=12, choices=CertificatePolicy.choices)
    counts_as_training = models.BooleanField(_("counts as training hours"), default=True)
    capacity_min = models.PositiveSmallIntegerField(_("smallest group"), null=True, blank=True)
    capacity_max = models.PositiveSmallIntegerField(_("largest group"), null=True, blank=True)
    valid_months = models.PositiveSmallIntegerField(
        _("validity in months"), null=True, blank=True, help_text=_("Empty: a completion never expires.")
    )
    recognition_number = models.CharField(_("recognition number"), max_length=60, blank=True)
    counts_for_pay_scale = models.BooleanField(
        _("counts for the pay scale"), default=False, help_text=_("Set by HR; never inferred from the hours.")
    )

    approval_required = models.BooleanField(_("approval needed"), default=False)
    consent_required = models.BooleanField(_("informed consent needed"), default=False)
    members_only = models.BooleanField(_("members only"), default=False)
    min_assistants = models.PositiveSmallIntegerField(_("assistants needed"), default=0)
    early_exit_allowed = models.BooleanField(
        _("early exit without fault"), default=False, help_text=_("Who leaves early counts as present.")
    )

    class Meta:
        verbose_name = _("course version")
        verbose_name_plural = _("course versions")
        ordering = ["course", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["course", "number"], name="version_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.course.slug} v{self.number}"

    @property
    def is_sensitive(self) -> bool:
        return self.sensitivity == Sensitivity.SENSITIVE

    @property
    def discreet_title(self) -> str:
        """The title for mails, calendars, certificates and everybody but the participant and the trainers."""
        return str(self.generic_title if self.is_sensitive else self.title)

    @property
    def required_parts(self) -> list["Part"]:
        return [part for part in self.parts.all() if not part.optional]

    @property
    def minutes(self) -> int | None:
        """Training minutes of the required parts; None while one of them is to be confirmed."""
        lengths = [part.minutes for part in self.required_parts]
        if not lengths or None in lengths:
            return None
        return sum(length for length in lengths if length is not None)


class MandatoryAudience(models.Model):
    """For whom a course version is mandatory, from when, by which text."""

    version = models.ForeignKey(
        CourseVersion, models.CASCADE, related_name="mandatory_for", verbose_name=_("version")
    )
    audience = models.CharField(_("audience"), max_length=20, choices=Audience.choices)
    valid_from = models.DateField(
        _("valid from"), null=True, blank=True, help_text=_("Empty: to be confirmed.")
    )
    legal_reference = models.CharField(
        _("legal reference"), max_length=300, blank=True, help_text=_("Empty: to be confirmed.")
    )

    class Meta:
        verbose_name = _("mandatory audience")
        verbose_name_plural = _("mandatory audiences")
        constraints = [
            models.UniqueConstraint(fields=["version", "audience"], name="mandatory_audience_once")
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.audience}"


class Prerequisite(models.Model):
    """A course to have followed before; required, or only recommended."""

    version = models.ForeignKey(
        CourseVersion, models.CASCADE, related_name="prerequisites", verbose_name=_("version")
    )
    course = models.ForeignKey(Course, models.PROTECT, related_name="+", verbose_name=_("course"))
    required = models.BooleanField(_("required"), default=True)

    class Meta:
        verbose_name = _("prerequisite")
        verbose_name_plural = _("prerequisites")
        constraints = [models.UniqueConstraint(fields=["version", "course"], name="prerequisite_once")]

    def __str__(self) -> str:
        return f"{self.version_id} ← {self.course_id}"


class Part(models.Model):
    """What is taught in one go; its minutes are what a completion counts."""

    version = models.ForeignKey(
        CourseVersion, models.CASCADE, related_name="parts", verbose_name=_("version")
    )
    position = models.PositiveSmallIntegerField(_("position"))
    title = translated(models.CharField(_("title"), max_length=200))
    minutes = models.PositiveSmallIntegerField(
        _("minutes"), null=True, blank=True, help_text=_("Empty: to be confirmed.")
    )
    optional = models.BooleanField(_("optional"), default=False)

    class Meta:
        verbose_name = _("part")
        verbose_name_plural = _("parts")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["version", "position"], name="part_position_once")]

    def __str__(self) -> str:
        return str(self.title)


class Session(models.Model):
    """One edition of a course: a language, an audience, its meetings."""

    public_id = PublicIdField()
    version = models.ForeignKey(
        CourseVersion, models.PROTECT, related_name="sessions", verbose_name=_("version")
    )
    status = models.CharField(
        _("status"), max_length=10, choices=SessionStatus.choices, default=SessionStatus.DRAFT, editable=False
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
    practical = models.TextField(
        _("practical information"), blank=True, help_text=_("In the session's language.")
    )
    contact_email = models.EmailField(_("contact"), blank=True)
    # First start and last end of the meetings, kept for lists and indexes by ``courses.services``.
    starts_at = models.DateTimeField(_("starts"), null=True, editable=False)
    ends_at = models.DateTimeField(_("ends"), null=True, editable=False)
    # Rises with every change that a calendar must hear of (RFC 5545, SEQUENCE).
    sequence = models.PositiveIntegerField(default=0, editable=False)
    published_at = models.DateTimeField(null=True, editable=False)

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

    def __str__(self) -> str:
        return f"{self.version} {self.starts_at:%Y-%m-%d}" if self.starts_at else f"{self.version}"

    def get_absolute_url(self) -> str:
        return reverse("enrolment:session", args=[self.public_id])

    @property
    def is_published(self) -> bool:
        return self.status == SessionStatus.PUBLISHED

    @property
    def first_meeting(self) -> "Meeting | None":
        return next(iter(self.meetings.all()), None)

    @property
    def scarcest_meeting(self) -> "Meeting | None":
        """Of the meetings that aren't optional, the one with the fewest seats left; None: unlimited."""
        limited = [m for m in self.meetings.all() if m.capacity is not None and not m.part.optional]
        return min(limited, key=lambda meeting: meeting.seats_left or 0, default=None)


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

    objects = MeetingManager()

    class Meta:
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        ordering = ["starts_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["session", "part"], name="meeting_part_once"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="meeting_times_in_order"),
            models.CheckConstraint(
                condition=Q(capacity=None) | Q(taken__lte=F("capacity")), name="meeting_never_overbooked"
            ),
        ]

    def __str__(self) -> str:
        return self.local_start.replace("T", " ")

    @property
    def seats_left(self) -> int | None:
        """Free seats; None: unlimited."""
        return None if self.capacity is None else self.capacity - self.taken

    @property
    def is_free(self) -> bool:
        return self.capacity is None or self.taken < self.capacity

    @property
    def local_date(self) -> dt.date:
        return self.starts_at.astimezone(BRUSSELS).date()


class MeetingStaff(models.Model):
    """Who gives a meeting, and as what."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="staff", verbose_name=_("meeting"))
    person = models.ForeignKey(User, models.PROTECT, related_name="teaching", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=10, choices=StaffRole.choices, default=StaffRole.TRAINER)

    class Meta:
        verbose_name = _("trainer of a meeting")
        verbose_name_plural = _("trainers of a meeting")
        constraints = [models.UniqueConstraint(fields=["meeting", "person"], name="meeting_staff_once")]

    def __str__(self) -> str:
        return f"{self.meeting_id} {self.role}"
