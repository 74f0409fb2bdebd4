import datetime as dt

import pytest
from django.template import TemplateDoesNotExist
from django.utils.translation import gettext_lazy as _
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from notifications import tasks
from notifications.enums import MessageStatus
from notifications.models import Message
from notifications.services import Draft, cancel_pending, queue_message, queue_messages
from people.models import User
from tests.factories import UserFactory
from tests.notifications.messages import CONTEXT, make_message

pytestmark = pytest.mark.django_db


def test_queueing_is_one_statement_and_keeps_what_was_given(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    recipient = UserFactory.create(profile__administrative_language="fr")
    at = dt.datetime(2027, 1, 14, 8, tzinfo=dt.UTC)

    with django_assert_num_queries(1):
        queue_message(
            recipient=recipient,
            template="session_reminder",
            context=CONTEXT,
            dedupe_key="session_reminder:1:0",
            topic="enrolment:1",
            due_at=at,
            expires_at=at + dt.timedelta(days=1),
        )

    message = Message.objects.get()
    assert (message.recipient, message.template, message.language) == (recipient, "session_reminder", "fr")
    assert (message.context, message.topic, message.status) == (CONTEXT, "enrolment:1", MessageStatus.PENDING)
    assert (message.due_at, message.expires_at) == (at, at + dt.timedelta(days=1))


def test_the_same_event_makes_one_message() -> None:
    recipient = UserFactory.create()
    first = make_message(recipient, dedupe_key="moved:1:0")
    make_message(recipient, dedupe_key="moved:1:0", context={"title": "another"})
    second = make_message(recipient, dedupe_key="moved:1:1")

    assert list(Message.objects.order_by("id")) == [first, second]
    first.refresh_from_db()
    assert first.context == CONTEXT


def test_many_are_queued_with_one_statement(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    drafts = [
        Draft(
            recipient=UserFactory.create(),
            template="session_reminder",
            context={},
            dedupe_key=f"reminder:{n}",
        )
        for n in range(30)
    ]
    with django_assert_num_queries(1):
        queue_messages(drafts)
    assert Message.objects.count() == 30


@pytest.mark.parametrize(
    "value", [_("lazy"), dt.date(2027, 1, 14), User(pk=1), {"nested": [User(pk=1)]}, {1, 2}]
)
def test_a_context_that_is_not_plain_is_refused_at_once(value: object) -> None:
    with pytest.raises(TypeError, match="A message keeps plain data"):
        make_message(UserFactory.create(), context={"title": value})
    assert not Message.objects.exists()


def test_an_unknown_template_is_refused_at_once() -> None:
    with pytest.raises(TemplateDoesNotExist):
        make_message(UserFactory.create(), template="no_such_mail")


def test_cancelling_takes_back_only_what_waits_under_the_topic() -> None:
    recipient = UserFactory.create()
    waiting = make_message(recipient, dedupe_key="1", topic="enrolment:1")
    sent = make_message(recipient, dedupe_key="2", topic="enrolment:1")
    other = make_message(recipient, dedupe_key="3", topic="enrolment:2")
    Message.objects.filter(pk=sent.pk).update(status=MessageStatus.SENT)

    assert cancel_pending(topic="enrolment:1") == 1

    statuses = dict(Message.objects.values_list("pk", "status"))
    assert statuses == {
        waiting.pk: MessageStatus.CANCELLED,
        sent.pk: MessageStatus.SENT,
        other.pk: MessageStatus.PENDING,
    }


def test_a_rush_of_messages_makes_one_delivery(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    kicked: list[bool] = []
    monkeypatch.setattr(tasks.deliver_due_messages, "apply_async", lambda **options: kicked.append(True))
    recipient = UserFactory.create()

    with django_capture_on_commit_callbacks(execute=True):
        for number in range(20):
            make_message(recipient, dedupe_key=str(number))
        assert kicked == []
    assert kicked == [True]

    tasks.deliver_due_messages()
    with django_capture_on_commit_callbacks(execute=True):
        make_message(recipient, dedupe_key="after the delivery began")
    assert kicked == [True, True]
