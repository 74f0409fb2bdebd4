"""A seat is held for somebody, or went on to the next."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from django.urls import reverse
from django.utils import timezone

from core.time import BRUSSELS
from courses.emails import absolute
from courses.models import Meeting
from enrolment.emails.drafts import draft_of
from enrolment.links import offer_token
from enrolment.models import Enrolment, Offer
from enrolment.turns import freed_seat_text, moves_up, too_late_text
from notifications.services import queue_messages


def tell_offered(offer: Offer, enrolment: Enrolment, meetings: Sequence[Meeting]) -> None:
    """A seat is held: for the person's own yes, or for that of their organisation."""
    url = absolute(reverse("enrolment:offer", args=[offer_token(offer)]))
    if offer.asks_person:
        _tell("seat_offered", offer, enrolment, meetings, url=url, seat_after=partial(_seat_after, offer))
    else:
        _tell("seat_held", offer, enrolment, meetings, too_late=partial(_too_late, at=offer.expires_at))


def tell_passed_over(offer: Offer, enrolment: Enrolment, meetings: Sequence[Meeting]) -> None:
    """Nobody said yes in time, so the seat is held no longer; what that means for the place in the queue."""
    _tell(
        "offer_expired" if offer.asks_person else "approval_late",
        offer,
        enrolment,
        meetings,
        too_late=partial(_too_late, at=timezone.now()),
    )


def _tell(
    template: str, offer: Offer, enrolment: Enrolment, meetings: Sequence[Meeting], **more: Any
) -> None:
    """Somebody may get more than one offer for a date, so the mail is that of the offer."""
    until = offer.expires_at.astimezone(BRUSSELS).isoformat()
    draft = draft_of(template, enrolment, meetings, until_iso=until, approver=_approver, **more)
    queue_messages([replace(draft, dedupe_key=f"{template}:{offer.public_id}")])


def _seat_after(offer: Offer, enrolment: Enrolment) -> str:
    return freed_seat_text(enrolment.session, at=offer.expires_at)


def _too_late(enrolment: Enrolment, *, at: dt.datetime) -> str:
    return "" if moves_up(enrolment.session, at=at) else too_late_text()


def _approver(enrolment: Enrolment) -> str:
    return str(enrolment.approver.name) if enrolment.approver else ""
