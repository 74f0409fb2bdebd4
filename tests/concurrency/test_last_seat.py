"""The last seat, wanted by many at once."""

import pytest
from django.db import IntegrityError

from courses.models import Session
from enrolment.enums import EnrolmentStatus
from enrolment.errors import Overlapping
from enrolment.models import Enrolment, Seat
from enrolment.services import booking
from enrolment.services.booking import enrol, withdraw
from people.models import User
from tests.concurrency.conftest import AtOnce
from tests.factories import make_employee, make_session, make_version

pytestmark = pytest.mark.django_db(transaction=True)

CONFIRMED, QUEUED = EnrolmentStatus.CONFIRMED, EnrolmentStatus.QUEUED


@pytest.fixture
def session() -> Session:
    return make_session(version=make_version(parts=1), capacity=1)


def sign_up(session: Session, learner: User) -> Enrolment:
    return enrol(session=session, learner=learner, actor=learner)


def taken(session: Session) -> int:
    return session.meetings.get().taken


@pytest.fixture
def _without_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        booking,
        "lock_session",
        lambda pk: Session.objects.with_open_to().select_related("version").get(pk=pk),
    )


def statuses(outcomes: list[object]) -> list[str]:
    return [outcome.status for outcome in outcomes if isinstance(outcome, Enrolment)]


def test_two_want_the_last_seat_and_one_gets_it(session: Session, at_once: AtOnce) -> None:
    first, second = make_employee(), make_employee()
    outcomes = at_once(lambda: sign_up(session, first), lambda: sign_up(session, second))
    assert statuses(outcomes) == [CONFIRMED, QUEUED]
    assert taken(session) == 1


@pytest.mark.usefixtures("_without_the_lock")
def test_without_the_lock_the_second_runs_into_the_constraint(session: Session, at_once: AtOnce) -> None:
    """The negative control: the lock is what gives the second person an answer instead of an error."""
    first, second = make_employee(), make_employee()
    outcomes = at_once(lambda: sign_up(session, first), lambda: sign_up(session, second))
    assert isinstance(outcomes[1], IntegrityError)
    assert taken(session) == 1


@pytest.mark.usefixtures("_without_the_lock", "_without_the_check")
def test_without_lock_and_constraint_the_seat_is_given_twice(session: Session, at_once: AtOnce) -> None:
    """The negative control of the negative control: the race is real."""
    first, second = make_employee(), make_employee()
    outcomes = at_once(lambda: sign_up(session, first), lambda: sign_up(session, second))
    assert statuses(outcomes) == [CONFIRMED, CONFIRMED]
    assert taken(session) == 2


def test_a_double_click_makes_one_enrolment(session: Session, at_once: AtOnce) -> None:
    learner = make_employee()
    one, other = at_once(lambda: sign_up(session, learner), lambda: sign_up(session, learner))
    assert one == other
    assert taken(session) == 1


def test_one_person_in_two_sessions_at_the_same_time_gets_one(session: Session, at_once: AtOnce) -> None:
    other, learner = make_session(version=make_version(parts=1)), make_employee()
    outcomes = at_once(lambda: sign_up(session, learner), lambda: sign_up(other, learner))
    assert isinstance(outcomes[1], Overlapping)
    assert Enrolment.objects.get() == outcomes[0]


def test_without_the_lock_on_people_they_would_have_both(
    session: Session, at_once: AtOnce, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control."""
    other, learner = make_session(version=make_version(parts=1)), make_employee()
    monkeypatch.setattr(booking, "lock_learners", lambda ids: None)
    at_once(lambda: sign_up(session, learner), lambda: sign_up(other, learner), waits=False)
    assert Seat.objects.held().filter(enrolment__learner=learner).count() == 2


def test_a_newcomer_does_not_take_the_seat_of_the_queue(session: Session, at_once: AtOnce) -> None:
    leaver, waiting, newcomer = make_employee(), make_employee(), make_employee()
    seat = sign_up(session, leaver)
    sign_up(session, waiting)
    at_once(lambda: withdraw(enrolment=seat, actor=leaver), lambda: sign_up(session, newcomer))
    active = dict(Enrolment.objects.active().values_list("learner", "status"))
    assert active == {waiting.pk: CONFIRMED, newcomer.pk: QUEUED}
    assert taken(session) == 1


def test_two_withdrawals_at_once_promote_two(at_once: AtOnce) -> None:
    session = make_session(version=make_version(parts=1), capacity=2)
    first, second, third, fourth = (sign_up(session, make_employee()) for _ in range(4))
    at_once(
        lambda: withdraw(enrolment=first, actor=first.learner),
        lambda: withdraw(enrolment=second, actor=second.learner),
    )
    assert set(session.enrolments.confirmed()) == {third, fourth}
    assert taken(session) == 2
