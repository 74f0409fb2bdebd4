"""What keeps the platform going: the administrator's."""

import datetime as dt
from collections.abc import Iterator
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from certificates.enums import CertificateStatus
from certificates.models import Certificate
from enrolment.models import AuditRun
from notifications.enums import MessageStatus
from notifications.models import Message
from people.models import User
from portal.cards.card import Card, Tally

# By then a worker has seen it twice.
PATIENCE = dt.timedelta(minutes=15)
# Older ones were seen; the outbox keeps them.
FAILED_SINCE = dt.timedelta(days=7)
# One night may be lost to an upgrade.
AUDITED_WITHIN = dt.timedelta(hours=50)


def mails(person: User, at: dt.datetime) -> list[Tally]:
    """What doesn't leave the outbox."""
    if not person.is_staff:
        return []
    waiting = Card(
        eyebrow=_("Outbox"),
        title=ngettext_lazy("%(count)d mail does not leave", "%(count)d mails do not leave", "count"),
        text=_("Due for a quarter of an hour: does the mail worker run, and the mail server answer?"),
        url=_outbox(MessageStatus.PENDING),
        state="late",
        state_text=_("Nothing is lost"),
        act=_("See the outbox"),
    )
    failed = Card(
        eyebrow=_("Outbox"),
        title=ngettext_lazy("%(count)d mail was refused", "%(count)d mails were refused", "count"),
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

    address = reverse("admin:certificates_certificate_changelist")
    card = Card(
        eyebrow=_("Certificates"),
        title=ngettext_lazy(
            "%(count)d certificate has no file yet", "%(count)d certificates have no file yet", "count"
        ),
        text=_("They should be there by now: does the worker for certificates run?"),
        url=f"{address}?{urlencode({'status__exact': CertificateStatus.PENDING.value})}",
        state="late",
        state_text=_("Late"),
        act=_("See which"),
    )
    return [Tally(Certificate.objects.half_made(since=at - PATIENCE), card)]


def audits(person: User, at: dt.datetime) -> list[Tally]:
    """What the last audit of the seats found, or that there was none of late."""
    if not person.is_staff:
        return []
    broken = Card(
        eyebrow=_("Nightly audit"),
        title=ngettext_lazy(
            "%(count)d rule about seats is broken", "%(count)d rules about seats are broken", "count"
        ),
        text=_("What must always be true of seats, queues and records is not. The page says where."),
        url=reverse("admin:enrolment_auditrun_changelist"),
        state="late",
        state_text=_("To be mended"),
        act=_("See which"),
    )
    late = Card(
        eyebrow=_("Nightly audit"),
        title=_("The seats were not audited of late"),
        text=_("It happens every night: does beat run, and a worker?"),
        url=reverse("admin:enrolment_auditrun_changelist"),
        state="late",
        state_text=_("Late"),
        act=_("See the audits"),
    )
    last = AuditRun.objects.last_one()
    return [Tally(last.broken(), broken), Tally(last.filter(at__lt=at - AUDITED_WITHIN), late)]


def in_order(person: User, at: dt.datetime) -> list[Tally]:
    """That the last audit found nothing."""
    if not person.is_staff:
        return []
    card = Card(
        eyebrow=_("Nightly audit"),
        title=_("The seats are in order"),
        text=_("Nobody too many, nobody twice, nobody in two places."),
        url=reverse("admin:enrolment_auditrun_changelist"),
        state="good",
        state_text=_("No fault found"),
        act=_("See the audits"),
    )
    return [Tally(AuditRun.objects.last_one().filter(faults={}, at__gte=at - AUDITED_WITHIN), card)]


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
