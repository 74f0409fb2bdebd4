"""The session's page and its acts, as people with different rights meet them."""

import datetime as dt
from uuid import uuid4

import icalendar
import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from core.time import today
from courses.enums import CancelReason
from courses.models import Session
from courses.services.documents import add_document
from enrolment.models import Enrolment
from enrolment.services.booking import enrol
from enrolment.services.cancelling import cancel_session
from people.enums import Role
from people.models import User
from tests.factories import (
    CourseVersionFactory,
    OrganisationFactory,
    make_confirmed,
    make_employee,
    make_person_with,
    make_session,
    make_version,
)
from tests.pages import SignIn, text

pytestmark = pytest.mark.django_db


def test_a_session_needs_signing_in(client: Client) -> None:
    session = make_session()
    answer = client.get(session.get_absolute_url())
    assert (answer.status_code, answer["Location"]) == (
        302,
        f"/account/login/?next={session.get_absolute_url()}",
    )


def test_one_click_enrols_and_the_page_tells_what_became_of_it(sign_in: SignIn) -> None:
    session, learner = make_session(), make_employee()
    client = sign_in(learner)
    assert "12 of 12 seats left" in text(client.get(session.get_absolute_url()))
    page = client.post(f"/sessions/{session.public_id}/enrol/", follow=True)
    assert "You have a seat" in text(page)
    assert Enrolment.objects.get().learner == learner


def test_a_full_session_offers_the_queue_and_tells_the_place(sign_in: SignIn) -> None:
    session = make_session(capacity=1)
    make_confirmed(session)
    enrol(session=session, learner=make_employee(), actor=make_employee())
    client = sign_in(make_employee())
    page = text(client.get(session.get_absolute_url()))
    assert "Join the queue" in page
    assert "You would be number 2 in the queue." in page
    page = text(client.post(f"/sessions/{session.public_id}/enrol/", follow=True))
    assert "You are number 2 in the queue" in page


def test_a_session_without_a_limit_shows_that_there_is_none(sign_in: SignIn) -> None:
    session = make_session(capacity=None)
    client = sign_in(make_employee())
    page = text(client.get(session.get_absolute_url()))
    assert "No limit on seats" in page
    assert "Join the queue" not in page
    listed = text(client.get(session.version.course.get_absolute_url()))
    assert "No limit on seats" in listed


def test_a_refusal_is_told_on_the_page(sign_in: SignIn) -> None:
    session = make_session(enrol_until=dt.date(2020, 1, 1))
    client = sign_in(make_employee())
    assert "Enrolment for this session is closed." in text(client.get(session.get_absolute_url()))
    page = text(client.post(f"/sessions/{session.public_id}/enrol/", follow=True))
    assert "Enrolment for this session is closed." in page
    assert not Enrolment.objects.exists()


def test_enrolling_and_withdrawing_happen_by_post_only(sign_in: SignIn) -> None:
    session, learner = make_session(), make_employee()
    client = sign_in(learner)
    assert client.get(f"/sessions/{session.public_id}/enrol/").status_code == 405
    make_confirmed(session, learner)
    assert "Nobody asks you why" in text(client.get(f"/sessions/{session.public_id}/withdraw/"))
    assert Enrolment.objects.active().count() == 1
    page = client.post(f"/sessions/{session.public_id}/withdraw/", follow=True)
    assert page.redirect_chain == [("/my/training/", 302)]
    assert not Enrolment.objects.active().exists()


def test_nobody_withdraws_somebody_else(sign_in: SignIn) -> None:
    session = make_session()
    make_confirmed(session)
    sign_in(make_employee()).post(f"/sessions/{session.public_id}/withdraw/")
    assert Enrolment.objects.confirmed().count() == 1


@pytest.mark.parametrize("path", ["", "enrol/", "withdraw/", "calendar.ics"])
def test_a_session_that_one_may_not_see_is_not_found(sign_in: SignIn, path: str) -> None:
    draft, foreign = make_session(published=False), make_session()
    foreign.open_to.add(OrganisationFactory.create())
    client = sign_in(make_employee())
    for session in (draft, foreign, Session(public_id=uuid4())):
        assert client.post(f"/sessions/{session.public_id}/{path}").status_code == 404


def test_the_calendar_file_is_of_one_s_own_seat(sign_in: SignIn) -> None:
    session, learner = make_session(), make_employee()
    enrolment = make_confirmed(session, learner)
    answer = sign_in(learner).get(f"/sessions/{session.public_id}/calendar.ics")
    events = icalendar.Calendar.from_ical(answer.content).events
    assert [event["UID"] for event in events] == [
        f"{enrolment.public_id}.{meeting.public_id}" for meeting in session.meetings.all()
    ]
    assert sign_in(make_employee()).get(f"/sessions/{session.public_id}/calendar.ics").status_code == 404


def test_the_page_of_a_sensitive_session_says_that_nobody_else_sees_it(sign_in: SignIn) -> None:
    session = make_session(version=make_version(sensitive=True))
    page = text(sign_in(make_employee()).get(session.get_absolute_url()))
    assert "Only the trainers see your name. Nobody else sees that you enrol." in page


