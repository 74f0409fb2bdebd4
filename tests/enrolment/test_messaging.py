"""A manager writes to the participants: each gets it once, and the trail keeps no text."""

import pytest
from django.core import mail

from core.models import AuditEntry
from courses.models import Session
from enrolment.errors import EverybodyToldAlready, NoContact, NotOnOffer
from enrolment.models import Enrolment
from enrolment.services.booking import enrol, withdraw
from enrolment.services.messaging import recipients_of, send_message
from notifications import delivery
from notifications.models import Message
from people.models import User
from tests.factories import make_employee, make_session, make_version
from tests.mail import Mailbox, text_of

pytestmark = pytest.mark.django_db

WRITTEN = {"subject": "Parkeren", "text": "De parking is dicht.\n\nKom met de trein."}


@pytest.fixture
def session() -> Session:
    return make_session(capacity=1, contact_email="hpm@dossin.example")


def book(session: Session, *, language: str = "nl") -> Enrolment:
    learner = make_employee(language=language)
    return enrol(session=session, learner=learner, actor=learner)


def send(session: Session, manager: User, *, to_waiting: bool = False, **changes: str) -> int:
    return send_message(session=session, to_waiting=to_waiting, actor=manager, **(WRITTEN | changes))


def written_to() -> list[User]:
    return [each.recipient for each in Message.objects.filter(template="session_message").order_by("id")]


def test_who_has_a_seat_gets_it_and_who_waits_only_if_asked_for(session: Session, manager: User) -> None:
    seated, waiting = book(session), book(session)
    gone = book(session)
    withdraw(enrolment=gone, actor=gone.learner)

    assert send(session, manager) == 1
    assert written_to() == [seated.learner]
    # The same text goes on to those who haven't had it.
    assert send(session, manager, to_waiting=True) == 1
    assert written_to() == [seated.learner, waiting.learner]


def test_a_double_click_sends_once(session: Session, manager: User) -> None:
    book(session)
    assert send(session, manager) == 1
    with pytest.raises(EverybodyToldAlready):
        send(session, manager)
    assert len(written_to()) == 1
    assert send(session, manager, subject="Nog iets") == 1


def test_the_trail_keeps_ids_and_no_text(session: Session, manager: User) -> None:
    seated = book(session)
    send(session, manager)
    entry = AuditEntry.objects.get(action="session.message_sent")
    assert (entry.actor_id, entry.subject_id, entry.data) == (
        manager.pk,
        session.pk,
        {"enrolments": [seated.pk]},
    )


@pytest.mark.parametrize("status", ["draft", "cancelled"])
def test_only_participants_of_what_is_on_offer_are_written_to(
    session: Session, manager: User, status: str
) -> None:
    book(session)
    Session.objects.update(status=status)
    with pytest.raises(NotOnOffer):
        send(session, manager)


def test_without_a_contact_nothing_is_sent(manager: User) -> None:
    session = make_session()
    book(session)
    with pytest.raises(NoContact):
        send(session, manager)
    assert written_to() == []


def test_the_preview_counts_those_who_will_get_it(session: Session, manager: User) -> None:
    book(session)
    waiting = book(session)
    send(session, manager)
    assert recipients_of(session, to_waiting=True, **WRITTEN) == [waiting]


def test_a_message_survives_the_move_up_from_the_queue(session: Session, manager: User) -> None:
    """What tells of the queue is taken back then; what a manager wrote stays true."""
    seated, waiting = book(session), book(session)
    send(session, manager, to_waiting=True)
    withdraw(enrolment=seated, actor=seated.learner)
    states = Message.objects.filter(recipient=waiting.learner).values_list("template", "status")
    assert dict(states) == {
        "enrolment_queued": "cancelled",
        "session_message": "pending",
        "enrolment_moved_up": "pending",
    }


@pytest.mark.django_db(transaction=True)
def test_answers_go_to_the_contact_and_the_words_arrive_as_written(
    session: Session, manager: User, mailbox: Mailbox
) -> None:
    seated = book(session, language="fr")
    Message.objects.all().delete()
    send(session, manager, subject="Parkeren\r\nBcc: all@police.example")

    delivery.deliver_batch()

    (arrived,) = mailbox.to(seated.learner.email)
    assert arrived["Reply-To"] == "hpm@dossin.example"
    assert arrived["Subject"] == "Parkeren Bcc: all@police.example"
    assert arrived["Bcc"] is None
    text = text_of(arrived)
    assert "De parking is dicht.\n\nKom met de trein." in text.replace("\r", "")
    assert "Votre réponse va à hpm@dossin.example." in text
    html = arrived.get_body(["html"])
    assert html is not None
    assert '<blockquote lang="nl"' in html.get_content()
    assert not mail.outbox


def test_around_the_text_a_sensitive_course_has_its_generic_title(manager: User) -> None:
    session = make_session(version=make_version(sensitive=True), contact_email="x@dossin.example")
    book(session)
    send(session, manager)
    context = Message.objects.get(template="session_message").context
    assert context["title"] == "Vorming diversiteit"
    assert "Gevoelig thema" not in str(context)
