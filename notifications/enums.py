"""States of a message."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MessageStatus(models.TextChoices):
    """Waiting → being sent → sent; a refusal puts it back to wait, until it has failed for good."""

    PENDING = "pending", _("waiting")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


# Where nothing more happens to a message.
ENDED = frozenset({MessageStatus.SENT, MessageStatus.FAILED, MessageStatus.CANCELLED})
