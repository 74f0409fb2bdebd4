"""A row that fails stops none of those behind it, and isn't passed over in silence."""

import datetime as dt

import pytest
from django.utils import timezone

from core.sweeps import SweepFailed, sweep
from enrolment import tasks
from enrolment.enums import EnrolmentStatus
from enrolment.models import Enrolment, Offer
from enrolment.services.offers import expire_offer
from people.models import User
from tests.factories import make_employee, make_offer, make_session

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
