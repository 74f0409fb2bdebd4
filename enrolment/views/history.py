"""Past completions by file: upload, preview, confirmation."""

import re
import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import DomainError, UnreadableFile
from core.time import today
from enrolment.enums import HistoryStatus
from enrolment.history.columns import Column
from enrolment.history.plans import MOST_PROBLEMS, plan_history
from enrolment.models import HistoryFile
from enrolment.services.history import drop_history, import_history, receive_history
from people.forms import StaffListForm
from people.http import SignedInRequest
from people.rules import RoleScope, role_scope

# No list has longer ones, and Python refuses to read a number of thousands of digits.
ROW = re.compile(r"\d{1,9}")


@login_required
def upload(request: SignedInRequest) -> HttpResponse:
    """Choose a file; what is wrong with it is said at once, and nothing of it is kept."""
    scope = _scope(request)
    form = StaffListForm(request.POST or None, request.FILES or None)
    problems = []
    if request.method == "POST" and form.is_valid():
        try:
            kept, plan = receive_history(
                content=form.cleaned_data["file"], scope=scope, uploader=request.user
            )
        except UnreadableFile as refusal:
            form.add_error("file", str(refusal))
        else:
            if kept:
                return redirect("enrolment:history_preview", kept.public_id)
            problems = plan.problems
    context = {
        "form": form,
        "columns": Column.labels,
        "scope": scope,
        "problems": problems[:MOST_PROBLEMS],
        "problem_count": len(problems),
    }
    return render(request, "enrolment/history.html", context)


@login_required
def preview(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """Who was found, who is to be confirmed, and what became of it."""
    shown = _own(request, public_id)
    plan = None
    if shown.status == HistoryStatus.READY:
        plan = plan_history(bytes(shown.content or b""), scope=_scope(request), on=today())
    return render(request, "enrolment/history_preview.html", {"list": shown, "plan": plan})


@login_required
@require_POST
def confirm(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """Import it; a second click changes nothing."""
    chosen = _own(request, public_id)
    try:
        import_history(
            history_file=chosen,
            # What is no row of a proposal says yes to nothing.
            confirmed={int(row) for row in request.POST.getlist("rows") if ROW.fullmatch(row)},
            scope=_scope(request),
            actor=request.user,
        )
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("enrolment:history")
    return redirect("enrolment:history_preview", chosen.public_id)


@login_required
@require_POST
def cancel(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    drop_history(history_file=_own(request, public_id))
    messages.info(request, _("The file is deleted. Nothing was imported from it."))
    return redirect("enrolment:history")


def _own(request: SignedInRequest, public_id: uuid.UUID) -> HistoryFile:
    """One's own: a list holds people whom others needn't see."""
    _scope(request)
    found: HistoryFile = get_object_or_404(HistoryFile, uploaded_by=request.user, public_id=public_id)
    return found


def _scope(request: SignedInRequest) -> RoleScope:
    scope = role_scope(request.user)
    if not scope:
        raise PermissionDenied
    return scope
