"""Seats that come free, offers and approvals, while others act on the same session or the same people."""

import datetime as dt
import threading
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError

from core.models import AuditEntry
from courses.models import Session
from enrolment.enums import EnrolmentStatus, PassedOver
from enrolment.errors import OfferGone, TooFewSeats
from enrolment.models import Enrolment, Offer
from enrolment.services import approving, booking, capacity, offers, waiting_list
from enrolment.services.approving import approve
from enrolment.services.auditing import audit, faults_of
from enrolment.services.booking import enrol, withdraw
from enrolment.services.capacity import change_capacity
from enrolment.services.locking import lock_learners
from enrolment.services.offers import accept_offer, expire_offer
from enrolment.services.seats import busy_elsewhere
from enrolment.services.waiting_list import fill_free_seats
from notifications.models import Message
from people.enums import Role
from people.models import User
from tests.concurrency.conftest import PATIENCE, AtOnce, in_processes, together
from tests.factories import (
    make_confirmed,
    make_employee,
    make_offer,
    make_person_with,
    make_session,
    make_version,
)

pytestmark = pytest.mark.django_db(transaction=True)

OFFERED, QUEUED, CONFIRMED = EnrolmentStatus.OFFERED, EnrolmentStatus.QUEUED, EnrolmentStatus.CONFIRMED
WITHDRAWN = EnrolmentStatus.WITHDRAWN
ACTS = (approving, booking, capacity, offers, waiting_list)

LastMoment = Callable[[Offer, str], None]


@pytest.fixture
def session() -> Session:
    """One seat."""
    return make_session(version=make_version(parts=1), capacity=1)


@pytest.fixture
def manager() -> User:
    return make_person_with(Role.CATALOGUE_MANAGER)


@pytest.fixture
def _without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each act reads what it would lock."""

    def read_enrolment(pk: int, session: Session) -> Enrolment:
        enrolment: Enrolment = Enrolment.objects.select_related("learner__profile").get(pk=pk)
        enrolment.session = session
        return enrolment

    unlocked = {
        "lock_session": lambda pk: Session.objects.with_open_to().select_related("version").get(pk=pk),
        "lock_learners": lambda ids: None,
        "lock_enrolment": read_enrolment,
    }
    for module in ACTS:
        for name in unlocked.keys() & vars(module).keys():
            monkeypatch.setattr(module, name, unlocked[name])


def book(session: Session, learner: User | None = None) -> Enrolment:
    learner = learner or make_employee()
    return enrol(session=session, learner=learner, actor=learner)


def leave(enrolment: Enrolment) -> Enrolment:
    return withdraw(enrolment=enrolment, actor=enrolment.learner)


def statuses(*enrolments: Enrolment) -> list[str]:
    for enrolment in enrolments:
        enrolment.refresh_from_db()
    return [enrolment.status for enrolment in enrolments]


def taken(session: Session) -> int:
    return session.meetings.get().taken


def mails_to(enrolment: Enrolment) -> list[str]:
    sent = Message.objects.filter(recipient=enrolment.learner).exclude(status="cancelled")
    return list(sent.order_by("pk").values_list("template", flat=True))


def assert_all_is_well() -> None:
    assert faults_of(audit()) == {}


# -- Moving up -------------------------------------------------------------------------------------


def test_a_seat_that_comes_free_while_somebody_joins_the_queue_is_theirs(
    session: Session, at_once: AtOnce
) -> None:
    seated, newcomer = book(session), make_employee()
    at_once(lambda: book(session, newcomer), lambda: leave(seated))
    waiting = Enrolment.objects.get(learner=newcomer)
    assert statuses(seated, waiting) == [WITHDRAWN, CONFIRMED]
    assert_all_is_well()


@pytest.mark.usefixtures("_without_locks")
def test_without_locks_the_seat_stays_empty_beside_them(session: Session, at_once: AtOnce) -> None:
    """The negative control: who leaves doesn't see who joins."""
    seated, newcomer = book(session), make_employee()
    at_once(lambda: book(session, newcomer), lambda: leave(seated), waits=False)
    waiting = Enrolment.objects.get(learner=newcomer)
    assert statuses(seated, waiting) == [WITHDRAWN, QUEUED]
    assert taken(session) == 0


