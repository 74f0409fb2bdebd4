"""Seats that are kept for an organisation or a language."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from core.errors import DomainError
from enrolment.forms.acts import ReserveForm
from enrolment.services.pools import release_pool, reserve_seats
from enrolment.views.access import managed_session
from people.http import SignedInRequest


@login_required
def reserved_seats(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """Whom seats are kept for, until when, and how many of them are taken."""
    session = managed_session(request, public_id)
    form = ReserveForm(request.POST or None, session=session)
    if form.is_valid():
        try:
            reserve_seats(session=session, actor=request.user, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error("seats", str(refusal))
        else:
            messages.success(request, _("Reserved. What is not taken by then is for everybody."))
            return redirect("enrolment:reserved_seats", session.public_id)
    pools = session.pools.kept().select_related("organisation")
    context = {"session": session, "form": form, "pools": pools}
    return render(request, "enrolment/reserved_seats.html", context)


@login_required
def release_seats(request: SignedInRequest, public_id: uuid.UUID, pool_id: uuid.UUID) -> HttpResponse:
    """Ask once, then lend what is left of them to everybody now."""
    session = managed_session(request, public_id)
    pool = get_object_or_404(session.pools.select_related("organisation"), public_id=pool_id)
    if request.method != "POST":
        context = {"session": session, "pool": pool, "waiting": session.enrolments.queued().count()}
        return render(request, "enrolment/release_seats.html", context)
    release_pool(pool=pool, actor=request.user)
    messages.success(request, _("These seats are for everybody now, the queue first."))
    return redirect("enrolment:reserved_seats", session.public_id)
