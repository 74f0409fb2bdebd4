"""Seats: the only place that writes ``Meeting.taken``. Callers hold the session's lock."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db.models import F

from courses.models import Meeting
from enrolment.models import Enrolment, Seat


def hold_seats(enrolment: Enrolment, meetings: Sequence[Meeting], *, at: dt.datetime) -> list[Meeting]:
    """Take a seat in every meeting; an optional one that is full is left out. Returns those that were taken.

    The CHECK on ``taken`` stands behind: if the caller was wrong, the transaction fails.
    """
    held = [meeting for meeting in meetings if meeting.is_free]
    Meeting.objects.filter(pk__in=[meeting.pk for meeting in held]).update(taken=F("taken") + 1)
    Seat.objects.bulk_create(Seat(enrolment=enrolment, meeting=meeting, held_at=at) for meeting in held)
    for meeting in held:
        meeting.taken += 1
    return held


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
