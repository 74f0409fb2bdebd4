"""Certificates by Celery: asked for when a completion changes, and swept up when a request got lost."""

import logging
from functools import partial

from celery import shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from certificates import services
from certificates.querysets import unsettled_completion_ids

logger = logging.getLogger(__name__)


@shared_task
def settle_certificate(completion_id: int) -> None:
    """Issue or revoke what a completion asks for."""
    services.settle_certificate(completion_id=completion_id)


@shared_task
def issue_missing_certificates() -> None:
    """Hand every completion whose certificate isn't what it should be to the workers, one task each."""
    for completion_id in unsettled_completion_ids():
        settle_certificate.delay(completion_id)


def settle_soon(completion_id: int) -> None:
    """Ask for it after the commit; a broker that is away breaks no page, the sweep comes by."""
    transaction.on_commit(partial(_enqueue, completion_id))


def _enqueue(completion_id: int) -> None:
    try:
        settle_certificate.apply_async((completion_id,), retry=False)
    except OperationalError as error:
        logger.warning("A certificate waits for the sweep: %s", type(error).__name__)
