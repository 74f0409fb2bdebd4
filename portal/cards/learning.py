"""What one takes part in."""

import datetime as dt
from collections.abc import Iterator

from django.utils import timezone
from django.utils.translation import gettext as _

from core.templatetags.traject import day, times
from courses.models import Session
from enrolment.models import Enrolment
from people.models import User
from portal.cards.card import Card, title_of

MOST_SESSIONS = 3


def sessions(person: User, at: dt.datetime) -> Iterator[Card]:
    """The next seats, then places in queues."""
    own = Enrolment.objects.visible_to(person).active().upcoming(at=at).with_session()
    for place, enrolment in enumerate(own.order_by("status", "session__starts_at")[:MOST_SESSIONS]):
        yield _seat(enrolment, is_next=place == 0) if enrolment.is_confirmed else _queued(enrolment)


def _seat(enrolment: Enrolment, *, is_next: bool) -> Card:
    return Card(
        eyebrow=_("Your next session") if is_next else _("Then"),
        title=title_of(enrolment.session),
        text=_when_and_where(enrolment.session),
        url=enrolment.session.get_absolute_url(),
        state="good",
        state_text=_("You have a seat"),
    )


def _queued(enrolment: Enrolment) -> Card:
    return Card(
        eyebrow=_("You are in the queue"),
        title=title_of(enrolment.session),
        text=_when_and_where(enrolment.session),
        url=enrolment.session.get_absolute_url(),
        state="wait",
        state_text=_("Waiting for a seat"),
        act=_("See your place, and other dates"),
    )


def _when_and_where(session: Session) -> str:
    first = session.first_meeting
    if not (first and session.starts_at and session.ends_at):
        return ""
    hours = times(session.starts_at, session.ends_at)
    return f"{day(timezone.localtime(session.starts_at))} · {hours} · {first.venue}"
