"""A yes meets a no, the end of the hold, or a withdrawal: one of them counts, and seats and queue agree."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from core.models import AuditEntry
from courses.models import OrganisationRule, Session
from courses.services.organisation_rules import require_approval
from enrolment.enums import EnrolmentStatus
from enrolment.models import Enrolment, Offer, Seat
from enrolment.services import approving
from enrolment.services.approving import approve, disapprove
from enrolment.services.auditing import find_faults
from enrolment.services.booking import enrol, withdraw
from enrolment.services.offers import expire_offer
from people.enums import Role
from people.models import User
from tests.concurrency.conftest import AtOnce
from tests.factories import make_employee, make_person_with, make_session, make_version

pytestmark = pytest.mark.django_db(transaction=True)

QUEUED, CONFIRMED = EnrolmentStatus.QUEUED, EnrolmentStatus.CONFIRMED
WITHDRAWN, CANCELLED = EnrolmentStatus.WITHDRAWN, EnrolmentStatus.CANCELLED


@pytest.fixture
def session() -> Session:
    return make_session(version=make_version(parts=1, approval_required=True), capacity=1)


@pytest.fixture
def held(session: Session) -> Enrolment:
    """A seat is held for somebody, for whom an approval is missing."""
    learner = make_employee()
    return enrol(session=session, learner=learner, actor=learner)


@pytest.fixture
def approver() -> User:
    return make_person_with(Role.APPROVER)


def status(enrolment: Enrolment) -> str:
    enrolment.refresh_from_db()
    return enrolment.status


def assert_in_order(session: Session, *, taken: int) -> None:
    assert session.meetings.get().taken == Seat.objects.held().count() == taken
    assert not [fault for fault in find_faults(most_ids=5) if fault.count]


def decisions() -> list[str]:
    deciding = AuditEntry.objects.filter(action__in=["enrolment.approved", "enrolment.not_approved"])
    return list(deciding.values_list("action", flat=True))


def test_two_approvers_say_yes_and_no_at_once_and_the_first_counts(
    session: Session, held: Enrolment, approver: User, at_once: AtOnce
) -> None:
    at_once(
        lambda: approve(enrolment=held, actor=approver),
        lambda: disapprove(enrolment=held, actor=approver),
    )
    assert (status(held), decisions()) == (CONFIRMED, ["enrolment.approved"])
    assert_in_order(session, taken=1)


def test_the_other_way_round_the_no_counts(
    session: Session, held: Enrolment, approver: User, at_once: AtOnce
) -> None:
    at_once(
        lambda: disapprove(enrolment=held, actor=approver),
        lambda: approve(enrolment=held, actor=approver),
    )
    assert (status(held), decisions()) == (CANCELLED, ["enrolment.not_approved"])
    assert_in_order(session, taken=0)


def test_two_yes_are_one(session: Session, held: Enrolment, approver: User, at_once: AtOnce) -> None:
    at_once(*[lambda: approve(enrolment=held, actor=approver)] * 2)
    assert (status(held), decisions()) == (CONFIRMED, ["enrolment.approved"])
    assert_in_order(session, taken=1)


def test_without_the_locks_a_yes_is_said_twice(
    session: Session, held: Enrolment, approver: User, at_once: AtOnce, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: the locks are what makes two answers one."""
    for name, unlocked in UNLOCKED.items():
        monkeypatch.setattr(approving, name, unlocked)
    at_once(*[lambda: approve(enrolment=held, actor=approver)] * 2)
    assert decisions() == ["enrolment.approved"] * 2


def _enrolment(pk: int, session: Session) -> Enrolment:
    enrolment: Enrolment = Enrolment.objects.with_learner().get(pk=pk)
    enrolment.session = session
    return enrolment


UNLOCKED: dict[str, Callable[..., object]] = {
    "lock_session": lambda pk: Session.objects.select_related("version").get(pk=pk),
    "lock_learners": lambda ids: None,
    "lock_enrolment": _enrolment,
}


@pytest.mark.parametrize("yes_first", [True, False])
def test_a_yes_meets_the_end_of_the_hold(
    session: Session, held: Enrolment, approver: User, at_once: AtOnce, yes_first: bool
) -> None:
    """After the yes nothing expires; after the end the yes gets the seat that is free again."""
    Offer.objects.update(expires_at=timezone.now())
    offer = Offer.objects.select_related("enrolment").get()
    acts = [lambda: approve(enrolment=held, actor=approver), lambda: expire_offer(offer=offer)]
    at_once(*(acts if yes_first else reversed(acts)))
    assert (status(held), decisions()) == (CONFIRMED, ["enrolment.approved"])
    assert held.passed_over == ("" if yes_first else "not_approved")
    assert_in_order(session, taken=1)


def test_who_withdraws_while_the_yes_comes_is_out_and_the_next_has_the_seat(
    session: Session, held: Enrolment, approver: User, at_once: AtOnce
) -> None:
    learner = make_employee()
    second = enrol(session=session, learner=learner, actor=learner)
    approve(enrolment=second, actor=approver)
    at_once(
        lambda: withdraw(enrolment=held, actor=held.learner),
        lambda: approve(enrolment=held, actor=approver),
    )
    assert (status(held), status(second)) == (WITHDRAWN, CONFIRMED)
    assert_in_order(session, taken=1)


def test_the_yes_comes_first_and_who_withdraws_gives_the_seat_back(
    session: Session, held: Enrolment, approver: User, at_once: AtOnce
) -> None:
    at_once(
        lambda: approve(enrolment=held, actor=approver),
        lambda: withdraw(enrolment=held, actor=held.learner),
    )
    assert status(held) == WITHDRAWN
    assert_in_order(session, taken=0)


def test_hr_and_chief_make_the_same_rule_at_once_and_it_is_one(session: Session, at_once: AtOnce) -> None:
    hr = make_person_with(Role.HR)
    zone, course = hr.memberships.get().organisation, session.version.course
    first, second = at_once(
        *[
            lambda: require_approval(
                organisation=zone, course=course, valid_from=timezone.localdate(), actor=hr
            )
        ]
        * 2
    )
    assert first == second == OrganisationRule.objects.get()
    assert AuditEntry.objects.filter(action="organisation_rule.made").count() == 1
