"""Seats: the only place that writes ``Meeting.taken``. Callers hold the session's lock."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby

from django.db.models import F

from courses.models import Meeting
from enrolment.models import Enrolment, Seat


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


def release_seats(enrolment: Enrolment, meetings: Iterable[Meeting], *, at: dt.datetime) -> list[Meeting]:
    """Give the enrolment's seats back. Returns the meetings in which they were."""
    seats = enrolment.seats.held()
    held = set(seats.values_list("meeting_id", flat=True))
    seats.update(released_at=at)
    Meeting.objects.filter(pk__in=held).update(taken=F("taken") - 1)
    released = [meeting for meeting in meetings if meeting.pk in held]
    for meeting in released:
        meeting.taken -= 1
    return released
