"""A session is cancelled: everybody's enrolment ends, everybody is told once."""

from typing import Any

import icalendar
import pytest
from pytest_django import DjangoAssertNumQueries

from core.models import AuditEntry
from courses.enums import CancelReason
from courses.models import Session
from courses.rules import Deadlines
from enrolment.enums import EnrolmentStatus
from enrolment.errors import HasStarted, NotOnOffer
from enrolment.models import Enrolment, Seat
from enrolment.services.booking import enrol, withdraw
from enrolment.services.cancelling import cancel_session
from enrolment.services.messaging import send_message
from enrolment.services.moving import move
from enrolment.tasks import fill_free_seats_from_queues, queue_session_reminders
from notifications import delivery
from notifications.models import Message
from people.enums import Role
from people.models import User
from tests.enrolment.conftest import DAY, NOON
from tests.enrolment.test_moving import later
from tests.factories import make_confirmed, make_employee, make_person_with, make_session, make_version
from tests.mail import Mailbox

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def book(session: Session, learner: User | None = None) -> Enrolment:
    learner = learner or make_employee()
    return enrol(session=session, learner=learner, actor=learner)


def cancel(session: Session, manager: User) -> Session:
    return cancel_session(session=session, reason=CancelReason.TRAINER, actor=manager)


def pending(learner: User) -> list[str]:
    waiting = Message.objects.pending().filter(recipient=learner).order_by("id")
    return list(waiting.values_list("template", flat=True))


def test_every_enrolment_ends_every_seat_is_free_and_everybody_is_told(manager: User) -> None:
    session = make_session(capacity=1, starts_in=2 * DAY, trainer=make_person_with(Role.TRAINER))
    seated, waiting, gone = book(session), book(session), book(session)
    withdraw(enrolment=gone, actor=gone.learner)
    queue_session_reminders()

    cancelled = cancel(session, manager)

    assert (cancelled.status, cancelled.cancel_reason, cancelled.cancelled_at) == (
        "cancelled",
        "trainer",
        NOON,
    )
    for enrolment in (seated, waiting):
        enrolment.refresh_from_db()
        assert (enrolment.status, enrolment.ended_at) == (EnrolmentStatus.CANCELLED, NOON)
    gone.refresh_from_db()
    assert gone.status == EnrolmentStatus.WITHDRAWN
    assert not Seat.objects.held().exists()
    assert {meeting.taken for meeting in session.meetings.all()} == {0}
    # What still waited is taken back: no confirmation and no reminder of a session that isn't there.
    assert pending(seated.learner) == pending(waiting.learner) == ["session_cancelled"]
    assert pending(gone.learner) == []
    letter = Message.objects.get(recipient=seated.learner, template="session_cancelled").context
    assert (letter["had_seat"], letter["reason"], letter["calendar"]["method"]) == (
        True,
        "de opleider is niet beschikbaar",
        "CANCEL",
    )
    letter = Message.objects.get(recipient=waiting.learner, template="session_cancelled").context
    assert (letter["had_seat"], "calendar" in letter) == (False, False)
    assert Message.objects.filter(template="teaching_cancelled").count() == 1
    entry = AuditEntry.objects.get(action="session.cancelled")
    assert entry.data == {"reason": "trainer", "enrolments": [seated.pk, waiting.pk]}


def test_the_organiser_gets_one_mail_however_many_took_part(manager: User) -> None:
    """cases: mod_booking 837."""
    session = make_session(capacity=4)
    for _ in range(6):
        book(session)
    cancel(session, manager)
    assert Message.objects.filter(template="session_cancelled").count() == 6
    (digest,) = Message.objects.filter(recipient=manager)
    assert digest.template == "session_cancelled_digest"
    assert (digest.context["seats"], digest.context["waiting"]) == (4, 2)


def test_cancelling_again_does_nothing(manager: User) -> None:
    session = make_session()
    book(session)
    for _click in range(2):
        assert cancel(session, manager).is_cancelled
    assert Message.objects.filter(template="session_cancelled").count() == 1
    assert AuditEntry.objects.filter(action="session.cancelled").count() == 1


