"""What the tests of make-ups do over and over."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from attendance.make_ups import Missed, coming_or_to_make_up, missed_in, was_missed
from courses.models import Meeting, Session
from enrolment.invariants import INVARIANTS
from enrolment.models import Enrolment, Seat
from enrolment.services.make_ups import book_make_up
from notifications.models import Message
from people.models import User


def missed_by(people: Collection[int], *, at: dt.datetime) -> list[Missed]:
    """As the pages of a person and of a class read it."""
    own = Enrolment.objects.active().filter(learner__in=people)
    return missed_in(list(coming_or_to_make_up(own, at=at).select_related("session__version__course")))


def day_of(session: Session) -> dt.date:
    day = session.first_day
    assert day is not None
    return day


def practice_of(session: Session) -> Meeting:
    meeting: Meeting = session.meetings.get(part__position=2)
    return meeting


def book(enrolment: Enrolment, meeting: Meeting) -> Seat:
    return book_make_up(enrolment=enrolment, meeting=meeting, was_missed=was_missed, actor=enrolment.learner)


def taken(session: Session) -> list[int]:
    return list(session.meetings.order_by("starts_at").values_list("taken", flat=True))


def found_by_the_audit() -> dict[Any, list[int]]:
    faults = {fault: [row.pk for row in find()] for fault, find in INVARIANTS.items()}
    return {fault: rows for fault, rows in faults.items() if rows}


def mails_to(person: User) -> list[str]:
    return list(Message.objects.filter(recipient=person).order_by("id").values_list("template", flat=True))
