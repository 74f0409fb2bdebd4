"""The academy's day, its classes, and a class as a matrix."""

import uuid
from collections.abc import Sequence

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.time import today
from people.http import SignedInRequest
from people.models import Organisation
from tracks.enums import LETTERS, StepState
from tracks.forms import ExemptionForm
from tracks.models import Assignment, Cohort, Exemption
from tracks.progress.matrices import Row, matrices_of
from tracks.querysets import aspirants_without_class
from tracks.services.exemptions import grant_exemption, revoke_exemption
from tracks.views.shared import own_cohort, own_schools


@require_safe
@login_required
def academy(request: SignedInRequest) -> HttpResponse:
    """What is late and what must be planned, class by class."""
    schools = own_schools(request)
    cohorts = Cohort.objects.visible_to(request.user).running(on=today()).select_related("school")
    matrices = matrices_of(list(cohorts), at=timezone.now())
    context = {
        "school_names": _names(schools),
        "several_schools": len(schools) > 1,
        "matrices": matrices,
        "late": [matrix for matrix in matrices if matrix.late_people],
        "to_plan": [matrix for matrix in matrices if matrix.columns_to_plan],
        "without_track": [matrix for matrix in matrices if not matrix.columns],
        "without_class": aspirants_without_class(schools, on=today()).count(),
    }
    return render(request, "tracks/academy.html", context)


@require_safe
@login_required
def cohorts(request: SignedInRequest) -> HttpResponse:
    """The classes of today, or the earlier ones."""
    schools = own_schools(request)
    visible = Cohort.objects.visible_to(request.user).select_related("school")
    is_past = "past" in request.GET
    shown = visible.over(on=today()) if is_past else visible.running(on=today())
    context = {
        "school_names": _names(schools),
        "several_schools": len(schools) > 1,
        "is_past": is_past,
        "cohorts": [] if not is_past else list(shown),
        "matrices": [] if is_past else matrices_of(list(shown), at=timezone.now()),
    }
    return render(request, "tracks/cohorts.html", context)


@require_safe
@login_required
def cohort(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """People by steps; nobody who isn't in the class today."""
    shown = own_cohort(request, public_id)
    (matrix,) = matrices_of([shown], at=timezone.now())
    assignments = Assignment.objects.current(on=today()).of_class(shown, [row.person for row in matrix.rows])
    context = {
        "cohort": shown,
        "matrix": matrix,
        "assignments": assignments.select_related("track", "person__profile"),
        "legend": [(LETTERS[state], state.value, state.label) for state in StepState],
    }
    return render(request, "tracks/cohort.html", context)


@login_required
def person(request: SignedInRequest, public_id: uuid.UUID, person_id: uuid.UUID) -> HttpResponse:
    """One person's steps, with a form to exempt them from one."""
    shown = own_cohort(request, public_id)
    row = _row(shown, person_id)
    cells = [cell for cell in row.cells if cell]
    form = ExemptionForm(
        request.POST or None, courses=[cell.course for cell in cells], initial={"valid_from": today()}
    )
    if request.method == "POST" and form.is_valid():
        grant_exemption(person=row.person, school=shown.school, actor=request.user, **form.cleaned_data)
        messages.success(request, _("The exemption is granted."))
        return redirect("tracks:person", public_id, person_id)
    context = {"cohort": shown, "row": row, "cells": cells, "form": form}
    return render(request, "tracks/person.html", context)


@login_required
@require_POST
def revoke(
    request: SignedInRequest, public_id: uuid.UUID, person_id: uuid.UUID, exemption: uuid.UUID
) -> HttpResponse:
    row = _row(own_cohort(request, public_id), person_id)
    own = Exemption.objects.current().filter(person=row.person)
    revoke_exemption(exemption=get_object_or_404(own, public_id=exemption), actor=request.user)
    messages.success(request, _("The exemption is taken back."))
    return redirect("tracks:person", public_id, person_id)


def _names(schools: Sequence[Organisation]) -> str:
    return ", ".join(str(school.name) for school in schools)


def _row(cohort: Cohort, person_id: uuid.UUID) -> Row:
    (matrix,) = matrices_of([cohort], at=timezone.now())
    row = next((row for row in matrix.rows if row.person.public_id == person_id), None)
    if row is None:
        raise Http404
    return row
