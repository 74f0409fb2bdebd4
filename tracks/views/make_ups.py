"""A coordinator gives somebody of a class another date for a part that they missed."""

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
from core.time import today
from courses.models import Meeting, Session
from enrolment.make_ups import dates_to_make_up
from enrolment.models import Enrolment
from enrolment.services.make_ups import book_make_up_on_behalf
from people.http import SignedInRequest
from people.models import Organisation
from tracks.models import AssignedStep
from tracks.querysets import class_memberships
from tracks.views.shared import own_cohort


@login_required
def make_up(
    request: SignedInRequest, public_id: uuid.UUID, person_id: uuid.UUID, session_id: uuid.UUID, position: int
) -> HttpResponse:
    """The dates on which somebody can make up for a part of one of their steps; one click books."""
    cohort = own_cohort(request, public_id)
    membership = get_object_or_404(
        class_memberships([cohort], on=today()).select_related("user__profile"), user__public_id=person_id
    )
    person = membership.user
    steps = AssignedStep.objects.binding(on=today()).for_classes([cohort], [person]).shown_to_academies()
    enrolments = Enrolment.objects.confirmed().with_parts()
    enrolment = get_object_or_404(
        enrolments.filter(learner=person, session__version__course__in=steps.values("course")),
        session__public_id=session_id,
    )
    enrolment.learner = person
    page = reverse("tracks:person", args=[public_id, person_id])
    if request.method == "POST":
        _book(request, enrolment, cohort.school)
        return redirect(page)
    missed = missed_part(enrolment, position)
    if missed is None:
        return redirect(page)
    context = {
        "person": person,
        "version": enrolment.session.version,
        "missed": missed,
        "dates": dates_to_make_up(enrolment, missed, at=timezone.now()),
        "back": page,
        "back_label": person.get_full_name(),
    }
    return render(request, "attendance/make_up.html", context)


def _book(request: SignedInRequest, enrolment: Enrolment, school: Organisation) -> None:
    form = MakeUpForm(request.POST)
    if not form.is_valid():
        raise BadRequest
    visible = Meeting.objects.filter(session__in=Session.objects.visible_to(enrolment.learner))
    meeting = get_object_or_404(
        visible.select_related("session__version"), public_id=form.cleaned_data["meeting"]
    )
    try:
        book_make_up_on_behalf(
            enrolment=enrolment,
            meeting=meeting,
            was_missed=was_missed,
            organisation=school,
            actor=request.user,
        )
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        name = enrolment.learner.get_full_name()
        messages.success(request, _("The date is booked. %(name)s gets a mail.") % {"name": name})
