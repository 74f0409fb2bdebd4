"""Links for new people: asked for in people's data, queued here, made when their mail is sent."""

import datetime as dt

from celery import shared_task
from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils import timezone

from notifications.models import Message
from notifications.services import Draft, queue_messages
from people.models import User

TEMPLATE = "account_activation"
BATCH = 500
# What could not be queued for so long has been asked for again.
ASKED_WITHIN = dt.timedelta(days=2)


@shared_task
def queue_account_activations() -> None:
    """Queue the mails that were asked for, a batch a minute: one for each time, however often this runs."""
    if people := _to_invite(at=timezone.now()):
        queue_messages([_draft(person) for person in people])


def _to_invite(*, at: dt.datetime) -> list[User]:
    asked = User.objects.without_account().filter(activation_asked_at__gt=at - ASKED_WITHIN)
    queued = Message.objects.filter(
        recipient=OuterRef("pk"), template=TEMPLATE, created_at__gte=OuterRef("activation_asked_at")
    )
    return list(asked.exclude(Exists(queued)).select_related("profile").order_by("pk")[:BATCH])


def _draft(person: User) -> Draft:
    return Draft(
        recipient=person,
        template=TEMPLATE,
        context={"days": settings.ACTIVATION_TIMEOUT // (3600 * 24)},
        dedupe_key=f"{TEMPLATE}:{person.public_id}:{person.activation_asked_at:%Y%m%dT%H%M%S.%f}",
        expires_at=timezone.now() + ASKED_WITHIN,
    )
