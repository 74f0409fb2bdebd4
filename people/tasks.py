"""Lists that are too long for a page to wait for, and what is forgotten about people unasked."""

import logging
from functools import partial
from importlib import import_module

from celery import shared_task
from celery.app.task import Task
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from people.models import StaffImport
from people.services.staff_imports import check_list, drop_stale_lists, run_import

logger = logging.getLogger(__name__)


@shared_task
def check_staff_import(pk: int) -> None:
    if staff_import := StaffImport.objects.filter(pk=pk).first():
        check_list(staff_import=staff_import)


@shared_task
def run_staff_import(pk: int) -> None:
    if staff_import := StaffImport.objects.filter(pk=pk).first():
        run_import(staff_import=staff_import)


@shared_task
def drop_stale_staff_imports() -> None:
    drop_stale_lists(at=timezone.now())


@shared_task
def forget_ended_sessions() -> None:
    """Delete the sign-ins that are over; Django keeps each for ever otherwise, with who it was."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


@shared_task
def resume_staff_imports() -> None:
    """Hand what waits for a worker to one again: the broker may have lost it."""
    for pk in StaffImport.objects.checking().values_list("pk", flat=True):
        check_staff_import.delay(pk)
    for pk in StaffImport.objects.importing().values_list("pk", flat=True):
        run_staff_import.delay(pk)


def check_soon(staff_import: StaffImport) -> None:
    _soon(check_staff_import, staff_import.pk)


def import_soon(staff_import: StaffImport) -> None:
    _soon(run_staff_import, staff_import.pk)


def _soon(task: "Task[[int], None]", pk: int) -> None:
    """After the commit; a broker that is away breaks no page, the sweep comes by."""
    transaction.on_commit(partial(_enqueue, task, pk))


def _enqueue(task: "Task[[int], None]", pk: int) -> None:
    try:
        task.apply_async((pk,), retry=False)
    except OperationalError as error:
        logger.warning("A list of people waits for the sweep: %s", type(error).__name__)
