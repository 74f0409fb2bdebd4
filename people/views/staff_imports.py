"""People by file: upload, preview, confirmation."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import UnreadableFile
from core.tables.problems import RowProblem
from people.enums import BUSY, ImportStatus
from people.errors import ChangedMeanwhile
from people.forms import ConfirmForm, StaffListForm
from people.http import SignedInRequest
from people.models import StaffImport
from people.rules import role_scope
from people.services.staff_imports import check_list, confirm_list, drop_list, receive_list, run_import
from people.staff_files.columns import REQUIRED, Column
from people.staff_files.outcomes import RowChange
from people.staff_files.problems import Problem
from people.tasks import check_soon, import_soon

# A page may wait for a list of this length; a worker takes the longer ones.
MOST_ROWS_IN_REQUEST = 2_000


@login_required
def upload(request: SignedInRequest) -> HttpResponse:
    """Choose a file."""
    _refuse_others(request)
    form = StaffListForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            received = receive_list(content=form.cleaned_data["file"], uploader=request.user)
        except UnreadableFile as refusal:
            form.add_error("file", str(refusal))
        else:
            if received.rows > MOST_ROWS_IN_REQUEST:
                check_soon(received)
            else:
                check_list(staff_import=received)
            return redirect("people:import_preview", received.public_id)
    context = {
        "form": form,
        "columns": [(column.label, column in REQUIRED) for column in Column],
        "codes": role_scope(request.user).codes,
        "recent": StaffImport.objects.visible_to(request.user).of_staff().recent(),
    }
    return render(request, "people/import.html", context)


@login_required
def example(request: SignedInRequest) -> HttpResponse:
    """A list to fill in, its columns named in the language of the screen."""
    _refuse_others(request)
    header = ";".join(str(label) for label in Column.labels)
    name = _("people")
    # Excel takes a CSV file for UTF-8 only where it begins with a byte order mark.
    return HttpResponse(
        f"{header}\r\n".encode("utf-8-sig"),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


@login_required
def preview(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """What the list would change, what is wrong with it, or what became of it."""
    shown = _own(request, public_id)
    context = {
        "list": shown,
        "is_busy": shown.status in BUSY,
        "problems": [RowProblem.from_json(kept, columns=Column, problems=Problem) for kept in shown.problems],
        "changes": [RowChange.from_json(kept) for kept in shown.changes],
        "form": ConfirmForm() if shown.links else None,
    }
    template = "people/import_preview.html"
    return render(request, f"{template}#progress" if request.htmx else template, context)


@login_required
@require_POST
def confirm(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """Import it; a second click changes nothing."""
    chosen = _own(request, public_id)
    form = ConfirmForm(request.POST)
    form.is_valid()
    if confirm_list(staff_import=chosen, send_links=form.cleaned_data["send_links"]):
        if chosen.rows > MOST_ROWS_IN_REQUEST:
            import_soon(chosen)
        else:
            run_import(staff_import=chosen)
            _tell_of_another_look(request, chosen)
    return redirect("people:import_preview", chosen.public_id)


@login_required
@require_POST
def cancel(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    drop_list(staff_import=_own(request, public_id))
    messages.info(request, _("The file is deleted. Nothing was imported from it."))
    return redirect("people:import")


def _tell_of_another_look(request: SignedInRequest, chosen: StaffImport) -> None:
    chosen.refresh_from_db(fields=["status"])
    if chosen.status == ImportStatus.READY:
        messages.warning(request, str(ChangedMeanwhile.message))


def _own(request: SignedInRequest, public_id: uuid.UUID) -> StaffImport:
    _refuse_others(request)
    visible = StaffImport.objects.visible_to(request.user).of_staff().defer("content")
    found: StaffImport = get_object_or_404(visible, public_id=public_id)
    return found


def _refuse_others(request: SignedInRequest) -> None:
    if not role_scope(request.user):
        raise PermissionDenied
