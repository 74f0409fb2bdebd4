"""Wall clocks and instants, on both sides of the changes of the clock."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from core.time import BRUSSELS
from courses.models import Meeting, Session
from courses.services.scheduling import EndsBeforeStart, schedule_meeting, wall_clock
from tests.factories import SessionFactory, VenueFactory, make_session, make_version

ZONE = BRUSSELS.key


@pytest.mark.parametrize(
    ("instant", "local"),
    [
        (dt.datetime(2027, 3, 27, 8, 30, tzinfo=dt.UTC), "2027-03-27T09:30"),
        (dt.datetime(2027, 3, 29, 7, 30, tzinfo=dt.UTC), "2027-03-29T09:30"),
        (dt.datetime(2026, 10, 24, 7, 30, tzinfo=dt.UTC), "2026-10-24T09:30"),
        (dt.datetime(2026, 10, 26, 8, 30, tzinfo=dt.UTC), "2026-10-26T09:30"),
    ],
)
def test_a_wall_clock_shows_the_same_hour_on_both_sides_of_a_change(instant: dt.datetime, local: str) -> None:
    assert wall_clock(instant, ZONE) == local


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        wall_clock(dt.datetime(2027, 1, 1, 9), ZONE)  # noqa: DTZ001


@pytest.fixture
def session(db: None) -> Session:
    session: Session = SessionFactory.create(version=make_version())
    return session


def meeting_of(session: Session, position: int) -> Meeting:
    return Meeting(
        session=session, part=session.version.parts.get(position=position), venue=VenueFactory.create()
    )


def test_scheduling_keeps_local_times_and_the_span_of_the_session(session: Session) -> None:
    afternoon = dt.datetime(2027, 1, 14, 13, 0, 40, tzinfo=BRUSSELS)
    second = schedule_meeting(
        meeting=meeting_of(session, 2),
        starts_at=afternoon,
        ends_at=afternoon + dt.timedelta(hours=4),
        actor=None,
    )
    morning = dt.datetime(2027, 1, 14, 3, tzinfo=ZoneInfo("America/New_York"))
    schedule_meeting(
        meeting=meeting_of(session, 1), starts_at=morning, ends_at=morning + dt.timedelta(hours=3), actor=None
    )

    second.refresh_from_db()
    session.refresh_from_db()
    assert (second.local_start, second.local_end) == ("2027-01-14T13:00", "2027-01-14T17:00")
    assert second.starts_at == dt.datetime(2027, 1, 14, 12, tzinfo=dt.UTC)
    assert session.starts_at == dt.datetime(2027, 1, 14, 8, tzinfo=dt.UTC)
    assert session.ends_at == dt.datetime(2027, 1, 14, 16, tzinfo=dt.UTC)


def test_scheduling_again_moves_the_span_and_leaves_seats_alone(db: None) -> None:
    session = make_session(published=False)
    meeting = session.meetings.get(part__position=2)
    Meeting.objects.filter(pk=meeting.pk).update(taken=3)
    later = meeting.starts_at + dt.timedelta(days=7)

    schedule_meeting(meeting=meeting, starts_at=later, ends_at=later + dt.timedelta(hours=2), actor=None)

    meeting.refresh_from_db()
    session.refresh_from_db()
    assert (meeting.starts_at, meeting.taken) == (later, 3)
    assert session.ends_at == later + dt.timedelta(hours=2)


def test_an_end_before_the_start_is_refused(session: Session) -> None:
    start = dt.datetime(2027, 1, 14, 9, tzinfo=BRUSSELS)

    with pytest.raises(EndsBeforeStart):
        schedule_meeting(meeting=meeting_of(session, 1), starts_at=start, ends_at=start, actor=None)

    assert not session.meetings.exists()
