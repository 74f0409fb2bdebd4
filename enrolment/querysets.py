"""Reads of enrolments, seats and completions; time is an argument."""

import datetime as dt
from typing import Any, Self

from django.db import models

from core.models import FactQuerySet
from enrolment.enums import ACTIVE, EnrolmentStatus
from people.models import User


class EnrolmentQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: User) -> Self:
        """A person's own."""
        return self.filter(learner=user)

    def active(self) -> Self:
        return self.filter(status__in=ACTIVE)

    def confirmed(self) -> Self:
        return self.filter(status=EnrolmentStatus.CONFIRMED)

    def queued(self) -> Self:
        return self.filter(status=EnrolmentStatus.QUEUED)

    def in_queue_order(self) -> Self:
        return self.order_by("priority", "enrolled_at", "id")

    def upcoming(self, *, at: dt.datetime) -> Self:
        return self.filter(session__ends_at__gte=at)


class SeatQuerySet(models.QuerySet[Any]):
    def held(self) -> Self:
        return self.filter(released_at=None)


class CompletionQuerySet(FactQuerySet):
    def visible_to(self, user: User) -> Self:
        """A person's own."""
        return self.filter(person=user)
