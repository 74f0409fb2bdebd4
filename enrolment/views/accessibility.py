"""What somebody needs to take part: told by them, read by the organiser alone."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from core.errors import DomainError
from core.time import today
from courses.models import Session
from enrolment.forms.participants import NeedsForm
from enrolment.models import AccessibilityRequest, Enrolment
from enrolment.rules import organisers_of
from enrolment.services.accessibility import ask_organiser, forget_requests, mark_arranged, read_requests
from people.http import SignedInRequest
from people.models import Membership


@sensitive_post_parameters("needs")
@sensitive_variables()
@login_required
def own_request(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """Ask the organiser for something, change it, or take it back."""
    own = Enrolment.objects.visible_to(request.user).active().select_related("session__version")
    enrolment = get_object_or_404(own, session__public_id=public_id)
    known = AccessibilityRequest.objects.filter(enrolment=enrolment).first()
    form = NeedsForm(request.POST or None, initial={"needs": known.text if known else ""})
    if request.method == "POST" and form.is_valid():
        try:
            said = _keep(enrolment, form.cleaned_data["needs"])
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, said)
        return redirect(enrolment.session)
    session = enrolment.session
    context = {"session": session, "version": session.version, "known": known, "form": form}
    return render(request, "enrolment/own_request.html", context)


@sensitive_variables("text")
def _keep(enrolment: Enrolment, text: str) -> str:
    if not text:
        forget_requests(AccessibilityRequest.objects.filter(enrolment=enrolment))
        return _("Deleted.")
    ask_organiser(enrolment=enrolment, text=text)
    return _("The organiser can read it now.")


@require_safe
@sensitive_variables("requests")
@login_required
def requests(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """What the participants of a session need, for its organiser; each of them can see that it was read."""
    session, organiser = _organised(request, public_id)
    context = {
        "session": session,
        "version": session.version,
        "requests": read_requests(session=session, reader=organiser),
    }
    return render(request, "enrolment/accessibility_requests.html", context)


@login_required
@require_POST
def arranged(request: SignedInRequest, public_id: uuid.UUID, request_id: uuid.UUID) -> HttpResponse:
    session, _organiser = _organised(request, public_id)
    asked = get_object_or_404(AccessibilityRequest.objects.of_session(session), public_id=request_id)
    mark_arranged(request=asked)
    messages.success(request, _("Marked as arranged. The person gets a mail."))
    return redirect("enrolment:accessibility_requests", public_id)


def _organised(request: SignedInRequest, public_id: uuid.UUID) -> tuple[Session, Membership]:
    """A session for which this person answers, and as what."""
    visible = Session.objects.visible_to(request.user).select_related("version__course")
    session: Session = get_object_or_404(visible, public_id=public_id)
    own = organisers_of(session, on=today()).filter(user=request.user)
    organiser = own.select_related("user").first()
    if organiser is None:
        raise PermissionDenied
    return session, organiser
