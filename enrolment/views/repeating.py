"""The same session on another day, or on many."""

import uuid
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.errors import DomainError
from courses.enums import SessionStatus
from courses.errors import CannotPlan, NothingToRepeat
from courses.models import Session
from courses.services.repeating import duplicate, foresee_series, make_series
from enrolment.forms.acts import DuplicateForm, SeriesForm
from enrolment.views.access import managed_session
from people.http import SignedInRequest


@login_required
def duplicate_session(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """Choose the new day; what comes of it is a draft."""
    session = managed_session(request, public_id)
    form = DuplicateForm(request.POST or None)
    if form.is_valid():
        try:
            draft = duplicate(session=session, first_day=form.cleaned_data["first_day"], actor=request.user)
        except CannotPlan as refusal:
            form.add_error("first_day", [str(problem.message) for problem in refusal.problems])
        except DomainError as refusal:
            form.add_error("first_day", str(refusal))
        else:
            messages.success(request, _("This is the new draft. Give it its trainers, then publish it."))
            return redirect("enrolment:manage_session", draft.public_id)
    return render(request, "enrolment/duplicate_session.html", {"session": session, "form": form})


@login_required
def repeat_session(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """Choose the rhythm, see every date and what is in its way, then make all the drafts or none."""
    session = managed_session(request, public_id)
    if session.first_day is None:
        messages.error(request, str(NothingToRepeat()))
        return redirect("enrolment:manage_session", session.public_id)
    form = SeriesForm(request.POST or None, first_day=session.first_day)
    if not form.is_valid() or "change" in request.POST:
        return render(request, "enrolment/repeat_session.html", {"session": session, "form": form})
    if "confirmed" in request.POST:
        try:
            made = make_series(session=session, days=form.chosen_days, actor=request.user)
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _made(len(made)))
            return redirect(f"{reverse('enrolment:manage_sessions')}?{_drafts_of(session)}")
    occasions = foresee_series(session=session, days=form.chosen_days)
    by_day = {occasion.first_day: occasion for occasion in occasions}
    context = {
        "session": session,
        "form": form,
        # Without an occasion: left out.
        "days": [(day, by_day.get(day)) for day in form.days],
        "has_problems": any(occasion.problems for occasion in occasions),
    }
    return render(request, "enrolment/confirm_series.html", context)


def _made(count: int) -> str:
    return ngettext("%(count)d draft is made.", "%(count)d drafts are made.", count) % {"count": count}


def _drafts_of(session: Session) -> str:
    return urlencode({"status": SessionStatus.DRAFT.value, "course": session.version.course.slug})
