"""Courses that ask for consent: nobody has a seat, or waits for one, without it."""

import datetime as dt

import pytest
import time_machine
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from courses.models import Course, CourseVersion, Meeting, Session
from courses.services.versions import add_version
from enrolment.enums import EnrolmentStatus, Obstacle
from enrolment.errors import (
    BlockRefused,
    CannotPublish,
    ConsentIsPersonal,
    ConsentNeeded,
    OwnChoice,
    WithdrawalClosed,
)
from enrolment.models import AccessibilityRequest, Enrolment
from enrolment.services.block_booking import book_block
from enrolment.services.booking import enrol, withdraw
from enrolment.services.publishing import publish
from enrolment.services.waiting_list import fill_free_seats
from notifications.delivery import render
from notifications.models import Message
from people.enums import OrganisationKind, Role
from people.models import User
from tests.enrolment.conftest import NOON
from tests.factories import (
    OrganisationFactory,
    make_aspirant,
    make_confirmed,
    make_employee,
    make_person_with,
    make_session,
    make_version,
)
from tests.pages import SignIn, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def session() -> Session:
    return make_session(version=make_version(asking_consent=True), capacity=1)


def book(session: Session, learner: User | None = None) -> Enrolment:
    learner = learner or make_employee()
    return enrol(session=session, learner=learner, actor=learner, consent=session.version.number)


def test_it_is_kept_to_which_version_somebody_consented_and_when(session: Session) -> None:
    enrolment = book(session)
    assert (enrolment.consented_to, enrolment.consented_at) == (session.version, NOON)
    assert enrolment.is_confirmed


@pytest.mark.parametrize("consent", [None, 0, 2])
@pytest.mark.parametrize("taken", [0, 1])
def test_without_consent_to_this_text_nobody_gets_a_seat_or_a_place_in_the_queue(
    session: Session, consent: int | None, taken: int
) -> None:
    for _ in range(taken):
        book(session)
    learner = make_employee()
    with pytest.raises(ConsentNeeded):
        enrol(session=session, learner=learner, actor=learner, consent=consent)
    assert not Enrolment.objects.filter(learner=learner).exists()
    assert not Message.objects.filter(recipient=learner).exists()
    assert set(session.meetings.values_list("taken", flat=True)) == {taken}


def test_nobody_consents_for_somebody_else(session: Session) -> None:
    hr, learner = make_person_with(Role.HR), make_employee()
    with pytest.raises(ConsentIsPersonal):
        enrol(session=session, learner=learner, actor=hr, consent=1)
    zone = hr.memberships_today[0].organisation
    with pytest.raises(OwnChoice):
        enrol(session=session, learner=learner, actor=hr, enrolled_by=zone, consent=1)
    assert not Enrolment.objects.exists()


def test_no_plan_of_a_class_places_anybody_in_it(session: Session) -> None:
    school = OrganisationFactory.create(kind=OrganisationKind.SCHOOL)
    aspirant, coordinator = make_aspirant(school), make_person_with(Role.COORDINATOR, organisation=school)
    with pytest.raises(BlockRefused) as refused:
        book_block(
            placements={aspirant.pk: session.pk},
            shown={session.pk: session.sequence},
            organisation=school,
            actor=coordinator,
        )
    assert [change.obstacle for change in refused.value.changes] == [Obstacle.ASKS_THE_PERSON]
    assert not Enrolment.objects.exists()


def test_what_asks_for_no_consent_keeps_none() -> None:
    plain, learner = make_session(), make_employee()
    enrolment = enrol(session=plain, learner=learner, actor=learner, consent=1)
    assert (enrolment.consented_to, enrolment.consented_at) == (None, None)


def test_who_waits_keeps_the_consent_to_the_text_of_then(session: Session) -> None:
    leaving, waiting = book(session), book(session)
    newer = CourseVersion.objects.get(pk=session.version_id)
    newer.pk, newer.consent_text_en = None, "Something else happens."
    add_version(version=newer, actor=None)
    withdraw(enrolment=leaving, actor=leaving.learner)
    waiting.refresh_from_db()
    assert Course.objects.get(pk=session.version.course_id).current_version == newer
    assert (waiting.status, waiting.consented_to) == ("confirmed", session.version)


def test_nobody_moves_up_who_waits_without_consent(session: Session) -> None:
    """As when a row was written past the service."""
    leaving, without, waiting = (book(session) for _ in range(3))
    Enrolment.objects.filter(pk=without.pk).update(consented_to=None, consented_at=None)
    withdraw(enrolment=leaving, actor=leaving.learner)
    assert list(session.enrolments.confirmed()) == [waiting]
    Meeting.objects.update(capacity=9)
    assert fill_free_seats(session=session) == 0


def test_the_database_keeps_no_half_consent(session: Session) -> None:
    enrolment = book(session)
    with pytest.raises(IntegrityError, match="consent_whole"), transaction.atomic():
        Enrolment.objects.filter(pk=enrolment.pk).update(consented_at=None)


def test_withdrawing_is_possible_until_it_starts_whatever_the_deadline(
    session: Session, clock: time_machine.Traveller
) -> None:
    Session.objects.update(withdraw_until=dt.date(2026, 3, 3))
    session.refresh_from_db()
    Meeting.objects.update(capacity=2)
    enrolment, other = book(session), book(session)
    assert session.starts_at is not None
    clock.move_to(session.starts_at - dt.timedelta(minutes=1))
    assert withdraw(enrolment=enrolment, actor=enrolment.learner).status == EnrolmentStatus.WITHDRAWN
    clock.move_to(session.starts_at)
    with pytest.raises(WithdrawalClosed, match="You may stop at any moment, without a reason"):
        withdraw(enrolment=other, actor=other.learner)


