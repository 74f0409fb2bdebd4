"""Two at the door, one chair; and one office that replaces whoever declines at that moment."""

import datetime as dt

import pytest
from django.db import IntegrityError

from attendance import services
from courses.models import Session
from enrolment.enums import EnrolmentStatus
from enrolment.errors import NoChairLeft, NothingToReplace
from enrolment.models import Enrolment
from enrolment.services import walk_ins
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


def test_who_declines_while_they_are_replaced_gives_the_seat_to_the_queue(at_once: AtOnce) -> None:
    zone = OrganisationFactory.create()
    hr = make_person_with(Role.HR, organisation=zone)
    anna, bert, waiting = make_employee(zone=zone), make_employee(zone=zone), make_employee()
    session = make_session(version=make_version(parts=1), capacity=1)
    made = enrol_on_behalf(session=session, learner=anna, organisation=zone, actor=hr)
    enrol(session=session, learner=waiting, actor=waiting)
    _withdrawn, refused = at_once(
        lambda: withdraw(enrolment=made, actor=anna),
        lambda: substitute(enrolment=made, by=bert, organisation=zone, actor=hr),
    )
    assert isinstance(refused, NothingToReplace)
    assert states(session) == {
        anna.pk: EnrolmentStatus.WITHDRAWN,
        waiting.pk: EnrolmentStatus.CONFIRMED,
    }
