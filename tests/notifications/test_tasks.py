import datetime as dt

import pytest
import time_machine
from django.utils import timezone
from pytest_django.fixtures import Settings

from notifications import delivery, tasks
from notifications.enums import MessageStatus
from notifications.models import Message
from tests.factories import UserFactory
from tests.mail import Mailbox
from tests.notifications.messages import CONTEXT, make_message

pytestmark = pytest.mark.django_db


def test_what_beat_finds_is_sent_without_any_kick(mailbox: Mailbox) -> None:
    make_message(UserFactory.create())
    tasks.deliver_due_messages()
    tasks.deliver_due_messages()
    assert len(mailbox.mails) == 1


def test_more_than_a_batch_asks_for_another_run(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "BATCH", 2)
    kicks: list[bool] = []
    monkeypatch.setattr(tasks, "kick", lambda: kicks.append(True))
    recipient = UserFactory.create()
    for number in range(3):
        make_message(recipient, dedupe_key=str(number))

    tasks.deliver_due_messages()
    assert (len(mailbox.mails), kicks) == (2, [True])
    tasks.deliver_due_messages()
    assert (len(mailbox.mails), kicks) == (3, [True])


@pytest.mark.parametrize(
    ("status", "forgotten"),
    [
        (MessageStatus.SENT, True),
        (MessageStatus.FAILED, True),
        (MessageStatus.CANCELLED, True),
        (MessageStatus.PENDING, False),
        (MessageStatus.SENDING, False),
    ],
)
def test_old_messages_forget_what_they_said_but_not_that_they_were_sent(
    settings: Settings, status: MessageStatus, forgotten: bool
) -> None:
    settings.MESSAGE_RETENTION_DAYS = 90
    recipient = UserFactory.create()
    with time_machine.travel(timezone.now() - dt.timedelta(days=91), tick=False):
        old = make_message(recipient, dedupe_key="old")
    with time_machine.travel(timezone.now() - dt.timedelta(days=89), tick=False):
        young = make_message(recipient, dedupe_key="young")
    Message.objects.update(status=status)

    tasks.purge_old_messages()

    old.refresh_from_db()
    young.refresh_from_db()
    assert old.context == ({} if forgotten else CONTEXT)
    assert young.context == CONTEXT
    make_message(recipient, dedupe_key="old")
    assert Message.objects.count() == 2
