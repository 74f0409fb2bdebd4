"""What keeps the platform going: the administrator's."""

import datetime as dt
from collections.abc import Iterator
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certificates.enums import CertificateStatus
from certificates.models import Certificate
from notifications.enums import MessageStatus
from notifications.models import Message
from people.models import User
from portal.cards.card import Card, Tally

# By then a worker has seen it twice.
PATIENCE = dt.timedelta(minutes=15)
# Older ones were seen; the outbox keeps them.
FAILED_SINCE = dt.timedelta(days=7)


def mails(person: User, at: dt.datetime) -> list[Tally]:
    """What doesn't leave the outbox."""
    if not person.is_staff:
        return []

    def waiting(count: int) -> Card:
        title = ngettext("%(count)d mail does not leave", "%(count)d mails do not leave", count)
        return Card(
            eyebrow=_("Outbox"),
            title=title % {"count": count},
            text=_("Due for a quarter of an hour: does the mail worker run, and the mail server answer?"),
            url=_outbox(MessageStatus.PENDING),
            state="late",
            state_text=_("Nothing is lost"),
            act=_("See the outbox"),
        )

    def failed(count: int) -> Card:
        title = ngettext("%(count)d mail was refused", "%(count)d mails were refused", count)
        return Card(
            eyebrow=_("Outbox"),
            title=title % {"count": count},
            text=_("In the last seven days, after every attempt. Most often the address is wrong."),
            url=_outbox(MessageStatus.FAILED),
            state="late",
            state_text=_("Not delivered"),
            act=_("See which"),
        )

    return [
        Tally(Message.objects.due(at=at - PATIENCE), waiting),
        Tally(Message.objects.failed(since=at - FAILED_SINCE), failed),
    ]


def certificates(person: User, at: dt.datetime) -> list[Tally]:
    """Certificates that stay without their file."""
    if not person.is_staff:
        return []

    def card(count: int) -> Card:
        title = ngettext(
            "%(count)d certificate has no file yet", "%(count)d certificates have no file yet", count
        )
        address = reverse("admin:certificates_certificate_changelist")
        return Card(
            eyebrow=_("Certificates"),
            title=title % {"count": count},
            text=_("They should be there by now: does the worker for certificates run?"),
            url=f"{address}?{urlencode({'status__exact': CertificateStatus.PENDING.value})}",
            state="late",
            state_text=_("Late"),
            act=_("See which"),
        )

    return [Tally(Certificate.objects.half_made(since=at - PATIENCE), card)]


def administration(person: User, at: dt.datetime) -> Iterator[Card]:
    if person.is_staff:
        yield Card(
            eyebrow=_("Administration"),
            title=_("Organisations and people"),
            text=_("Zones and their dates, the audit trail, the outbox."),
            url=reverse("admin:index"),
            act=_("Open the administration"),
        )


def _outbox(status: MessageStatus) -> str:
    address = reverse("admin:notifications_message_changelist")
    return f"{address}?{urlencode({'status__exact': status.value})}"