@pytest.mark.parametrize("others", [1, 30])
def test_the_page_takes_the_same_queries_however_many_take_part(
    sign_in: SignIn, others: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    session = make_session(capacity=40)
    for _ in range(others):
        make_confirmed(session)
        make_session(version=session.version)
    client = sign_in(make_employee())
    client.get("/catalogue/")
    with django_assert_num_queries(5):
        client.get(session.get_absolute_url())


def test_a_course_without_a_version_of_four_languages_still_shows_a_title() -> None:
    version = CourseVersionFactory.create(title_en="", title_de="")
    assert version.title == "Titel"


def test_a_session_without_a_limit_says_so(sign_in: SignIn) -> None:
    session = make_session(capacity=None)
    page = sign_in(make_employee()).get(session.get_absolute_url())
    assert page.status_code == 200
    assert "No limit on seats" in text(page)


def test_who_was_enrolled_before_a_move_reads_that_it_has_moved(sign_in: SignIn) -> None:
    session, before, after = make_session(), make_employee(), make_employee()
    make_confirmed(session, before)
    Session.objects.update(moved_at=timezone.now())
    make_confirmed(session, after)
    assert "This session has moved" in text(sign_in(before).get(session.get_absolute_url()))
    assert "This session has moved" not in text(sign_in(after).get(session.get_absolute_url()))


def test_a_cancelled_session_says_why_to_those_who_were_in_it(sign_in: SignIn) -> None:
    session, learner, other = make_session(), make_employee(), make_employee()
    enrol(session=session, learner=learner, actor=learner)
    cancel_session(session=session, reason=CancelReason.TOO_FEW, actor=learner)
    elsewhere = make_session(version=session.version)
    page = text(sign_in(learner).get(session.get_absolute_url()))
    assert "It does not take place: too few participants." in page
    assert elsewhere.get_absolute_url() in page
    assert "seats left" not in page.split("Other dates")[0]
    # It isn't on offer any more, so nobody else finds it.
    assert sign_in(other).get(session.get_absolute_url()).status_code == 404


def test_how_to_get_there_what_to_bring_and_whom_to_ask(sign_in: SignIn) -> None:
    session = make_session(
        language="fr",
        directions="Train jusqu’à Malines.\nPuis le bus 1.",
        practical="Munissez-vous de votre carte.",
        contact_email="hpm@dossin.example",
        contact_phone="+32 15 00 00 00",
    )
    page = text(sign_in(make_employee()).get(session.get_absolute_url()))
    assert '<div class="prose" lang="fr"><p>Train jusqu’à Malines.<br>Puis le bus 1.</p></div>' in page
    assert "Munissez-vous de votre carte." in page
    assert 'href="mailto:hpm@dossin.example"' in page
    assert 'href="tel:+3215000000"' in page


def status_of(client: Client, path: str) -> int:
    """Of a file, which is closed once it is read."""
    answer = client.get(path)
    b"".join(answer)
    return int(answer.status_code)


def test_documents_are_for_who_has_a_seat_or_gives_the_session(sign_in: SignIn) -> None:
    trainer, seated, waiting = make_person_with(Role.TRAINER), make_employee(), make_employee()
    session = make_session(trainer=trainer, capacity=1)
    make_confirmed(session, seated)
    enrol(session=session, learner=waiting, actor=waiting)
    document = add_document(session=session, name="plan.pdf", content=b"%PDF-1.7", actor=trainer)
    path = f"{session.get_absolute_url()}documents/{document.public_id}/"
    for person, sees in ((seated, True), (trainer, True), (waiting, False), (make_employee(), False)):
        client = sign_in(person)
        assert ("plan.pdf" in text(client.get(session.get_absolute_url()))) is sees
        assert status_of(client, path) == (200 if sees else 404)
    # A manager has them on the page where sessions are kept.
    manager = sign_in(make_person_with(Role.CATALOGUE_MANAGER))
    assert "plan.pdf" in text(manager.get(f"/manage/sessions/{session.public_id}/"))
    assert status_of(manager, path) == 200


def test_a_document_is_handed_over_and_never_shown_in_place(sign_in: SignIn) -> None:
    session, seated = make_session(), make_employee()
    make_confirmed(session, seated)
    document = add_document(
        session=session, name='pl"an é.pdf', content=b"%PDF-1.7 <script>", actor=make_employee()
    )
    path = f"{session.get_absolute_url()}documents/{document.public_id}/"
    answer = sign_in(seated).get(path)
    assert b"".join(answer) == b"%PDF-1.7 <script>"
    assert answer["Content-Type"] == "application/pdf"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''pl%22an%20%C3%A9.pdf"
    assert "no-store" in answer["Cache-Control"]


def test_a_document_is_found_under_its_own_session_only(sign_in: SignIn) -> None:
    session, other, learner = make_session(), make_session(), make_employee()
    make_confirmed(session, learner)
    document = add_document(session=other, name="plan.pdf", content=b"%PDF-1.7", actor=learner)
    path = f"{session.get_absolute_url()}documents/{document.public_id}/"
    assert sign_in(learner).get(path).status_code == 404


def test_who_was_a_trainer_once_reads_no_documents(sign_in: SignIn) -> None:
    trainer = make_person_with(Role.TRAINER)
    session = make_session(trainer=trainer)
    document = add_document(session=session, name="plan.pdf", content=b"%PDF-1.7", actor=trainer)
    trainer.memberships.update(valid_until=today() - dt.timedelta(days=1))
    path = f"{session.get_absolute_url()}documents/{document.public_id}/"
    assert sign_in(User.objects.get(pk=trainer.pk)).get(path).status_code == 404


def test_of_the_other_dates_those_with_a_free_seat_come_first(sign_in: SignIn) -> None:
    session = make_session()
    others = [
        make_session(version=session.version, capacity=1, starts_in=dt.timedelta(days=40 + day))
        for day in range(5)
    ]
    for full in others[:2]:
        make_confirmed(full)
    page = sign_in(make_employee()).get(session.get_absolute_url())
    assert page.context["others"] == others[2:]
    make_confirmed(others[3])
    page = sign_in(make_employee()).get(session.get_absolute_url())
    assert page.context["others"] == [others[2], others[4], others[0]]
