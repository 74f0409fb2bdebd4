"""Putting messages into the outbox, and taking them back."""

import datetime as dt
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.template.loader import get_template
from django.utils import timezone

from notifications.enums import MessageStatus
from notifications.models import Message
from notifications.tasks import kick
from people.models import User


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A message to be queued; see ``queue_message``."""

    recipient: User
    template: str
    context: dict[str, Any]
    dedupe_key: str
    topic: str = ""
    due_at: dt.datetime | None = None
    expires_at: dt.datetime | None = None


def queue_message(
    *,
    recipient: User,
    template: str,
    context: dict[str, Any],
    dedupe_key: str,
    topic: str = "",
    due_at: dt.datetime | None = None,
    expires_at: dt.datetime | None = None,
) -> None:
    """Put a mail into the outbox, in the caller's transaction and with one INSERT.

    ``template`` is a folder of ``templates/emails/``; a comment at the top of its ``body.txt`` names the
    context that it takes. The context is plain data: texts already in the recipient's administrative language
    and discreet, dates and times as ISO 8601, addresses whole. With a key ``calendar`` that holds a
    ``notifications.calendar.Invitation``, each event goes along as a file; so do those of
    ``calendar_of_before``, which the same mail takes out. With ``reply_to``, an address, answers go there.

    The same ``dedupe_key`` makes one mail, however often it is queued. What waits under a ``topic`` can be
    cancelled. The mail goes out at ``due_at`` (now), never after ``expires_at``.

    ``recipient.profile`` is read: load it beforehand. Raises TypeError for a context that isn't plain, and
    TemplateDoesNotExist.
    """
    queue_messages(
        [
            Draft(
                recipient=recipient,
                template=template,
                context=context,
                dedupe_key=dedupe_key,
                topic=topic,
                due_at=due_at,
                expires_at=expires_at,
            )
        ]
    )


def queue_messages(drafts: Sequence[Draft]) -> None:
    """Put many mails into the outbox with one INSERT."""
    # In one order, whoever inserts: two jobs with the same keys then wait for each other, and don't deadlock.
    ordered = sorted(drafts, key=lambda draft: draft.dedupe_key)
    Message.objects.bulk_create([_message(draft) for draft in ordered], ignore_conflicts=True)
    transaction.on_commit(kick)


def cancel_pending(*, topic: str) -> int:
    """Take back what still waits under a topic; returns how many."""
    return cancel_all_pending(topics=[topic])


def cancel_all_pending(*, topics: Collection[str]) -> int:
    """The same for many topics at the cost of one."""
    return Message.objects.pending().filter(topic__in=topics).update(status=MessageStatus.CANCELLED)


def _message(draft: Draft) -> Message:
    get_template(f"emails/{draft.template}/subject.txt")
    _refuse_objects(draft.context)
    return Message(
        recipient=draft.recipient,
        template=draft.template,
        language=draft.recipient.profile.administrative_language,
        context=draft.context,
        dedupe_key=draft.dedupe_key,
        topic=draft.topic,
        due_at=draft.due_at or timezone.now(),
        expires_at=draft.expires_at,
    )


def _refuse_objects(context: dict[str, Any]) -> None:
    try:
        json.dumps(context)
    except TypeError as error:
        raise TypeError(f"A message keeps plain data, no objects and no lazy texts. {error}") from error
