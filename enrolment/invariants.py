"""What is true of seats, queues and learning records at every commit: whatever a query here finds is a fault.

Each is one statement over all rows, those of years ago as well: what holds today has held ever since.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, RowRange, Subquery, Sum, Window
from django.db.models.functions import Coalesce, RowNumber

from core.counting import RowCount
from courses.enums import SessionStatus
from courses.models import Meeting, MeetingStaff, Session
from enrolment.enums import SEATED, CompletionSource, EnrolmentSource, EnrolmentStatus, Fault
from enrolment.models import Completion, Enrolment, Offer, Seat, SeatPool

# Rows with a ``public_id``.
Faulty = QuerySet[Any]


def _meetings_with_held() -> Faulty:
    return Meeting.objects.annotate(held=RowCount(Seat.objects.held().filter(meeting=OuterRef("pk"))))


def overbooked() -> Faulty:
    """By the seats themselves: a wrong count doesn't hide it."""
    return _meetings_with_held().filter(held__gt=F("capacity"))


def miscounted() -> Faulty:
    return _meetings_with_held().exclude(held=F("taken"))


def reserved_wrong() -> Faulty:
    """Reserved seats that count those who have them otherwise; what a meeting keeps is their sum."""
    drawn = RowCount(Enrolment.objects.seated().filter(pool=OuterRef("pk")))
    wrong_pools = SeatPool.objects.annotate(drawn=drawn).exclude(drawn=F("taken"))
    of_session = SeatPool.objects.kept().filter(session=OuterRef("session")).order_by().values("session")
    kept = Coalesce(Subquery(of_session.annotate(n=Sum(F("seats") - F("taken"))).values("n")), 0)
    required = Meeting.objects.filter(part__optional=False).annotate(kept=kept)
    wrong_meetings = required.exclude(kept=F("reserved"))
    return Session.objects.filter(
        Q(pk__in=wrong_pools.values("session")) | Q(pk__in=wrong_meetings.values("session"))
    )


def enrolled_twice() -> Faulty:
    return _repeated(Enrolment.objects.active(), "session", "learner")


def overlapping() -> Faulty:
    """Of two at one time, the one that begins later."""
    seats = _in_two_places(Seat.objects.held(), "enrolment__learner")
    return Enrolment.objects.filter(pk__in=seats.values("enrolment"))


def _given() -> Faulty:
    """Asked for or accepted: as long as nobody declines, it takes their time."""
    standing = MeetingStaff.objects.standing()
    return standing.exclude(meeting__session__status=SessionStatus.CANCELLED)


def teaching_then() -> Faulty:
    seats = Seat.objects.held().filter(
        enrolment__learner=OuterRef("person"),
        meeting__starts_at__lt=OuterRef("meeting__ends_at"),
        meeting__ends_at__gt=OuterRef("meeting__starts_at"),
    )
    return _given().filter(Exists(seats))


def giving_two() -> Faulty:
    return _in_two_places(_given(), "person")


def tied_in_queue() -> Faulty:
    """The number of the row would decide; a class that was placed in one act shares its date on purpose."""
    queue = Enrolment.objects.queued().exclude(source=EnrolmentSource.BLOCK)
    return _repeated(queue, "session", "priority", "enrolled_at")


def without_seat() -> Faulty:
    """Confirmed or on offer, and a part that isn't optional is missing."""
    seats = Seat.objects.held().filter(enrolment=OuterRef(OuterRef("pk")), meeting=OuterRef("pk"))
    required = Meeting.objects.filter(session=OuterRef("session"), part__optional=False)
    return Enrolment.objects.seated().filter(Exists(required.exclude(Exists(seats))))


def stray_seat() -> Faulty:
    """Whoever waits, withdrew or was cancelled holds none."""
    return Enrolment.objects.exclude(status__in=SEATED).filter(pk__in=Seat.objects.held().values("enrolment"))


def made_up_amiss() -> Faulty:
    """Of a part that was missed, another session of the same course gives it, and is on offer."""
    right = Q(
        meeting__session__version__course=F("enrolment__session__version__course"),
        meeting__session__status=SessionStatus.PUBLISHED,
    )
    return Enrolment.objects.filter(pk__in=Seat.objects.make_ups().exclude(right).values("enrolment"))


def not_on_offer() -> Faulty:
    return Enrolment.objects.active().exclude(session__status=SessionStatus.PUBLISHED)


def offer_adrift() -> Faulty:
    """A seat is on offer as long as an offer is live, and an offer as long as a seat is."""
    live = Offer.objects.live().filter(enrolment=OuterRef("pk"))
    on_offer = Q(status=EnrolmentStatus.OFFERED)
    return Enrolment.objects.filter(on_offer & ~Exists(live) | ~on_offer & Exists(live))


def unapproved() -> Faulty:
    """By what was copied onto the enrolment."""
    return Enrolment.objects.confirmed().filter(approval_needed=True, approved_at=None)


def without_consent() -> Faulty:
    """To the text of the very version that is given; before a place in the queue already."""
    asked = Enrolment.objects.active().filter(session__version__consent_required=True)
    return asked.exclude(consented_to=F("session__version"))


def without_evidence() -> Faulty:
    """Of attendance: a session in which the person had a seat."""
    attended = Enrolment.objects.confirmed().filter(
        learner=OuterRef("person"), session__completions=OuterRef("pk")
    )
    completions = Completion.objects.current().filter(source=CompletionSource.ATTENDANCE)
    return completions.exclude(Exists(attended))


INVARIANTS: Mapping[Fault, Callable[[], Faulty]] = {
    Fault.OVERBOOKED: overbooked,
    Fault.MISCOUNTED: miscounted,
    Fault.RESERVED_WRONG: reserved_wrong,
    Fault.ENROLLED_TWICE: enrolled_twice,
    Fault.OVERLAPPING: overlapping,
    Fault.TEACHING_THEN: teaching_then,
    Fault.GIVING_TWO: giving_two,
    Fault.TIED_IN_QUEUE: tied_in_queue,
    Fault.WITHOUT_SEAT: without_seat,
    Fault.STRAY_SEAT: stray_seat,
    Fault.OFFER_ADRIFT: offer_adrift,
    Fault.MADE_UP_AMISS: made_up_amiss,
    Fault.NOT_ON_OFFER: not_on_offer,
    Fault.UNAPPROVED: unapproved,
    Fault.WITHOUT_CONSENT: without_consent,
    Fault.WITHOUT_EVIDENCE: without_evidence,
}


def _repeated(rows: Faulty, *fields: str) -> Faulty:
    """All but the first of those that are alike in these fields."""
    number = Window(RowNumber(), partition_by=[F(field) for field in fields], order_by="pk")
    repeated: Faulty = rows.annotate(number=number).filter(number__gt=1)
    return repeated


def _in_two_places(rows: Faulty, person: str) -> Faulty:
    """Of a person's rows with a meeting, those that begin before an earlier one ends: one sort finds them.

    Those that touch do not overlap.
    """
    latest_end = Window(
        Max("meeting__ends_at"),
        partition_by=F(person),
        order_by=["meeting__starts_at", "pk"],
        frame=RowRange(end=-1),
    )
    found: Faulty = rows.annotate(busy_until=latest_end).filter(meeting__starts_at__lt=F("busy_until"))
    return found
