"""Wall clocks and instants, on both sides of the changes of the clock; rooms that are taken."""

import datetime as dt

import pytest

from core.time import BRUSSELS, at_wall_clock
from courses.models import Meeting, Session
from courses.services.scheduling import find_problems, place_meeting, plan_of
from tests.courses.helpers import clock, plan
from tests.factories import SessionFactory, VenueFactory, make_session, make_version


@pytest.mark.parametrize(
    ("local", "instant"),
    [
        ("2027-03-27 09:30", dt.datetime(2027, 3, 27, 8, 30, tzinfo=dt.UTC)),
        ("2027-03-29 09:30", dt.datetime(2027, 3, 29, 7, 30, tzinfo=dt.UTC)),
        ("2026-10-24 09:30", dt.datetime(2026, 10, 24, 7, 30, tzinfo=dt.UTC)),
        ("2026-10-26 09:30", dt.datetime(2026, 10, 26, 8, 30, tzinfo=dt.UTC)),
        # The hour that comes twice is the first of the two.
        ("2026-10-25 02:30", dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)),
    ],
)
def test_a_clock_on_the_wall_is_an_instant(local: str, instant: dt.datetime) -> None:
    assert at_wall_clock(clock(local)) == instant


def test_an_hour_that_the_clock_skips_is_no_instant() -> None:
    with pytest.raises(ValueError, match="never show"):
        at_wall_clock(clock("2027-03-28 02:30"))


@pytest.mark.django_db
def test_a_meeting_keeps_its_local_times() -> None:
    session = SessionFactory.create(version=make_version(parts=1))
    part, venue = session.version.parts.get(), VenueFactory.create()
    planned = plan(part, venue, "2027-07-01 13:00", room="A1", capacity=9)

    place_meeting(Meeting(session=session, part=part, capacity=9), planned)

    meeting = session.meetings.get()
    assert (meeting.local_start, meeting.local_end) == ("2027-07-01T13:00", "2027-07-01T16:00")
    assert meeting.starts_at == dt.datetime(2027, 7, 1, 11, tzinfo=dt.UTC)
    assert (meeting.venue, meeting.room, meeting.capacity) == (venue, "A1", 9)
    assert plan_of(meeting) == planned


@pytest.fixture
def session(db: None) -> Session:
    """A draft of three hours, on a day in winter, at a venue without a named room."""
    session = make_session(version=make_version(parts=1, title_en="HPM"), published=False)
    meeting = session.meetings.get()
    place_meeting(meeting, plan(meeting.part, meeting.venue, "2027-01-14 09:00"))
    return session


def problems(*plans: object, session: Session | None = None) -> list[tuple[str, str]]:
    found = find_problems(plans, session=session or Session())  # type: ignore[arg-type]
    return [(problem.field, str(problem.message)) for problem in found]


def test_a_room_is_taken_once(session: Session) -> None:
    venue = session.meetings.get().venue
    part = make_version(parts=1).parts.get()
    said = f"{venue.name} is taken: HPM, Thu 14 Jan 2027, 09:00–12:00."

    assert problems(plan(part, venue, "2027-01-14 11:59")) == [("room", said)]
    # Those that touch follow each other.
    assert problems(plan(part, venue, "2027-01-14 12:00")) == []
    assert problems(plan(part, venue, "2027-01-14 06:00")) == []
    assert problems(plan(part, VenueFactory.create(), "2027-01-14 09:00")) == []
    # A named room is another one than the venue as such.
    assert problems(plan(part, venue, "2027-01-14 09:00", room="A1")) == []
    # What is edited is not in its own way.
    assert problems(plan(part, venue, "2027-01-14 10:00"), session=session) == []


def test_a_named_room_is_the_same_in_any_case(session: Session) -> None:
    Meeting.objects.update(room="Zaal A")
    venue, part = session.meetings.get().venue, make_version(parts=1).parts.get()

    (problem,) = problems(plan(part, venue, "2027-01-14 09:00", room="zaal a"))
    assert problem == ("room", f"Zaal A, {venue.name} is taken: HPM, Thu 14 Jan 2027, 09:00–12:00.")
    assert problems(plan(part, venue, "2027-01-14 09:00", room="Zaal B")) == []


def test_a_cancelled_session_leaves_its_room(session: Session) -> None:
    Session.objects.update(status="cancelled")
    part = make_version(parts=1).parts.get()
    assert problems(plan(part, session.meetings.get().venue, "2027-01-14 09:00")) == []


def test_times_that_cannot_be(session: Session) -> None:
    first, second = make_version(parts=2).parts.all()
    venue = VenueFactory.create()

    assert problems(plan(first, venue, hours=0)) == [("end", "The end must be later than the start.")]
    skipped = [("start", "The clocks skip this hour that night. Choose another time.")]
    assert problems(plan(first, venue, "2027-03-28 02:30")) == skipped
    parallel = problems(plan(first, venue), plan(second, VenueFactory.create(), "2027-01-14 11:30"))
    assert parallel == [("start", "Part takes place then. The parts of a session follow each other.")]


def test_a_clock_that_changes_at_night_makes_a_shorter_night(session: Session) -> None:
    """From 01:30 to 03:15 that night is 45 minutes, and in order."""
    part = make_version(parts=1).parts.get()
    night = plan(part, VenueFactory.create(), "2027-03-28 01:30", hours=1.75)
    assert problems(night) == []
    assert night.ends_at - night.starts_at == dt.timedelta(minutes=45)
    assert night.starts_at == dt.datetime(2027, 3, 28, 1, 30, tzinfo=BRUSSELS)
