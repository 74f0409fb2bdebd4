"""More seats go to the queue at once; fewer than are taken is refused."""

import datetime as dt

import pytest

from core.models import AuditEntry
from core.time import today
from courses.models import Session
from enrolment.enums import EnrolmentStatus
from enrolment.errors import FewerThanNeeded, NotOnOffer, TooFewSeats
from enrolment.models import Enrolment
from enrolment.services.booking import enrol
from enrolment.services.capacity import change_capacity
from enrolment.services.deciding import let_take_place
from notifications.models import Message
from people.models import User
from tests.factories import make_employee, make_session, make_version

pytestmark = pytest.mark.django_db


def book(session: Session) -> Enrolment:
    learner = make_employee()
    return enrol(session=session, learner=learner, actor=learner)


def change(session: Session, manager: User, *capacities: int | None) -> int:
    meetings = list(session.meetings.all())
    wanted = {meeting.pk: capacity for meeting, capacity in zip(meetings, capacities, strict=True)}
    return change_capacity(session=session, capacities=wanted, actor=manager)


def seats(session: Session) -> list[tuple[int | None, int]]:
    return [(meeting.capacity, meeting.taken) for meeting in session.meetings.all()]


def test_new_seats_go_to_the_queue_in_its_order(manager: User) -> None:
    session = make_session(capacity=1)
    book(session)
    second, third, fourth = book(session), book(session), book(session)

    assert change(session, manager, 3, 3) == 2

    assert seats(session) == [(3, 3), (3, 3)]
    for enrolment, status in ((second, "confirmed"), (third, "confirmed"), (fourth, "queued")):
        enrolment.refresh_from_db()
        assert enrolment.status == status
    assert Message.objects.filter(template="enrolment_moved_up").count() == 2
    entry = AuditEntry.objects.get(action="session.capacity_changed")
    assert [change[1:] for change in entry.data["meetings"]] == [[1, 3], [1, 3]]


def test_one_larger_meeting_makes_no_seat(manager: User) -> None:
    session = make_session(capacity=1)
    book(session)
    book(session)
    assert change(session, manager, 3, 1) == 0
    assert seats(session) == [(3, 1), (1, 1)]


def test_fewer_seats_than_are_taken_is_refused_and_nothing_changes(manager: User) -> None:
    session = make_session(capacity=5)
    book(session)
    book(session)
    first, _second = session.meetings.all()
    with pytest.raises(TooFewSeats) as refused:
        change(session, manager, 1, 9)
    assert refused.value.taken == {first.pk: 2}
    assert seats(session) == [(5, 2), (5, 2)]
    assert change(session, manager, 2, None) == 0
    assert seats(session) == [(2, 2), (None, 2)]


def test_more_seats_never_confirm_who_needs_an_approval(manager: User) -> None:
    """cases: ILIAS and mod_booking 899."""
    session = make_session(version=make_version(approval_required=True), capacity=1)
    held, waiting = book(session), book(session)
    assert change(session, manager, 9, 9) == 1
    assert list(session.enrolments.order_by("pk")) == [held, waiting]
    assert {each.status for each in session.enrolments.all()} == {EnrolmentStatus.OFFERED}


def test_no_change_leaves_no_trace(manager: User) -> None:
    session = make_session(capacity=5)
    assert change(session, manager, 5, 5) == 0
    assert not AuditEntry.objects.exists()


def test_the_seats_of_a_draft_are_its_draft_s(manager: User) -> None:
    with pytest.raises(NotOnOffer):
        change(make_session(published=False), manager, 5, 5)


def test_a_meeting_of_another_session_is_left_alone(manager: User) -> None:
    session, other = make_session(capacity=5), make_session(capacity=5)
    foreign = other.meetings.first()
    assert foreign is not None
    assert change_capacity(session=session, capacities={foreign.pk: 1}, actor=manager) == 0
    assert seats(other) == [(5, 0), (5, 0)]


def test_fewer_seats_than_it_needs_people_is_refused_until_it_is_decided(manager: User) -> None:
    session = make_session(min_participants=4, decide_on=today() + dt.timedelta(days=20))
    with pytest.raises(FewerThanNeeded) as refusal:
        change(session, manager, 3, 12)
    assert list(refusal.value.meetings) == [session.meetings.all()[0].pk]
    assert "at least 4 people" in str(refusal.value)
    assert seats(session) == [(12, 0), (12, 0)]
    change(session, manager, 4, None)

    let_take_place(session=session, actor=manager)
    change(session, manager, 3, 3)
    assert seats(session) == [(3, 0), (3, 0)]
