"""Two trainers and one roster. PostgreSQL itself is asked when the second one waits for the first."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.db import IntegrityError

from attendance import errors, services
from attendance.enums import MarkState
from attendance.models import Mark, Roster
from core.models import AuditEntry
from courses.models import Meeting, Session
from enrolment.models import Completion, Enrolment
from people.models import User
from tests.attendance.conftest import at
from tests.attendance.helpers import seat_of
from tests.concurrency.conftest import AtOnce
from tests.factories import UserFactory, make_confirmed, make_session, make_version

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def trainers() -> list[User]:
    return [UserFactory.create(), UserFactory.create()]


@pytest.fixture(autouse=True)
def _at_three() -> Iterator[None]:
    with time_machine.travel(at(15)):
        yield


@pytest.fixture
def session() -> Session:
    return make_session(version=make_version(), starts_in=dt.timedelta(0))


@pytest.fixture
def enrolment(session: Session) -> Enrolment:
    return make_confirmed(session)


@pytest.fixture
def _without_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "lock_session", lambda session_id: None)


def _mark_both_ways(at_once: AtOnce, enrolment: Enrolment, trainers: list[User]) -> list[object]:
    meeting = enrolment.session.meetings.first()
    assert meeting is not None
    seat = seat_of(enrolment, meeting)
    return at_once(
        lambda: services.mark(seat=seat, state=MarkState.PRESENT, actor=trainers[0]),
        lambda: services.mark(seat=seat, state=MarkState.ABSENT, actor=trainers[1]),
    )


def test_two_trainers_mark_one_person(at_once: AtOnce, enrolment: Enrolment, trainers: list[User]) -> None:
    first, second = _mark_both_ways(at_once, enrolment, trainers)

    marks = Mark.objects.order_by("id")
    assert [(mark, mark.state) for mark in marks] == [(first, "present"), (second, "absent")]
    assert list(Mark.objects.current()) == [second]
    assert list(Mark.objects.just_replaced()) == [first]


@pytest.mark.usefixtures("_without_the_lock")
def test_without_the_lock_the_second_mark_breaks(
    at_once: AtOnce, enrolment: Enrolment, trainers: list[User]
) -> None:
    first, second = _mark_both_ways(at_once, enrolment, trainers)

    assert isinstance(second, IntegrityError)
    assert list(Mark.objects.all()) == [first]


def _close_twice(at_once: AtOnce, meeting: Meeting, trainers: list[User]) -> list[object]:
    services.mark_rest(meeting=meeting, state=MarkState.PRESENT, actor=trainers[0])
    return at_once(
        lambda: services.close_roster(meeting=meeting, actor=trainers[0]),
        lambda: services.close_roster(meeting=meeting, actor=trainers[1]),
    )


@pytest.fixture
def one_part(trainers: list[User]) -> Meeting:
    session = make_session(version=make_version(parts=1), starts_in=dt.timedelta(0))
    make_confirmed(session)
    return session.meetings.get()


def test_two_trainers_close_one_roster(at_once: AtOnce, one_part: Meeting, trainers: list[User]) -> None:
    outcomes = _close_twice(at_once, one_part, trainers)

    roster = Roster.objects.get()
    assert outcomes == [roster, roster]
    assert roster.closed_by == trainers[0]
    assert Completion.objects.count() == 1
    assert AuditEntry.objects.filter(action="roster.closed").count() == 1


@pytest.mark.usefixtures("_without_the_lock")
def test_without_the_lock_the_second_closing_breaks(
    at_once: AtOnce, one_part: Meeting, trainers: list[User]
) -> None:
    _, second = _close_twice(at_once, one_part, trainers)

    assert isinstance(second, IntegrityError)


def test_two_trainers_close_a_part_each_and_one_completion_follows(
    at_once: AtOnce, enrolment: Enrolment, trainers: list[User]
) -> None:
    theory, practice = enrolment.session.meetings.all()
    for meeting in (theory, practice):
        services.mark_rest(meeting=meeting, state=MarkState.PRESENT, actor=trainers[0])

    at_once(
        lambda: services.close_roster(meeting=theory, actor=trainers[0]),
        lambda: services.close_roster(meeting=practice, actor=trainers[1]),
    )

    assert [completion.person for completion in Completion.objects.all()] == [enrolment.learner]


def test_a_mark_waits_for_the_closing_and_is_refused(
    at_once: AtOnce, one_part: Meeting, trainers: list[User]
) -> None:
    services.mark_rest(meeting=one_part, state=MarkState.PRESENT, actor=trainers[0])
    seat = one_part.seats.get()

    def mark_absent() -> object:
        with pytest.raises(errors.RosterClosed):
            services.mark(seat=seat, state=MarkState.ABSENT, actor=trainers[1])
        return "refused"

    outcomes = at_once(lambda: services.close_roster(meeting=one_part, actor=trainers[0]), mark_absent)

    assert outcomes[1] == "refused"
    assert [mark.state for mark in Mark.objects.all()] == ["present"]
