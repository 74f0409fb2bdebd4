"""What waits for an organisation's yes or no: the list of those who decide, and the link in their mail."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core.time import today
from courses.rules import organisations_ruled_by
from enrolment.enums import ApprovalState
from enrolment.links import approval_of
from enrolment.models import Enrolment
from enrolment.rules import approval_state, may_decide_about
from enrolment.services.approving import approve, disapprove
from enrolment.turns import freed_seat_text, moves_up
from enrolment.views.access import is_somebody_else
from people.enums import Role
from people.http import SignedInRequest
from people.models import User
from people.rules import APPROVING


@login_required
def waiting(request: SignedInRequest) -> HttpResponse:
    """What waits for this person, the oldest first; a chief makes the rules and decides about nobody."""
    rules = organisations_ruled_by(request.user)
    if not _decides(request.user):
        if rules:
            return redirect("courses:approval_rules")
        raise PermissionDenied
    own = Enrolment.objects.decidable_by(request.user, on=today()).awaiting_approval(at=timezone.now())
    listed = own.with_learner().with_session().with_position().select_related("approver")
    context = {
        "waiting": listed.prefetch_related("offers").order_by("enrolled_at", "id"),
        "rules": rules,
    }
    return render(request, "enrolment/approvals.html", context)


@login_required
def decide(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """Who asks for what, and yes or no; afterwards what was decided."""
    if not _decides(request.user):
        raise PermissionDenied
    own = Enrolment.objects.decidable_by(request.user, on=today()).with_learner().with_session()
    enrolment = get_object_or_404(own, public_id=public_id)
    if request.method == "POST":
        _answer(enrolment, request.POST.get("answer", ""), request.user)
        messages.info(request, _said(enrolment))
        return redirect("enrolment:approvals")
    return _page(request, enrolment, request.user)


@never_cache
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The same by the link of a mail, without signing in: for its reader, while they are an approver.

    Opening it decides nothing: mail scanners open links too.
    """
    asked = approval_of(token)
    if asked is None or not may_decide_about(*asked, on=today()) or is_somebody_else(request, asked[1]):
        return render(request, "enrolment/approval_link_over.html", status=403)
    enrolment, approver = asked
    if request.method == "POST":
        _answer(enrolment, request.POST.get("answer", ""), approver)
        return redirect(request.path)
    response = _page(request, enrolment, approver)
    response["X-Robots-Tag"] = "noindex"
    return response


def _page(request: HttpRequest, enrolment: Enrolment, approver: User) -> HttpResponse:
    offer = enrolment.live_offer
    context = {
        "enrolment": enrolment,
        "session": enrolment.session,
        "title": enrolment.session.version.discreet_title,
        "approver": approver,
        "offer": offer,
        "seat_after": freed_seat_text(enrolment.session, at=offer.expires_at) if offer else "",
        "moves_up": moves_up(enrolment.session, at=timezone.now()),
        "state": approval_state(enrolment, at=timezone.now()),
    }
    return render(request, "enrolment/approval.html", context)


def _answer(enrolment: Enrolment, answer: str, approver: User) -> None:
    if approval_state(enrolment, at=timezone.now()) != ApprovalState.OPEN:
        return
    if answer == "yes":
        approve(enrolment=enrolment, actor=approver)
    elif answer == "no":
        disapprove(enrolment=enrolment, actor=approver)


def _said(enrolment: Enrolment) -> str:
    """What has become of it by now, which another approver may have decided first."""
    enrolment.refresh_from_db()
    state = approval_state(enrolment, at=timezone.now())
    if state == ApprovalState.APPROVED:
        return _("It is approved, and the person is told by mail.")
    if state == ApprovalState.NOT_APPROVED:
        return _("It is not approved, and the person is told by mail.")
    return _("Nothing was decided: choose yes or no.") if state == ApprovalState.OPEN else _("It is over.")


def _decides(person: User) -> bool:
    return person.has_role(Role.HR, *APPROVING)
