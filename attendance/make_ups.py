"""Who missed a part of what they followed, and can make up for it."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet, prefetch_related_objects

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

    ``has_missed`` and ``has_make_up`` tell whether there is more to look at: nearly always there is not;
    ``settled``: the places of the parts of which nothing is missed. A session that is over is coming until
    its roster has to be closed: it may still become a completion.
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
        has_missed=may_be_made_up & missed & ~Exists(completions),
        settled=ArraySubquery(_settled(OuterRef("pk"))),
        has_make_up=Exists(make_ups),
    )
    is_coming = Q(session__ends_at__gte=at - CLOSE_WITHIN)
    return with_flags.filter(is_coming | Q(has_missed=True) | Q(has_make_up=True))


def coming(enrolments: Iterable[Enrolment], *, at: dt.datetime) -> list[Enrolment]:
    """Of enrolments as ``coming_or_to_make_up`` reads them, those in what isn't over, or is to be closed."""
    return [each for each in enrolments if each.session.ends_at and each.session.ends_at >= at - CLOSE_WITHIN]


def missed_in(enrolments: Collection[Any]) -> list[Missed]:
    """What is missed, of enrolments as ``coming_or_to_make_up`` reads them."""
    half_done = [each for each in enrolments if each.has_missed]
    prefetch_related_objects([each.session for each in half_done], "meetings")
    return [
        Missed(each, part)
        for each in half_done
        for part in parts_to_make_up(each.session.meetings.all(), each.settled)
    ]


def make_ups_in(enrolments: Collection[Any], *, at: dt.datetime) -> list[Seat]:
    """The dates for what was missed, of enrolments as ``coming_or_to_make_up`` reads them."""
    made_up = [each.pk for each in enrolments if each.has_make_up]
    if not made_up:
        return []
    seats = Seat.objects.make_ups().upcoming(at=at - CLOSE_WITHIN).filter(enrolment__in=made_up)
    return list(seats.with_make_up().order_by("meeting__starts_at"))


def missed_part(enrolment: Enrolment, position: int) -> Part | None:
    """The part at a place of the course, if the person can still make up for it."""
    settled = list(_settled(enrolment.pk))
    missed = parts_to_make_up(enrolment.session.meetings.all(), settled)
    return next((part for part in missed if part.position == position), None)


def was_missed(enrolment: Enrolment, part: Part) -> bool:
    """Whether the person can still make up for a part."""
    return missed_part(enrolment, part.position) is not None


def _settled(enrolment: int | OuterRef) -> "QuerySet[Any, int]":
    """The places, in their course, of parts that were attended, or whose roster is still open or to come.

    A make-up was let in only where it replaces the part at its place.
    """
    seats = with_marks(Seat.objects.held().filter(enrolment=enrolment))
    ended_early = Q(state=MarkState.ENDED_EARLY, meeting__session__version__early_exit_allowed=True)
    attended = Q(state__in=[MarkState.PRESENT, MarkState.LATE]) | ended_early
    settled = seats.filter(Q(meeting__roster__closed_at=None) | attended)
    return settled.values_list("meeting__part__position", flat=True)