def test_a_newcomer_does_not_meet_the_sweep_that_fills_a_seat(session: Session, at_once: AtOnce) -> None:
    waiting = left_beside_a_free_seat(session)
    newcomer = make_employee()
    at_once(lambda: fill_free_seats(session=session), lambda: book(session, newcomer))
    assert statuses(waiting, Enrolment.objects.get(learner=newcomer)) == [CONFIRMED, QUEUED]
    assert_all_is_well()


@pytest.mark.usefixtures("_without_locks")
def test_without_locks_the_seat_is_given_to_one_person_twice(session: Session, at_once: AtOnce) -> None:
    """The negative control; a constraint stands behind."""
    left_beside_a_free_seat(session)
    outcomes = at_once(lambda: fill_free_seats(session=session), lambda: book(session))
    assert isinstance(outcomes[1], IntegrityError)


def left_beside_a_free_seat(session: Session) -> Enrolment:
    """As a fault would leave it: somebody waits, and a seat is free."""
    waiting = make_confirmed(session)
    Enrolment.objects.filter(pk=waiting.pk).update(status=QUEUED, confirmed_at=None)
    waiting.seats.all().delete()
    session.meetings.update(taken=0)
    return waiting


def test_who_withdraws_while_a_seat_comes_free_does_not_get_it(session: Session, at_once: AtOnce) -> None:
    seated, waiting = book(session), book(session)
    at_once(lambda: leave(seated), lambda: leave(waiting))
    assert statuses(seated, waiting) == [WITHDRAWN, WITHDRAWN]
    assert taken(session) == 0
    assert_all_is_well()


@pytest.mark.usefixtures("_without_locks")
def test_without_locks_somebody_who_withdrew_has_a_seat(session: Session, at_once: AtOnce) -> None:
    """The negative control: they heard that they were out, and are in."""
    seated, waiting = book(session), book(session)
    at_once(lambda: leave(seated), lambda: leave(waiting), waits=False)
    assert statuses(seated, waiting) == [WITHDRAWN, CONFIRMED]


def crosswise() -> tuple[list[Enrolment], list[Enrolment]]:
    """Two sessions of two seats; the same four wait in both, in the opposite order. Returns who is seated."""
    version = make_version(parts=1)
    sessions = [
        make_session(version=version, capacity=2, starts_in=n * dt.timedelta(days=20)) for n in (1, 2)
    ]
    seated = [[book(session) for _ in range(2)] for session in sessions]
    people = [make_employee() for _ in range(4)]
    for session, order in zip(sessions, (people, people[::-1]), strict=True):
        for person in order:
            book(session, person)
    return seated[0], seated[1]


def test_seats_that_come_free_in_two_sessions_for_the_same_people_never_deadlock() -> None:
    here, there = crosswise()
    outcomes = together(*(partial(leave, each) for each in [*here, *there]))
    assert {type(outcome) for outcome in outcomes} == {Enrolment}
    assert Enrolment.objects.confirmed().count() == Enrolment.objects.queued().count() == 4
    assert_all_is_well()


def test_without_the_order_of_the_locks_they_deadlock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: people are locked one by one, in the order of the queue."""
    here, there = crosswise()
    both_have_one = threading.Barrier(2)
    queue_order: Any = Enrolment.objects.queued().in_queue_order()

    def lock_as_they_wait(ids: set[int]) -> None:
        session = here[0].session_id if here[0].learner_id in ids else there[0].session_id
        order = list(queue_order.filter(session=session).values_list("learner_id", flat=True))
        lock_learners(order[:1])
        both_have_one.wait(PATIENCE)
        lock_learners(order[-1:])

    monkeypatch.setattr(booking, "lock_learners", lock_as_they_wait)
    outcomes = together(partial(leave, here[0]), partial(leave, there[0]))
    errors = [outcome for outcome in outcomes if isinstance(outcome, OperationalError)]
    assert len(errors) == 1
    assert "deadlock" in str(errors[0])


def test_nobody_moves_up_into_two_sessions_at_one_time(session: Session, at_once: AtOnce) -> None:
    there = make_session(version=make_version(parts=1), capacity=1)
    seated, elsewhere, learner = book(session), book(there), make_employee()
    waiting = [book(session, learner), book(there, learner)]
    at_once(lambda: leave(seated), lambda: leave(elsewhere))
    assert statuses(*waiting) == [CONFIRMED, QUEUED]
    assert_all_is_well()


def test_without_the_lock_on_people_they_would_be_in_both(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: both have read that they are free."""
    there = make_session(version=make_version(parts=1), capacity=1)
    seated, elsewhere, learner = book(session), book(there), make_employee()
    waiting = [book(session, learner), book(there, learner)]
    both_have_read = threading.Barrier(2)

    def read_together(*args: Any, **more: Any) -> set[int]:
        busy = busy_elsewhere(*args, **more)
        both_have_read.wait(PATIENCE)
        return busy

    monkeypatch.setattr(booking, "lock_learners", lambda ids: None)
    monkeypatch.setattr(waiting_list, "busy_elsewhere", read_together)
    together(partial(leave, seated), partial(leave, elsewhere))
    assert statuses(*waiting) == [CONFIRMED, CONFIRMED]


