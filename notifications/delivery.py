"""From the outbox to the mail server: claim, render, send, and what happens when that fails."""

import datetime as dt
import logging
import re
from email.mime.text import MIMEText
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F
from django.template import Context
from django.template.loader import get_template, render_to_string
from django.utils import timezone, translation
from django.utils.text import Truncator

from notifications import calendar
from notifications.enums import MessageStatus
from notifications.links import secret_links
from notifications.models import Message
from people.models import User

logger = logging.getLogger(__name__)

BATCH = 100
# A slow mail server must not let the worker be killed in the middle of a mail, which would go out again.
BATCH_SECONDS = 60
MAX_ATTEMPTS = 12
LONGEST_PAUSE = dt.timedelta(hours=6)
# What a lock screen shows, and what a header line should hold (RFC 5322, 2.1.1).
SUBJECT_LENGTH = 78


def deliver_batch() -> bool:
    """Send what is due, one batch over one connection; True when more may be waiting.

    Safe to run twice and at once. A mail goes out again only when a worker dies between the server's "yes"
    and the note of it here; its Message-ID is then the same.
    """
    due = Message.objects.due(at=timezone.now()).order_by("due_at", "id")
    ids = list(due.values_list("pk", flat=True)[:BATCH])
    if not ids:
        return False
    until = monotonic() + BATCH_SECONDS
    try:
        with get_connection() as connection:
            for pk in ids:
                if monotonic() > until:
                    return True
                # Before the claim: a mail server that is away costs no message an attempt.
                connection.open()
                if message := claim(pk):
                    _deliver(message, connection)
    except OSError as error:
        logger.warning("The mail server cannot be reached: %s", type(error).__name__)
        return False
    return len(ids) == BATCH


def claim(pk: int) -> Message | None:
    """Take a message, if it is still due: compare and swap, so that one worker wins."""
    now = timezone.now()
    won = (
        Message.objects.due(at=now)
        .filter(pk=pk)
        .update(status=MessageStatus.SENDING, claimed_at=now, attempts=F("attempts") + 1)
    )
    return Message.objects.select_related("recipient").get(pk=pk) if won else None


def render(message: Message) -> EmailMultiAlternatives:
    """The mail as it goes out now: today's address, the language of when it was queued."""
    recipient = message.recipient
    context = {
        **message.context,
        **secret_links(template=message.template, recipient=recipient),
        "product": settings.PRODUCT_NAME,
        "base_url": settings.BASE_URL,
        "language": message.language,
    }
    folder = f"emails/{message.template}"
    with translation.override(message.language):
        subject = " ".join(_render_text(f"{folder}/subject.txt", context).split())
        mail = EmailMultiAlternatives(
            subject=Truncator(subject).chars(SUBJECT_LENGTH),
            body=_render_text(f"{folder}/body.txt", context),
            to=[recipient.email or ""],
            reply_to=[message.context["reply_to"]] if message.context.get("reply_to") else None,
            headers={
                "Message-ID": f"<{message.public_id}@{urlsplit(settings.BASE_URL).hostname}>",
                "Auto-Submitted": "auto-generated",
                "X-Auto-Response-Suppress": "All",
            },
        )
        mail.attach_alternative(render_to_string(f"{folder}/body.html", context), "text/html")
    for part in _calendar_files(message):
        mail.attach(part)
    return mail


def _render_text(name: str, context: dict[str, Any]) -> str:
    template = get_template(name).template  # type: ignore[attr-defined]
    text = str(template.render(Context(context, autoescape=False)))
    # Tags that render nothing leave their empty lines behind.
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _calendar_files(message: Message) -> list[MIMEText]:
    """An invitation holds one event (RFC 5546), so each event is a file; what is over goes first."""
    invitations = filter(None, [message.context.get(key) for key in ("calendar_of_before", "calendar")])
    wanted = [(each["method"], event) for each in invitations for event in each["events"]]
    return [_calendar_file(message, method, event, n) for n, (method, event) in enumerate(wanted, start=1)]


def _calendar_file(message: Message, method: calendar.Method, event: calendar.Event, number: int) -> MIMEText:
    attendee = message.recipient.email or ""
    content = calendar.render([event], method=method, at=message.created_at, attendee=attendee)
    part = MIMEText(content.decode(), "calendar", "utf-8")
    part.set_param("method", method)
    name = "session.ics" if number == 1 else f"session-{number}.ics"
    part.add_header("Content-Disposition", "attachment", filename=name)
    return part


def _deliver(message: Message, connection: BaseEmailBackend) -> None:
    if message.attempts > MAX_ATTEMPTS:
        # Each worker that took it died of it.
        _move(message, MessageStatus.FAILED, last_error="")
        return
    if _is_pointless(message):
        _move(message, MessageStatus.CANCELLED)
        return
    try:
        connection.send_messages([render(message)])
    except Exception as error:
        _put_back(message, error)
        # After a refusal nobody knows what the connection is still good for.
        connection.close()
    else:
        _move(message, MessageStatus.SENT, sent_at=timezone.now(), last_error="")


def _is_pointless(message: Message) -> bool:
    recipient = message.recipient
    is_late = message.expires_at is not None and message.expires_at <= timezone.now()
    return is_late or _has_account_already(message) or not recipient.is_active or not recipient.email


def _has_account_already(message: Message) -> bool:
    if message.template != "account_activation":
        return False
    return not User.objects.without_account().filter(pk=message.recipient_id).exists()


def _put_back(message: Message, error: Exception) -> None:
    """Try again later, each time after a longer pause; in the end give up."""
    # Only the class: the text of an SMTP error holds the address.
    reason = type(error).__name__
    logger.warning("Message %s was not sent, attempt %d: %s", message.public_id, message.attempts, reason)
    if message.attempts >= MAX_ATTEMPTS:
        _move(message, MessageStatus.FAILED, last_error=reason)
        return
    pause = min(dt.timedelta(minutes=2**message.attempts), LONGEST_PAUSE)
    _move(message, MessageStatus.PENDING, last_error=reason, due_at=timezone.now() + pause)


def _move(message: Message, status: MessageStatus, **fields: Any) -> None:
    """End the claim; one that expired meanwhile is no longer ours to end."""
    ours = Message.objects.filter(pk=message.pk, status=MessageStatus.SENDING, claimed_at=message.claimed_at)
    ours.update(status=status, claimed_at=None, **fields)
