"""Who missed a part of what they followed, and can make up for it."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, prefetch_related_objects

from attendance.enums import MarkState
from attendance.querysets import with_marks
from attendance.rules import CLOSE_WITHIN, MADE_UP_WITHIN, parts_to_make_up
from core.time import brussels_day
from courses.enums import SessionStatus
from courses.models import Part
from enrolment.enums import EnrolmentStatus
from enrolment.models import Completion, Enrolment, Seat
from enrolment.querysets import EnrolmentQuerySet


@dataclass(frozen=True)
class Missed:
    """A part that somebody missed and has no other date for; shown to them, and to who may act for them."""

    enrolment: Enrolment
    part: Part


def coming_or_to_make_up(active: EnrolmentQuerySet, *, at: dt.datetime) -> EnrolmentQuerySet:
    """Of active enrolments those that are coming, with those of which a part was missed or is made up for.

    ``has_missed`` and ``has_make_up`` tell whether there is more to read: nearly always there is not. A
    session that is over is coming until its roster has to be closed: it may still become a completion.
    """
    seats = Seat.objects.held().filter(
        enrolment=OuterRef("pk"), meeting__part__optional=False, meeting__roster__closed_at__isnull=False
    )
    completions = Completion.objects.valid(on=brussels_day(at)).filter(
        person=OuterRef("learner"), version__course=OuterRef("session__version__course")
    )
    # A workshop is not made up for: its edition counts what was attended.
    may_be_made_up = Q(
        status=EnrolmentStatus.CONFIRMED,
        session__status=SessionStatus.PUBLISHED,
        session__ends_at__gte=at - MADE_UP_WITHIN,
        session__version__course__programme=None,
    )
    missed = Exists(with_marks(seats).exclude(state__in=[MarkState.PRESENT, MarkState.LATE]))
    make_ups = Seat.objects.make_ups().upcoming(at=at - CLOSE_WITHIN).filter(enrolment=OuterRef("pk"))
    with_flags: EnrolmentQuerySet = active.annotate(
        has_missed=may_be_made_up & missed & ~Exists(completions), has_make_up=Exists(make_ups)
    )
    is_coming = Q(session__ends_at__gte=at - CLOSE_WITHIN)
    return with_flags.filter(is_coming | Q(has_missed=True) | Q(has_make_up=True))


def missed_in(enrolments: Collection[Any]) -> list[Missed]:
    """What is missed, of enrolments as ``coming_or_to_make_up`` reads them."""
    return _missed([each for each in enrolments if each.has_missed])


def make_ups_in(enrolments: Collection[Any], *, at: dt.datetime) -> list[Seat]:
    """The dates for what was missed, of enrolments as ``coming_or_to_make_up`` reads them."""
    made_up = [each.pk for each in enrolments if each.has_make_up]
    if not made_up:
        return []
    seats = Seat.objects.make_ups().upcoming(at=at - CLOSE_WITHIN).filter(enrolment__in=made_up)
    return list(seats.with_make_up().order_by("meeting__starts_at"))


def missed_part(enrolment: Enrolment, position: int) -> Part | None:
    """The part at a place of the course, if the person can still make up for it."""
    parts = (missed.part for missed in _missed([enrolment]))
    return next((part for part in parts if part.position == position), None)


def was_missed(enrolment: Enrolment, part: Part) -> bool:
    """Whether the person can still make up for a part."""
    return any(missed.part == part for missed in _missed([enrolment]))


def _missed(enrolments: Sequence[Enrolment]) -> list[Missed]:
    if not enrolments:
        return []
    prefetch_related_objects(enrolments, "session__version__parts")
    seats: dict[int, list[Seat]] = defaultdict(list)
    held = with_marks(Seat.objects.held().filter(enrolment__in=[each.pk for each in enrolments]))
    for seat in held.select_related("meeting__session__version", "meeting__part", "meeting__roster"):
        seats[seat.enrolment_id].append(seat)
    return [
        Missed(enrolment, part)
        for enrolment in enrolments
        for part in parts_to_make_up(enrolment.session.version, seats[enrolment.pk])
    ]
