"""What beat starts: looks in the database for what is due, so that it may run late, twice or at once."""

from celery import shared_task
from django.utils import timezone

from tracks import reminders


@shared_task
def queue_step_reminders() -> None:
    reminders.queue_step_reminders(at=timezone.now())


@shared_task
def queue_academy_digests() -> None:
    reminders.queue_academy_digests(at=timezone.now())
