"""What beat starts: looks in the database for what is due, so that it may run late, twice or at once."""

from celery import shared_task
from django.utils import timezone

from core.sweeps import do_all, sweep
from courses.models import Session
from enrolment import reminders
from enrolment.models import Enrolment, Offer
from enrolment.services import auditing, deciding, leaving
from enrolment.services.accessibility import forget_needless_requests
from enrolment.services.exceptions import forget_exceptions
from enrolment.services.history import drop_stale_history
from enrolment.services.interest import forget_interests
from enrolment.services.offers import expire_offer
from enrolment.services.pools import release_pools_that_are_over
from enrolment.services.waiting_list import fill_free_seats


@shared_task
def queue_session_reminders() -> None:
    now = timezone.now()
    do_all(
        lambda: reminders.queue_session_reminders(at=now), lambda: reminders.queue_make_up_reminders(at=now)
    )


@shared_task
def queue_approval_reminders() -> None:
    reminders.queue_approval_reminders(at=timezone.now())


@shared_task
def queue_new_dates() -> None:
    reminders.queue_new_dates(at=timezone.now())


@shared_task
def fill_free_seats_from_queues() -> None:
    """Mend what a fault left undone: seats that are free while somebody waits."""
    waiting = Enrolment.objects.queued().values("session")
    due = Session.objects.published().upcoming(at=timezone.now()).filter(pk__in=waiting)
    sweep(due, lambda session: fill_free_seats(session=session))


@shared_task
def decide_due_sessions() -> None:
    deciding.decide_due_sessions(at=timezone.now())


@shared_task
def expire_offers() -> None:
    """Pass on the seats for which no yes came in time."""
    due = Offer.objects.expired(at=timezone.now()).select_related("enrolment")
    sweep(due, lambda offer: expire_offer(offer=offer))


@shared_task
def release_reserved_seats() -> None:
    release_pools_that_are_over()


@shared_task
def drop_stale_history_files() -> None:
    drop_stale_history(at=timezone.now())


@shared_task
def free_bookings_of_leavers() -> None:
    leaving.free_bookings_of_leavers()


@shared_task
def forget_what_is_private() -> None:
    """What people needed for sessions that are over, asked for long ago, who left, who waits no more."""
    do_all(
        forget_needless_requests,
        lambda: forget_interests(at=timezone.now()),
        forget_exceptions,
        leaving.forget_departures,
    )


@shared_task
def audit_seats() -> None:
    auditing.audit_and_keep()
