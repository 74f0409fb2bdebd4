"""The workshops of a programme as one person meets them: when they are, and what can be done about each."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import Exists, OuterRef, prefetch_related_objects

from core.errors import DomainError
from courses.models import Meeting, Prerequisite, Programme, Session
from enrolment.errors import ConsentNeeded, Overlapping
from enrolment.models import Enrolment, Seat
from enrolment.prerequisites import Learned, prerequisite_refusal, read_learned
from enrolment.rules import enrolment_refusal, has_room, overlap, withdrawal_refusal
from enrolment.turns import freed_seat_text
from people.models import User
from people.rules import affiliated_by


@dataclass(frozen=True)
class Row:
    """One workshop. ``obstacle``: why nothing can be changed about it; ``field``: what its box is called.

    ``seat_after``: what becomes of the seat if the person gives it up.
    """

    session: Session
    enrolment: Enrolment | None
    obstacle: str
    field: str
    is_ticked: bool
    error: str
    seat_after: str

    @property
    def times(self) -> str:
        """When it is, for a script that compares: seconds from and until, of each meeting."""
        return " ".join(
            f"{int(meeting.starts_at.timestamp())}-{int(meeting.ends_at.timestamp())}"
            for meeting in self.session.meetings.all()
        )


@dataclass(frozen=True)
class Slot:
    starts_at: dt.datetime
    ends_at: dt.datetime
    rows: list[Row]


@dataclass(frozen=True)
class Day:
    day: dt.date
    slots: list[Slot]


def workshops_of(programme: Programme, viewer: User) -> list[Session]:
    """What is on offer to a person in a programme, by start, with all that the timetable shows."""
    sessions = programme.sessions.visible_to(viewer).published().with_meetings().telling_who_gives(viewer)
    before = Prerequisite.objects.filter(version=OuterRef("version"))
    sessions = sessions.annotate(asks_for_more=Exists(before)).prefetch_related("open_to")
    return list(sessions.order_by("starts_at", "ends_at", "id"))


def timetable(
    sessions: Iterable[Session],
    viewer: User,
    *,
    at: dt.datetime,
    ticked: Mapping[str, Collection[str]] | None = None,
    refusals: Mapping[int, DomainError] | None = None,
) -> list[Day]:
    """The rows by day and slot; ``ticked``: the boxes that were just posted, with their ``refusals``."""
    sessions = list(sessions)
    own = {each.session_id: each for each in _own(sessions, viewer)}
    queued = Enrolment.objects.queued().filter(session__in=sessions)
    has_queue = set(queued.values_list("session_id", flat=True))
    elsewhere, learned = _held_elsewhere(sessions, viewer), _learned(sessions, viewer)
    rows = []
    for session in sessions:
        enrolment = own.get(session.pk)
        obstacle = _obstacle(session, enrolment, viewer, elsewhere, learned, at=at)
        error = (refusals or {}).get(session.pk)
        is_full = session.pk in has_queue or not has_room(session.meetings.all())
        field = "keep" if enrolment else "wait" if is_full else "take"
        rows.append(
            Row(
                session=session,
                enrolment=enrolment,
                obstacle=str(obstacle) if obstacle else "",
                field=field,
                is_ticked=_is_ticked(str(session.public_id), field, ticked),
                error=str(error) if error else "",
                seat_after=_seat_after(enrolment, session, at=at) if not obstacle else "",
            )
        )
    return [
        Day(day, [Slot(*times, list(each)) for times, each in groupby(of_day, key=_times)])
        for day, of_day in groupby(rows, key=_day)
    ]


def _is_ticked(public_id: str, field: str, ticked: Mapping[str, Collection[str]] | None) -> bool:
    if ticked is None:
        return field == "keep"
    if field == "keep" and public_id not in ticked["held"]:
        # Booked in another window since.
        return True
    # A box that came to mean something else is for the person to tick anew.
    return public_id in ticked[field]


def _obstacle(
    session: Session,
    enrolment: Enrolment | None,
    viewer: User,
    elsewhere: Iterable[Meeting],
    learned: Learned,
    *,
    at: dt.datetime,
) -> DomainError | None:
    if enrolment:
        return withdrawal_refusal(enrolment, session, at=at)
    refusal = enrolment_refusal(
        session,
        affiliated_by(viewer.memberships_today),
        open_to=[organisation.pk for organisation in session.open_to.all()],
        gives_it=session.is_own,
        at=at,
    ) or prerequisite_refusal(learned, session.version, viewer, on=session.first_day)
    if refusal:
        return refusal
    for held in elsewhere:
        if overlap(session.meetings.all(), [held]):
            return Overlapping.with_(held.session)
    return ConsentNeeded() if session.version.consent_required else None


def _seat_after(enrolment: Enrolment | None, session: Session, *, at: dt.datetime) -> str:
    has_seat = enrolment is not None and not enrolment.is_queued
    return freed_seat_text(session, at=at) if has_seat else ""


def _learned(sessions: list[Any], viewer: User) -> Learned:
    """What counts of a person for the workshops after something else."""
    versions = [session.version for session in sessions if session.asks_for_more]
    prefetch_related_objects(versions, "prerequisites")
    return read_learned(versions, [viewer.pk])


def _own(sessions: list[Session], viewer: User) -> Iterable[Enrolment]:
    own = Enrolment.objects.visible_to(viewer).active().filter(session__in=sessions)
    return own.with_position()


def _held_elsewhere(sessions: list[Session], viewer: User) -> list[Meeting]:
    """The meetings of other sessions, at the time of one of these, in which the person has a seat."""
    meetings = [meeting for session in sessions for meeting in session.meetings.all()]
    seats = Seat.objects.overlapping(meetings).filter(enrolment__learner=viewer)
    seats = seats.exclude(meeting__session__in=sessions).select_related("meeting__session__version")
    return [seat.meeting for seat in seats]


def _day(row: Row) -> dt.date:
    return row.session.meetings.all()[0].local_date


def _times(row: Row) -> tuple[dt.datetime, dt.datetime]:
    meetings = row.session.meetings.all()
    return meetings[0].starts_at, max(meeting.ends_at for meeting in meetings)
