import datetime as dt
import threading
from email.message import EmailMessage
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from notifications import delivery
from notifications.delivery import MAX_ATTEMPTS, claim, deliver_batch
from notifications.enums import MessageStatus
from notifications.models import Message
from notifications.services import cancel_pending
from people.models import User
from tests.factories import UserFactory
from tests.mail import Mailbox, text_of
from tests.notifications.messages import CONTEXT, calendar_event, make_message

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2027, 1, 4, 9, tzinfo=dt.UTC)
TEMPLATES = [
    "enrolment_confirmed",
    "enrolment_queued",
    "enrolment_moved_up",
    "enrolment_withdrawn",
    "session_reminder",
    "certificate_ready",
]


def state_of(message: Message) -> tuple[str, int, str]:
    message.refresh_from_db()
    return (message.status, message.attempts, message.last_error)


def test_a_mail_arrives_with_what_makes_it_a_good_citizen(mailbox: Mailbox, settings: Settings) -> None:
    settings.BASE_URL = "https://training.example"
    message = make_message(UserFactory.create(email="jo@police.example"))

    assert deliver_batch() is False

    (mail,) = mailbox.to("jo@police.example")
    assert mail["Subject"] == "Bevestigd: Holocaust, Police & Human Rights"
    assert mail["Message-ID"] == f"<{message.public_id}@training.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["Reply-To"] is None
    assert state_of(message) == (MessageStatus.SENT, 1, "")
    assert message.sent_at is not None


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("language", ["nl", "fr", "de"])
def test_every_mail_of_the_spine_is_whole_in_text_and_in_html(
    mailbox: Mailbox, template: str, language: str
) -> None:
    recipient = UserFactory.create(profile__administrative_language=language)
    make_message(recipient, template=template)

    deliver_batch()

    (mail,) = mailbox.mails
    html = mail.get_body(["html"])
    assert html is not None
    for text in (text_of(mail), html.get_content()):
        assert "Holocaust, Police &" in text
        assert "http://localhost:8000" in text
        assert "None" not in text
        assert "{" not in text
    # Text isn't escaped, HTML is; nothing is fetched when it is opened.
    assert "Police & Human" in text_of(mail)
    assert "Police &amp; Human" in html.get_content()
    assert "src=" not in html.get_content()
    assert f'<html lang="{language}">' in html.get_content()


@pytest.mark.parametrize(
    ("language", "day"),
    [("nl", "donderdag 14 januari"), ("fr", "jeudi 14 janvier"), ("de", "Donnerstag, 14. Januar")],
)
def test_a_mail_speaks_the_language_in_which_the_administration_addresses_the_person(
    mailbox: Mailbox, language: str, day: str
) -> None:
    recipient = UserFactory.create(profile__administrative_language=language, profile__screen_language="en")
    make_message(recipient, template="session_reminder")
    deliver_batch()
    assert f"{day} 2027, 08:30–12:15 · Theory · Kazerne Dossin, Mechelen" in text_of(mailbox.mails[0])


def test_a_meeting_that_ends_on_another_day_says_so(mailbox: Mailbox) -> None:
    trip = CONTEXT["when"][0] | {"end_date_iso": "2027-01-16"}
    make_message(UserFactory.create(), context=CONTEXT | {"when": [trip]})
    deliver_batch()
    assert "donderdag 14 januari 2027, 08:30–zaterdag 16 januari 2027, 12:15" in text_of(mailbox.mails[0])


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_subject_fits_a_lock_screen_and_one_line(mailbox: Mailbox, template: str) -> None:
    title = "Twee\nregels " + "en een heel lange titel " * 8
    make_message(UserFactory.create(), template=template, context=CONTEXT | {"title": title})
    deliver_batch()
    subject = str(mailbox.mails[0]["Subject"])
    assert len(subject) < 80
    assert "Twee regels en een" in subject


def test_the_address_is_read_when_the_mail_is_sent(mailbox: Mailbox) -> None:
    recipient = UserFactory.create(email="old@police.example")
    make_message(recipient)
    User.objects.filter(pk=recipient.pk).update(email="new@police.example")

    deliver_batch()

    assert [mail["To"] for mail in mailbox.mails] == ["new@police.example"]


def test_what_was_sent_is_not_made_again(mailbox: Mailbox) -> None:
    recipient = UserFactory.create(email="old@police.example")
    make_message(recipient, dedupe_key="confirmed:1:0")
    deliver_batch()
    User.objects.filter(pk=recipient.pk).update(email="new@police.example")

    make_message(recipient, dedupe_key="confirmed:1:0")
    deliver_batch()

    assert [mail["To"] for mail in mailbox.mails] == ["old@police.example"]


