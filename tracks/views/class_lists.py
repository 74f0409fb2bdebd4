"""Classes by file: upload, preview, confirmation."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from core.errors import DomainError
from core.tables.problems import RowProblem
from people.enums import ImportStatus
from people.forms import ConfirmForm
from people.http import SignedInRequest
from people.models import StaffImport
from people.services.staff_imports import drop_list
from people.staff_files.columns import Column
from people.staff_files.outcomes import RowChange
from people.staff_files.problems import Problem
from tracks.forms import ClassListForm
from tracks.models import Cohort
from tracks.services.class_lists import import_class_list, receive_class_list
from tracks.views.shared import own_schools

COLUMNS = (Column.STAFF_NUMBER, Column.LAST_NAME, Column.FIRST_NAME, Column.EMAIL, Column.CLASS)


@login_required
def upload(request: SignedInRequest) -> HttpResponse:
    """Choose a file, and say of which days its classes are."""
    schools = own_schools(request)
    latest = Cohort.objects.visible_to(request.user).first()
    form = ClassListForm(request.POST or None, request.FILES or None, schools=schools, latest=latest)
    if request.method == "POST" and form.is_valid():
        content = form.cleaned_data["file"]
        try:
            received = receive_class_list(content=content, intake=form.intake, uploader=request.user)
        except DomainError as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect("tracks:class_list", received.public_id)
    return render(request, "tracks/class_list.html", {"form": form, "columns": COLUMNS})


@require_safe
@login_required
def preview(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """Which classes the list fills, what is wrong with it, or what became of it."""
    shown = _own(request, public_id)
    by_name = {cohort.name: cohort for cohort in Cohort.objects.of_list(shown)}
    context = {
        "list": shown,
        "classes": [(name, count, by_name.get(name)) for name, count in sorted(shown.classes.items())],
        "problems": [RowProblem.from_json(kept, columns=Column, problems=Problem) for kept in shown.problems],
        "changes": [RowChange.from_json(kept) for kept in shown.changes],
        "form": ConfirmForm() if shown.links else None,
    }
    return render(request, "tracks/class_list_preview.html", context)


@login_required
@require_POST
def confirm(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """Import it; a second click changes nothing."""
    chosen = _own(request, public_id)
    form = ConfirmForm(request.POST)
    form.is_valid()
    imported = import_class_list(class_list=chosen, send_links=form.cleaned_data["send_links"])
    if imported.status != ImportStatus.DONE:
        return redirect("tracks:class_list", public_id)
    count = len(imported.classes)
    said = ngettext("%(count)d class is up to date.", "%(count)d classes are up to date.", count)
    messages.success(request, said % {"count": count})
    return redirect("tracks:cohorts")


@login_required
@require_POST
def cancel(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    drop_list(staff_import=_own(request, public_id))
    messages.info(request, _("The file is deleted. Nothing was imported from it."))
    return redirect("tracks:upload")


def _own(request: SignedInRequest, public_id: uuid.UUID) -> StaffImport:
    """One's own list, for as long as one coordinates its academy."""
    schools = own_schools(request)
    visible = StaffImport.objects.visible_to(request.user).filter(school__in=schools)
    found: StaffImport = get_object_or_404(
        visible.select_related("school").defer("content"), public_id=public_id
    )
    return found
