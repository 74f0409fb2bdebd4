"""Closing a roster, and the learning record that follows."""

import datetime as dt

import pytest
import time_machine

from attendance import errors, services
from attendance.enums import MarkState
from attendance.models import Roster
from core.models import AuditEntry
from courses.models import Course, Meeting, Part, Session
from enrolment.enums import CompletionSource, EnrolmentStatus
from enrolment.models import Completion, Enrolment, Seat
from people.models import User
from tests.attendance.conftest import at
from tests.attendance.helpers import completed, mark_and_close, seat_of
from tests.factories import CourseFactory, make_confirmed, make_session, make_version

pytestmark = pytest.mark.django_db

PRESENT, LATE, PARTIAL, ABSENT, EXCUSED, ENDED_EARLY = MarkState


def test_nobody_without_a_mark_is_left_behind(theory: Meeting, trainer: User) -> None:
    people = [make_confirmed(theory.session) for _ in range(4)]
    services.mark(seat=seat_of(people[0], theory), state=PRESENT, actor=trainer)

    with pytest.raises(errors.PeopleWithoutMark, match="3 people have no mark yet"):
        services.close_roster(meeting=theory, actor=trainer)
    for person in people[1:3]:
        services.mark(seat=seat_of(person, theory), state=ABSENT, actor=trainer)
    with pytest.raises(errors.PeopleWithoutMark, match="1 person has no mark yet"):
        services.close_roster(meeting=theory, actor=trainer)

    assert not Roster.objects.exists()


def test_a_part_is_not_closed_before_it_starts(
    theory: Meeting, trainer: User, clock: time_machine.Traveller
) -> None:
    clock.move_to(at(8, 29))
    with pytest.raises(errors.NotStarted, match="starts at 08:30"):
        services.close_roster(meeting=theory, actor=trainer)

    clock.move_to(at(8, 30))
    assert services.close_roster(meeting=theory, actor=trainer) == Roster.objects.get()


def test_closing_twice_has_one_effect(theory: Meeting, practice: Meeting, trainer: User) -> None:
    enrolment = make_confirmed(theory.session)
    mark_and_close(theory, {enrolment: PRESENT}, trainer)
    mark_and_close(practice, {enrolment: PRESENT}, trainer)
    before = Roster.objects.get(meeting=practice)

    again = services.close_roster(meeting=practice, actor=trainer)

    assert (again.closed_at, again.closed_by) == (before.closed_at, trainer)
    assert Completion.objects.count() == 1
    assert AuditEntry.objects.filter(action="roster.closed").count() == 2


@pytest.mark.parametrize("closed_first", ["theory", "practice"])
def test_the_completion_comes_with_the_last_required_part_in_either_order(
    theory: Meeting, practice: Meeting, trainer: User, closed_first: str
) -> None:
    enrolment = make_confirmed(theory.session)
    first, second = (theory, practice) if closed_first == "theory" else (practice, theory)

    mark_and_close(first, {enrolment: PRESENT}, trainer)
    assert not Completion.objects.exists()
    mark_and_close(second, {enrolment: PRESENT}, trainer)

    completion = Completion.objects.get()
    assert completion.person == enrolment.learner
    assert completion.version == theory.session.version
    assert completion.completed_on == dt.date(2027, 1, 14)
    assert completion.source == CompletionSource.ATTENDANCE
    assert list(completion.sessions.all()) == [theory.session]


def test_exactly_those_who_were_there_in_every_part_complete(
    theory: Meeting, practice: Meeting, trainer: User
) -> None:
    seen = [
        (PRESENT, PRESENT, True),
        (PRESENT, LATE, True),
        (LATE, LATE, True),
        (PRESENT, PARTIAL, False),
        (PRESENT, ABSENT, False),
        (EXCUSED, PRESENT, False),
        (ABSENT, ABSENT, False),
    ]
    enrolments = [make_confirmed(theory.session) for _ in seen]
    mark_and_close(theory, {e: row[0] for e, row in zip(enrolments, seen, strict=True)}, trainer)
    mark_and_close(practice, {e: row[1] for e, row in zip(enrolments, seen, strict=True)}, trainer)

    assert completed() == {e.learner for e, row in zip(enrolments, seen, strict=True) if row[2]}


def test_an_optional_part_is_not_asked_for(theory: Meeting, practice: Meeting, trainer: User) -> None:
    Part.objects.filter(pk=practice.part_id).update(optional=True)
    absent_there, never_there = make_confirmed(theory.session), make_confirmed(theory.session)

    mark_and_close(theory, {absent_there: PRESENT, never_there: ABSENT}, trainer)
    assert completed() == {absent_there.learner}
    mark_and_close(practice, {absent_there: ABSENT, never_there: PRESENT}, trainer)

    assert completed() == {absent_there.learner}


def test_only_an_optional_part_completes_nothing(theory: Meeting, trainer: User) -> None:
    Part.objects.update(optional=True)

    mark_and_close(theory, {make_confirmed(theory.session): PRESENT}, trainer)

    assert completed() == set()


def test_an_early_exit_without_fault_counts_in_full(trainer: User) -> None:
    gentle = make_session(version=make_version(parts=1, early_exit_allowed=True), starts_in=dt.timedelta(0))
    meeting = gentle.meetings.get()
    enrolment = make_confirmed(gentle)

    mark_and_close(meeting, {enrolment: ENDED_EARLY}, trainer)

    assert Completion.objects.get().minutes == 240