def test_more_seats_and_a_freed_one_move_two_people_up(
    session: Session, at_once: AtOnce, manager: User
) -> None:
    seated, first, second, third = (book(session) for _ in range(4))
    at_once(lambda: set_seats(session, 2, manager), lambda: leave(seated))
    assert statuses(first, second, third) == [CONFIRMED, CONFIRMED, QUEUED]
    assert taken(session) == 2
    assert_all_is_well()


@pytest.mark.usefixtures("_without_locks")
def test_without_locks_both_seats_go_to_the_same_person(
    session: Session, at_once: AtOnce, manager: User
) -> None:
    """The negative control; a constraint stands behind."""
    seated, _first, _second = (book(session) for _ in range(3))
    outcomes = at_once(lambda: set_seats(session, 2, manager), lambda: leave(seated))
    assert isinstance(outcomes[1], IntegrityError)


def test_seats_are_not_taken_away_from_whoever_moves_up(
    session: Session, at_once: AtOnce, manager: User
) -> None:
    set_seats(session, 2, manager)
    seated, _other, waiting = (book(session) for _ in range(3))
    _, refusal = at_once(lambda: leave(seated), lambda: set_seats(session, 1, manager))
    assert isinstance(refusal, TooFewSeats)
    assert statuses(waiting) == [CONFIRMED]
    assert_all_is_well()


def set_seats(session: Session, number: int, manager: User) -> int:
    return change_capacity(session=session, capacities={session.meetings.get().pk: number}, actor=manager)


# -- Offers ----------------------------------------------------------------------------------------


@pytest.fixture
def offer(session: Session) -> Offer:
    """Of the only seat; one more person waits."""
    offer = make_offer(session)
    book(session)
    return offer


@pytest.fixture
def hold() -> Offer:
    """A seat that is held for an approval; one more person waits."""
    session = make_session(version=make_version(parts=1, approval_required=True), capacity=1)
    held = book(session)
    book(session)
    return held.offers.get()


@pytest.fixture
def last_moment(monkeypatch: pytest.MonkeyPatch) -> LastMoment:
    """Whoever acts first (or second) does so an instant before an offer ends, the other when it has ended."""

    def set_clocks(offer: Offer, in_time: str) -> None:
        def now() -> dt.datetime:
            is_in_time = threading.current_thread().name == in_time
            return offer.expires_at - is_in_time * dt.timedelta(seconds=1)

        monkeypatch.setattr(offers, "timezone", SimpleNamespace(now=now))
        monkeypatch.setattr(approving, "timezone", SimpleNamespace(now=now))

    return set_clocks


def expire(offer: Offer) -> Enrolment:
    return expire_offer(offer=Offer.objects.select_related("enrolment").get(pk=offer.pk))


def accept(offer: Offer) -> Enrolment:
    return accept_offer(offer=Offer.objects.select_related("enrolment").get(pk=offer.pk), actor=None)


def say_yes(offer: Offer) -> Enrolment:
    return approve(enrolment=Enrolment.objects.get(pk=offer.enrolment_id), actor=make_employee())


