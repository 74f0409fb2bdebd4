"""The mails about a seat: who is told what, in their language, in the transaction of what happened.

Each context is frozen plain data. Titles are discreet: a mail is read on a lock screen, by others.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils import translation

from courses.emails import absolute, event, when
from courses.models import Meeting
from enrolment.models import Enrolment
from notifications.calendar import Event
from notifications.services import cancel_pending, queue_message


def tell_confirmed(enrolment: Enrolment, meetings: Sequence[Meeting]) -> None:
    _tell("enrolment_confirmed", enrolment, meetings, method="REQUEST")


def tell_moved_up(enrolment: Enrolment, meetings: Sequence[Meeting]) -> None:
    _tell("enrolment_moved_up", enrolment, meetings, method="REQUEST")


def tell_queued(enrolment: Enrolment, meetings: Sequence[Meeting]) -> None:
    _tell("enrolment_queued", enrolment, meetings)


def tell_withdrawn(enrolment: Enrolment, meetings: Sequence[Meeting]) -> None:
    _tell("enrolment_withdrawn", enrolment, meetings, method="CANCEL")


def remind(enrolment: Enrolment, meetings: Sequence[Meeting]) -> None:
    """One reminder for each version of the session's date; worthless once it has started."""
    _tell("session_reminder", enrolment, meetings, method="REQUEST", expires_at=meetings[0].starts_at)


def cancel_pending_about(enrolment: Enrolment) -> None:
    """What still waits to be sent about this enrolment tells nothing true any more."""
    cancel_pending(topic=_topic(enrolment))


def calendar_events(enrolment: Enrolment, meetings: Sequence[Meeting], *, sequence: int) -> list[Event]:
    """An event for each meeting; the UID is the same from booking to cancellation (RFC 5545)."""
    return [
        event(
            uid=f"{enrolment.public_id}.{meeting.public_id}",
            meeting=meeting,
            session=enrolment.session,
            sequence=sequence,
        )
        for meeting in meetings
    ]


def _tell(
    template: str,
    enrolment: Enrolment,
    meetings: Sequence[Meeting],
    *,
    method: str | None = None,
    expires_at: dt.datetime | None = None,
) -> None:
    learner, session = enrolment.learner, enrolment.session
    with translation.override(learner.profile.administrative_language):
        context: dict[str, Any] = {
            "first_name": learner.profile.first_name,
            "title": session.version.discreet_title,
            "session_url": absolute(session.get_absolute_url()),
            "training_url": absolute(reverse("portal:training")),
            "language_name": str(translation.get_language_info(session.language)["name_translated"]),
            "when": [when(meeting, is_sensitive=session.version.is_sensitive) for meeting in meetings],
            "withdraw_until_iso": enrolment.withdraw_until.isoformat() if enrolment.withdraw_until else None,
        }
        if enrolment.is_queued:
            context["position"] = Enrolment.objects.ahead_of(enrolment).count() + 1
        if method:
            sequence = session.sequence + (method == "CANCEL")
            events = calendar_events(enrolment, meetings, sequence=sequence)
            context["calendar"] = {"method": method, "events": events}
    queue_message(
        recipient=learner,
        template=template,
        context=context,
        dedupe_key=f"{template}:{enrolment.public_id}:{session.sequence}",
        topic=_topic(enrolment),
        expires_at=expires_at,
    )


def _topic(enrolment: Enrolment) -> str:
    return f"enrolment:{enrolment.public_id}"
