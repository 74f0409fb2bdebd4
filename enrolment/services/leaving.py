"""People who leave: what they had booked is free for others, and their HR hears of it."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from core.models import AuditEntry
from core.sweeps import sweep
from core.time import brussels_day
from courses.models import Meeting
from enrolment import emails
from enrolment.enums import EnrolmentStatus
from enrolment.models import Departure, Enrolment, Seat
from enrolment.services.booking import end_enrolment
from enrolment.services.make_ups import cancel_make_up
from enrolment.wording import make_up_freed_text
from people.models import Membership, User
from people.rules import last_belonging


def free_bookings_of_leavers() -> None:
    """Free what people still have booked who belong nowhere any more; safe to run twice and at once.

    It runs by night: who is recorded by one organisation in the morning and by another in the afternoon keeps
    everything.
    """
    now = timezone.now()
    enrolled = Enrolment.objects.left_behind(at=now).values("learner")
    making_up = Seat.objects.left_behind(at=now).values("enrolment__learner")
    leavers = User.objects.filter(Q(pk__in=enrolled) | Q(pk__in=making_up)).order_by("pk")
    sweep(leavers, lambda person: free_bookings(person=person))


def free_bookings(*, person: User) -> None:
    """Free what a leaver still has booked; whoever is next moves up, and the leaver is told."""
    now = timezone.now()
    left = last_belonging(person, before=brussels_day(now))
    if left is None:
        return

    def note_and_tell(enrolment: Enrolment, released: list[Meeting]) -> None:
        enrolment.departure = _departure(left)
        enrolment.save(update_fields=["departure"])
        emails.tell_freed(enrolment, released)

    for enrolment in Enrolment.objects.left_behind(at=now).filter(learner=person).order_by("session"):
        end_enrolment(
            enrolment=enrolment,
            status=EnrolmentStatus.CANCELLED,
            action="enrolment.freed",
            actor=None,
            then=note_and_tell,
        )
    for seat in Seat.objects.left_behind(at=now).filter(enrolment__learner=person).with_make_up():
        cancel_make_up(seat=seat, actor=None, then=_tell_freed)


def _tell_freed(make_up: Seat) -> None:
    emails.tell_make_ups_lost([make_up], make_up_freed_text)


def _departure(left: Membership) -> Departure:
    departure, _is_new = Departure.objects.get_or_create(
        person=left.user, organisation=left.organisation, role=left.role, last_day=left.valid_until
    )
    return departure


@transaction.atomic
def mark_reviewed(*, departure: Departure, actor: User) -> None:
    """Say that somebody looked at what a departure freed; done before, it does nothing."""
    unseen = Departure.objects.filter(pk=departure.pk, reviewed_at=None)
    if unseen.update(reviewed_at=timezone.now()):
        AuditEntry.record(action="departure.reviewed", subject=departure, actor=actor)


def forget_departures() -> None:
    Departure.objects.stale(at=timezone.now()).delete()
