"""Figures of an organisation, the files of them, and the training records that HR may read."""

import uuid
from collections.abc import Callable
from typing import IO

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.errors import UnreadableFile
from core.search import LONGEST_TEXT
from core.tables.problems import RowProblem
from core.time import today
from people.enums import Role
from people.forms import StaffListForm
from people.http import SignedInRequest
from people.models import User
from reporting.exports import class_sheets, completion_sheets, figures_sheets
from reporting.figures import figures_of
from reporting.files import Sheet, csv_file, xlsx_file
from reporting.forms import FiguresForm, PeriodForm, SearchForm, ViewForm
from reporting.headcount_files import Column
from reporting.models import DatedHeadcount
from reporting.querysets import (
    COMPLETIONS_DOWNLOADED,
    certificates_of,
    people_of,
    readable_completions,
    search_people,
)
from reporting.scopes import View, employers_as_hr, headcount_scope, views_of
from reporting.services import import_headcounts, note_download, note_reading
from reporting.wording import definitions, history_columns, sentence
from tracks.models import Cohort
from tracks.progress.matrices import matrices_of
from tracks.rules import schools_of

MOST_FOUND = 25
MOST_PROBLEMS = 100
# Two for each zone, and room to grow.
MOST_HEADCOUNTS = 500
# Where the search is kept: a name or a staff number stays out of addresses, and so out of logs.
SEARCHED = "reporting_search"

FORMATS: dict[str, Callable[[list[Sheet]], IO[bytes]]] = {
    "xlsx": xlsx_file,
    "csv": lambda sheets: csv_file(sheets, with_bom=False),
    # Excel takes a CSV file for UTF-8 only where it begins with a byte order mark.
    "excel.csv": lambda sheets: csv_file(sheets, with_bom=True),
}


@require_safe
@login_required
def figures(request: SignedInRequest) -> HttpResponse:
    """A course in a sentence, a plot and tables; then the others, and the sensitive ones in a fixed table."""
    views = views_of(request.user)
    view = _view(request, views)
    shown = figures_of(view, on=today())
    form = FiguresForm(request.GET, figures=shown)
    columns = history_columns(shown, form.chosen_year)
    context = {
        "view": view,
        "view_form": ViewForm(request.GET, views=views) if len(views) > 1 else None,
        "figures": shown,
        "form": form,
        "chosen": form.chosen,
        "title": sentence(shown, form.chosen) if form.chosen else _("Figures"),
        "columns": columns,
        "period": columns[-1],
        "definitions": definitions(shown),
        "period_form": PeriodForm() if view.role == Role.HR else None,
        "reads_records": view.role == Role.HR,
    }
    return render(request, "reporting/figures.html", context)


@require_safe
@login_required
def figures_file(request: SignedInRequest, format: str) -> FileResponse:
    """All figures that the page can show, whatever its filters."""
    view = _view(request, views_of(request.user))
    sheets = figures_sheets(figures_of(view, on=today()))
    return _file(request, view, sheets, action="figures.downloaded", name=_("figures"), format=format)


@require_safe
@login_required
def completions_file(request: SignedInRequest, format: str) -> HttpResponse | FileResponse:
    """The rows under the figures, for HR alone."""
    view = _view(request, [view for view in views_of(request.user) if view.role == Role.HR])
    form = PeriodForm(request.GET)
    if not form.is_valid():
        return render(request, "reporting/period.html", {"form": form}, status=400)
    on, first, last = today(), form.cleaned_data["first"], form.cleaned_data["last"]
    people = people_of([view.organisation.pk], on=on)
    rows = readable_completions(people, first=first, last=last)
    sheets = completion_sheets(rows, view.organisation, first=first, last=last, on=on)
    return _file(request, view, sheets, action=COMPLETIONS_DOWNLOADED, name=_("completions"), format=format)