def test_the_minutes_are_those_of_the_version_not_of_the_meetings(
    theory: Meeting, practice: Meeting, trainer: User
) -> None:
    Part.objects.filter(pk=theory.part_id).update(minutes=100)
    Part.objects.filter(pk=practice.part_id).update(minutes=17)
    enrolment = make_confirmed(theory.session)

    mark_and_close(theory, {enrolment: LATE}, trainer)
    mark_and_close(practice, {enrolment: PRESENT}, trainer)

    assert Completion.objects.get().minutes == 117


def test_it_is_completed_on_the_day_of_the_last_part_whatever_the_day_of_closing(
    theory: Meeting, practice: Meeting, trainer: User, clock: time_machine.Traveller
) -> None:
    later = dt.date(2027, 1, 21)
    Meeting.objects.filter(pk=practice.pk).update(starts_at=at(9, day=later), ends_at=at(12, day=later))
    enrolment = make_confirmed(theory.session)
    mark_and_close(theory, {enrolment: PRESENT}, trainer)
    clock.move_to(at(10, day=dt.date(2027, 1, 23)))
    practice.refresh_from_db()
    mark_and_close(practice, {enrolment: PRESENT}, trainer)

    assert Completion.objects.get().completed_on == later


def test_a_workshop_of_a_programme_makes_no_completion(
    theory: Meeting, practice: Meeting, trainer: User
) -> None:
    Course.objects.filter(pk=theory.session.version.course_id).update(programme=CourseFactory.create())
    enrolment = make_confirmed(theory.session)

    mark_and_close(theory, {enrolment: PRESENT}, trainer)
    mark_and_close(practice, {enrolment: PRESENT}, trainer)

    assert Roster.objects.count() == 2
    assert completed() == set()


def test_who_withdrew_and_who_queues_complete_nothing(
    theory: Meeting, practice: Meeting, trainer: User
) -> None:
    there, withdrew, queues = (make_confirmed(theory.session) for _ in range(3))
    for meeting in (theory, practice):
        services.mark(seat=seat_of(withdrew, meeting), state=PRESENT, actor=trainer)
        services.mark(seat=seat_of(queues, meeting), state=PRESENT, actor=trainer)
    Seat.objects.filter(enrolment=withdrew).update(released_at=at(15, 30))
    Enrolment.objects.filter(pk=withdrew.pk).update(status=EnrolmentStatus.WITHDRAWN)
    Enrolment.objects.filter(pk=queues.pk).update(status=EnrolmentStatus.QUEUED)

    mark_and_close(theory, {there: PRESENT}, trainer)
    mark_and_close(practice, {there: PRESENT}, trainer)

    assert completed() == {there.learner}


def test_marks_count_once_their_roster_is_closed(theory: Meeting, practice: Meeting, trainer: User) -> None:
    enrolment = make_confirmed(theory.session)
    services.mark(seat=seat_of(enrolment, practice), state=PRESENT, actor=trainer)

    mark_and_close(theory, {enrolment: PRESENT}, trainer)

    assert completed() == set()


def test_an_absence_this_time_leaves_the_completion_of_the_last_time(
    session: Session, theory: Meeting, practice: Meeting, trainer: User
) -> None:
    last_year = make_session(version=session.version, starts_in=dt.timedelta(days=-365))
    then = make_confirmed(last_year)
    for meeting in last_year.meetings.all():
        mark_and_close(meeting, {then: PRESENT}, trainer)
    now = make_confirmed(session, then.learner)

    mark_and_close(theory, {now: ABSENT}, trainer)
    mark_and_close(practice, {now: PRESENT}, trainer)

    assert [completion.completed_on for completion in Completion.objects.current()] == [dt.date(2026, 1, 14)]


def test_another_session_of_the_course_completes_nobody_here(
    session: Session, theory: Meeting, practice: Meeting, trainer: User
) -> None:
    elsewhere = make_session(version=session.version, starts_in=dt.timedelta(0))
    here, there = make_confirmed(session), make_confirmed(elsewhere)
    mark_and_close(theory, {here: PRESENT}, trainer)

    mark_and_close(elsewhere.meetings.get(part=practice.part), {there: PRESENT}, trainer)

    assert completed() == set()


def test_a_part_made_up_for_in_another_session_completes(
    session: Session, theory: Meeting, practice: Meeting, trainer: User, clock: time_machine.Traveller
) -> None:
    enrolment = make_confirmed(session)
    mark_and_close(theory, {enrolment: PRESENT}, trainer)
    mark_and_close(practice, {enrolment: ABSENT}, trainer)
    elsewhere = make_session(version=session.version, starts_in=dt.timedelta(days=7))
    made_up = elsewhere.meetings.get(part=practice.part)
    Seat.objects.create(enrolment=enrolment, meeting=made_up)
    clock.move_to(at(16, day=dt.date(2027, 1, 21)))

    mark_and_close(made_up, {enrolment: PRESENT}, trainer)

    completion = Completion.objects.get()
    assert completion.person == enrolment.learner
    assert completion.completed_on == dt.date(2027, 1, 21)
    assert set(completion.sessions.all()) == {session, elsewhere}
