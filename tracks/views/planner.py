"""Spreading a class over sessions: choose them, look at the plan, say yes."""

import uuid
from collections.abc import Sequence

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.time import today
from enrolment.block import Place, Wanted
from enrolment.errors import BlockRefused
from enrolment.services.block_booking import book_block
from people.http import SignedInRequest
from tracks.forms import PlanForm, SessionsForm, initial_plan, session_label
from tracks.models import Cohort
from tracks.planner import Task, places_for, plan_of, task_of, told
from tracks.progress.matrices import matrices_of
from tracks.views.shared import own_cohort


@login_required
def plan(request: SignedInRequest, public_id: uuid.UUID, slug: str) -> HttpResponse:
    """The sessions to choose from; once some are chosen, who goes where."""
    cohort = own_cohort(request, public_id)
    if "session" not in request.GET:
        return _choose(request, cohort, slug, missing="plan" in request.GET)
    task = task_of(cohort, slug, on=today())
    if task is None:
        raise Http404
    places = [place for place, obstacle in places_for(cohort, task.course, at=timezone.now()) if not obstacle]
    form = SessionsForm(request.GET, sessions=[place.session for place in places])
    if not form.is_valid():
        messages.error(request, _("A session that you chose can't be planned any more. Choose again."))
        return redirect("tracks:plan", public_id, slug)
    chosen = form.chosen
    return _place(request, task, [place for place in places if place.session in chosen])


def _choose(request: SignedInRequest, cohort: Cohort, slug: str, *, missing: bool) -> HttpResponse:
    (matrix,) = matrices_of([cohort], at=timezone.now())
    column = next((column for column in matrix.columns if column.course.slug == slug), None)
    if column is None:
        raise Http404
    places = places_for(cohort, column.course, at=timezone.now())
    context = {"cohort": cohort, "column": column, "places": places, "missing": missing}
    return render(request, "tracks/plan_sessions.html", context)


def _place(request: SignedInRequest, task: Task, places: list[Place]) -> HttpResponse:
    """Show the plan, show it again with the moves of a hand, or book all of it."""
    if request.method != "POST":
        return _show(request, task, places)
    sessions = [place.session for place in places]
    form = PlanForm(request.POST, people=task.people, sessions=sessions)
    if not form.is_valid():
        return _show(request, task, places, changes=form.messages)
    if "confirm" not in request.POST:
        return _show(request, task, places, wanted=form.wanted)
    placements = {person: session for person, session in form.wanted.items() if session}
    if not placements:
        return _show(
            request, task, places, wanted=form.wanted, changes=[_("Nobody has a place in this plan.")]
        )
    try:
        booked = book_block(
            placements=placements,
            shown=form.shown,
            organisation=task.cohort.school,
            actor=request.user,
        )
    except BlockRefused as refusal:
        changes = told(refusal.changes, label={each.pk: session_label(each) for each in sessions})
        return _show(request, task, places, wanted=form.wanted, changes=changes)
    said = ngettext(
        "%(count)d person has a seat and gets a mail.",
        "%(count)d people have a seat and get a mail.",
        len(booked),
    )
    messages.success(request, said % {"count": len(booked)})
    return redirect(task.cohort)


def _show(
    request: SignedInRequest,
    task: Task,
    places: list[Place],
    *,
    wanted: Wanted | None = None,
    changes: Sequence[str] = (),
) -> HttpResponse:
    plan = plan_of(task, places, wanted=wanted or {}, at=timezone.now())
    sessions = [place.session for place in places]
    form = PlanForm(people=task.people, sessions=sessions, initial=initial_plan(plan.placed))
    context = {
        "task": task,
        "plan": plan,
        "form": form,
        "changes": changes,
        "groups": [
            (group, [(person, form.field_of(person)) for person in group.people]) for group in plan.groups
        ],
        "to_decide": [(person, obstacle, form.field_of(person)) for person, obstacle in plan.to_decide],
    }
    return render(request, "tracks/plan.html", context, status=409 if changes else 200)
