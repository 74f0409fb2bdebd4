"""What people need to take part: asked of the organiser, arranged, forgotten.

That somebody asks is as private as what they ask, and the audit trail outlives it: all that is there is that
an organiser read of a person, in words that fit other reasons to read as well.
"""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from core.models import AuditEntry
from courses.models import Session
from enrolment import emails
from enrolment.enums import READ_BY_ORGANISER
from enrolment.errors import NothingToAskFor
from enrolment.models import AccessibilityRequest, Enrolment
from people.models import Membership


@sensitive_variables("text", "known")
def ask_organiser(*, enrolment: Enrolment, text: str) -> AccessibilityRequest:
    """Keep what somebody needs, in place of what they asked before, and tell the organiser that they do.

    The same text again changes nothing. Raises NothingToAskFor where the enrolment or the session is over.
    """
    # No decorator opens the transaction: an error report would show what it was called with.
    with transaction.atomic():
        # Whoever ends the enrolment holds this row.
        active = Enrolment.objects.active().select_for_update(no_key=True, of=["self"])
        held = active.filter(session__ends_at__gt=timezone.now()).filter(pk=enrolment.pk).first()
        if held is None:
            raise NothingToAskFor
        known: AccessibilityRequest | None = AccessibilityRequest.objects.filter(enrolment=held).first()
        if known and known.text == text:
            return known
        # What is new is not arranged, and the organiser hears of it: another request takes its place.
        forget_requests(AccessibilityRequest.objects.filter(enrolment=held))
        request: AccessibilityRequest = AccessibilityRequest.objects.create(enrolment=held, text=text)
        emails.tell_request_received(request)
    return request


@transaction.atomic
def read_requests(*, session: Session, reader: Membership) -> list[AccessibilityRequest]:
    """What the participants of a session need, for its organiser; each of them can see that it was read."""
    requests = list(AccessibilityRequest.objects.of_session(session))
    told = {"role": reader.role, "organisation": reader.organisation_id}
    AuditEntry.record_all(
        action=READ_BY_ORGANISER,
        subjects=((request.enrolment.learner, told) for request in requests),
        actor=reader.user,
    )
    return requests


@transaction.atomic
def mark_arranged(*, request: AccessibilityRequest) -> None:
    """Say that what somebody needs is there, and tell them so; done before, it does nothing."""
    open_ones = AccessibilityRequest.objects.filter(pk=request.pk, arranged_at=None)
    if open_ones.update(arranged_at=timezone.now()):
        emails.tell_request_arranged(request)


@transaction.atomic
def forget_requests(requests: "QuerySet[AccessibilityRequest]") -> None:
    """Delete requests, and what still waits to be mailed about them."""
    for request in requests.only("public_id"):
        emails.cancel_pending_about_request(request)
    requests.delete()


def forget_needless_requests() -> None:
    """Those of sessions that are over; and mend what was left of a claim that ended."""
    forget_requests(AccessibilityRequest.objects.needless(at=timezone.now()))
