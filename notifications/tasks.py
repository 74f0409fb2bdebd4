"""Delivery by Celery: kicked after a commit, and started by beat for whatever a kick left undone."""

import logging

from celery import shared_task
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from kombu.exceptions import OperationalError

from notifications import delivery
from notifications.models import Message

logger = logging.getLogger(__name__)

KICKED = "notifications:kicked"
# As long as beat takes to come by.
KICK_SECONDS = 30


def kick() -> None:
    """Ask for a delivery soon: a rush of messages makes one task; a broker that is away breaks no page."""
    try:
        if cache.add(KICKED, True, timeout=KICK_SECONDS):
            deliver_due_messages.apply_async(retry=False)
    except OperationalError as error:
        logger.warning("Delivery waits for beat: %s", type(error).__name__)


@shared_task
def deliver_due_messages() -> None:
    """Send what is due."""
    # Before looking: what commits from here on kicks anew.
    cache.delete(KICKED)
    if delivery.deliver_batch():
        kick()


@shared_task
def purge_old_messages() -> None:
    """Forget what old messages said; the rows stay, so that their dedupe keys still hold."""
    old = Message.objects.to_forget(at=timezone.now(), days=settings.MESSAGE_RETENTION_DAYS)
    old.update(context={})
