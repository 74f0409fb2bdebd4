"""Timed offers: made near the day, answered, run out; and what becomes of the seat and the queue."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from core.models import AuditEntry
from core.time import BRUSSELS
from courses.enums import CancelReason
from courses.models import Session
from enrolment.enums import EnrolmentStatus, OfferOutcome, PassedOver
from enrolment.errors import OfferGone
from enrolment.models import Enrolment, Offer, Seat
from enrolment.services.auditing import find_faults
from enrolment.services.booking import enrol, withdraw
from enrolment.services.cancelling import cancel_session
from enrolment.services.offers import accept_offer, decline_offer, expire_offer, set_notice, step_back_in
from enrolment.services.waiting_list import fill_free_seats
from enrolment.tasks import expire_offers
from notifications.models import Message
from people.enums import Role
from tests.enrolment.conftest import NOON
from tests.factories import make_confirmed, make_employee, make_person_with, make_session

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

# A Monday noon; the session is on the Saturday of that week.
OFFERED, QUEUED, CONFIRMED = EnrolmentStatus.OFFERED, EnrolmentStatus.QUEUED, EnrolmentStatus.CONFIRMED


@pytest.fixture
def session() -> Session:
    """Near: five days off, one seat."""
    return make_session(starts_in=dt.timedelta(days=5), capacity=1)


def book(session: Session, learner: Any = None) -> Enrolment:
    learner = learner or make_employee()
    return enrol(session=session, learner=learner, actor=learner)


@pytest.fixture
def queue(session: Session, clock: time_machine.Traveller) -> list[Enrolment]:
    """Who has the seat, and three who wait."""
    booked = []
    for _ in range(4):
        booked.append(book(session))
        clock.shift(60)
    return booked


def statuses(*enrolments: Enrolment) -> list[str]:
    for enrolment in enrolments:
        enrolment.refresh_from_db()
    return [enrolment.status for enrolment in enrolments]


def offer_to(enrolment: Enrolment) -> Offer:
    offer: Offer = enrolment.offers.live().get()
    return offer


def free_the_seat(queue: list[Enrolment]) -> Offer:
    withdraw(enrolment=queue[0], actor=queue[0].learner)
    return offer_to(queue[1])


def mails_to(enrolment: Enrolment) -> list[str]:
    sent = Message.objects.filter(recipient=enrolment.learner).exclude(status="cancelled")
    return list(sent.order_by("pk").values_list("template", flat=True))


@pytest.fixture(autouse=True)
def _everything_is_in_order() -> Any:
    yield
    assert not [fault for fault in find_faults(most_ids=5) if fault.count]


def test_near_the_day_whoever_is_next_is_asked_first(session: Session, queue: list[Enrolment]) -> None:
    offer = free_the_seat(queue)
    assert statuses(*queue[1:]) == [OFFERED, QUEUED, QUEUED]
    # 24 hours between seven and eight in the evening: 8 today, 13 tomorrow, 3 the day after.
    assert offer.expires_at == dt.datetime(2026, 3, 4, 10, 4, tzinfo=BRUSSELS)
    assert {meeting.taken for meeting in session.meetings.all()} == {1}
    assert mails_to(queue[1]) == ["seat_offered"]
    message = Message.objects.get(template="seat_offered")
    assert "calendar" not in message.context


def test_far_from_the_day_a_freed_seat_is_theirs_at_once() -> None:
    session = make_session(starts_in=dt.timedelta(days=7), capacity=1)
    first, second = book(session), book(session)
    withdraw(enrolment=first, actor=first.learner)
    assert statuses(second) == [CONFIRMED]
    assert not Offer.objects.exists()


def test_yes_makes_the_seat_theirs_and_twice_is_once(queue: list[Enrolment]) -> None:
    offer = free_the_seat(queue)
    for _ in range(2):
        assert accept_offer(offer=offer, actor=None).is_confirmed
    assert statuses(*queue[1:]) == [CONFIRMED, QUEUED, QUEUED]
    offer.refresh_from_db()
    assert offer.outcome == OfferOutcome.ACCEPTED
    assert AuditEntry.objects.filter(action="enrolment.offer_accepted").count() == 1
    confirmation = Message.objects.get(recipient=queue[1].learner, template="enrolment_confirmed")
    assert confirmation.context["calendar"]["method"] == "REQUEST"


def test_no_passes_the_seat_on_and_keeps_the_place(session: Session, queue: list[Enrolment]) -> None:
    offer = free_the_seat(queue)
    for _ in range(2):
        decline_offer(offer=offer, actor=None)
    assert statuses(*queue[1:]) == [QUEUED, OFFERED, QUEUED]
    assert (queue[1].passed_over, queue[1].stepped_aside) == (PassedOver.OFFER_DECLINED, True)
    # Next in line by date, and not asked again: the seat goes to those behind.
    decline_offer(offer=offer_to(queue[2]), actor=None)
    assert statuses(*queue[1:]) == [QUEUED, QUEUED, OFFERED]
    assert {meeting.taken for meeting in session.meetings.all()} == {1}


def test_no_answer_passes_the_seat_on(queue: list[Enrolment], clock: time_machine.Traveller) -> None:
    offer = free_the_seat(queue)
    clock.move_to(offer.expires_at - dt.timedelta(seconds=1))
    expire_offers()
    assert statuses(queue[1]) == [OFFERED]
    clock.move_to(offer.expires_at)
    for _tick in range(2):
        expire_offers()
    assert statuses(*queue[1:]) == [QUEUED, OFFERED, QUEUED]
    assert (queue[1].passed_over, queue[1].passed_over_at) == (PassedOver.OFFER_EXPIRED, offer.expires_at)
    # The mail of the offer wasn't sent yet, and says nothing true any more.
    assert mails_to(queue[1]) == ["offer_expired"]
    assert mails_to(queue[2]) == ["seat_offered"]
    with pytest.raises(OfferGone):
        accept_offer(offer=offer, actor=None)


def test_an_answer_comes_too_late_also_before_the_seat_was_passed_on(
    queue: list[Enrolment], clock: time_machine.Traveller
) -> None:
    offer = free_the_seat(queue)
    clock.move_to(offer.expires_at)
    with pytest.raises(OfferGone):
        accept_offer(offer=offer, actor=None)


def test_who_stepped_aside_is_asked_again_once_they_say_so(queue: list[Enrolment]) -> None:
    decline_offer(offer=free_the_seat(queue), actor=None)
    step_back_in(enrolment=queue[1], actor=queue[1].learner)
    assert statuses(*queue[1:]) == [QUEUED, OFFERED, QUEUED]
    decline_offer(offer=offer_to(queue[2]), actor=None)
    assert statuses(*queue[1:]) == [OFFERED, QUEUED, QUEUED]
    assert queue[1].enrolled_at == NOON + dt.timedelta(seconds=60)


def test_stepping_back_in_takes_a_seat_that_nobody_wanted(queue: list[Enrolment]) -> None:
    for enrolment in (free_the_seat(queue).enrolment, *queue[2:]):
        decline_offer(offer=offer_to(enrolment), actor=None)
    assert statuses(*queue[1:]) == [QUEUED] * 3
    assert step_back_in(enrolment=queue[3], actor=queue[3].learner).is_offered
    assert statuses(*queue[1:]) == [QUEUED, QUEUED, OFFERED]


def test_who_withdraws_from_an_offer_passes_it_on_and_is_never_asked_again(queue: list[Enrolment]) -> None:
    """cases: pretix 1163 and 1405."""
    offer = free_the_seat(queue)
    withdraw(enrolment=queue[1], actor=queue[1].learner)
    assert statuses(*queue[1:]) == [EnrolmentStatus.WITHDRAWN, OFFERED, QUEUED]
    offer.refresh_from_db()
    assert offer.outcome == OfferOutcome.CLOSED
    with pytest.raises(OfferGone):
        accept_offer(offer=offer, actor=None)
    # Their calendar knows nothing of it.
    assert "enrolment_withdrawn" not in mails_to(queue[1])


def test_a_cancelled_session_ends_its_offers(session: Session, queue: list[Enrolment]) -> None:
    offer = free_the_seat(queue)
    manager = make_person_with(Role.CATALOGUE_MANAGER)
    cancel_session(session=session, reason=CancelReason.TRAINER, actor=manager)
    assert set(statuses(*queue[1:])) == {EnrolmentStatus.CANCELLED}
    assert not Seat.objects.held().exists()
    offer.refresh_from_db()
    assert offer.outcome == OfferOutcome.CLOSED
    cancellation = Message.objects.get(recipient=queue[1].learner, template="session_cancelled")
    assert "calendar" not in cancellation.context


def test_nobody_moves_up_after_noon_of_the_last_working_day(
    session: Session, queue: list[Enrolment], clock: time_machine.Traveller
) -> None:
    clock.move_to(dt.datetime(2026, 3, 6, 12, tzinfo=BRUSSELS))
    withdraw(enrolment=queue[0], actor=queue[0].learner)
    assert fill_free_seats(session=session) == 0
    assert statuses(*queue[1:]) == [QUEUED] * 3
    assert {meeting.taken for meeting in session.meetings.all()} == {0}


def test_a_newcomer_joins_the_queue_while_somebody_waits_and_the_next_in_line_is_asked(
    session: Session, queue: list[Enrolment]
) -> None:
    for enrolment in (free_the_seat(queue).enrolment, *queue[2:]):
        decline_offer(offer=offer_to(enrolment), actor=None)
    # All stepped aside: the newcomer is whoever is next, and has just said yes.
    newcomer = book(session)
    assert statuses(newcomer, *queue[1:]) == [CONFIRMED, QUEUED, QUEUED, QUEUED]


def test_a_rule_of_one_s_own_asks_for_more_notice(clock: time_machine.Traveller) -> None:
    session = make_session(starts_in=dt.timedelta(days=20), capacity=1)
    first, second, third = (book(session) for _ in range(3))
    set_notice(enrolment=second, days=21, actor=second.learner)
    clock.shift(60)
    withdraw(enrolment=first, actor=first.learner)
    assert statuses(second, third) == [OFFERED, QUEUED]


def test_who_is_elsewhere_is_passed_over_and_reads_why(
    session: Session, queue: list[Enrolment], clock: time_machine.Traveller
) -> None:
    other = make_session(starts_in=dt.timedelta(days=5))
    make_confirmed(other, queue[1].learner)
    clock.shift(60)
    withdraw(enrolment=queue[0], actor=queue[0].learner)
    assert statuses(*queue[1:]) == [QUEUED, OFFERED, QUEUED]
    passed = [(each.passed_over, each.passed_over_at) for each in queue[1:]]
    assert passed == [(PassedOver.CONFLICT, NOON + dt.timedelta(minutes=5)), ("", None), ("", None)]
    # As soon as they are free they are next again.
    withdraw(enrolment=Enrolment.objects.get(session=other), actor=queue[1].learner)
    decline_offer(offer=offer_to(queue[2]), actor=None)
    assert statuses(queue[1]) == [OFFERED]


def test_mandatory_places_go_first_where_the_session_says_so(clock: time_machine.Traveller) -> None:
    session = make_session(starts_in=dt.timedelta(days=20), capacity=1)
    Session.objects.update(mandatory_first=True)
    session.refresh_from_db()
    seated, voluntary = book(session), book(session)
    clock.shift(60)
    session.version.mandatory_for.create(audience="all_staff")
    mandatory = book(session)
    assert (voluntary.priority, mandatory.priority) == (100, 50)
    withdraw(enrolment=seated, actor=seated.learner)
    assert statuses(voluntary, mandatory) == [QUEUED, CONFIRMED]


def test_an_offer_that_is_answered_can_not_expire_any_more(
    queue: list[Enrolment], clock: time_machine.Traveller
) -> None:
    offer = free_the_seat(queue)
    accept_offer(offer=offer, actor=None)
    clock.move_to(offer.expires_at)
    expire_offer(offer=offer)
    assert statuses(queue[1]) == [CONFIRMED]
