"""Duplicates and series: the hours on the clock stay, people stay behind."""

import datetime as dt

import pytest

from core.time import BRUSSELS
from courses.errors import CannotPlan, CannotRepeat, NothingToRepeat
from courses.models import Course, MeetingStaff, Session, SessionDocument
from courses.services.documents import add_document
from courses.services.repeating import duplicate, foresee_series, make_series, series_days
from courses.services.scheduling import keep_session_times, place_meeting
from people.enums import Role
from people.models import User
from tests.courses.helpers import plan
from tests.factories import (
    OrganisationFactory,
    SessionFactory,
    make_confirmed,
    make_person_with,
    make_session,
    make_version,
)

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture
def source(manager: User) -> Session:
    """Two parts on 12 and 13 October 2027, before the clock changes."""
    session = make_session(
        trainer=make_person_with(Role.TRAINER),
        enrol_until=dt.date(2027, 10, 8),
        practical="Kaart",
        contact_email="hpm@dossin.example",
    )
    session.open_to.add(OrganisationFactory.create())
    first, second = session.meetings.all()
    place_meeting(first, plan(first.part, first.venue, "2027-10-12 08:30", room="A"))
    place_meeting(second, plan(second.part, second.venue, "2027-10-13 13:00", room="A"))
    keep_session_times(session=session)
    make_confirmed(session)
    add_document(session=session, name="plan.pdf", content=b"%PDF-1.7", actor=manager)
    return session


def starts(session: Session) -> list[str]:
    return [meeting.local_start for meeting in session.meetings.all()]


def test_a_duplicate_is_a_draft_with_the_same_hours_and_nobody_in_it(source: Session, manager: User) -> None:
    draft = duplicate(session=source, first_day=dt.date(2027, 11, 9), actor=manager)

    draft = Session.objects.get(pk=draft.pk)
    assert (draft.status, draft.practical, draft.sequence) == ("draft", "Kaart", 0)
    assert starts(draft) == ["2027-11-09T08:30", "2027-11-10T13:00"]
    # The clock has changed in between: the same hour is another instant.
    assert draft.starts_at == dt.datetime(2027, 11, 9, 8, 30, tzinfo=BRUSSELS)
    assert draft.enrol_until == dt.date(2027, 11, 5)
    assert list(draft.open_to.all()) == list(source.open_to.all())
    assert {meeting.taken for meeting in draft.meetings.all()} == {0}
    assert not draft.enrolments.exists()
    assert not MeetingStaff.objects.filter(meeting__session=draft).exists()
    assert not SessionDocument.objects.filter(session=draft).exists()


def test_a_duplicate_follows_the_newest_version_of_its_course(source: Session, manager: User) -> None:
    newer = make_version(course=source.version.course, number=2, parts=1)
    assert Course.objects.get(pk=source.version.course_id).current_version == newer
    source = Session.objects.get(pk=source.pk)

    draft = duplicate(session=source, first_day=dt.date(2027, 11, 9), actor=manager)

    assert draft.version == newer
    assert [meeting.part for meeting in draft.meetings.all()] == list(newer.parts.all())


def test_a_duplicate_in_a_room_that_is_taken_is_refused(source: Session, manager: User) -> None:
    with pytest.raises(CannotPlan, match="is taken"):
        duplicate(session=source, first_day=dt.date(2027, 10, 12), actor=manager)
    assert Session.objects.get() == source


def test_without_meetings_there_is_nothing_to_repeat(manager: User) -> None:
    session = SessionFactory.create(version=make_version())
    with pytest.raises(NothingToRepeat):
        duplicate(session=session, first_day=dt.date(2027, 1, 14), actor=manager)


def test_the_days_of_a_series() -> None:
    first = dt.date(2027, 10, 12)
    assert list(series_days(first, weeks=2, times=2)) == [dt.date(2027, 10, 26), dt.date(2027, 11, 9)]
    assert list(series_days(first, weeks=1, until=dt.date(2027, 10, 26))) == [
        dt.date(2027, 10, 19),
        dt.date(2027, 10, 26),
    ]
    assert list(series_days(first, weeks=1, until=dt.date(2027, 10, 18))) == []


def test_a_weekly_series_across_october_keeps_its_local_time(source: Session, manager: User) -> None:
    """cases: mod_attendance 498 and 683."""
    days = list(series_days(dt.date(2027, 10, 12), weeks=1, times=4))

    drafts = make_series(session=source, days=days, actor=manager)

    assert [starts(draft) for draft in drafts] == [
        ["2027-10-19T08:30", "2027-10-20T13:00"],
        ["2027-10-26T08:30", "2027-10-27T13:00"],
        ["2027-11-02T08:30", "2027-11-03T13:00"],
        ["2027-11-09T08:30", "2027-11-10T13:00"],
    ]
    stored = [Session.objects.get(pk=draft.pk).starts_at for draft in drafts]
    assert [f"{at:%H:%M}" for at in stored if at] == ["06:30", "06:30", "07:30", "07:30"]
    assert {f"{at.astimezone(BRUSSELS):%H:%M}" for at in stored if at} == {"08:30"}


def test_a_date_that_is_in_the_way_is_named_and_nothing_is_made(source: Session, manager: User) -> None:
    taken = duplicate(session=source, first_day=dt.date(2027, 10, 26), actor=manager)
    days = list(series_days(dt.date(2027, 10, 12), weeks=1, times=3))

    occasions = foresee_series(session=source, days=days)
    assert {o.first_day: [p.part for p in o.problems] for o in occasions} == {
        dt.date(2027, 10, 19): [],
        dt.date(2027, 10, 26): [meeting.part_id for meeting in taken.meetings.all()],
        dt.date(2027, 11, 2): [],
    }
    with pytest.raises(CannotRepeat):
        make_series(session=source, days=days, actor=manager)
    assert Session.objects.count() == 2

    days.remove(dt.date(2027, 10, 26))
    assert len(make_series(session=source, days=days, actor=manager)) == 2


def test_a_session_that_takes_longer_than_the_pause_is_in_its_own_way(source: Session) -> None:
    first, second = source.meetings.all()
    # The second part a week later, at the hours and in the room of the first.
    place_meeting(second, plan(second.part, first.venue, "2027-10-19 08:30", room="A"))
    days = [dt.date(2027, 11, 2), dt.date(2027, 11, 9)]

    early, late = foresee_series(session=source, days=days)

    assert early.problems == []
    assert [str(problem.message) for problem in late.problems] == [
        "The session of Tue 2 Nov 2027 of this series is still on there then."
    ]
