"""Where one is signed in, and signing out there."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from people.http import SignedInRequest
from people.models import SignIn
from people.querysets import SignInQuerySet
from people.services.sign_ins import end_sign_ins


@login_required
def sign_ins(request: SignedInRequest) -> HttpResponse:
    """Every device on which one is signed in, the one at hand first."""
    others = _others(request).live(at=timezone.now()).order_by("-last_seen_at", "pk")
    here = _own(request).filter(pk=request.session.session_key).first()
    return render(request, "people/sign_ins.html", {"here": here, "others": others})


@login_required
@require_POST
def end(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    chosen = _others(request).filter(public_id=public_id)
    if not end_sign_ins(person=request.user, sign_ins=chosen, actor=request.user):
        raise Http404
    messages.success(request, _("That device is signed out."))
    return redirect("people:sign_ins")


@login_required
@require_POST
def end_others(request: SignedInRequest) -> HttpResponse:
    ended = end_sign_ins(person=request.user, sign_ins=_others(request), actor=request.user)
    said = ngettext("%(count)d device is signed out.", "%(count)d devices are signed out.", ended)
    messages.success(request, said % {"count": ended})
    return redirect("people:sign_ins")


def _own(request: SignedInRequest) -> SignInQuerySet:
    own: SignInQuerySet = SignIn.objects.visible_to(request.user)
    return own


def _others(request: SignedInRequest) -> SignInQuerySet:
    return _own(request).exclude(pk=request.session.session_key)