def test_a_cancelled_message_is_not_sent(mailbox: Mailbox) -> None:
    message = make_message(UserFactory.create(), topic="enrolment:1")
    cancel_pending(topic="enrolment:1")
    deliver_batch()
    assert mailbox.mails == []
    assert state_of(message) == (MessageStatus.CANCELLED, 0, "")


def test_a_message_is_sent_from_when_it_is_due_and_never_after_it_expired(mailbox: Mailbox) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        later = make_message(UserFactory.create(), dedupe_key="1", due_at=NOW + dt.timedelta(days=30))
        expired = make_message(UserFactory.create(), dedupe_key="2", expires_at=NOW + dt.timedelta(hours=1))
        clock.shift(dt.timedelta(hours=1))
        deliver_batch()
        assert state_of(expired)[0] == MessageStatus.CANCELLED
        assert state_of(later)[0] == MessageStatus.PENDING
        assert mailbox.mails == []
        clock.shift(dt.timedelta(days=30))
        deliver_batch()
    assert state_of(later)[0] == MessageStatus.SENT
    assert len(mailbox.mails) == 1


@pytest.mark.parametrize("change", [{"is_active": False}, {"email": None}, {"email": ""}])
def test_nobody_to_write_to_ends_the_message(mailbox: Mailbox, change: dict[str, Any]) -> None:
    recipient = UserFactory.create()
    message = make_message(recipient)
    User.objects.filter(pk=recipient.pk).update(**change)
    deliver_batch()
    assert mailbox.mails == []
    assert state_of(message)[0] == MessageStatus.CANCELLED


def test_a_refused_mail_is_tried_again_after_ever_longer_pauses(mailbox: Mailbox) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        message = make_message(UserFactory.create())
        mailbox.refusal = "451 Try again later"

        deliver_batch()
        assert state_of(message) == (MessageStatus.PENDING, 1, "SMTPDataError")
        assert message.due_at == NOW + dt.timedelta(minutes=2)

        clock.shift(dt.timedelta(minutes=2))
        deliver_batch()
        assert state_of(message) == (MessageStatus.PENDING, 2, "SMTPDataError")
        assert message.due_at == NOW + dt.timedelta(minutes=2 + 4)

        mailbox.refusal = None
        clock.shift(dt.timedelta(minutes=3))
        deliver_batch()
        assert mailbox.mails == []
        clock.shift(dt.timedelta(minutes=1))
        deliver_batch()
    assert state_of(message) == (MessageStatus.SENT, 3, "")
    assert len(mailbox.mails) == 1


def test_a_mail_that_is_always_refused_fails_in_the_end(mailbox: Mailbox) -> None:
    message = make_message(UserFactory.create())
    mailbox.refusal = "550 No such person"
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _attempt in range(MAX_ATTEMPTS + 2):
            deliver_batch()
            clock.shift(delivery.LONGEST_PAUSE)
    assert state_of(message) == (MessageStatus.FAILED, MAX_ATTEMPTS, "SMTPDataError")


def test_one_refusal_holds_up_nobody_else(mailbox: Mailbox) -> None:
    bad = make_message(UserFactory.create(), template="session_reminder", dedupe_key="1", context={"when": 1})
    good = make_message(UserFactory.create(), dedupe_key="2")
    deliver_batch()
    assert state_of(bad)[:2] == (MessageStatus.PENDING, 1)
    assert state_of(good)[:2] == (MessageStatus.SENT, 1)


def test_a_mail_server_that_is_away_costs_no_message_an_attempt(settings: Settings, mailbox: Mailbox) -> None:
    message = make_message(UserFactory.create())
    settings.EMAIL_PORT = 1
    assert deliver_batch() is False
    assert state_of(message) == (MessageStatus.PENDING, 0, "")


def test_what_a_dead_worker_left_behind_is_sent_under_the_same_id(mailbox: Mailbox) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        message = make_message(UserFactory.create())
        assert claim(message.pk) is not None

        clock.shift(dt.timedelta(minutes=9))
        deliver_batch()
        assert mailbox.mails == []

        clock.shift(dt.timedelta(minutes=1))
        deliver_batch()
    (mail,) = mailbox.mails
    assert str(message.public_id) in mail["Message-ID"]
    assert state_of(message) == (MessageStatus.SENT, 2, "")


