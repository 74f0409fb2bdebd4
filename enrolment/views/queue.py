"""Waiting for a seat: answering an offer, being asked again, and how much notice somebody wants."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import DomainError
from enrolment.enums import OfferOutcome
from enrolment.forms.participants import NoticeForm
from enrolment.links import offer_of
from enrolment.models import Enrolment, Offer
from enrolment.services.offers import accept_offer, decline_offer, set_notice, step_back_in
from enrolment.turns import freed_seat_text
from enrolment.views.access import is_somebody_else
from people.http import SignedInRequest


def offer(request: HttpRequest, token: str) -> HttpResponse:
    """The offer of a link: what it is about, and yes or no; signing in isn't asked for.

    Whoever opens it may be anybody who reads the mail, so it says no more than the mail did; who signed in as
    somebody else doesn't answer in the person's place.
    """
    chosen = offer_of(token)
    if chosen is None or is_somebody_else(request, chosen.enrolment.learner):
        raise Http404
    if request.method == "POST":
        try:
            _answer(chosen, request.POST.get("answer", ""))
        except DomainError as refusal:
            messages.error(request, str(refusal))
        return redirect(request.path)
    session = chosen.enrolment.session
    context = {
        "offer": chosen,
        "session": session,
        "title": session.version.discreet_title,
        "seat_after": freed_seat_text(session, at=chosen.expires_at),
        "is_open": chosen.is_live and chosen.asks_person and timezone.now() < chosen.expires_at,
        "was_accepted": chosen.outcome == OfferOutcome.ACCEPTED and chosen.enrolment.is_confirmed,
        "was_declined": chosen.outcome == OfferOutcome.DECLINED,
    }
    return render(request, "enrolment/offer.html", context)


def _answer(chosen: Offer, answer: str) -> None:
    if answer == "accept":
        accept_offer(offer=chosen, actor=None)
    elif answer == "decline":
        decline_offer(offer=chosen, actor=None)


@login_required
@require_POST
def ask_again(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """Be asked for the next seat again, after an offer that went by."""
    waiting = _own(request, public_id)
    enrolment = step_back_in(enrolment=waiting, actor=request.user)
    if enrolment.is_queued:
        messages.success(request, _("You are in line again, with the date on which you enrolled."))
    else:
        messages.success(request, _("There was a seat for you: look below."))
    return redirect(enrolment.session)


@login_required
@require_POST
def notice(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """How many days before the session a freed seat may become one's own without being asked."""
    enrolment = _own(request, public_id)
    form = NoticeForm(request.POST)
    if form.is_valid():
        set_notice(enrolment=enrolment, days=form.cleaned_data["days"], actor=request.user)
        messages.success(request, _("Kept. With less notice than that we ask you first."))
    else:
        messages.error(request, " ".join(map(str, form.errors["days"])))
    return redirect(enrolment.session)


def _own(request: SignedInRequest, public_id: uuid.UUID) -> Enrolment:
    own = Enrolment.objects.visible_to(request.user).active().select_related("session__version")
    enrolment: Enrolment = get_object_or_404(own, session__public_id=public_id)
    return enrolment
