"""Reads of certificates, and of the completions that still want one."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, Self

from django.db import models

from certificates.enums import AUTOMATIC, PROVEN, STANDING, CertificateStatus
from courses.enums import CertificatePolicy
from enrolment.enums import CompletionSource
from enrolment.models import Completion
from enrolment.querysets import CompletionQuerySet
from people.models import User


class CertificateQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: User) -> Self:
        """A certificate is its holder's own."""
        return self.filter(holder=user)

    def standing(self) -> Self:
        """Not revoked: a completion has one at most."""
        return self.filter(status__in=STANDING)

    def proven(self) -> Self:
        """Issued, whether or not a newer one replaced it since."""
        return self.filter(status__in=PROVEN)

    def verifiable(self) -> Self:
        """Whatever has been issued once; what became of it is for the check to say."""
        return self.exclude(issued_at=None)

    def with_code(self, code: str) -> Any:
        """The certificate of that number, and what a check needs of its holder; None when there is none."""
        return self.select_related("holder").filter(code=code).first()

    def half_made(self, *, since: dt.datetime) -> Self:
        """Without a file, though the completion stands since then or longer."""
        pending = self.filter(status=CertificateStatus.PENDING, completion__superseded_at=None)
        return pending.filter(completion__recorded_at__lte=since)

    def for_completions(self, completion_ids: Iterable[int]) -> Self:
        return self.standing().filter(completion__in=completion_ids)

    def of_course(self, course_id: int) -> Self:
        return self.filter(completion__version__course=course_id)

    def with_course(self) -> Self:
        """With what a list shows."""
        return self.select_related("completion__version__course")

    def newest_first(self) -> Self:
        return self.order_by("-completion__completed_on", "-completion_id", "-pk")


def uncertified_completions() -> CompletionQuerySet:
    """Completions by attendance, in force, of people who aren't erased, without a certificate."""
    return (
        Completion.objects.current()
        .filter(source=CompletionSource.ATTENDANCE, person__erased_at=None)
        .exclude(certificates__status__in=STANDING)
    )


def due_completions() -> CompletionQuerySet:
    """Completions whose certificate is made without being asked for."""
    return uncertified_completions().filter(version__certificate_policy__in=AUTOMATIC)


def requestable_completions() -> CompletionQuerySet:
    """Completions whose certificate the holder may ask for."""
    return uncertified_completions().filter(version__certificate_policy=CertificatePolicy.ON_REQUEST)


def unsettled_completion_ids() -> "models.QuerySet[Completion, int]":
    """Completions due without a certificate, with one half made, or superseded with one that still stands."""
    unfinished = Completion.objects.current().filter(
        certificates__status=CertificateStatus.PENDING, person__erased_at=None
    )
    disproved = Completion.objects.filter(superseded_at__isnull=False, certificates__status__in=STANDING)
    due, *others = (
        completions.values_list("pk", flat=True) for completions in (due_completions(), unfinished, disproved)
    )
    return due.union(*others)
