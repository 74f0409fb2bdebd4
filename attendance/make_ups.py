"""Who missed a part of what they followed, and can make up for it."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from attendance.enums import MarkState
from attendance.querysets import with_marks
from attendance.rules import CLOSE_WITHIN, MADE_UP_WITHIN, parts_to_make_up
from core.time import brussels_day
from courses.enums import SessionStatus
from courses.models import Part
from enrolment.models import Completion, Enrolment, Seat
from enrolment.querysets import SeatQuerySet


@dataclass(frozen=True)
class Missed:
    """A part that somebody missed and has no other date for; shown to them, and to who may act for them."""

    enrolment: Enrolment
    part: Part


def missed_by(people: Collection[int], *, at: dt.datetime) -> list[Missed]:
    """Of what people, by their ids, followed in the last year and have not completed since.

    One statement where nobody missed anything, else three. A workshop is not made up for: its edition
    counts what was attended.
    """
    seats = Seat.objects.held().filter(
        enrolment=OuterRef("pk"), meeting__part__optional=False, meeting__roster__closed_at__isnull=False
    )
    missed = with_marks(seats).exclude(state__in=[MarkState.PRESENT, MarkState.LATE])
    completions = Completion.objects.valid(on=brussels_day(at)).filter(
        person=OuterRef("learner"), version__course=OuterRef("session__version__course")
    )
    enrolments = (
        Enrolment.objects.confirmed()
        .filter(Exists(missed), ~Exists(completions), learner__in=people)
        .filter(session__status=SessionStatus.PUBLISHED, session__ends_at__gte=at - MADE_UP_WITHIN)
        .filter(session__version__course__programme=None)
        .with_learner()
        .select_related("session__version__course")
        .prefetch_related("session__version__parts")
        .order_by("session__starts_at", "id")
    )
    return _missed(list(enrolments))


def make_ups_of(people: Collection[int], *, at: dt.datetime) -> SeatQuerySet:
    """The dates that people, by their ids, have for what they missed, until the rosters have to be closed."""
    make_ups: SeatQuerySet = Seat.objects.make_ups().upcoming(at=at - CLOSE_WITHIN)
    return make_ups.filter(enrolment__learner__in=people).with_make_up().order_by("meeting__starts_at")


def missed_part(enrolment: Enrolment, position: int) -> Part | None:
    """The part at a place of the course, if the person can still make up for it."""
    parts = (missed.part for missed in _missed([enrolment]))
    return next((part for part in parts if part.position == position), None)


def was_missed(enrolment: Enrolment, part: Part) -> bool:
    """Whether the person can still make up for a part."""
    return any(missed.part == part for missed in _missed([enrolment]))


def _missed(enrolments: Collection[Enrolment]) -> list[Missed]:
    if not enrolments:
        return []
    seats: dict[int, list[Seat]] = defaultdict(list)
    held = with_marks(Seat.objects.held().filter(enrolment__in=[each.pk for each in enrolments]))
    for seat in held.select_related("meeting__session__version", "meeting__part", "meeting__roster"):
        seats[seat.enrolment_id].append(seat)
    return [
        Missed(enrolment, part)
        for enrolment in enrolments
        for part in parts_to_make_up(enrolment.session.version, seats[enrolment.pk])
    ]
