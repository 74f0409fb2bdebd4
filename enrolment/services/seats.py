"""Seats: the only place that writes ``Meeting.taken``. Callers hold the session's lock."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby

from django.db.models import F

from courses.models import Meeting, MeetingStaff, Session
from courses.querysets import Slot
from enrolment.models import Enrolment, Seat
from enrolment.querysets import SeatQuerySet


def hold_seats(enrolment: Enrolment, meetings: Sequence[Meeting], *, at: dt.datetime) -> list[Meeting]:
    """Take a seat in every meeting but the optional ones that are full. Returns those that were taken."""
    (held,) = hold_all_seats([(enrolment, meetings)], at=at)
    return held


def hold_all_seats(
    wanted: Sequence[tuple[Enrolment, Sequence[Meeting]]], *, at: dt.datetime
) -> list[list[Meeting]]:
    """The same for many enrolments, with as many statements as meetings gain different numbers of people.

    The CHECK on ``taken`` stands behind: if the caller was wrong, the transaction fails.
    """
    all_held = []
    for _enrolment, meetings in wanted:
        held = [meeting for meeting in meetings if meeting.is_free]
        for meeting in held:
            meeting.taken += 1
        all_held.append(held)
    gained = Counter(meeting.pk for held in all_held for meeting in held)
    for number, meeting_ids in groupby(sorted(gained, key=gained.__getitem__), key=gained.__getitem__):
        Meeting.objects.filter(pk__in=list(meeting_ids)).update(taken=F("taken") + number)
    Seat.objects.bulk_create(
        Seat(enrolment=enrolment, meeting=meeting, held_at=at)
        for (enrolment, _meetings), held in zip(wanted, all_held, strict=True)
        for meeting in held
    )
    return all_held


def release_seats(
    enrolments: Sequence[Enrolment], meetings: Iterable[Meeting], *, at: dt.datetime
) -> dict[int, list[Meeting]]:
    """Give the seats of enrolments back. Returns the meetings in which they were, by the enrolment's id."""
    meetings = list(meetings)
    seats = Seat.objects.held().filter(enrolment__in=[enrolment.pk for enrolment in enrolments])
    held = _release(seats, meetings, at=at)
    return {
        enrolment.pk: [meeting for meeting in meetings if (enrolment.pk, meeting.pk) in held]
        for enrolment in enrolments
    }


def release_make_ups(make_ups: Sequence[Seat], meetings: Sequence[Meeting], *, at: dt.datetime) -> None:
    """Give back single seats; those that their people hold in their own session stay as they are."""
    _release(Seat.objects.held().filter(pk__in=[seat.pk for seat in make_ups]), meetings, at=at)


def _release(seats: SeatQuerySet, meetings: Sequence[Meeting], *, at: dt.datetime) -> set[tuple[int, int]]:
    """Returns the ids of enrolment and meeting of each."""
    held = set(seats.values_list("enrolment_id", "meeting_id"))
    seats.update(released_at=at)
    freed = Counter(meeting for _enrolment, meeting in held)
    # Nearly always one statement: who has a seat has one in every meeting.
    for count in set(freed.values()):
        emptied = [meeting for meeting, seats_freed in freed.items() if seats_freed == count]
        Meeting.objects.filter(pk__in=emptied).update(taken=F("taken") - count)
    for meeting in meetings:
        meeting.taken -= freed[meeting.pk]
    return held


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
