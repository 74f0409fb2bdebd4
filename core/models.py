"""The audit trail, and the shape of facts that are never overwritten."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.bulk import copy_in


class AuditEntry(models.Model):
    """Who did what to what, when: ids and codes only, so that nothing private outlives its row."""

    at = models.DateTimeField(_("at"), default=timezone.now)
    # No foreign key: the entry stays when the person's data goes.
    actor_id = models.BigIntegerField(_("actor"), null=True)
    action = models.CharField(_("action"), max_length=60)
    subject_type = models.CharField(_("subject type"), max_length=60)
    subject_id = models.BigIntegerField(_("subject"))
    data = models.JSONField(_("data"), default=dict)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        indexes = [
            models.Index(fields=["subject_type", "subject_id"], name="audit_subject"),
            models.Index(fields=["at"], name="audit_at"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_type} {self.subject_id}"

    @classmethod
    def record(cls, *, action: str, subject: models.Model, actor: models.Model | None, **data: Any) -> None:
        """Write one entry in the caller's transaction; ``actor`` is None when the platform itself acts."""
        cls._of(action, subject, actor, data, timezone.now()).save()

    @classmethod
    def record_all(
        cls,
        *,
        action: str,
        subjects: Iterable[tuple[models.Model, dict[str, Any]]],
        actor: models.Model | None,
    ) -> None:
        """The same for many subjects, each with its data, at the cost of one."""
        at = timezone.now()
        copy_in([cls._of(action, subject, actor, data, at) for subject, data in subjects])

    @classmethod
    def record_acts(cls, acts: Iterable[tuple[str, models.Model, models.Model]]) -> None:
        """The same for a few, with one INSERT: for each its action, its subject and its actor."""
        at = timezone.now()
        AuditEntry.objects.bulk_create(
            cls._of(action, subject, actor, {}, at) for action, subject, actor in acts
        )

    @classmethod
    def _of(
        cls,
        action: str,
        subject: models.Model,
        actor: models.Model | None,
        data: dict[str, Any],
        at: dt.datetime,
    ) -> "AuditEntry":
        return AuditEntry(
            at=at,
            action=action,
            subject_type=subject._meta.label_lower,
            subject_id=subject.pk,
            actor_id=actor.pk if actor else None,
            data=data,
        )


class FactQuerySet(models.QuerySet[Any]):
    """Facts as they are known now, or as they were known at an instant."""

    def current(self) -> Self:
        return self.filter(superseded_at=None)

    def as_known_at(self, at: dt.datetime) -> Self:
        return self.filter(recorded_at__lte=at).exclude(superseded_at__lte=at)


class Fact(models.Model):
    """A statement that is replaced, never edited: only ``superseded_at`` is written later, once."""

    recorded_at = models.DateTimeField(_("recorded at"), default=timezone.now, editable=False)
    superseded_at = models.DateTimeField(_("superseded at"), null=True, editable=False)

    class Meta:
        abstract = True
