"""The mails about a seat: who is told what, in their language, in the transaction of what happened.

Each context is frozen plain data. Titles are discreet: a mail is read on a lock screen, by others.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from django.urls import reverse
from django.utils import translation

from core.time import brussels_day, today
from courses.emails import absolute, event, when
from courses.models import Meeting, Session
from enrolment.models import AccessibilityRequest, Enrolment
from enrolment.rules import organisers_of
from enrolment.wording import enrolled_by_text, freed_text, imposed_text, taken_back_text
from notifications.calendar import Event
from notifications.services import Draft, cancel_pending, queue_message, queue_messages
from people.models import User


def tell_confirmed(enrolment: Enrolment, meetings: Sequence[Meeting]) -> None:
    _tell("enrolment_confirmed", enrolment, meetings, method="REQUEST")


def tell_moved_up(enrolment: Enrolment, meetings: Sequence[Meeting]) -> None:
    _tell("enrolment_moved_up", enrolment, meetings, method="REQUEST")


def tell_queued(enrolment: Enrolment, meetings: Sequence[Meeting]) -> None:
    _tell("enrolment_queued", enrolment, meetings)


def tell_withdrawn(enrolment: Enrolment, meetings: Sequence[Meeting]) -> None:
    _tell("enrolment_withdrawn", enrolment, meetings, method="CANCEL")


def tell_taken_back(enrolment: Enrolment, released: Sequence[Meeting]) -> None:
    _tell_ended(enrolment, released, what_happened=taken_back_text)


def tell_freed(enrolment: Enrolment, released: Sequence[Meeting]) -> None:
    _tell_ended(enrolment, released, what_happened=freed_text)


def tell_organisers(request: AccessibilityRequest) -> None:
    """That somebody needs something, not who nor what: both are on the page to which it leads."""
    session = request.enrolment.session
    url = absolute(reverse("enrolment:accessibility_requests", args=[session.public_id]))
    queue_messages(
        [
            Draft(
                recipient=organiser.user,
                template="request_received",
                context=_session_in_language_of(organiser.user, session) | {"requests_url": url},
                dedupe_key=f"request_received:{request.public_id}:{organiser.user.public_id}",
                topic=_topic_of_request(request),
            )
            for organiser in organisers_of(session, on=today()).select_related("user__profile")
        ]
    )


def tell_arranged(request: AccessibilityRequest) -> None:
    enrolment = request.enrolment
    queue_message(
        recipient=enrolment.learner,
        template="request_arranged",
        context=_session_in_language_of(enrolment.learner, enrolment.session),
        dedupe_key=f"request_arranged:{request.public_id}",
        topic=_topic_of_request(request),
    )


def cancel_pending_about_request(request: AccessibilityRequest) -> None:
    cancel_pending(topic=_topic_of_request(request))


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


def _tell_ended(
    enrolment: Enrolment, released: Sequence[Meeting], *, what_happened: Callable[[Enrolment], str]
) -> None:
    """Others ended it; no calendar knows of a place in the queue."""
    meetings = released or list(enrolment.session.meetings.all())
    method = "CANCEL" if released else None
    _tell("enrolment_ended", enrolment, meetings, method=method, what_happened=what_happened)


def _tell(
    template: str,
    enrolment: Enrolment,
    meetings: Sequence[Meeting],
    *,
    method: str | None = None,
    expires_at: dt.datetime | None = None,
    **sentences: Callable[[Enrolment], str],
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
            **_whether_to_come(enrolment),
            **{name: sentence(enrolment) for name, sentence in sentences.items()},
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


def _session_in_language_of(person: User, session: Session) -> dict[str, Any]:
    with translation.override(person.profile.administrative_language):
        return {
            "first_name": person.profile.first_name,
            "title": session.version.discreet_title,
            "date_iso": brussels_day(session.starts_at).isoformat() if session.starts_at else "",
            "session_url": absolute(session.get_absolute_url()),
        }


def _topic_of_request(request: AccessibilityRequest) -> str:
    """Its own id goes with it: nothing that stays tells of whom it was."""
    return f"request:{request.public_id}"


def _topic(enrolment: Enrolment) -> str:
    return f"enrolment:{enrolment.public_id}"
