"""When and where meetings take place: the wall clock that was agreed, and the instants that follow from it.

Whoever plans locks the session first, then the venues by id: what is free stays free until the commit.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import combinations
from operator import or_

from django.db.models import Max, Min, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from core.templatetags.traject import short_day, times
from core.time import at_wall_clock
from courses.enums import SessionStatus
from courses.errors import Problem
from courses.models import Meeting, Part, Session, Venue
from courses.services.staffing import find_clashes, overlap

WALL_CLOCK = "%Y-%m-%dT%H:%M"
# One for the calendars of those who lose their seat, one for those who have or get one (RFC 5545, SEQUENCE).
SEQUENCES_OF_A_MOVE = 2
PLANNED = ["starts_at", "ends_at", "local_start", "local_end", "venue", "room", "capacity"]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """When and where a part is given; ``start`` and ``end`` are what the clock in the room shows."""

    part: Part
    start: dt.datetime
    end: dt.datetime
    venue: Venue
    room: str = ""
    capacity: int | None = None

    @property
    def starts_at(self) -> dt.datetime:
        return at_wall_clock(self.start)

    @property
    def ends_at(self) -> dt.datetime:
        return at_wall_clock(self.end)

    def is_elsewhere(self, other: "Plan") -> bool:
        """Whether it has another time or place, the number of seats apart."""
        return replace(self, capacity=None) != replace(other, capacity=None)


def plan_of(meeting: Meeting) -> Plan:
    """The plan that a meeting follows."""
    return Plan(
        part=meeting.part,
        start=dt.datetime.strptime(meeting.local_start, WALL_CLOCK),  # noqa: DTZ007
        end=dt.datetime.strptime(meeting.local_end, WALL_CLOCK),  # noqa: DTZ007
        venue=meeting.venue,
        room=meeting.room,
        capacity=meeting.capacity,
    )


def lock_venues(venue_ids: Collection[int]) -> None:
    """Lock venues by id in one statement: two plans for one room then wait for each other."""
    list(
        Venue.objects.select_for_update(no_key=True).filter(pk__in=venue_ids).order_by("pk").values_list("pk")
    )


def find_problems(plans: Sequence[Plan], *, session: Session) -> list[Problem]:
    """What is wrong with the plans of a session; their venues, and those who give it, are locked."""
    if impossible := [problem for plan in plans for problem in _impossible_times(plan)]:
        return impossible
    clashes = find_clashes(session=session, plans=plans) if session.pk else []
    return [
        *_parts_at_the_same_time(plans),
        *_outside_its_edition(plans, session),
        *_rooms_taken(plans, session),
        *(Problem("start", sentence, part) for part, sentence in clashes),
    ]


def in_one_room_at_once(one: Meeting | Plan, other: Meeting | Plan) -> bool:
    """Whether two want the same room at the same time; a venue without a named room is one room."""
    is_same_room = one.venue == other.venue and one.room.casefold() == other.room.casefold()
    return is_same_room and overlap(one, other)


def place_meeting(meeting: Meeting, plan: Plan) -> None:
    """Save a meeting as planned; the caller holds the locks and tells whom it concerns."""
    meeting.starts_at, meeting.ends_at = plan.starts_at, plan.ends_at
    meeting.local_start, meeting.local_end = plan.start.strftime(WALL_CLOCK), plan.end.strftime(WALL_CLOCK)
    meeting.venue, meeting.room = plan.venue, plan.room
    meeting.save(update_fields=None if meeting.pk is None else PLANNED)


def keep_session_times(*, session: Session, has_moved: bool = False) -> None:
    """Copy the first start and last end of the meetings to their session, for lists and indexes.

    With ``has_moved`` calendars that know the old times will take the new ones.
    """
    span = session.meetings.aggregate(first=Min("starts_at"), last=Max("ends_at"))
    session.starts_at, session.ends_at = span["first"], span["last"]
    session.sequence += SEQUENCES_OF_A_MOVE * has_moved
    session.save(update_fields=["starts_at", "ends_at", "sequence"])


def _impossible_times(plan: Plan) -> list[Problem]:
    problems = []
    for field, local in (("start", plan.start), ("end", plan.end)):
        try:
            at_wall_clock(local)
        except ValueError:
            message = _("The clocks skip this hour that night. Choose another time.")
            problems.append(Problem(field, message, plan.part.pk))
    if not problems and plan.ends_at <= plan.starts_at:
        problems.append(Problem("end", _("The end must be later than the start."), plan.part.pk))
    return problems


def _parts_at_the_same_time(plans: Sequence[Plan]) -> list[Problem]:
    """Nobody is in two meetings at once, so neither are two parts of one session."""
    return [
        Problem(
            "start",
            _("%(part)s takes place then. The parts of a session follow each other.")
            % {"part": earlier.part.title},
            later.part.pk,
        )
        for earlier, later in combinations(plans, 2)
        if overlap(earlier, later)
    ]


def _outside_its_edition(plans: Sequence[Plan], session: Session) -> list[Problem]:
    """A workshop takes place within the days of the programme that it is in."""
    edition = session.programme
    if edition is None:
        return []
    said = {"first": short_day(edition.starts_on), "last": short_day(edition.ends_on)}
    message = _("This workshop is in a programme from %(first)s to %(last)s. Choose a day within it.") % said
    return [
        Problem("start", message, plan.part.pk)
        for plan in plans
        if plan.start.date() < edition.starts_on or plan.end.date() > edition.ends_on
    ]


def _rooms_taken(plans: Sequence[Plan], session: Session) -> list[Problem]:
    at_these_times = [
        Q(venue=plan.venue, starts_at__lt=plan.ends_at, ends_at__gt=plan.starts_at) for plan in plans
    ]
    nearby = (
        Meeting.objects.filter(reduce(or_, at_these_times, Q(pk=None)))
        .exclude(session__status=SessionStatus.CANCELLED)
        .exclude(session=session.pk)
        .select_related("session__version")
    )
    return [
        Problem("room", _room_taken(meeting), plan.part.pk)
        for plan in plans
        if (meeting := next((each for each in nearby if in_one_room_at_once(each, plan)), None))
    ]


def _room_taken(meeting: Meeting) -> str:
    said = {
        "place": ", ".join(filter(None, [meeting.room, meeting.venue.name])),
        "title": meeting.session.version.title,
        "day": short_day(timezone.localtime(meeting.starts_at)),
        "times": times(meeting.starts_at, meeting.ends_at),
    }
    return _("%(place)s is taken: %(title)s, %(day)s, %(times)s.") % said
