"""Courses that need an organisation's yes: a seat is held for a while, nobody is confirmed without it."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from core.models import AuditEntry
from core.time import BRUSSELS
from courses.models import Session
from enrolment.enums import EnrolmentStatus, OfferKind, PassedOver
from enrolment.errors import OfferGone
from enrolment.models import Enrolment, Offer
from enrolment.services.approving import approve, disapprove
from enrolment.services.auditing import find_faults
from enrolment.services.booking import enrol, withdraw
from enrolment.services.offers import accept_offer
from enrolment.services.waiting_list import fill_free_seats
from enrolment.tasks import expire_offers
from notifications.models import Message
from people.enums import Role
from people.models import User
from tests.enrolment.conftest import NOON
from tests.factories import make_employee, make_person_with, make_session, make_version

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

OFFERED, QUEUED, CONFIRMED = EnrolmentStatus.OFFERED, EnrolmentStatus.QUEUED, EnrolmentStatus.CONFIRMED


@pytest.fixture(autouse=True)
def _everything_is_in_order() -> Any:
    yield
    assert not [fault for fault in find_faults(most_ids=5) if fault.count]


@pytest.fixture
def session() -> Session:
    return make_session(version=make_version(approval_required=True), capacity=1)


@pytest.fixture
def approver() -> User:
    return make_person_with(Role.HR)


def book(session: Session) -> Enrolment:
    learner = make_employee()
    return enrol(session=session, learner=learner, actor=learner)


def statuses(*enrolments: Enrolment) -> list[str]:
    for enrolment in enrolments:
        enrolment.refresh_from_db()
    return [enrolment.status for enrolment in enrolments]


def test_a_free_seat_is_held_until_the_yes(session: Session, approver: User) -> None:
    enrolment = book(session)
    offer = enrolment.offers.get()
    assert (enrolment.status, offer.kind) == (OFFERED, OfferKind.APPROVAL)
    assert (enrolment.approval_needed, enrolment.approver_id) == (True, enrolment.employer_id)
    assert offer.expires_at == dt.datetime(2026, 3, 7, 20, tzinfo=BRUSSELS)
    assert Message.objects.get(recipient=enrolment.learner).template == "seat_held"
    for _ in range(2):
        approve(enrolment=enrolment, actor=approver)
    assert statuses(enrolment) == [CONFIRMED]
    assert enrolment.approved_at == NOON
    assert AuditEntry.objects.filter(action="enrolment.approved").count() == 1


def test_the_person_can_not_say_that_yes_themselves(session: Session) -> None:
    with pytest.raises(OfferGone):
        accept_offer(offer=book(session).offers.get(), actor=None)


def test_without_a_yes_in_time_they_are_passed_over_keep_their_date_and_get_the_next_seat(
    session: Session, approver: User, clock: time_machine.Traveller
) -> None:
    first = book(session)
    clock.shift(60)
    second = book(session)
    clock.move_to(first.offers.get().expires_at)
    expire_offers()
    assert statuses(first, second) == [QUEUED, OFFERED]
    assert (first.passed_over, first.enrolled_at) == (PassedOver.NOT_APPROVED, NOON)
    # No seat is held for them a second time, until the yes; then they go before those who came later.
    withdraw(enrolment=second, actor=second.learner)
    assert fill_free_seats(session=session) == 0
    third = book(session)
    assert statuses(first, third) == [QUEUED, OFFERED]
    approve(enrolment=first, actor=approver)
    assert statuses(first) == [QUEUED]
    disapprove(enrolment=third, actor=approver)
    assert statuses(first, third) == [CONFIRMED, EnrolmentStatus.CANCELLED]


def test_a_yes_before_the_turn_comes_counts_when_it_does(session: Session, approver: User) -> None:
    first, second = book(session), book(session)
    assert statuses(first, second) == [OFFERED, QUEUED]
    approve(enrolment=second, actor=approver)
    assert statuses(second) == [QUEUED]
    assert Message.objects.filter(recipient=second.learner, template="enrolment_approved").count() == 1
    withdraw(enrolment=first, actor=first.learner)
    assert statuses(second) == [CONFIRMED]


def test_near_the_day_a_late_yes_asks_the_person_who_waited(
    session: Session, approver: User, clock: time_machine.Traveller
) -> None:
    first, second = book(session), book(session)
    clock.move_to(NOON + dt.timedelta(days=26))
    withdraw(enrolment=first, actor=first.learner)
    assert statuses(second) == [OFFERED]
    approve(enrolment=second, actor=approver)
    assert statuses(second) == [OFFERED]
    kinds = list(second.offers.order_by("pk").values_list("kind", "outcome"))
    assert kinds == [(OfferKind.APPROVAL, "accepted"), (OfferKind.SEAT, "")]
    accept_offer(offer=second.offers.live().get(), actor=None)
    assert statuses(second) == [CONFIRMED]


def test_so_late_that_nobody_moves_up_a_yes_gives_no_seat(
    session: Session, approver: User, clock: time_machine.Traveller
) -> None:
    clock.move_to(NOON + dt.timedelta(days=27))
    enrolment = book(session)
    # Noon of the last working day before; the sweep that ends the hold hasn't run yet.
    clock.move_to(enrolment.offers.get().expires_at)
    approve(enrolment=enrolment, actor=approver)
    assert statuses(enrolment) == [QUEUED]
    assert enrolment.approved_at
    assert not Offer.objects.live().exists()
    expire_offers()
    assert [offer.outcome for offer in enrolment.offers.all()] == ["expired"]


def test_a_no_ends_it_and_the_next_one_gets_the_seat(session: Session, approver: User) -> None:
    first, second = book(session), book(session)
    for _ in range(2):
        disapprove(enrolment=first, actor=approver)
    assert statuses(first, second) == [EnrolmentStatus.CANCELLED, OFFERED]
    told = Message.objects.filter(recipient=first.learner).exclude(status="cancelled")
    assert [message.template for message in told] == ["enrolment_not_approved"]


def test_after_a_yes_no_no_counts(session: Session, approver: User) -> None:
    enrolment = book(session)
    approve(enrolment=enrolment, actor=approver)
    disapprove(enrolment=enrolment, actor=approver)
    assert statuses(enrolment) == [CONFIRMED]


def test_the_rule_that_bound_an_enrolment_stays_when_the_course_s_rule_goes(session: Session) -> None:
    enrolment = book(session)
    session.version.approval_required = False
    session.version.save()
    assert fill_free_seats(session=session) == 0
    assert statuses(enrolment) == [OFFERED]
    assert Offer.objects.live().get().kind == OfferKind.APPROVAL


def test_the_database_confirms_nobody_without_the_yes(session: Session) -> None:
    enrolment = book(session)
    with pytest.raises(IntegrityError, match="confirmed_is_approved"), transaction.atomic():
        Enrolment.objects.filter(pk=enrolment.pk).update(status=CONFIRMED)


def test_who_waits_for_a_yes_can_leave_after_the_last_day_to_withdraw(
    session: Session, clock: time_machine.Traveller
) -> None:
    session.withdraw_until = NOON.date()
    session.save()
    enrolment = book(session)
    clock.shift(dt.timedelta(days=1))
    withdraw(enrolment=enrolment, actor=enrolment.learner)
    assert statuses(enrolment) == [EnrolmentStatus.WITHDRAWN]
