"""A row that fails stops none of those behind it, and isn't passed over in silence."""

import datetime as dt

import pytest
from django.utils import timezone

from core.sweeps import SweepFailed, do_all, sweep
from courses.models import Meeting
from enrolment import emails, tasks
from enrolment.enums import EnrolmentStatus
from enrolment.models import Enrolment, Offer
from enrolment.services.offers import expire_offer
from notifications.models import Message
from people.models import User
from tests.factories import make_confirmed, make_employee, make_offer, make_session

pytestmark = pytest.mark.django_db


def refuse(person: User) -> None:
    raise RuntimeError(person.get_full_name())


def test_all_rows_have_their_turn_and_the_sweep_fails_in_the_end(caplog: pytest.LogCaptureFixture) -> None:
    people = [make_employee() for _ in range(3)]
    done: list[User] = []

    def act(person: User) -> None:
        if person == people[0]:
            refuse(person)
        done.append(person)

    with pytest.raises(SweepFailed) as failed:
        sweep(people, act)
    assert done == people[1:]
    assert str(failed.value) == "Left undone: 1"
    assert isinstance(failed.value.__cause__, RuntimeError)
    assert [(each.levelname, each.getMessage()) for each in caplog.records] == [
        ("ERROR", f"Left undone: people.User {people[0].pk}")
    ]


def test_without_a_fault_nothing_is_said(caplog: pytest.LogCaptureFixture) -> None:
    done: list[User] = []
    sweep([make_employee()], done.append)
    assert len(done) == 1
    assert caplog.records == []


def test_an_offer_that_fails_keeps_no_seat_from_those_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    offers = [make_offer(make_session()) for _ in range(3)]
    yesterday = timezone.now() - dt.timedelta(days=1)
    Offer.objects.update(made_at=yesterday, expires_at=yesterday + dt.timedelta(hours=1))

    def fails_once(*, offer: Offer) -> Enrolment:
        if offer == offers[0]:
            raise RuntimeError
        return expire_offer(offer=offer)

    monkeypatch.setattr(tasks, "expire_offer", fails_once)
    with pytest.raises(SweepFailed):
        tasks.expire_offers()
    statuses = {each.pk: each.status for each in Enrolment.objects.all()}
    assert [statuses[offer.enrolment_id] for offer in offers] == [
        EnrolmentStatus.OFFERED,
        EnrolmentStatus.QUEUED,
        EnrolmentStatus.QUEUED,
    ]


def test_acts_that_are_due_together_do_not_wait_for_one_another(caplog: pytest.LogCaptureFixture) -> None:
    done = []

    def fails() -> None:
        raise RuntimeError

    def works() -> None:
        done.append(1)

    with pytest.raises(SweepFailed, match="Left undone: 1"):
        do_all(fails, works)
    assert done == [1]
    assert [each.getMessage().rpartition(".")[2] for each in caplog.records] == ["fails"]


def test_a_reminder_that_fails_keeps_none_from_those_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    soon = make_session(starts_in=dt.timedelta(days=2))
    first, *others = [make_confirmed(soon) for _ in range(3)]
    remind = emails.remind

    def fails_once(enrolment: Enrolment, meetings: list[Meeting]) -> None:
        if enrolment == first:
            raise RuntimeError
        remind(enrolment, meetings)

    monkeypatch.setattr(emails, "remind", fails_once)
    with pytest.raises(SweepFailed):
        tasks.queue_session_reminders()
    reminded = Message.objects.filter(template="session_reminder")
    assert {each.recipient_id for each in reminded} == {each.learner_id for each in others}
