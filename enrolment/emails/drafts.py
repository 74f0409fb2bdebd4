"""What the mails about a seat are made of."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils import translation

from core.time import today
from courses.emails import absolute, event, when
from courses.models import Meeting, Session
from enrolment.models import Enrolment
from enrolment.wording import enrolled_by_text, imposed_text
from notifications.calendar import Event, Invitation, Method
from notifications.services import Draft, cancel_all_pending
from people.models import User

# Somebody, and the meetings in which they have a seat; none for those who wait.
Seated = tuple[Enrolment, Sequence[Meeting]]


def draft_of(
    template: str,
    enrolment: Enrolment,
    meetings: Sequence[Meeting],
    *,
    method: Method | None = None,
    sequence: int | None = None,
    expires_at: dt.datetime | None = None,
    before: Sequence[Meeting] = (),
    **more: Any,
) -> Draft:
    """A mail about an enrolment; ``before``: the meetings as they were.

    ``more``: what one template needs; a function says it in the language of the person.
    """
    learner, session = enrolment.learner, enrolment.session
    with translation.override(learner.profile.administrative_language):
        context = session_context(session, learner, meetings, before) | {
            "training_url": absolute(reverse("portal:training")),
            **_whether_to_come(enrolment),
            **{name: value(enrolment) if callable(value) else value for name, value in more.items()},
        }
        if method:
            context["calendar"] = invitation(enrolment, meetings, method, sequence=sequence)
    return Draft(
        recipient=learner,
        template=template,
        context=context,
        dedupe_key=f"{template}:{enrolment.public_id}:{session.sequence}",
        topic=topic_of(enrolment),
        expires_at=expires_at,
    )


def session_context(
    session: Session, recipient: User, meetings: Sequence[Meeting], before: Sequence[Meeting] = ()
) -> dict[str, Any]:
    """What every mail about a session says, in the language that is active."""
    is_sensitive = session.version.is_sensitive
    context: dict[str, Any] = {
        "first_name": recipient.profile.first_name,
        "title": session.version.discreet_title,
        "session_url": absolute(session.get_absolute_url()),
        "language_name": str(translation.get_language_info(session.language)["name_translated"]),
        "when": [when(meeting, is_sensitive=is_sensitive) for meeting in meetings],
    }
    if before:
        context["was"] = [when(meeting, is_sensitive=is_sensitive) for meeting in before]
    if session.is_cancelled:
        context["reason"] = session.get_cancel_reason_display()
    return context


def invitation(
    enrolment: Enrolment, meetings: Sequence[Meeting], method: Method, *, sequence: int | None = None
) -> Invitation:
    if sequence is None:
        # A cancellation comes after what it cancels, and before whatever follows.
        sequence = enrolment.session.sequence + (method == "CANCEL")
    return {"method": method, "events": calendar_events(enrolment, meetings, sequence=sequence)}


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


def cancel_pending_about(*enrolments: Enrolment) -> None:
    """What still waits to be sent about these enrolments tells nothing true any more."""
    cancel_all_pending(topics=[topic_of(enrolment) for enrolment in enrolments])


def topic_of(enrolment: Enrolment) -> str:
    return f"enrolment:{enrolment.public_id}"


def _whether_to_come(enrolment: Enrolment) -> dict[str, Any]:
    """Until when one can withdraw; to whom others enrolled: who, and how to decline it or whom to ask."""
    last_day, by_others = enrolment.withdraw_until, enrolment.enrolled_by_id is not None
    open_until = last_day if last_day and last_day >= today() and not enrolment.is_imposed else None
    decline_url = absolute(reverse("enrolment:withdraw", args=[enrolment.session.public_id]))
    return {
        "withdraw_until_iso": open_until.isoformat() if open_until else None,
        "enrolled_by": enrolled_by_text(enrolment) if by_others else "",
        "imposed": imposed_text(enrolment) if enrolment.is_imposed else "",
        "decline_url": decline_url if by_others and open_until else "",
    }
