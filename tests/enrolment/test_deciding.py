"""Go or no-go: when it is decided, what becomes of the session, and who is told."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from core.models import AuditEntry
from core.time import BRUSSELS
from courses.errors import CannotPlan
from courses.models import Session
from courses.rules import Deadlines, Decision, deadline_problems, decision_problems, late_decision_problems
from courses.services.drafting import Facts, edit_published, facts_of
from courses.services.repeating import duplicate
from enrolment.enums import EnrolmentStatus
from enrolment.errors import CannotPublish, NothingToDecide
from enrolment.models import Enrolment, Offer
from enrolment.services.booking import enrol, withdraw
from enrolment.services.deciding import let_take_place
from enrolment.services.moving import move
from enrolment.services.offers import decline_offer
from enrolment.services.publishing import publish
from enrolment.tasks import decide_due_sessions
from enrolment.wording import minimum_text
from notifications import delivery
from notifications.models import Message
from people.enums import Role
from people.models import User
from tests.enrolment.conftest import DAY, NOON
from tests.enrolment.test_moving import later
from tests.factories import (
    OrganisationFactory,
    make_confirmed,
    make_employee,
    make_offer,
    make_person_with,
    make_session,
    make_trainer,
    make_version,
)
from tests.mail import Mailbox, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

# Sessions of these tests begin on 1 April.
DECIDE_ON = dt.date(2026, 3, 20)
SEVEN = dt.datetime(2026, 3, 20, 7, tzinfo=BRUSSELS)


def make_undecided(seated: int = 0, *, minimum: int = 2, cancels: bool = False, **fields: Any) -> Session:
    wanted: dict[str, Any] = {
        "min_participants": minimum,
        "decide_on": DECIDE_ON,
        "cancels_if_too_few": cancels,
    }
    session = make_session(**wanted | fields)
    for _ in range(seated):
        make_confirmed(session)
    return session


def told(template: str = "session_too_few") -> list[User]:
    return [each.recipient for each in Message.objects.filter(template=template).order_by("id")]


def decided() -> list[dict[str, Any]]:
    entries = AuditEntry.objects.filter(action="session.decided").order_by("id")
    return [entry.data | {"actor": entry.actor_id} for entry in entries]


def changed(session: Session, **changes: Any) -> Facts:
    return Facts(**{name: getattr(facts_of(session), name) for name in Facts.__dataclass_fields__} | changes)


def refused(session: Session, manager: User, **changes: Any) -> dict[str, str]:
    with pytest.raises(CannotPlan) as refusal:
        edit_published(session=session, facts=changed(session, **changes), actor=manager)
    return {problem.field: str(problem.message) for problem in refusal.value.problems}


def test_it_is_decided_at_seven_in_the_morning_and_not_before(clock: Any, manager: User) -> None:
    session = make_undecided(1)
    clock.move_to(SEVEN - dt.timedelta(minutes=1))
    decide_due_sessions()
    assert told() == []

    clock.move_to(SEVEN)
    decide_due_sessions()
    assert told() == [manager]
    session.refresh_from_db()
    assert (session.status, session.is_undecided) == ("published", True)


def test_with_enough_people_nobody_hears_anything_and_it_stays_decided(clock: Any, manager: User) -> None:
    session = make_session(min_participants=1, decide_on=DECIDE_ON, cancels_if_too_few=True)
    learner = make_employee()
    seat = enrol(session=session, learner=learner, actor=learner)
    clock.move_to(SEVEN)
    decide_due_sessions()
    assert decided() == [{"minimum": 1, "seated": 1, "actor": None}]

    # Who goes afterwards cancels nothing any more.
    withdraw(enrolment=seat, actor=learner)
    decide_due_sessions()
    session.refresh_from_db()
    assert (session.status, session.is_undecided) == ("published", False)
    assert (told(), told("session_cancelled"), len(decided())) == ([], [], 1)


def test_with_too_few_it_is_cancelled_where_that_was_chosen(clock: Any, manager: User) -> None:
    session = make_undecided(1, cancels=True, capacity=1, trainer=make_person_with(Role.TRAINER))
    seated = Enrolment.objects.get()
    learner = make_employee()
    waiting = enrol(session=session, learner=learner, actor=learner)
    clock.move_to(SEVEN + 3 * DAY)

    for _beat in range(2):
        decide_due_sessions()

    session.refresh_from_db()
    assert (session.status, session.cancel_reason) == ("cancelled", "too_few")
    for enrolment in (seated, waiting):
        enrolment.refresh_from_db()
        assert enrolment.status == EnrolmentStatus.CANCELLED
    assert told("session_cancelled") == [seated.learner, waiting.learner]
    assert len(told("teaching_cancelled")) == 1
    # One mail to the organiser, not two.
    assert told("session_cancelled_digest") == []
    letter = Message.objects.get(template="session_too_few")
    assert (letter.recipient, letter.context["seated"], letter.context["minimum"]) == (manager, 1, 2)
    assert (letter.context["is_cancelled"], letter.context["reason"]) == (True, "te weinig deelnemers")
    assert AuditEntry.objects.get(action="session.cancelled").actor_id is None
    assert decided() == [{"minimum": 2, "seated": 1, "actor": None}]


def test_nothing_is_cancelled_before_the_answers_that_could_make_it_enough(clock: Any, manager: User) -> None:
    session = make_undecided(1, cancels=True)
    offer = make_offer(session)
    clock.move_to(SEVEN)
    Offer.objects.update(expires_at=SEVEN + dt.timedelta(hours=5))
    decide_due_sessions()
    session.refresh_from_db()
    assert (session.status, session.is_undecided, told()) == ("published", True, [])

    decline_offer(offer=offer, actor=None)
    decide_due_sessions()
    session.refresh_from_db()
    assert session.status == "cancelled"


def test_who_waits_or_has_gone_does_not_count(clock: Any, manager: User) -> None:
    session = make_session(capacity=1, min_participants=1, decide_on=DECIDE_ON)
    learners = [make_employee() for _ in range(2)]
    for learner in learners:
        enrol(session=session, learner=learner, actor=learner)
    Session.objects.update(min_participants=2)
    clock.move_to(SEVEN)
    decide_due_sessions()
    assert Message.objects.get(template="session_too_few").context["seated"] == 1


def test_the_organisers_of_the_session_are_told_once_for_each_day(clock: Any) -> None:
    network = OrganisationFactory.create()
    own = make_person_with(Role.CATALOGUE_MANAGER, organisation=network)
    make_person_with(Role.CATALOGUE_MANAGER)
    make_person_with(Role.ADMINISTRATOR, organisation=network)
    session = make_undecided(organiser=network)
    clock.move_to(SEVEN)
    for _beat in range(3):
        decide_due_sessions()
    assert told() == [own]

    facts = changed(session, decide_on=dt.date(2026, 3, 25))
    edit_published(session=session, facts=facts, actor=own)
    decide_due_sessions()
    assert told() == [own]
    clock.move_to(SEVEN + 5 * DAY)
    decide_due_sessions()
    assert told() == [own, own]


def test_the_mail_says_how_many_and_leads_to_what_can_be_done(clock: Any, mailbox: Mailbox) -> None:
    manager = make_person_with(Role.CATALOGUE_MANAGER, profile__administrative_language="fr")
    session = make_undecided(1, version=make_version(sensitive=True))
    clock.move_to(SEVEN)
    decide_due_sessions()
    delivery.deliver_batch()
    (mail,) = mailbox.to(manager.email)
    lines = text_of(mail).splitlines()
    assert "Formation diversité" in mail["Subject"]
    for act in ("cancel/", "move/", "message/", ""):
        assert [line for line in lines if line.endswith(f"/manage/sessions/{session.public_id}/{act}")]
    assert "Thème sensible" not in mail.as_string()


def test_enough_people_who_come_later_make_it_a_go(clock: Any, manager: User) -> None:
    session = make_undecided(1)
    clock.move_to(SEVEN)
    decide_due_sessions()
    make_confirmed(session)
    decide_due_sessions()
    session.refresh_from_db()
    assert not session.is_undecided
    assert decided() == [{"minimum": 2, "seated": 2, "actor": None}]


def test_an_organiser_decides_for_go_once(clock: Any, manager: User) -> None:
    session = make_undecided(1, cancels=False)
    clock.move_to(SEVEN)
    for _click in range(2):
        assert not let_take_place(session=session, actor=manager).is_undecided
    decide_due_sessions()
    assert told() == []
    assert decided() == [{"minimum": 2, "seated": 1, "actor": manager.pk}]


def test_what_is_a_draft_cancelled_or_has_begun_is_not_decided(clock: Any, manager: User) -> None:
    draft = make_undecided(published=False)
    cancelled = make_undecided()
    Session.objects.filter(pk=cancelled.pk).update(status="cancelled")
    begun = make_undecided()
    for session in (draft, cancelled):
        with pytest.raises(NothingToDecide):
            let_take_place(session=session, actor=manager)
    assert begun.starts_at is not None
    clock.move_to(begun.starts_at)
    with pytest.raises(NothingToDecide):
        let_take_place(session=begun, actor=manager)
    decide_due_sessions()
    assert (told(), decided()) == ([], [])


def test_a_move_asks_for_a_day_and_another_day_for_another_decision(clock: Any, manager: User) -> None:
    session = make_undecided()
    clock.move_to(SEVEN)
    let_take_place(session=session, actor=manager)
    with pytest.raises(CannotPlan) as refusal:
        move(session=session, plans=later(session), deadlines=Deadlines(), actor=manager)
    assert [problem.field for problem in refusal.value.problems] == ["decide_on"]

    same_day = Deadlines(decide_on=DECIDE_ON)
    move(session=session, plans=later(session), deadlines=same_day, actor=manager)
    session.refresh_from_db()
    assert not session.is_undecided

    another = Deadlines(decide_on=DECIDE_ON + 4 * DAY)
    move(session=session, plans=later(session, 14), deadlines=another, actor=manager)
    session.refresh_from_db()
    assert session.is_undecided


def test_a_duplicate_is_decided_as_many_days_before_its_start(manager: User) -> None:
    session = make_undecided(cancels=True)
    draft = duplicate(session=session, first_day=dt.date(2026, 5, 1), actor=manager)
    draft.refresh_from_db()
    assert (draft.min_participants, draft.decide_on) == (2, dt.date(2026, 4, 19))
    assert (draft.cancels_if_too_few, draft.decided_for) == (True, None)


def test_a_draft_whose_day_has_come_is_not_published(clock: Any, manager: User) -> None:
    version = make_version(parts=1)
    session = make_undecided(version=version, published=False, trainer=make_trainer(version.course))
    clock.move_to(SEVEN - dt.timedelta(hours=3))
    with pytest.raises(CannotPublish, match="choose one that is still to come"):
        publish(session=session, actor=manager)
    clock.move_to(SEVEN - DAY)
    assert publish(session=session, actor=manager).is_published


def test_what_is_due_is_not_changed_under_the_organiser_s_hands(clock: Any, manager: User) -> None:
    session = make_undecided(1)
    clock.move_to(SEVEN)
    today = {"decide_on": "That day has come. Choose one that is still to come."}
    assert refused(session, manager, cancels_if_too_few=True) == today
    assert refused(session, manager, min_participants=5) == today
    assert refused(session, manager, decide_on=DECIDE_ON - DAY) == today
    # Other facts still change, and the whole condition may go.
    edit_published(session=session, facts=changed(session, practical="Bring boots"), actor=manager)
    none = changed(session, min_participants=None, decide_on=None)
    assert not edit_published(session=session, facts=none, actor=manager).is_undecided


@pytest.mark.parametrize(
    ("decision", "fields"),
    [
        (Decision(None, None, cancels=False), []),
        (Decision(8, DECIDE_ON, cancels=True), []),
        (Decision(12, DECIDE_ON, cancels=False), []),
        (Decision(13, DECIDE_ON, cancels=False), ["min_participants"]),
        (Decision(8, None, cancels=False), ["decide_on"]),
        (Decision(None, DECIDE_ON, cancels=False), ["min_participants"]),
        (Decision(None, None, cancels=True), ["min_participants"]),
    ],
)
def test_a_condition_is_whole_and_can_be_met(decision: Decision, fields: list[str]) -> None:
    assert [problem.field for problem in decision_problems(decision, seats=12)] == fields


def test_it_is_decided_before_the_first_day_and_a_draft_may_still_say_what_it_wants() -> None:
    first_day = DECIDE_ON + DAY
    assert deadline_problems(Deadlines(decide_on=DECIDE_ON), first_day) == []
    (problem,) = deadline_problems(Deadlines(decide_on=first_day), first_day)
    assert problem.field == "decide_on"
    assert late_decision_problems(Decision(3, DECIDE_ON, cancels=False), Session(), on=NOON.date()) == []


def test_half_a_condition_is_never_stored() -> None:
    session = make_session()
    for half in ({"min_participants": 3}, {"decide_on": DECIDE_ON}, {"cancels_if_too_few": True}):
        with pytest.raises(IntegrityError, match="session_decision_whole"), transaction.atomic():
            Session.objects.filter(pk=session.pk).update(**half)


def test_people_read_it_as_long_as_it_is_not_sure() -> None:
    session = make_undecided(minimum=8)
    day_before = DECIDE_ON - DAY
    said = "It takes place with at least 8 people; that is decided on Friday 20 March 2026."
    assert minimum_text(session, on=DECIDE_ON) == minimum_text(session, on=day_before) == said
    assert minimum_text(session, on=DECIDE_ON + DAY).startswith("It needs at least 8 people: the organiser")
    session.decided_for = DECIDE_ON
    assert minimum_text(session, on=day_before) == ""
    assert minimum_text(make_session(), on=day_before) == ""


@pytest.mark.parametrize(("sessions", "queries"), [(1, 1 + 8), (5, 1 + 5 * 8)])
def test_a_beat_costs_a_few_statements_for_each_session_that_is_due(
    clock: Any, manager: User, django_assert_num_queries: DjangoAssertNumQueries, sessions: int, queries: int
) -> None:
    for _ in range(sessions):
        make_undecided(1)
    make_session()
    clock.move_to(SEVEN)
    with django_assert_num_queries(queries):
        decide_due_sessions()
