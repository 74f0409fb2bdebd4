"""A person's claim on a session, and what hangs on it."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.fields import PublicIdField
from courses.models import CourseVersion, Meeting, Session
from enrolment.enums import (
    ACTIVE,
    DEFAULT_PRIORITY,
    STEPPED_ASIDE,
    EnrolmentSource,
    EnrolmentStatus,
    OfferKind,
    OfferOutcome,
    PassedOver,
)
from enrolment.querysets import (
    AccessibilityRequestQuerySet,
    DepartureQuerySet,
    EnrolmentQuerySet,
    OfferQuerySet,
)
from people.enums import Cadre, Role
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


class Departure(models.Model):
    """Somebody left an organisation while they had bookings: shown to it for a while, then forgotten."""

    public_id = PublicIdField()
    person = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("person"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("organisation")
    )
    # What the person was there.
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    last_day = models.DateField(_("last day"))
    recorded_at = models.DateTimeField(_("recorded at"), default=timezone.now)
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True)

    objects = DepartureQuerySet.as_manager()

    class Meta:
        verbose_name = _("departure")
        verbose_name_plural = _("departures")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "organisation", "role", "last_day"], name="departure_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.organisation_id} {self.last_day}"


class Enrolment(Affiliation):
    """A person's claim on a session, with the rules that bound it when it was made."""

    public_id = PublicIdField()
    session = models.ForeignKey(Session, models.PROTECT, related_name="enrolments", verbose_name=_("session"))
    learner = models.ForeignKey(User, models.PROTECT, related_name="enrolments", verbose_name=_("person"))
    status = models.CharField(_("status"), max_length=10, choices=EnrolmentStatus.choices)
    source = models.CharField(
        _("source"), max_length=10, choices=EnrolmentSource.choices, default=EnrolmentSource.SELF
    )
    # Whose HR or academy did it on the person's behalf; why, nobody asks.
    enrolled_by = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="+", verbose_name=_("enrolled by")
    )
    is_mandatory = models.BooleanField(_("mandatory"), default=False)
    # The booking of another date that this one goes on with.
    moved_from = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="moved_to", verbose_name=_("moved from")
    )
    # The original date keeps its rights whatever happens later; the priority goes before it in the queue.
    enrolled_at = models.DateTimeField(_("enrolled at"), default=timezone.now, editable=False)
    priority = models.SmallIntegerField(
        _("priority"), default=DEFAULT_PRIORITY, help_text=_("A smaller number goes first.")
    )
    # The rule of the day on which they enrolled, and whose yes it asks for.
    approval_needed = models.BooleanField(_("approval needed"), default=False)
    approver = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="+", verbose_name=_("approving organisation")
    )
    approved_at = models.DateTimeField(_("approved at"), null=True)
    # Empty: until it starts.
    withdraw_until = models.DateField(_("withdraw until"), null=True)
    # The reserved seats from which theirs comes.
    pool = models.ForeignKey(
        "SeatPool", models.PROTECT, null=True, related_name="enrolments", verbose_name=_("reserved seats")
    )
    # A personal rule: with less notice than this the person is asked before a freed seat is theirs.
    notice_days = models.PositiveSmallIntegerField(_("days of notice"), null=True)
    # Why a seat last went to somebody behind them in the queue; only they see it.
    passed_over = models.CharField(
        _("passed over"), max_length=14, choices=PassedOver.choices, blank=True, default="", db_default=""
    )
    passed_over_at = models.DateTimeField(_("passed over at"), null=True)
    # To the text of which version the person consented, and when; withdrawing from the session takes it back.
    consented_to = models.ForeignKey(
        CourseVersion, models.PROTECT, null=True, related_name="+", verbose_name=_("consented to")
    )
    consented_at = models.DateTimeField(_("consented at"), null=True)
    # Which departure of the person ended it.
    departure = models.ForeignKey(
        Departure, models.SET_NULL, null=True, related_name="enrolments", verbose_name=_("departure")
    )
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
            models.CheckConstraint(
                condition=~Q(status=EnrolmentStatus.CONFIRMED)
                | Q(approval_needed=False)
                | Q(approved_at__isnull=False),
                name="confirmed_is_approved",
            ),
        ]
        indexes = [
            models.Index(
                fields=["session", "priority", "enrolled_at", "id"],
                condition=Q(status=EnrolmentStatus.QUEUED),
                name="enrolment_queue",
            ),
            models.Index(fields=["learner", "status"], name="enrolment_of_learner"),
            models.Index(
                fields=["session"], condition=Q(status=EnrolmentStatus.OFFERED), name="enrolment_offered"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.learner_id} {self.status}"

    @property
    def meetings(self) -> list[Meeting]:
        """The meetings of the session in which a seat is held, in their order; a make-up is elsewhere."""
        held = (seat.meeting for seat in self.seats.all() if seat.released_at is None)
        own = (meeting for meeting in held if meeting.session_id == self.session_id)
        return sorted(own, key=lambda meeting: (meeting.starts_at, meeting.pk))

    @property
    def is_confirmed(self) -> bool:
        return self.status == EnrolmentStatus.CONFIRMED

    @property
    def is_offered(self) -> bool:
        return self.status == EnrolmentStatus.OFFERED

    @property
    def live_offer(self) -> "Offer | None":
        """The seat that is held for them; reads all offers, which lists prefetch."""
        return next((offer for offer in self.offers.all() if offer.is_live), None)

    @property
    def lacks_approval(self) -> bool:
        return self.approval_needed and self.approved_at is None

    @property
    def stepped_aside(self) -> bool:
        """Waits without being asked, until they say that they want a seat again."""
        return self.is_queued and self.passed_over in STEPPED_ASIDE

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    @property
    def is_queued(self) -> bool:
        return self.status == EnrolmentStatus.QUEUED

    @property
    def is_imposed(self) -> bool:
        """Mandatory and made by others: the person can't decline it by themselves."""
        return self.is_mandatory and self.enrolled_by_id is not None


class AccessibilityRequest(models.Model):
    """What somebody needs to take part: for the organiser alone, until the session or the claim ends.

    That it exists is as private as its text: both stay out of the audit trail, mails, files and the
    administration.
    """

    public_id = PublicIdField()
    enrolment = models.OneToOneField(
        Enrolment, models.CASCADE, related_name="accessibility_request", verbose_name=_("enrolment")
    )
    text = models.CharField(_("request"), max_length=500)
    asked_at = models.DateTimeField(_("asked at"), default=timezone.now)
    arranged_at = models.DateTimeField(_("arranged at"), null=True)

    objects = AccessibilityRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("accessibility request")
        verbose_name_plural = _("accessibility requests")

    def __str__(self) -> str:
        # Logs and error pages print this.
        return str(self.public_id)


class Offer(models.Model):
    """A seat that is held for somebody for a time: while it is live, their enrolment has its seats."""

    public_id = PublicIdField()
    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, related_name="offers", verbose_name=_("enrolment")
    )
    kind = models.CharField(_("whose yes"), max_length=10, choices=OfferKind.choices)
    made_at = models.DateTimeField(_("made at"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("until"))
    ended_at = models.DateTimeField(_("ended at"), null=True, editable=False)
    outcome = models.CharField(
        _("outcome"), max_length=10, choices=OfferOutcome.choices, blank=True, default="", editable=False
    )

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        constraints = [
            models.UniqueConstraint(fields=["enrolment"], condition=Q(ended_at=None), name="one_live_offer"),
        ]
        indexes = [models.Index(fields=["expires_at"], condition=Q(ended_at=None), name="offer_live")]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def is_live(self) -> bool:
        return self.ended_at is None

    @property
    def asks_person(self) -> bool:
        return self.kind == OfferKind.SEAT
