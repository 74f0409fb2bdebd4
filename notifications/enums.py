"""States of a message."""

from django.db import models
from django.utils.translation import pgettext_lazy


class MessageStatus(models.TextChoices):
    """Waiting → being sent → sent; a refusal puts it back to wait, until it has failed for good."""

    PENDING = "pending", pgettext_lazy("message", "waiting")
    SENDING = "sending", pgettext_lazy("message", "being sent")
    SENT = "sent", pgettext_lazy("message", "sent")
    FAILED = "failed", pgettext_lazy("message", "failed")
    CANCELLED = "cancelled", pgettext_lazy("message", "cancelled")


# Where nothing more happens to a message.
ENDED = frozenset({MessageStatus.SENT, MessageStatus.FAILED, MessageStatus.CANCELLED})
