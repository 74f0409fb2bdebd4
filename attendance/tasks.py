"""What beat starts: looks in the database for what is due, so that it may run late, twice or at once."""

import datetime as dt

from celery import shared_task
from django.utils import timezone

from attendance import reminders
from attendance.querysets import open_rosters
from attendance.rules import refusal_to_close
from attendance.services import close_programme
from core.sweeps import sweep
from core.time import brussels_day
from courses.models import Programme


@shared_task
def queue_aftercare() -> None:
    reminders.queue_aftercare(at=timezone.now())


@shared_task
def close_finished_programmes() -> None:
    """Close each edition whose last workshop is over and whose attendance lists are all closed."""
    now = timezone.now()
    over = Programme.objects.published().filter(ends_on__lte=brussels_day(now))
    sweep(over, lambda programme: _close_if_finished(programme, at=now))


def _close_if_finished(programme: Programme, *, at: dt.datetime) -> None:
    sessions = programme.sessions.all()
    if not open_rosters(programme).exists() and not refusal_to_close(programme, sessions, at=at):
        close_programme(programme=programme, actor=None)
