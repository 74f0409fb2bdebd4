"""A missed part gets another date: chosen by the person, and given back until it begins."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.forms import MakeUpForm
from attendance.make_ups import missed_part, was_missed
from core.errors import DomainError
from courses.models import Meeting, Session
from enrolment.make_ups import dates_to_make_up, when_free
from enrolment.models import Enrolment, Seat
from enrolment.services.make_ups import book_make_up, cancel_make_up
from people.http import SignedInRequest


@login_required
def make_up(request: SignedInRequest, public_id: uuid.UUID, position: int) -> HttpResponse:
    """The dates on which a missed part can be made up for; one click books."""
    own = Enrolment.objects.visible_to(request.user).confirmed().with_parts()
    enrolment = get_object_or_404(own, session__public_id=public_id)
    enrolment.learner = request.user
    if request.method == "POST":
        return _book(request, enrolment)
    now = timezone.now()
    missed = missed_part(enrolment, position)
    if missed is None:
        return redirect("portal:training")
    context = {
        "version": enrolment.session.version,
        "missed": missed,
        "dates": when_free(request.user, dates_to_make_up(enrolment, missed, at=now)),
        "back": reverse("portal:training"),
        "back_label": _("My training"),
    }
    return render(request, "attendance/make_up.html", context)


@login_required
def cancel(request: SignedInRequest, public_id: uuid.UUID, meeting_id: uuid.UUID) -> HttpResponse:
    """Ask once, then give the seat of a make-up back; no reason is asked for."""
    own = Seat.objects.make_ups().filter(enrolment__learner=request.user).with_make_up()
    seat = get_object_or_404(own, meeting__public_id=meeting_id, meeting__session__public_id=public_id)
    if request.method == "POST":
        try:
            cancel_make_up(seat=seat, actor=request.user)
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("You gave the seat back. You can choose another date."))
        return redirect("portal:training")
    return render(request, "attendance/cancel_make_up.html", {"seat": seat, "meeting": seat.meeting})


def _book(request: SignedInRequest, enrolment: Enrolment) -> HttpResponse:
    visible = Meeting.objects.filter(session__in=Session.objects.visible_to(request.user))
    form = MakeUpForm(request.POST)
    if not form.is_valid():
        raise BadRequest
    meeting = get_object_or_404(
        visible.select_related("session__version"), public_id=form.cleaned_data["meeting"]
    )
    try:
        book_make_up(enrolment=enrolment, meeting=meeting, was_missed=was_missed, actor=request.user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect(request.path)
    messages.success(request, _("Your new date is booked. A confirmation is on its way to your mailbox."))
    return redirect("portal:training")