@require_safe
@login_required
def class_file(request: SignedInRequest, public_id: uuid.UUID, format: str) -> FileResponse:
    """A class of one's own academy, as its page shows it."""
    if not schools_of(request.user):
        raise PermissionDenied
    visible = Cohort.objects.visible_to(request.user).select_related("school")
    cohort = get_object_or_404(visible, public_id=public_id)
    (matrix,) = matrices_of([cohort], at=timezone.now())
    view = View(cohort.school, Role.COORDINATOR)
    sheets = class_sheets(matrix, on=today())
    return _file(request, view, sheets, action="class.downloaded", name=cohort.name, format=format)


@login_required
def headcounts(request: SignedInRequest) -> HttpResponse:
    """How many people there are, as HR counts them, and a file with newer counts."""
    scope = headcount_scope(request.user)
    if not scope:
        raise PermissionDenied
    form = StaffListForm(request.POST or None, request.FILES or None)
    problems: list[RowProblem] = []
    if request.method == "POST" and form.is_valid():
        content = form.cleaned_data["file"]
        try:
            changed, problems = import_headcounts(content=content, scope=scope, actor=request.user)
        except UnreadableFile as refusal:
            form.add_error("file", str(refusal))
        else:
            if not problems:
                messages.success(request, _("%(count)d new or changed headcounts.") % {"count": changed})
                return redirect("reporting:headcounts")
    latest = (
        DatedHeadcount.objects.visible_to(request.user)
        .counted_last(on=today())
        .select_related("organisation")
    )
    context = {
        "form": form,
        "columns": Column.labels,
        "problems": problems[:MOST_PROBLEMS],
        "problem_count": len(problems),
        "headcounts": latest.select_related("organisation")[:MOST_HEADCOUNTS],
    }
    return render(request, "reporting/headcounts.html", context)


@login_required
def search(request: SignedInRequest) -> HttpResponse:
    """HR finds one of its own people by name or staff number."""
    people = people_of(_employers(request), on=today())
    if request.method == "POST":
        request.session[SEARCHED] = request.POST.get("q", "")[:LONGEST_TEXT]
        return redirect("reporting:search")
    asked = request.session.get(SEARCHED)
    form = SearchForm(None if asked is None else {"q": asked})
    found: list[User] = []
    if form.is_valid():
        found = list(search_people(people, form.cleaned_data["q"])[: MOST_FOUND + 1])
    context = {"form": form, "people": found[:MOST_FOUND], "has_more": len(found) > MOST_FOUND}
    return render(request, "reporting/search.html", context)


@require_safe
@login_required
def record(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """The training record of one of HR's own people; who looks is kept."""
    employers = _employers(request)
    people = people_of(employers, on=today())
    person = get_object_or_404(people, public_id=public_id)
    completions = list(readable_completions(people.filter(pk=person.pk)).with_text())
    employment = next(m for m in person.memberships_today if m.organisation_id in employers)
    note_reading(person=person, organisation=employment.organisation, actor=request.user)
    certificates = certificates_of(completions)
    context = {
        "person": person,
        "memberships": person.memberships_today,
        "records": [(completion, certificates.get(completion.pk)) for completion in completions],
        "minutes": sum(completion.minutes for completion in completions),
    }
    return render(request, "reporting/record.html", context)


def _view(request: SignedInRequest, views: list[View]) -> View:
    """The organisation asked for; another's is not found."""
    if not views:
        raise PermissionDenied
    view = ViewForm(request.GET, views=views).chosen
    if view is None:
        raise Http404
    return view


def _employers(request: SignedInRequest) -> list[int]:
    employers = employers_as_hr(request.user)
    if not employers:
        raise PermissionDenied
    return employers


def _file(
    request: SignedInRequest, view: View, sheets: list[Sheet], *, action: str, name: str, format: str
) -> FileResponse:
    """Named after what it holds, of whom, and when."""
    if format not in FORMATS:
        raise Http404
    note_download(
        organisation=view.organisation, role=view.role, action=action, format=format, actor=request.user
    )
    extension = format.rpartition(".")[2]
    filename = f"{slugify(name)}-{slugify(view.organisation.code)}-{today()}.{extension}"
    return FileResponse(FORMATS[format](sheets), as_attachment=True, filename=filename)