def test_a_draft_is_not_cancelled_and_what_has_begun_neither(manager: User, clock: Any) -> None:
    with pytest.raises(NotOnOffer):
        cancel(make_session(published=False), manager)
    session = make_session(starts_in=DAY)
    enrolment = book(session)
    clock.move_to(session.starts_at)
    with pytest.raises(HasStarted):
        cancel(session, manager)
    enrolment.refresh_from_db()
    assert enrolment.is_confirmed


def test_nothing_follows_a_cancellation(manager: User) -> None:
    session = make_session(starts_in=2 * DAY, capacity=1)
    book(session)
    book(session)
    cancel(session, manager)
    before = Message.objects.count()
    queue_session_reminders()
    fill_free_seats_from_queues()
    assert Message.objects.count() == before
    # The room and the evening of the people are free again.
    assert not Seat.objects.held().exists()


def test_what_a_manager_wrote_and_nobody_got_yet_is_taken_back(manager: User) -> None:
    session = make_session(contact_email="hpm@dossin.example")
    seated = book(session)
    send_message(session=session, subject="Morgen", text="Breng een kaart.", to_waiting=False, actor=manager)
    cancel(session, manager)
    assert pending(seated.learner) == ["session_cancelled"]


@pytest.mark.parametrize("people", [1, 30])
def test_a_cancellation_costs_the_same_however_many_it_concerns(
    people: int, manager: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    session = make_session(capacity=people)
    for _ in range(people):
        make_confirmed(session)
    with django_assert_num_queries(28):
        cancel(session, manager)


def test_a_sensitive_course_keeps_its_generic_title(manager: User) -> None:
    session = make_session(version=make_version(sensitive=True), trainer=make_person_with(Role.TRAINER))
    book(session)
    cancel(session, manager)
    letters = Message.objects.filter(template__contains="cancelled")
    assert letters.count() == 3
    assert not [letter for letter in letters if "Gevoelig thema" in str(letter.context)]


def invitations(mailbox: Mailbox, learner: User) -> list[tuple[Any, str, Any]]:
    """Method, UID and sequence of each calendar file, in the order in which they arrived."""
    files = [
        icalendar.Calendar.from_ical(part.get_content())
        for mail in mailbox.to(learner.email)
        for part in mail.iter_attachments()
    ]
    return [(file["METHOD"], str(file.events[0]["UID"]), file.events[0]["SEQUENCE"]) for file in files]


def deliver() -> None:
    while delivery.deliver_batch():
        pass


@pytest.mark.django_db(transaction=True)
def test_book_move_cancel_is_one_event_with_rising_sequence(manager: User, mailbox: Mailbox) -> None:
    """cases: mod_booking 113 and 1107."""
    session = make_session(version=make_version(parts=1))
    seated = book(session)
    deliver()
    move(session=session, plans=later(session), deadlines=Deadlines(), actor=manager)
    deliver()
    cancel(session, manager)
    deliver()

    uid = f"{seated.public_id}.{session.meetings.get().public_id}"
    assert invitations(mailbox, seated.learner) == [
        ("REQUEST", uid, 0),
        ("REQUEST", uid, 2),
        ("CANCEL", uid, 3),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_cancellation_never_overtakes_what_it_cancels(manager: User, mailbox: Mailbox, clock: Any) -> None:
    """The mail server refuses the booking for now; the cancellation waits for it."""
    session = make_session(version=make_version(parts=1))
    seated = book(session)
    mailbox.refusal = "451 later"
    deliver()
    # Another worker holds the booking when the session is cancelled.
    Message.objects.filter(recipient=seated.learner).update(status="sending", claimed_at=NOON)
    mailbox.refusal = None
    cancel(session, manager)
    deliver()
    assert invitations(mailbox, seated.learner) == []

    Message.objects.filter(status="sending").update(status="pending", due_at=NOON, claimed_at=None)
    deliver()
    deliver()
    assert [method for method, _uid, _sequence in invitations(mailbox, seated.learner)] == [
        "REQUEST",
        "CANCEL",
    ]
