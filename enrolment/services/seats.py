"""Seats: the only place that writes what is taken of a meeting and of reserved seats.

Callers hold the session's lock.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import F

from courses.models import Meeting, MeetingStaff, Session
from courses.querysets.sessions import Slot
from enrolment.models import Enrolment, Seat, SeatPool
from enrolment.rules import has_room


def hold_seats(enrolment: Enrolment, meetings: Sequence[Meeting], *, at: dt.datetime) -> list[Meeting]:
    """Take a seat in every meeting but the optional ones that are full. Returns those that were taken."""
    (held,) = hold_all_seats([(enrolment, meetings)], at=at)
    return held


def hold_all_seats(
    wanted: Sequence[tuple[Enrolment, Sequence[Meeting]]], *, at: dt.datetime
) -> list[list[Meeting]]:
    """The same for many enrolments: the statements grow with the sessions and the pools, not with the people.

    For whom seats are reserved, takes one of those. The CHECK on ``taken`` stands behind: if the caller was
    wrong, the transaction fails.
    """
    changes, all_held, kept = Changes(), [], _kept_by_session(wanted)
    drawn: dict[SeatPool, list[Enrolment]] = defaultdict(list)
    for enrolment, meetings in wanted:
        pools = (pool for pool in kept[enrolment.session_id] if pool.seats_left and pool.is_for(enrolment))
        pool = next(pools, None)
        held = [meeting for meeting in meetings if meeting.is_free or (pool and not meeting.part.optional)]
        for meeting in held:
            changes.count(meeting, taken=1, reserved=-1 if pool and not meeting.part.optional else 0)
        if pool:
            pool.taken += 1
            enrolment.pool = pool
            drawn[pool].append(enrolment)
        all_held.append(held)
    changes.write()
    for pool, theirs in drawn.items():
        _draw_from(pool, theirs, +1)
        Enrolment.objects.filter(pk__in=[each.pk for each in theirs]).update(pool=pool)
    Seat.objects.bulk_create(
        Seat(enrolment=enrolment, meeting=meeting, held_at=at)
        for (enrolment, _meetings), held in zip(wanted, all_held, strict=True)
        for meeting in held
    )
    return all_held


def release_seats(
    enrolments: Sequence[Enrolment], meetings: Iterable[Meeting], *, at: dt.datetime
) -> dict[int, list[Meeting]]:
    """Give the seats of enrolments back, reserved ones to whom they are kept for.

    Returns the meetings in which they were, by the enrolment's id.
    """
    seats = Seat.objects.held().filter(enrolment__in=[enrolment.pk for enrolment in enrolments])
    held = set(seats.values_list("enrolment_id", "meeting_id"))
    seats.update(released_at=at)
    changes, meetings = Changes(), list(meetings)
    kept = _give_back_to_pools(enrolments)
    released = {}
    for enrolment in enrolments:
        theirs = [meeting for meeting in meetings if (enrolment.pk, meeting.pk) in held]
        for meeting in theirs:
            is_kept = enrolment.pk in kept and not meeting.part.optional
            changes.count(meeting, taken=-1, reserved=1 if is_kept else 0)
        released[enrolment.pk] = theirs
    changes.write()
    return released


def hold_make_up(enrolment: Enrolment, meeting: Meeting, *, at: dt.datetime) -> Seat:
    """Take a seat in one meeting of another session; never one that is reserved there."""
    changes = Changes()
    changes.count(meeting, taken=1, reserved=0)
    changes.write()
    seat: Seat = Seat.objects.create(enrolment=enrolment, meeting=meeting, held_at=at)
    return seat


def release_make_ups(make_ups: Sequence[Seat], meetings: Sequence[Meeting], *, at: dt.datetime) -> None:
    """Give such seats back; those that their people hold in their own session stay as they are."""
    changes, by_id = Changes(), {meeting.pk: meeting for meeting in meetings}
    for seat in make_ups:
        changes.count(by_id[seat.meeting_id], taken=-1, reserved=0)
    changes.write()
    Seat.objects.filter(pk__in=[seat.pk for seat in make_ups]).update(released_at=at)


class Changes:
    """How many seats of meetings become taken and reserved; written with few statements."""

    def __init__(self) -> None:
        self._by_meeting: dict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))

    def count(self, meeting: Meeting, *, taken: int, reserved: int) -> None:
        meeting.taken += taken
        meeting.reserved += reserved
        before = self._by_meeting[meeting.pk]
        self._by_meeting[meeting.pk] = (before[0] + taken, before[1] + reserved)

    def write(self) -> None:
        # Nearly always one statement: who has a seat has one in every meeting.
        for change in set(self._by_meeting.values()):
            taken, reserved = change
            changed = [pk for pk, of_meeting in self._by_meeting.items() if of_meeting == change]
            numbers = {"taken": F("taken") + taken}
            if reserved:
                numbers["reserved"] = F("reserved") + reserved
            Meeting.objects.filter(pk__in=changed).update(**numbers)


def pool_for(enrolment: Enrolment, meetings: Iterable[Meeting]) -> SeatPool | None:
    """The reserved seats from which somebody gets one; no statement where nothing is reserved."""
    if not any(meeting.reserved for meeting in meetings):
        return None
    kept = SeatPool.objects.kept().filter(session=enrolment.session_id, taken__lt=F("seats"))
    return next((pool for pool in kept if pool.is_for(enrolment)), None)


def has_room_for(enrolment: Enrolment, meetings: Sequence[Meeting], *, besides: int = 0) -> bool:
    """Whether there is a seat for somebody in every meeting that isn't optional, reserved or for all.

    ``besides``: the seats for all that are promised, and not counted yet.
    """
    return has_room(meetings, besides=besides) or pool_for(enrolment, meetings) is not None


def _kept_by_session(
    wanted: Iterable[tuple[Enrolment, Sequence[Meeting]]],
) -> Mapping[int, Sequence[SeatPool]]:
    """The reserved seats by session; no statement where nothing is reserved."""
    sessions = {each.session_id for each, meetings in wanted if any(meeting.reserved for meeting in meetings)}
    kept: dict[int, list[SeatPool]] = defaultdict(list)
    for pool in SeatPool.objects.kept().filter(session__in=sessions) if sessions else ():
        kept[pool.session_id].append(pool)
    return kept


def _give_back_to_pools(enrolments: Iterable[Enrolment]) -> set[int]:
    """The ids of the enrolments whose seats stay reserved."""
    by_pool: dict[int, list[Enrolment]] = defaultdict(list)
    for enrolment in enrolments:
        if enrolment.pool_id:
            by_pool[enrolment.pool_id].append(enrolment)
    kept = set()
    for pool in SeatPool.objects.filter(pk__in=by_pool) if by_pool else ():
        theirs = by_pool[pool.pk]
        _draw_from(pool, theirs, -1)
        Enrolment.objects.filter(pk__in=[each.pk for each in theirs]).update(pool=None)
        for enrolment in theirs:
            enrolment.pool = None
        kept |= {each.pk for each in theirs if pool.released_at is None}
    return kept


def _draw_from(pool: SeatPool, enrolments: Sequence[Enrolment], number: int) -> None:
    SeatPool.objects.filter(pk=pool.pk).update(taken=F("taken") + number * len(enrolments))


def meetings_held(enrolment: Enrolment, meetings: Iterable[Meeting]) -> list[Meeting]:
    """In which of the meetings an enrolment has a seat."""
    held = set(Seat.objects.held().filter(enrolment=enrolment).values_list("meeting_id", flat=True))
    return [meeting for meeting in meetings if meeting.pk in held]


def busy_elsewhere(enrolments: Sequence[Enrolment], slots: Sequence[Slot], *, besides: Session) -> set[int]:
    """The ids of the learners who, at any of these times, take part in another session or give one."""
    learners = [enrolment.learner_id for enrolment in enrolments]
    seats = Seat.objects.overlapping(slots).exclude(meeting__session=besides)
    teaching = MeetingStaff.objects.clashing(slots, besides=besides)
    return {
        *seats.filter(enrolment__learner__in=learners).values_list("enrolment__learner_id", flat=True),
        *teaching.filter(person__in=learners).values_list("person_id", flat=True),
    }
