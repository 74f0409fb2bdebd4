"""Rooms wanted twice, and a session that moves while its people act."""

import datetime as dt
from dataclasses import replace
from itertools import pairwise

import pytest

from courses.enums import CancelReason
from courses.errors import CannotPlan
from courses.models import CourseVersion, Meeting, Session
from courses.rules import Deadlines
from courses.services import drafting
from courses.services.drafting import create_draft
from courses.services.scheduling import Plan, plan_of
from enrolment.enums import EnrolmentStatus
from enrolment.errors import NotPublished, Overlapping
from enrolment.models import Enrolment, Seat
from enrolment.services import locking
from enrolment.services.booking import enrol, withdraw
from enrolment.services.cancelling import cancel_session
from enrolment.services.capacity import change_capacity
from enrolment.services.moving import Impact, move
from notifications.models import Message
from people.enums import Role
from people.models import User
from tests.concurrency.conftest import AtOnce
from tests.courses.helpers import facts, plan
from tests.factories import VenueFactory, make_employee, make_person_with, make_session, make_version

pytestmark = pytest.mark.django_db(transaction=True)

DAY = dt.timedelta(days=1)
WEEK = 7 * DAY


@pytest.fixture
def manager() -> User:
    return make_person_with(Role.CATALOGUE_MANAGER)


@pytest.fixture
def session() -> Session:
    return make_session(version=make_version(parts=1), capacity=5)


@pytest.fixture
def elsewhere() -> Session:
    """At the hours of ``session``, a week later."""
    return make_session(version=make_version(parts=1), starts_in=37 * DAY)


def sign_up(session: Session, learner: User) -> Enrolment:
    return enrol(session=session, learner=learner, actor=learner)


def a_week_later(session: Session) -> list[Plan]:
    plans = [plan_of(meeting) for meeting in session.meetings.all()]
    return [replace(plan, start=plan.start + WEEK, end=plan.end + WEEK) for plan in plans]


def move_a_week(session: Session, manager: User) -> Impact:
    return move(session=session, plans=a_week_later(session), deadlines=Deadlines(), actor=manager)


def is_in_two_places(learner: User) -> bool:
    meetings = [seat.meeting for seat in Seat.objects.held().filter(enrolment__learner=learner)]
    meetings.sort(key=lambda meeting: meeting.starts_at)
    return any(later.starts_at < earlier.ends_at for earlier, later in pairwise(meetings))


def plan_twice(at_once: AtOnce, manager: User, *, waits: bool = True) -> list[object]:
    # Of two courses: drafts of one version wait for each other already.
    one, other, venue = make_version(parts=1), make_version(parts=1), VenueFactory.create()

    def draft(version: CourseVersion) -> Session:
        wanted = plan(version.parts.get(), venue)
        return create_draft(version=version, facts=facts(), plans=[wanted], actor=manager)

    return at_once(lambda: draft(one), lambda: draft(other), waits=waits)


def test_a_room_that_two_want_goes_to_one(at_once: AtOnce, manager: User) -> None:
    first, second = plan_twice(at_once, manager)
    assert isinstance(first, Session)
    assert isinstance(second, CannotPlan)
    assert Meeting.objects.count() == 1


def test_without_the_lock_both_would_have_it(
    at_once: AtOnce, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: nobody waits, and the room is booked twice."""
    monkeypatch.setattr(drafting, "lock_venues", lambda ids: None)
    plan_twice(at_once, manager, waits=False)
    assert Meeting.objects.count() == 2


def test_who_signs_up_elsewhere_while_a_session_moves_there_is_told_of_the_overlap(
    at_once: AtOnce, session: Session, elsewhere: Session, manager: User
) -> None:
    learner = make_employee()
    sign_up(session, learner)
    _, second = at_once(lambda: move_a_week(session, manager), lambda: sign_up(elsewhere, learner))
    assert isinstance(second, Overlapping)
    assert not is_in_two_places(learner)


def test_a_session_that_moves_sees_who_has_just_signed_up_elsewhere(
    at_once: AtOnce, session: Session, elsewhere: Session, manager: User
) -> None:
    learner = make_employee()
    own = sign_up(session, learner)
    _, impact = at_once(lambda: sign_up(elsewhere, learner), lambda: move_a_week(session, manager))
    assert isinstance(impact, Impact)
    assert impact.elsewhere == 1
    own.refresh_from_db()
    assert own.status == EnrolmentStatus.QUEUED
    assert not is_in_two_places(learner)


def test_without_the_lock_on_people_they_would_be_in_two_places(
    at_once: AtOnce, session: Session, elsewhere: Session, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control."""
    learner = make_employee()
    sign_up(session, learner)
    monkeypatch.setattr(locking, "lock_learners", lambda ids: None)
    at_once(lambda: sign_up(elsewhere, learner), lambda: move_a_week(session, manager), waits=False)
    assert is_in_two_places(learner)


def test_two_sessions_that_move_to_one_time_leave_nobody_in_both(at_once: AtOnce, manager: User) -> None:
    version = make_version(parts=1)
    one, other = make_session(version=version), make_session(version=version, starts_in=31 * DAY)
    learner = make_employee()
    sign_up(one, learner)
    sign_up(other, learner)
    (to,) = a_week_later(one)

    def move_there(session: Session) -> Impact:
        (here,) = [plan_of(meeting) for meeting in session.meetings.all()]
        plans = [replace(here, start=to.start, end=to.end)]
        return move(session=session, plans=plans, deadlines=Deadlines(), actor=manager)

    impacts = at_once(lambda: move_there(one), lambda: move_there(other))
    assert [impact.elsewhere for impact in impacts if isinstance(impact, Impact)] == [0, 1]
    assert not is_in_two_places(learner)


def test_a_double_click_moves_once(at_once: AtOnce, session: Session, manager: User) -> None:
    sign_up(session, make_employee())
    plans = a_week_later(session)

    def click() -> Impact:
        return move(session=session, plans=plans, deadlines=Deadlines(), actor=manager)

    first, second = at_once(click, click)
    assert (first, second) == (Impact(seated=1), Impact())
    assert Message.objects.filter(template="session_moved").count() == 1


def test_whoever_withdraws_while_a_session_moves_is_not_told_of_the_move(
    at_once: AtOnce, session: Session, manager: User
) -> None:
    leaver = sign_up(session, make_employee())
    _, impact = at_once(
        lambda: withdraw(enrolment=leaver, actor=leaver.learner), lambda: move_a_week(session, manager)
    )
    assert impact == Impact()
    assert not Message.objects.filter(template="session_moved").exists()


def test_nobody_enrols_in_what_is_being_cancelled(at_once: AtOnce, session: Session, manager: User) -> None:
    late = make_employee()
    _, second = at_once(
        lambda: cancel_session(session=session, reason=CancelReason.VENUE, actor=manager),
        lambda: sign_up(session, late),
    )
    assert isinstance(second, NotPublished)
    assert not Enrolment.objects.active().exists()


def test_a_seat_that_is_being_taken_is_counted_when_seats_are_taken_away(
    at_once: AtOnce, session: Session, manager: User
) -> None:
    meeting = session.meetings.get()
    sign_up(session, make_employee())
    learner = make_employee()
    _, second = at_once(
        lambda: sign_up(session, learner),
        lambda: change_capacity(session=session, capacities={meeting.pk: 1}, actor=manager),
    )
    assert getattr(second, "taken", None) == {meeting.pk: 2}
    meeting.refresh_from_db()
    assert (meeting.capacity, meeting.taken) == (5, 2)
