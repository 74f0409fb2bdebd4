"""Two at the door, one chair; and one office that replaces whoever declines at that moment."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.db import IntegrityError

from attendance import services
from core.models import AuditEntry
from courses.models import Session
from enrolment.enums import EnrolmentStatus
from enrolment.errors import NoChairLeft, NothingToReplace
from enrolment.models import Enrolment
from enrolment.services import booking, walk_ins
from enrolment.services.booking import enrol, withdraw
from enrolment.services.on_behalf import enrol_on_behalf
from enrolment.services.substituting import substitute
from people.enums import Role
from people.models import User
from tests.concurrency.conftest import AtOnce
from tests.factories import OrganisationFactory, make_employee, make_person_with, make_session, make_version

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def trainer() -> User:
    return make_person_with(Role.TRAINER)


@pytest.fixture
def session(trainer: User) -> Session:
    return make_session(version=make_version(parts=1), capacity=1, starts_in=dt.timedelta(0), trainer=trainer)


def admit(session: Session, person: User, trainer: User) -> Enrolment:
    return services.admit(meeting=session.meetings.get(), learner=person, actor=trainer)


def states(session: Session) -> dict[int, str]:
    return dict(session.enrolments.values_list("learner", "status"))


def test_two_at_the_door_and_one_chair(session: Session, trainer: User, at_once: AtOnce) -> None:
    first, second = make_employee(), make_employee()
    _admitted, refused = at_once(
        lambda: admit(session, first, trainer), lambda: admit(session, second, trainer)
    )
    assert isinstance(refused, NoChairLeft)
    assert states(session) == {first.pk: EnrolmentStatus.CONFIRMED}


def test_without_the_locks_the_second_runs_into_the_constraint(
    session: Session, trainer: User, at_once: AtOnce, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control."""
    for module in (walk_ins, services):
        monkeypatch.setattr(
            module,
            "lock_session",
            lambda pk: Session.objects.with_open_to().select_related("version").get(pk=pk),
        )
    first, second = make_employee(), make_employee()
    _admitted, refused = at_once(
        lambda: admit(session, first, trainer), lambda: admit(session, second, trainer)
    )
    assert isinstance(refused, IntegrityError)


@dataclass(frozen=True)
class Replacing:
    """Anna has the only seat by her HR, which gives it to Bert; somebody waits."""

    made: Enrolment
    bert: User
    hr: User
    waiting: User

    def withdraw(self) -> object:
        return withdraw(enrolment=self.made, actor=self.made.learner)

    def substitute(self) -> object:
        zone = self.made.enrolled_by
        assert zone
        return substitute(enrolment=self.made, by=self.bert, organisation=zone, actor=self.hr)

    @property
    def states(self) -> dict[int, str]:
        return states(self.made.session)


@pytest.fixture
def replacing() -> Replacing:
    zone = OrganisationFactory.create()
    hr = make_person_with(Role.HR, organisation=zone)
    anna, bert, waiting = make_employee(zone=zone), make_employee(zone=zone), make_employee()
    session = make_session(version=make_version(parts=1), capacity=1)
    made = enrol_on_behalf(session=session, learner=anna, organisation=zone, actor=hr)
    enrol(session=session, learner=waiting, actor=waiting)
    return Replacing(made, bert, hr, waiting)


def ends_of(enrolment: Enrolment) -> list[str]:
    entries = AuditEntry.objects.filter(subject_type="enrolment.enrolment", subject_id=enrolment.pk)
    return list(entries.exclude(action="enrolment.confirmed").values_list("action", flat=True))


def test_who_declines_while_they_are_replaced_gives_the_seat_to_the_queue(
    replacing: Replacing, at_once: AtOnce
) -> None:
    _withdrawn, refused = at_once(replacing.withdraw, replacing.substitute)
    assert isinstance(refused, NothingToReplace)
    assert replacing.states == {
        replacing.made.learner_id: EnrolmentStatus.WITHDRAWN,
        replacing.waiting.pk: EnrolmentStatus.CONFIRMED,
    }


def test_who_is_replaced_has_nothing_left_to_decline(replacing: Replacing, at_once: AtOnce) -> None:
    at_once(replacing.substitute, replacing.withdraw)
    assert replacing.states == {
        replacing.made.learner_id: EnrolmentStatus.CANCELLED,
        replacing.waiting.pk: EnrolmentStatus.QUEUED,
        replacing.bert.pk: EnrolmentStatus.CONFIRMED,
    }
    assert ends_of(replacing.made) == ["enrolment.substituted"]


def test_without_the_locks_one_seat_is_given_up_twice(
    replacing: Replacing, at_once: AtOnce, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control."""
    for name, unlocked in UNLOCKED.items():
        monkeypatch.setattr(booking, name, unlocked)
    at_once(replacing.substitute, replacing.withdraw)
    assert ends_of(replacing.made) == ["enrolment.substituted", "enrolment.withdrawn"]


def _enrolment(pk: int, session: Session) -> Enrolment:
    enrolment: Enrolment = Enrolment.objects.with_learner().get(pk=pk)
    enrolment.session = session
    return enrolment


UNLOCKED: dict[str, Callable[..., object]] = {
    "lock_session": lambda pk: Session.objects.select_related("version").get(pk=pk),
    "lock_learners": lambda ids: None,
    "lock_enrolment": _enrolment,
}