def test_the_mails_say_until_when_and_never_what(session: Session) -> None:
    enrolment = book(session)
    book(session)
    withdraw(enrolment=enrolment, actor=enrolment.learner)
    mails = [render(message) for message in Message.objects.all()]
    assert len(mails) == 4
    for mail in mails:
        whole = mail.message().as_string()
        assert "Vorming diversiteit" in whole
        assert "Gevoelig thema" not in whole
    confirmation = render(Message.objects.filter(template="enrolment_confirmed").get())
    assert "Je kunt je uitschrijven tot het begint" in str(confirmation.body)


def test_a_session_whose_consent_somebody_could_not_read_is_not_published() -> None:
    version = make_version(asking_consent=True, consent_text_de="")
    trainer = make_person_with(Role.TRAINER)
    draft = make_session(version=version, published=False, trainer=trainer, contact_email="a@b.example")
    with pytest.raises(CannotPublish, match="in every language first"):
        publish(session=draft, actor=make_person_with(Role.CATALOGUE_MANAGER))


def test_a_session_that_leaves_nobody_to_talk_to_is_not_published() -> None:
    trainer, manager = make_person_with(Role.TRAINER), make_person_with(Role.CATALOGUE_MANAGER)
    draft = make_session(version=make_version(asking_consent=True), published=False, trainer=trainer)
    with pytest.raises(CannotPublish) as refused:
        publish(session=draft, actor=manager)
    assert str(refused.value) == (
        "Say whom people can contact afterwards: in the course, or as the contact of the session."
    )
    CourseVersion.objects.update(aftercare_contact="02 555 55 55")
    assert publish(session=draft, actor=manager).is_published


# -- The pages -------------------------------------------------------------------------------------


def test_enrol_leads_to_the_text_and_the_decision_to_a_seat(sign_in: SignIn, session: Session) -> None:
    learner = make_employee()
    client = sign_in(learner)
    step = f"/sessions/{session.public_id}/consent/"
    page = text(client.get(session.get_absolute_url()))
    assert f'href="{step}"' in page
    assert f"/sessions/{session.public_id}/enrol/" not in page

    page = text(client.get(step))
    assert "<p>This is what happens.</p><p>You may stop at any moment.</p>" in page
    assert "I consent: enrol me" in page
    assert not Enrolment.objects.exists()

    page = text(client.post(f"/sessions/{session.public_id}/enrol/", {"consent": 1}, follow=True))
    assert "You have a seat" in page
    assert "You can withdraw until it starts, also on the day itself" in page
    page = text(client.get(step))
    assert "You consented on Monday 2 March 2026, to version 1 of this text." in page
    assert "I consent" not in page


def test_a_full_session_asks_for_consent_before_the_queue(sign_in: SignIn, session: Session) -> None:
    book(session)
    client = sign_in(make_employee())
    assert "Join the queue" in text(client.get(session.get_absolute_url()))
    assert "I consent: put me in the queue" in text(client.get(f"/sessions/{session.public_id}/consent/"))
    page = client.post(f"/sessions/{session.public_id}/enrol/", {"consent": 1}, follow=True)
    assert "You are number 1 in the queue" in text(page)


@pytest.mark.parametrize("posted", [{}, {"consent": ""}, {"consent": "2"}, {"consent": "yes"}])
def test_a_direct_post_leads_back_to_the_text_and_keeps_what_was_typed(
    sign_in: SignIn, session: Session, posted: dict[str, str]
) -> None:
    client = sign_in(make_employee())
    page = client.post(f"/sessions/{session.public_id}/enrol/", posted | {"needs": "An interpreter."})
    assert "This is what happens." in text(page)
    assert "I consent: enrol me" in text(page)
    assert "An interpreter." in text(page)
    assert not Enrolment.objects.exists()


def test_what_somebody_needs_goes_along_with_their_consent(sign_in: SignIn, session: Session) -> None:
    client = sign_in(make_employee())
    posted = {"consent": "1", "needs": "An interpreter."}
    client.post(f"/sessions/{session.public_id}/enrol/", posted)
    assert AccessibilityRequest.objects.get().enrolment == Enrolment.objects.get()


def test_there_is_no_step_where_there_is_nothing_to_decide(sign_in: SignIn, session: Session) -> None:
    client = sign_in(make_employee())
    plain = make_session()
    over = make_session(version=session.version, enrol_until=dt.date(2026, 3, 1))
    for other in (plain, over):
        answer = client.get(f"/sessions/{other.public_id}/consent/")
        assert (answer.status_code, answer["Location"]) == (302, other.get_absolute_url())


@pytest.mark.parametrize("others", [1, 30])
def test_the_step_takes_the_same_queries_however_many_take_part(
    sign_in: SignIn, others: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    session = make_session(version=make_version(asking_consent=True), capacity=40)
    for _ in range(others):
        make_confirmed(session)
    client, page = sign_in(make_employee()), f"/sessions/{session.public_id}/consent/"
    # Whoever comes first after a change reads the texts.
    client.get(page)
    with django_assert_num_queries(5):
        client.get(page)
