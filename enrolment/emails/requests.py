"""What somebody asks of the organisers: a need in the room, or an exception from a prerequisite.

An organiser reads that somebody asks, not who, what nor why: those are on the page to which the mail leads.
"""

from typing import Any

from django.urls import reverse
from django.utils import translation

from core.time import brussels_day, today
from courses.emails import absolute
from courses.models import Session
from enrolment.models import AccessibilityRequest, PrerequisiteException
from enrolment.rules import organisers_of
from notifications.services import Draft, cancel_pending, queue_message, queue_messages
from people.models import User


def tell_request_received(request: AccessibilityRequest) -> None:
    session = request.enrolment.session
    url = absolute(reverse("enrolment:accessibility_requests", args=[session.public_id]))
    queue_messages(
        [
            Draft(
                recipient=organiser.user,
                template="request_received",
                context=_about_session(session, organiser.user) | {"requests_url": url},
                dedupe_key=f"request_received:{request.public_id}:{organiser.user.public_id}",
                topic=_topic_of(request),
            )
            for organiser in organisers_of(session, on=today()).select_related("user__profile")
        ]
    )


def tell_request_arranged(request: AccessibilityRequest) -> None:
    enrolment = request.enrolment
    queue_message(
        recipient=enrolment.learner,
        template="request_arranged",
        context=_about_session(enrolment.session, enrolment.learner),
        dedupe_key=f"request_arranged:{request.public_id}",
        topic=_topic_of(request),
    )


def cancel_pending_about_request(request: AccessibilityRequest) -> None:
    cancel_pending(topic=_topic_of(request))


def tell_exception_asked(exception: PrerequisiteException) -> None:
    organisers = organisers_of(exception.session, on=today()).exclude(user=exception.person_id)
    queue_messages(
        [
            Draft(
                recipient=organiser.user,
                template="exception_asked",
                context=_about_exception(exception, organiser.user)
                | {"exceptions_url": absolute(reverse("enrolment:exceptions"))},
                dedupe_key=f"exception_asked:{exception.public_id}:{organiser.user.public_id}",
                topic=_topic_of(exception),
            )
            for organiser in organisers.select_related("user__profile")
        ]
    )


def cancel_pending_about_exception(exception: PrerequisiteException) -> None:
    cancel_pending(topic=_topic_of(exception))


def tell_exception_decided(exception: PrerequisiteException) -> None:
    queue_message(
        recipient=exception.person,
        template="exception_decided",
        context=_about_exception(exception, exception.person)
        | {
            "is_granted": exception.is_granted,
            "valid_until_iso": exception.valid_until.isoformat() if exception.valid_until else "",
            "session_url": absolute(exception.session.get_absolute_url()),
            "dates_url": f"{absolute(exception.prerequisite.get_absolute_url())}#dates",
        },
        dedupe_key=f"exception_decided:{exception.public_id}",
    )


def _about_session(session: Session, recipient: User) -> dict[str, Any]:
    with translation.override(recipient.profile.administrative_language):
        return {
            "first_name": recipient.profile.first_name,
            "title": session.version.discreet_title,
            "date_iso": brussels_day(session.starts_at).isoformat() if session.starts_at else "",
            "session_url": absolute(session.get_absolute_url()),
        }


def _about_exception(exception: PrerequisiteException, recipient: User) -> dict[str, Any]:
    with translation.override(recipient.profile.administrative_language):
        return {
            "first_name": recipient.profile.first_name,
            "title": exception.course.discreet_title,
            "missing": exception.prerequisite.discreet_title,
        }


def _topic_of(request: AccessibilityRequest | PrerequisiteException) -> str:
    """Its own id goes with it: nothing that stays tells of whom it was."""
    return f"request:{request.public_id}"
