"""Assigning a track to a class, moving its due dates, ending it."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.errors import DomainError
from core.time import today
from courses.models import Track
from people.http import SignedInRequest
from people.models import User
from tracks.forms import AssignForm, DueDaysForm
from tracks.models import AssignedStep, Assignment, Cohort
from tracks.progress.matrices import people_of
from tracks.services.assignments import (
    assign_to_class,
    assign_to_people,
    end_assignment,
    set_due_days,
)
from tracks.views.shared import own_cohort


@login_required
def assign(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """A track and its due date, for the whole class or some of it."""
    cohort = own_cohort(request, public_id)
    people = people_of([cohort], on=today())[cohort.pk]
    form = AssignForm(request.POST or None, cohort=cohort, people=people)
    if request.method == "POST" and form.is_valid():
        try:
            _assign(form, cohort, actor=request.user)
        except DomainError as refusal:
            form.add_error("track", str(refusal))
        else:
            messages.success(request, _("The track is assigned."))
            return redirect(cohort)
    context = {"cohort": cohort, "form": form, "tracks": Track.objects.exclude(steps=None).with_steps()}
    return render(request, "tracks/assign.html", context)


def _assign(form: AssignForm, cohort: Cohort, *, actor: User) -> None:
    track, due_on = form.cleaned_data["track"], form.cleaned_data["due_on"]
    if form.cleaned_data["whom"] == AssignForm.CLASS:
        assign_to_class(track=track, cohort=cohort, due_on=due_on, actor=actor)
    else:
        assign_to_people(track=track, cohort=cohort, people=form.chosen, due_on=due_on, actor=actor)


@login_required
def due_days(request: SignedInRequest, public_id: uuid.UUID, assignment_id: uuid.UUID) -> HttpResponse:
    """The due date of each step, for this class or this person."""
    cohort = own_cohort(request, public_id)
    assignment = _assignment(cohort, assignment_id)
    steps = AssignedStep.objects.binding(on=today()).filter(assignment=assignment).shown_to_academies()
    form = DueDaysForm(request.POST or None, steps=list(steps))
    if request.method == "POST" and form.is_valid():
        set_due_days(assignment=assignment, due_days=form.due_days, actor=request.user)
        messages.success(request, _("The due dates are kept."))
        return redirect(cohort)
    context = {"cohort": cohort, "assignment": assignment, "form": form}
    return render(request, "tracks/due_days.html", context)


@login_required
def end(request: SignedInRequest, public_id: uuid.UUID, assignment_id: uuid.UUID) -> HttpResponse:
    """Ask once, and say who is obliged no more."""
    cohort = own_cohort(request, public_id)
    assignment = _assignment(cohort, assignment_id)
    if request.method == "POST":
        end_assignment(assignment=assignment, actor=request.user)
        messages.success(request, _("The track has ended. Seats that are booked stay booked."))
        return redirect(cohort)
    number = 1 if assignment.person else len(people_of([cohort], on=today())[cohort.pk])
    said = ngettext(
        "%(count)d person need not complete it any more. Seats that are booked stay booked.",
        "%(count)d people need not complete it any more. Seats that are booked stay booked.",
        number,
    )
    context = {"cohort": cohort, "assignment": assignment, "consequences": [said % {"count": number}]}
    return render(request, "tracks/end_assignment.html", context)


def _assignment(cohort: Cohort, assignment_id: uuid.UUID) -> Assignment:
    """One that holds today, to the class or to somebody in it."""
    people = people_of([cohort], on=today())[cohort.pk]
    known = Assignment.objects.current(on=today()).of_class(cohort, people)
    found: Assignment = get_object_or_404(
        known.select_related("track", "person__profile"), public_id=assignment_id
    )
    return found
