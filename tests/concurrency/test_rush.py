"""A whole zone hears of a few seats at once."""

import datetime as dt
import threading
from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest

from courses.models import Session
from enrolment.enums import EnrolmentStatus, Fault
from enrolment.models import Enrolment, Seat
from enrolment.services import booking
from enrolment.services.auditing import audit, faults_of
from enrolment.services.booking import apply_for, enrol, enrol_all
from enrolment.services.locking import read_meetings
from notifications.models import Message
from people.models import User
from tests.concurrency.conftest import PATIENCE, in_processes, together
from tests.factories import make_employee, make_session, make_version

pytestmark = pytest.mark.django_db(transaction=True)

CONFIRMED, QUEUED = EnrolmentStatus.CONFIRMED, EnrolmentStatus.QUEUED
SEATS, PEOPLE = 5, 50


def sign_up(session: Session, learner: User) -> str:
    return enrol(session=session, learner=learner, actor=learner).status


def make_people(number: int) -> list[User]:
    return [make_employee() for _ in range(number)]


def assert_told_the_truth(session: Session, people: Sequence[User], answers: Sequence[str]) -> None:
    """Answers, mails and places in the queue say the same, and no more seats are taken than there are."""
    assert sorted(answers) == sorted([CONFIRMED] * SEATS + [QUEUED] * (len(people) - SEATS))
    now = dict(session.enrolments.values_list("learner", "status"))
    assert [now[person.pk] for person in people] == list(answers)
    assert (
        session.meetings.get().taken == Seat.objects.held().filter(meeting__session=session).count() == SEATS
    )

    ranks = dict(session.enrolments.queued().with_position().values_list("learner", "position"))
    assert sorted(ranks.values()) == list(range(1, len(people) - SEATS + 1))
    topics = {f"enrolment:{each.public_id}": each.learner_id for each in session.enrolments.all()}
    mails = {topics[mail.topic]: mail for mail in Message.objects.filter(topic__in=topics)}
    assert {person: mail.context["position"] for person, mail in mails.items() if person in ranks} == ranks
    seated = {mail.template for person, mail in mails.items() if person not in ranks}
    assert (len(mails), seated) == (len(people), {"enrolment_confirmed"})


@pytest.mark.parametrize("runs", [2, pytest.param(8, marks=pytest.mark.prove)])
def test_fifty_at_once_on_five_seats(runs: int) -> None:
    people = make_people(PEOPLE)
    for run in range(runs):
        session = make_session(
            version=make_version(parts=1), capacity=SEATS, starts_in=dt.timedelta(days=30 + run)
        )
        answers: Any = together(*(partial(sign_up, session, person) for person in people))
        assert_told_the_truth(session, people, answers)
    assert faults_of(audit()) == {}


def test_fifty_who_are_enrolled_in_five_groups_at_once() -> None:
    """As a web process does it: whoever comes first enrols all who wait there."""
    people, session = make_people(PEOPLE), make_session(version=make_version(parts=1), capacity=SEATS)

    def sign_all_up(group: Sequence[User]) -> list[str]:
        asked = [apply_for(session, person, actor=person) for person in group]
        return [each.status for each in enrol_all(session.pk, asked) if isinstance(each, Enrolment)]

    groups = [people[start : start + 10] for start in range(0, PEOPLE, 10)]
    answers: Any = together(*(partial(sign_all_up, group) for group in groups))
    assert_told_the_truth(session, people, [status for group in answers for status in group])
    assert faults_of(audit()) == {}


def test_fifty_in_two_processes() -> None:
    people, session = make_people(PEOPLE), make_session(version=make_version(parts=1), capacity=SEATS)
    halves = [people[: PEOPLE // 2], people[PEOPLE // 2 :]]
    ids = [[f"{session.pk}:{person.pk}" for person in half] for half in halves]
    answers = in_processes(["sign_up", *ids[0]], ["sign_up", *ids[1]])
    assert_told_the_truth(session, people, [*answers[0], *answers[1]])
    assert faults_of(audit()) == {}


@pytest.mark.usefixtures("_without_the_check")
def test_without_the_lock_all_of_them_have_one_of_the_five_seats(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: all have read that a seat is free before the first takes one."""
    people, session = make_people(3 * SEATS), make_session(version=make_version(parts=1), capacity=SEATS)
    all_have_read = threading.Barrier(len(people))

    def read_together(session: Session) -> Any:
        read = read_meetings(session)
        all_have_read.wait(PATIENCE)
        return read

    monkeypatch.setattr(booking, "lock_session", lambda pk: Session.objects.with_open_to().get(pk=pk))
    monkeypatch.setattr(booking, "read_meetings", read_together)
    answers = together(*(partial(sign_up, session, person) for person in people))
    assert answers == [CONFIRMED] * 3 * SEATS
    assert set(faults_of(audit())) == {Fault.OVERBOOKED}