def test_a_mail_of_which_every_worker_dies_fails_in_the_end(mailbox: Mailbox) -> None:
    message = make_message(UserFactory.create())
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _death in range(MAX_ATTEMPTS):
            assert claim(message.pk) is not None
            clock.shift(dt.timedelta(minutes=10))
        deliver_batch()
    assert mailbox.mails == []
    assert state_of(message)[0] == MessageStatus.FAILED


def test_a_slow_mail_server_makes_a_batch_short(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker's time limit would else end it between the server's "yes" and the note of it."""
    for number in range(3):
        make_message(UserFactory.create(), dedupe_key=str(number))
    seconds = iter([0.0, 1.0, delivery.BATCH_SECONDS + 1.0])
    monkeypatch.setattr(delivery, "monotonic", lambda: next(seconds))
    assert deliver_batch() is True
    assert len(mailbox.mails) == 1


def test_a_late_worker_does_not_end_a_claim_that_is_no_longer_its_own(mailbox: Mailbox) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        message = make_message(UserFactory.create())
        late = claim(message.pk)
        clock.shift(dt.timedelta(minutes=10))
        assert claim(message.pk) is not None
        assert late is not None
        delivery._put_back(late, OSError())
    assert state_of(message) == (MessageStatus.SENDING, 2, "")


def test_the_cancellation_never_overtakes_the_booking(mailbox: Mailbox) -> None:
    recipient = UserFactory.create()
    with time_machine.travel(NOW, tick=False) as clock:
        booked = make_message(recipient, dedupe_key="1", topic="enrolment:1")
        assert claim(booked.pk) is not None
        make_message(recipient, template="enrolment_withdrawn", dedupe_key="2", topic="enrolment:1")
        other = make_message(recipient, dedupe_key="3", topic="enrolment:2")

        deliver_batch()
        assert len(mailbox.mails) == 1
        assert state_of(other)[0] == MessageStatus.SENT

        clock.shift(dt.timedelta(minutes=10))
        deliver_batch()
        deliver_batch()
    subjects = [mail["Subject"].split(":")[0] for mail in mailbox.mails]
    assert subjects == ["Bevestigd", "Bevestigd", "Uitgeschreven"]


def test_each_event_is_an_invitation_in_a_file_of_its_own(mailbox: Mailbox) -> None:
    invitation = {"method": "REQUEST", "events": [calendar_event(uid="a"), calendar_event(uid="b")]}
    make_message(UserFactory.create(email="jo@police.example"), context=CONTEXT | {"calendar": invitation})

    deliver_batch()

    files = list(mailbox.mails[0].iter_attachments())
    assert [file.get_filename() for file in files] == ["session.ics", "session-2.ics"]
    for file, uid in zip(files, "ab", strict=True):
        assert isinstance(file, EmailMessage)
        assert file.get_content_type() == "text/calendar"
        assert file["Content-Type"].params == {"method": "REQUEST", "charset": "utf-8"}
        content = (file.get_payload(decode=True) or b"").decode()
        assert f"\r\nUID:{uid}\r\n" in content
        assert content.count("BEGIN:VEVENT") == 1
        assert "mailto:jo@police.example" in content.replace("\r\n ", "")


def test_no_log_line_tells_who_or_what(mailbox: Mailbox, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    recipient = UserFactory.create(email="jo.secret@police.example", profile__last_name="Onbekend")
    make_message(recipient)
    mailbox.refusal = "550 jo.secret@police.example does not exist"
    deliver_batch()
    ours = "\n".join(r.getMessage() for r in caplog.records if r.name.startswith("notifications"))
    assert "SMTPDataError" in ours
    for private in ("jo.secret", "Onbekend", "Holocaust", "Jo"):
        assert private not in ours


def _deliver_at_once(workers: int) -> None:
    barrier = threading.Barrier(workers)

    def work() -> None:
        barrier.wait()
        try:
            deliver_batch()
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_each_mail_once(mailbox: Mailbox) -> None:
    for number in range(10):
        make_message(UserFactory.create(email=f"p{number}@police.example"), dedupe_key=str(number))

    _deliver_at_once(2)

    assert sorted(mail["To"] for mail in mailbox.mails) == [f"p{n}@police.example" for n in range(10)]


@pytest.mark.django_db(transaction=True)
def test_without_the_claim_two_workers_send_twice(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: the test above can fail."""
    both_have_looked = threading.Barrier(2)

    def take_without_asking(pk: int) -> Message:
        both_have_looked.wait()
        message: Message = Message.objects.select_related("recipient").get(pk=pk)
        return message

    monkeypatch.setattr(delivery, "claim", take_without_asking)
    make_message(UserFactory.create())

    _deliver_at_once(2)

    assert len(mailbox.mails) == 2