def queue_behind(offer: Offer) -> Enrolment:
    other: Enrolment = Enrolment.objects.exclude(pk=offer.enrolment_id).get()
    return other


def times_passed_on() -> int:
    return AuditEntry.objects.filter(action="enrolment.offer_expired").count()


def test_two_workers_pass_an_offer_on_once(offer: Offer, at_once: AtOnce, last_moment: LastMoment) -> None:
    last_moment(offer, "nobody")
    at_once(lambda: expire(offer), lambda: expire(offer))
    assert_passed_on_once(offer)


def test_two_processes_pass_an_offer_on_once(offer: Offer) -> None:
    Offer.objects.update(expires_at=offer.made_at)
    command = ["expire", str(offer.pk)]
    outcomes = in_processes(command, command)
    assert outcomes == [[QUEUED], [QUEUED]]
    assert_passed_on_once(offer)


def assert_passed_on_once(offer: Offer) -> None:
    other = queue_behind(offer)
    assert statuses(offer.enrolment, other) == [QUEUED, CONFIRMED]
    assert times_passed_on() == 1
    assert mails_to(offer.enrolment) == ["offer_expired"]
    assert mails_to(other) == ["enrolment_moved_up"]
    assert_all_is_well()


def assert_it_stays_theirs(offer: Offer) -> None:
    assert statuses(offer.enrolment, queue_behind(offer)) == [CONFIRMED, QUEUED]
    assert times_passed_on() == 0
    assert_all_is_well()


@pytest.mark.usefixtures("_without_locks")
def test_without_locks_both_workers_pass_it_on(
    offer: Offer, at_once: AtOnce, last_moment: LastMoment
) -> None:
    """The negative control: it is in the trail twice."""
    last_moment(offer, "nobody")
    at_once(lambda: expire(offer), lambda: expire(offer))
    assert times_passed_on() == 2


def test_a_yes_of_the_last_moment_counts(offer: Offer, at_once: AtOnce, last_moment: LastMoment) -> None:
    last_moment(offer, "first")
    at_once(lambda: accept(offer), lambda: expire(offer))
    assert_it_stays_theirs(offer)


@pytest.mark.usefixtures("_without_locks")
def test_without_locks_the_seat_of_that_yes_is_passed_on(
    offer: Offer, at_once: AtOnce, last_moment: LastMoment
) -> None:
    """The negative control: they were told that it is theirs."""
    last_moment(offer, "first")
    at_once(lambda: accept(offer), lambda: expire(offer))
    assert statuses(offer.enrolment) == [QUEUED]


def test_a_yes_that_waited_for_the_seat_to_be_passed_on_is_too_late(
    offer: Offer, at_once: AtOnce, last_moment: LastMoment
) -> None:
    last_moment(offer, "second")
    _, refusal = at_once(lambda: expire(offer), lambda: accept(offer))
    assert isinstance(refusal, OfferGone)
    assert_passed_on_once(offer)


def test_an_approval_of_the_last_moment_counts(hold: Offer, at_once: AtOnce, last_moment: LastMoment) -> None:
    last_moment(hold, "first")
    at_once(lambda: say_yes(hold), lambda: expire(hold))
    assert_it_stays_theirs(hold)


@pytest.mark.usefixtures("_without_locks")
def test_without_locks_approval_and_expiry_deadlock(
    hold: Offer, at_once: AtOnce, last_moment: LastMoment
) -> None:
    """The negative control: one has the enrolment, the other the offer, and each wants both."""
    last_moment(hold, "first")
    outcomes = at_once(lambda: say_yes(hold), lambda: expire(hold))
    assert "deadlock" in " ".join(str(each) for each in outcomes if isinstance(each, OperationalError))


def test_an_approval_after_the_seat_was_passed_on_waits_for_the_next(
    hold: Offer, at_once: AtOnce, last_moment: LastMoment
) -> None:
    last_moment(hold, "second")
    at_once(lambda: expire(hold), lambda: say_yes(hold))
    assert statuses(hold.enrolment, queue_behind(hold)) == [QUEUED, OFFERED]
    assert hold.enrolment.approved_at is not None
    assert hold.enrolment.passed_over == PassedOver.NOT_APPROVED
    assert_all_is_well()
