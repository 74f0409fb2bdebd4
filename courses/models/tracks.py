"""Tracks: ordered courses to complete. What is assigned to people is a copy, in the package ``tracks``."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.fields import PublicIdField, translated
from courses.models.courses import Course, LegalBasis
from courses.querysets.catalogue import TrackQuerySet


class Track(models.Model):
    """A template of the catalogue: who gets it assigned completes its steps."""

    public_id = PublicIdField()
    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    title = translated(models.CharField(_("title"), max_length=200))
    summary = translated(models.TextField(_("summary"), blank=True))
    suggestions = models.ManyToManyField(
        Course,
        blank=True,
        related_name="suggesting_tracks",
        verbose_name=_("suggestions"),
        help_text=_("Voluntary courses that only the people on the track are shown."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    # See ``Course.loaded_digest``.
    loaded_digest = models.CharField(max_length=64, blank=True, editable=False)

    objects = TrackQuerySet.as_manager()

    class Meta:
        verbose_name = _("track")
        verbose_name_plural = _("tracks")
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.slug


class Step(LegalBasis):
    """A course of a track, in its place, and by when it is due."""

    track = models.ForeignKey(Track, models.CASCADE, related_name="steps", verbose_name=_("track"))
    position = models.PositiveSmallIntegerField(_("position"))
    course = models.ForeignKey(Course, models.PROTECT, related_name="steps", verbose_name=_("course"))
    due_months = models.PositiveSmallIntegerField(
        _("due after months"),
        null=True,
        blank=True,
        help_text=_("From the first day of the class; empty: due when the whole track is."),
    )
    due_words = translated(
        models.CharField(
            _("due, in words"), max_length=100, blank=True, help_text=_("As the rule itself says it.")
        )
    )

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["track", "position"], name="step_position_once"),
            models.UniqueConstraint(fields=["track", "course"], name="step_course_once"),
        ]

    def __str__(self) -> str:
        return f"{self.track_id} {self.position}"
