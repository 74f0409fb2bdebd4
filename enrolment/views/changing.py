"""What changes for people who enrolled: moving, seats, cancelling, writing to them. Each says so before."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from core.errors import DomainError
from courses.enums import CancelReason
from enrolment.enums import EnrolmentStatus
from enrolment.forms.acts import CancelForm, CapacityForm, MessageForm
from enrolment.forms.planning import move_editor
from enrolment.models import Seat
from enrolment.rules import has_started
from enrolment.services.cancelling import cancel_session
from enrolment.services.capacity import change_capacity
from enrolment.services.deciding import let_take_place
from enrolment.services.messaging import recipients_of, send_message
from enrolment.services.moving import foresee_move, move
from enrolment.turns import moves_up
from enrolment.views.access import managed_session
from people.http import SignedInRequest


@login_required
def move_session(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """Type the new times, read whom it concerns, then move."""
    session = managed_session(request, public_id)
    editor = move_editor(session, request.POST or None)
    context = {"session": session, "editor": editor}
    if editor.is_valid() and "change" not in request.POST:
        plans, deadlines = editor.plans, editor.details.deadlines
        try:
            if "confirmed" in request.POST:
                impact = move(session=session, plans=plans, deadlines=deadlines, actor=request.user)
                messages.success(request, _moved(impact.told))
                return redirect("enrolment:manage_session", session.public_id)
            impact = foresee_move(session=session, plans=plans, deadlines=deadlines)
        except DomainError as refusal:
            editor.show(refusal)
        else:
            return render(request, "enrolment/confirm_move.html", context | {"impact": impact})
    return render(request, "enrolment/move_session.html", context)


@login_required
def change_seats(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """More seats go to the queue at once; fewer than are taken is refused."""
    session = managed_session(request, public_id)
    form = CapacityForm(request.POST or None, session=session)
    if form.is_valid():
        try:
            promoted = change_capacity(session=session, capacities=form.capacities, actor=request.user)
        except DomainError as refusal:
            form.show(refusal)
        else:
            messages.success(request, _seats_changed(promoted))
            return redirect("enrolment:manage_session", session.public_id)
    context = {
        "session": session,
        "form": form,
        "waiting": session.enrolments.queued().count(),
        "moves_up": moves_up(session, at=timezone.now()),
    }
    return render(request, "enrolment/change_seats.html", context)


@login_required
def cancel(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """Say why, read who will be told, then cancel."""
    session = managed_session(request, public_id)
    form = CancelForm(request.POST or None)
    if form.is_valid():
        try:
            reason = CancelReason(form.cleaned_data["reason"])
            cancel_session(session=session, reason=reason, actor=request.user)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The session is cancelled. Everybody is told by mail."))
            return redirect("enrolment:manage_session", session.public_id)
    context = {
        "session": session,
        "form": form,
        "is_coming": session.is_published and not has_started(session, at=timezone.now()),
        "seated": session.enrolments.confirmed().count() + Seat.objects.made_up_in(session).count(),
        # To whom a seat is on offer has none yet.
        "waiting": session.enrolments.active().exclude(status=EnrolmentStatus.CONFIRMED).count(),
    }
    return render(request, "enrolment/cancel_session.html", context)


@require_POST
@login_required
def take_place(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """Go, however few there are."""
    session = managed_session(request, public_id)
    try:
        let_take_place(session=session, actor=request.user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("It is decided: the session takes place."))
    return redirect("enrolment:manage_session", session.public_id)


@login_required
def write_message(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """Write, see how it looks and to how many it goes, then send."""
    session = managed_session(request, public_id)
    form = MessageForm(request.POST or None)
    context = {"session": session, "form": form}
    if form.is_valid() and "change" not in request.POST:
        typed = form.cleaned_data
        try:
            if "confirmed" in request.POST:
                sent = send_message(session=session, actor=request.user, **typed)
                messages.success(request, _sent(sent))
                return redirect("enrolment:manage_session", session.public_id)
            recipients = recipients_of(session, **typed)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            return render(request, "enrolment/confirm_message.html", context | {"count": len(recipients)})
    return render(request, "enrolment/write_message.html", context)


def _moved(told: int) -> str:
    return ngettext(
        "The session has moved. %(count)d person is told by mail.",
        "The session has moved. %(count)d people are told by mail.",
        told,
    ) % {"count": told}


def _seats_changed(promoted: int) -> str:
    if not promoted:
        return _("The number of seats is changed.")
    return ngettext(
        "The number of seats is changed. %(count)d person from the queue has a seat now.",
        "The number of seats is changed. %(count)d people from the queue have a seat now.",
        promoted,
    ) % {"count": promoted}


def _sent(count: int) -> str:
    return ngettext(
        "Your message goes to %(count)d person.", "Your message goes to %(count)d people.", count
    ) % {"count": count}
