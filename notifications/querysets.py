"""Reads of the outbox; time is an argument."""

import datetime as dt
from typing import Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from notifications.enums import ENDED, MessageStatus

# Longer than any worker lives with one mail: who claimed it before that is dead.
CLAIM_EXPIRES_AFTER = dt.timedelta(minutes=10)


class MessageQuerySet(models.QuerySet[Any]):
    def pending(self) -> Self:
        return self.filter(status=MessageStatus.PENDING)

    def due(self, *, at: dt.datetime) -> Self:
        """What may be claimed: waiting and due, or left behind by a worker that died.

        A mail never overtakes an earlier one on the same topic that is on its way: a calendar must hear of
        the booking before it hears of the cancellation.
        """
        waiting = Q(status=MessageStatus.PENDING, due_at__lte=at)
        left_behind = Q(status=MessageStatus.SENDING, claimed_at__lte=at - CLAIM_EXPIRES_AFTER)
        on_its_way = Q(status=MessageStatus.SENDING) | Q(status=MessageStatus.PENDING, attempts__gt=0)
        earlier = self.model.objects.filter(
            on_its_way, recipient=OuterRef("recipient"), topic=OuterRef("topic"), pk__lt=OuterRef("pk")
        )
        return self.filter(waiting | left_behind).exclude(~Q(topic="") & Exists(earlier))

    def failed(self, *, since: dt.datetime) -> Self:
        """What the mail server refused for good, and was last tried since then."""
        return self.filter(status=MessageStatus.FAILED, due_at__gte=since)

    def to_forget(self, *, at: dt.datetime, days: int) -> Self:
        """What came to its end and is older than ``days`` days, yet still holds its text."""
        return self.filter(status__in=ENDED, created_at__lt=at - dt.timedelta(days=days)).exclude(context={})
