"""What beat starts: looks in the database for what is due, so that it may run late, twice or at once."""

from celery import shared_task
from django.utils import timezone

from attendance import reminders


@shared_task
def queue_aftercare() -> None:
    reminders.queue_aftercare(at=timezone.now())
