"""Reads of the outbox; time is an argument."""

import datetime as dt
from typing import Any, Self

from django.db import models

from notifications.enums import MessageStatus


class MessageQuerySet(models.QuerySet[Any]):
    def pending(self) -> Self:
        return self.filter(status=MessageStatus.PENDING)

    def due(self, *, at: dt.datetime) -> Self:
        return self.pending().filter(due_at__lte=at).order_by("due_at", "id")
