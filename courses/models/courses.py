"""Courses and their versions: what can be given, under which rules, in which words."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.enums import Language
from core.fields import PublicIdField, translated
from courses.enums import (
    Audience,
    CertificatePolicy,
    CourseKind,
    Obligation,
    Sensitivity,
    Topic,
)
from courses.querysets.catalogue import CourseQuerySet
from people.models import Organisation


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

    @property
    def title(self) -> str:
        """As its current version has it."""
        return str(self.current_version.title) if self.current_version else self.slug

    @property
    def discreet_title(self) -> str:
        return self.current_version.discreet_title if self.current_version else self.slug


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
    consent_text = translated(
        models.TextField(
            _("consent text"),
            blank=True,
            help_text=_("What people consent to before they enrol; a blank line begins a new paragraph."),
        )
    )
    aftercare = translated(
        models.TextField(
            _("aftercare"),
            blank=True,
            help_text=_("For those who took part, from the day itself on: whom they can talk to, and how."),
        )
    )
    aftercare_contact = models.CharField(
        _("aftercare contact"),
        max_length=200,
        blank=True,
        help_text=_("A mail address or a telephone number; empty: the contact of the session."),
    )

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
            # Consent that one can't refuse is none.
            models.CheckConstraint(
                condition=Q(consent_required=False) | Q(obligation=Obligation.NEVER_MANDATORY),
                name="consent_is_voluntary",
            ),
            # An approval would tell others of what each decides alone.
            models.CheckConstraint(
                condition=Q(consent_required=False) | Q(approval_required=False),
                name="consent_without_approval",
            ),
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


class LegalBasis(models.Model):
    """From when a rule holds, and by which text."""

    valid_from = models.DateField(
        _("valid from"), null=True, blank=True, help_text=_("Empty: to be confirmed.")
    )
    legal_reference = models.CharField(
        _("legal reference"), max_length=300, blank=True, help_text=_("Empty: to be confirmed.")
    )

    class Meta:
        abstract = True


class MandatoryAudience(LegalBasis):
    """For whom a course version is mandatory, from when, by which text."""

    version = models.ForeignKey(
        CourseVersion, models.CASCADE, related_name="mandatory_for", verbose_name=_("version")
    )
    audience = models.CharField(_("audience"), max_length=20, choices=Audience.choices)

    class Meta:
        verbose_name = _("mandatory audience")
        verbose_name_plural = _("mandatory audiences")
        constraints = [
            models.UniqueConstraint(fields=["version", "audience"], name="mandatory_audience_once")
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.audience}"


class PrerequisiteManager(models.Manager["Prerequisite"]):
    """A prerequisite is told by the title of its course, and met by what counts for it: both are read."""

    def get_queryset(self) -> models.QuerySet["Prerequisite"]:
        return (
            super()
            .get_queryset()
            .select_related("course__current_version")
            .prefetch_related("course__equivalences")
        )


class Prerequisite(models.Model):
    """A course to have followed before; required, or only recommended."""

    version = models.ForeignKey(
        CourseVersion, models.CASCADE, related_name="prerequisites", verbose_name=_("version")
    )
    course = models.ForeignKey(Course, models.PROTECT, related_name="+", verbose_name=_("course"))
    required = models.BooleanField(_("required"), default=True)

    objects = PrerequisiteManager()

    class Meta:
        verbose_name = _("prerequisite")
        verbose_name_plural = _("prerequisites")
        constraints = [models.UniqueConstraint(fields=["version", "course"], name="prerequisite_once")]

    def __str__(self) -> str:
        return f"{self.version_id} ← {self.course_id}"


class Equivalence(LegalBasis):
    """Another course that counts in place of one that is asked for; in one direction, from a day to another.

    Both days are inclusive, and are those on which it counts: the first day of the session for which the
    course is asked. When the other course was followed plays no part, as long as its completion is valid.
    """

    course = models.ForeignKey(
        Course, models.CASCADE, related_name="equivalences", verbose_name=_("course that is asked for")
    )
    equivalent = models.ForeignKey(
        Course, models.PROTECT, related_name="+", verbose_name=_("course that counts in its place")
    )
    valid_until = models.DateField(
        _("valid until"),
        null=True,
        blank=True,
        help_text=_("The last day, inclusive. Empty: until further notice."),
    )

    class Meta:
        verbose_name = _("equivalence")
        verbose_name_plural = _("equivalences")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["course", "equivalent"], name="equivalence_once"),
            models.CheckConstraint(condition=~Q(course=F("equivalent")), name="equivalence_of_another"),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="equivalence_dates_in_order",
                violation_error_message=_("The last day lies before the first."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.course_id} ← {self.equivalent_id}"


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
