"""Mails to those who approve: what waits for their yes or no.

They are told a name, since they must know who asks, and of a sensitive course no more than its general title
and the time. Each link is its reader's own.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone, translation

from core.time import BRUSSELS, brussels_day
from courses.emails import absolute, when
from courses.models import Meeting
from enrolment.emails.drafts import topic_of
from enrolment.links import approval_token
from enrolment.models import Enrolment, Offer
from enrolment.turns import freed_seat_text, moves_up
from notifications.services import Draft, queue_message, queue_messages
from people.models import User
from people.rules import deciders_of

APPROVAL_REMINDER = "approval_reminder"


def ask_approvers(
    enrolment: Enrolment, meetings: Sequence[Meeting], *, at: dt.datetime, offer: Offer | None = None
) -> None:
    """Ask whoever decides first, in the caller's transaction; nobody, where no approval is missing.

    ``offer``: the seat that is held meanwhile.
    """
    if enrolment.approver_id is None or not enrolment.lacks_approval:
        return
    deciders = deciders_of([enrolment.approver_id], on=brussels_day(at))[enrolment.approver_id]
    asked = User.objects.filter(pk__in=deciders.asked_first_about(enrolment.learner_id))
    asked_for = offer.public_id if offer else enrolment.public_id
    queue_messages(
        [
            Draft(
                recipient=approver,
                template="approval_asked",
                context=_addressed(approver) | _request(enrolment, approver, meetings, offer),
                dedupe_key=f"approval_asked:{asked_for}:{approver.public_id}",
                # As what waits to be said to the person: a decision or a withdrawal takes it back.
                topic=topic_of(enrolment),
            )
            for approver in asked.select_related("profile")
        ]
    )


def remind_approver(approver: User, waiting: Iterable[Enrolment], *, on: dt.date) -> None:
    """One mail, and one a day, of all that waits for somebody."""
    requests = [
        _request(enrolment, approver, enrolment.session.meetings.all(), enrolment.live_offer)
        for enrolment in waiting
    ]
    queue_message(
        recipient=approver,
        template=APPROVAL_REMINDER,
        context=_addressed(approver) | {"requests": requests},
        dedupe_key=f"{APPROVAL_REMINDER}:{on}:{approver.public_id}",
    )


def _addressed(approver: User) -> dict[str, Any]:
    return {
        "first_name": approver.profile.first_name,
        "approvals_url": absolute(reverse("enrolment:approvals")),
    }


def _request(
    enrolment: Enrolment, approver: User, meetings: Iterable[Meeting], offer: Offer | None
) -> dict[str, Any]:
    """What an approver is told of one enrolment: the same of every course, places and parts left out."""
    with translation.override(approver.profile.administrative_language):
        title = enrolment.session.version.discreet_title
        seat_after = freed_seat_text(enrolment.session, at=offer.expires_at) if offer else ""
    until = offer.expires_at.astimezone(BRUSSELS).isoformat() if offer else ""
    return {
        "name": enrolment.learner.get_full_name(),
        "title": title,
        "when": [when(meeting, is_sensitive=True) | {"place": ""} for meeting in meetings],
        "until_iso": until,
        "seat_after": seat_after,
        "is_late": not moves_up(enrolment.session, at=timezone.now()),
        "decide_url": absolute(reverse("enrolment:approval", args=[approval_token(enrolment, approver)])),
    }
