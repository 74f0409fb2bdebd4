"""Many who press the button at one moment: decided on under one lock, each as if alone."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.utils import translation

from core.errors import DomainError
from core.models import AuditEntry
from courses.enums import Audience
from courses.models import CourseVersion, MandatoryAudience, Session
from enrolment.enums import EnrolmentStatus, Fault, PassedOver
from enrolment.errors import NotStaff, Overlapping
from enrolment.models import AccessibilityRequest, Enrolment
from enrolment.services.auditing import find_faults
from enrolment.services.booking import Application, apply_for, enrol, enrol_all
from enrolment.services.pools import reserve_seats
from notifications.models import Message
from people.enums import OrganisationKind, Role
from people.models import User
from tests.enrolment.conftest import NOON
from tests.factories import (
    OrganisationFactory,
    UserFactory,
    make_aspirant,
    make_employee,
    make_person_with,
    make_session,
    make_version,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

CONFIRMED, QUEUED = EnrolmentStatus.CONFIRMED, EnrolmentStatus.QUEUED
Scene = Callable[[], tuple[Session, list[User]]]


@pytest.fixture(autouse=True)
def _everything_is_in_order() -> Any:
    yield
    # The clock stands still between one act and the next.
    assert {each.fault for each in find_faults(most_ids=5) if each.count} <= {Fault.TIED_IN_QUEUE}


def applications(session: Session, people: Sequence[User]) -> list[Application]:
    return [apply_for(session, person, actor=person) for person in people]


def people(number: int) -> list[User]:
    return [make_employee() for _ in range(number)]


def test_the_first_have_the_seats_and_each_of_the_others_is_told_a_place_of_their_own() -> None:
    session, crowd = make_session(capacity=2), people(5)
    outcomes = enrol_all(session.pk, applications(session, crowd))
    assert [each.learner for each in outcomes if isinstance(each, Enrolment)] == crowd
    assert [each.status for each in outcomes if isinstance(each, Enrolment)] == [CONFIRMED] * 2 + [QUEUED] * 3
    assert set(session.meetings.values_list("taken", flat=True)) == {2}
    assert outcomes[0].enrolled_at == NOON
    told = {
        mail.recipient: mail.context["position"]
        for mail in Message.objects.filter(template="enrolment_queued")
    }
    assert told == {crowd[2]: 1, crowd[3]: 2, crowd[4]: 3}
    acts = AuditEntry.objects.filter(subject_type="enrolment.enrolment").order_by("id")
    assert list(acts.values_list("actor_id", "action")) == [
        (person.pk, f"enrolment.{status}")
        for person, status in zip(crowd, [CONFIRMED] * 2 + [QUEUED] * 3, strict=True)
    ]


@pytest.mark.parametrize("number", [2, 8])
@pytest.mark.parametrize(("capacity", "statements"), [(12, 12), (1, 11)])
def test_the_statements_do_not_grow_with_the_people(
    number: int, capacity: int, statements: int, django_assert_num_queries: Any
) -> None:
    session = make_session(capacity=capacity)
    enrol_all(session.pk, applications(session, people(2)))
    crowd = applications(session, people(number))
    with django_assert_num_queries(statements):
        enrol_all(session.pk, crowd)


def test_who_is_refused_keeps_nobody_out_and_reads_why_in_their_own_language() -> None:
    session, (first, last), stranger = make_session(capacity=2), people(2), UserFactory.create()
    one, refusal, other = enrol_all(session.pk, applications(session, [first, stranger, last]))
    assert isinstance(refusal, NotStaff)
    assert [each.status for each in (one, other) if isinstance(each, Enrolment)] == [CONFIRMED] * 2
    assert not stranger.enrolments.exists()

    with translation.override("fr"):
        elsewhere = make_session()
        asked = applications(elsewhere, [first])
        french = str(Overlapping.with_(session))
    (refusal,) = enrol_all(elsewhere.pk, asked)
    assert (type(refusal), str(refusal)) == (Overlapping, french)


def test_who_presses_twice_is_enrolled_once() -> None:
    session, (person, other) = make_session(capacity=3), people(2)
    first, between, again = enrol_all(session.pk, applications(session, [person, other, person]))
    assert first is again
    assert between != first
    assert set(session.meetings.values_list("taken", flat=True)) == {2}
    assert Message.objects.filter(recipient=person).count() == 1


def test_what_somebody_needs_goes_to_the_organiser() -> None:
    session, (person, other) = make_session(capacity=1), people(2)
    asked = [
        *applications(session, [other]),
        apply_for(session, person, actor=person, needs="A place in front."),
    ]
    enrol_all(session.pk, asked)
    (request,) = AccessibilityRequest.objects.all()
    assert (request.enrolment.learner, request.text) == (person, "A place in front.")
    assert "in front" not in repr(asked)


# -- As if alone -----------------------------------------------------------------------------------


def _mandatory_for_aspirants(**fields: Any) -> CourseVersion:
    version = make_version(**fields)
    MandatoryAudience.objects.create(version=version, audience=Audience.ASPIRANT)
    return version


def _aspirant() -> User:
    return make_aspirant(OrganisationFactory.create(kind=OrganisationKind.SCHOOL))


def _with_approval() -> tuple[Session, list[User]]:
    """Of all but the aspirants, who must come."""
    session = make_session(version=_mandatory_for_aspirants(approval_required=True), capacity=2)
    return session, [_aspirant(), make_employee(), _aspirant(), make_employee()]


def _with_reserved_seats() -> tuple[Session, list[User]]:
    session, crowd = make_session(capacity=3), people(4)
    reserve_seats(
        session=session,
        seats=2,
        release_on=NOON.date() + dt.timedelta(days=7),
        organisation=crowd[2].memberships.get().organisation,
        language="",
        actor=make_person_with(Role.CATALOGUE_MANAGER),
    )
    return session, crowd


def _behind_a_queue_with_a_free_seat() -> tuple[Session, list[User]]:
    """Whoever waits there has stepped aside: the seat is for the next."""
    session, (seated, waits, *crowd) = make_session(capacity=1), people(5)
    for person in (seated, waits):
        enrol(session=session, learner=person, actor=person)
    Enrolment.objects.filter(learner=waits).update(passed_over=PassedOver.OFFER_DECLINED)
    session.meetings.update(capacity=2)
    return session, crowd


def _some_of_them_first() -> tuple[Session, list[User]]:
    session = make_session(version=_mandatory_for_aspirants(), capacity=1, mandatory_first=True)
    return session, [make_employee(), make_employee(), _aspirant()]


SCENES = [_with_approval, _with_reserved_seats, _behind_a_queue_with_a_free_seat, _some_of_them_first]


def _told(session: Session, crowd: Sequence[User]) -> list[tuple[Any, ...]]:
    ranks = dict(session.enrolments.queued().with_position().values_list("learner", "position"))
    return [
        (
            session.enrolments.get(learner=person).status,
            ranks.get(person.pk),
            sorted(Message.objects.filter(recipient=person).values_list("template", flat=True)),
        )
        for person in crowd
    ]


@pytest.mark.parametrize("scene", SCENES)
def test_together_becomes_of_them_what_becomes_of_each_alone(scene: Scene) -> None:
    alone, first = scene()
    for person in first:
        enrol(session=alone, learner=person, actor=person)
    together, second = scene()
    outcomes = enrol_all(together.pk, applications(together, second))
    assert not [each for each in outcomes if isinstance(each, DomainError)]
    assert _told(together, second) == _told(alone, first)
