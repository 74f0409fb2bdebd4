"""Who gives a session: for catalogue managers."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import DomainError
from courses.enums import SessionStatus
from courses.models import MeetingStaff, Session
from courses.services.staffing import release_staff
from courses.staffing import what_lacks
from enrolment.candidates import Bench, alike, bench_of, staff_of
from enrolment.forms.staff import AskForm, trainer_named
from enrolment.services.staffing import invite, replace
from enrolment.views.access import managed_session
from people.http import SignedInRequest


@dataclass(frozen=True)
class Line:
    """Somebody who was asked for a meeting, and why they can't give it any more."""

    row: MeetingStaff
    problem: str


@dataclass(frozen=True)
class Section:
    """A meeting with those who were asked, whom it still needs, and whom to ask."""

    meeting: Any
    lines: list[Line]
    lacks: list[str]
    form: AskForm
    is_open: bool


@login_required
def staff(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """Who was asked for each part, what they answered, who is missing; and whom to ask."""
    session = _managed(request, public_id)
    bench = bench_of(session, at=timezone.now())
    sections = _sections(session, bench, request.POST)
    to_come = [section.meeting for section in sections if section.is_open]
    for_all = AskForm(request.POST, bench=bench, meetings=to_come) if len(to_come) > 1 else None
    asked = next((form for form in _forms(sections, for_all) if form.is_bound), None)
    if asked and asked.is_valid() and _ask(request, session, asked):
        return redirect("enrolment:staff", session.public_id)
    context = {
        "session": session,
        "version": session.version,
        "sections": sections,
        "for_all": for_all,
        "form": asked,
        "is_open": bool(to_come),
    }
    return render(request, "enrolment/staff.html", context)


@login_required
def replace_staff(request: SignedInRequest, public_id: uuid.UUID, row: uuid.UUID) -> HttpResponse:
    """Those who may give it instead, best first."""
    session = _managed(request, public_id)
    bench = bench_of(session, at=timezone.now())
    leaving = _row(bench.staff, row)
    if request.method == "POST":
        person = trainer_named(request.POST.get("who", ""))
        if person is None:
            raise Http404
        try:
            replace(session=session, staff=leaving, by=person, actor=request.user)
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("%(name)s is asked by mail.") % {"name": person.get_full_name()})
            return redirect("enrolment:staff", session.public_id)
    rows = alike(leaving, bench.staff)
    context = {
        "session": session,
        "version": session.version,
        "leaving": leaving,
        "rows": rows,
        "able": bench.able([each.meeting for each in rows], leaving.role),
    }
    return render(request, "enrolment/replace_staff.html", context)


@login_required
def remove_staff(request: SignedInRequest, public_id: uuid.UUID, row: uuid.UUID) -> HttpResponse:
    """Ask once, then take somebody off a part."""
    session = _managed(request, public_id)
    leaving = _row(staff_of(session), row)
    if request.method != "POST":
        context = {"session": session, "version": session.version, "leaving": leaving}
        return render(request, "enrolment/remove_staff.html", context)
    try:
        release_staff(session=session, staff=[leaving], actor=request.user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("enrolment:staff", session.public_id)


def _managed(request: SignedInRequest, public_id: uuid.UUID) -> Session:
    return managed_session(request, public_id, Session.objects.select_related("version__course"))


def _row(staff: Iterable[MeetingStaff], public_id: uuid.UUID) -> MeetingStaff:
    for row in staff:
        if row.public_id == public_id:
            return row
    raise Http404


def _sections(session: Session, bench: Bench, data: Any) -> list[Section]:
    now, is_cancelled = timezone.now(), session.status == SessionStatus.CANCELLED
    return [
        Section(
            meeting=meeting,
            lines=[_line(bench, row, meeting) for row in bench.staff if row.meeting_id == meeting.pk],
            lacks=what_lacks(meeting),
            form=AskForm(data, bench=bench, meetings=[meeting]),
            is_open=meeting.starts_at > now and not is_cancelled,
        )
        for meeting in bench.meetings
    ]


def _line(bench: Bench, row: MeetingStaff, meeting: Any) -> Line:
    refusal = bench.candidates[row.person_id].refusal(meeting, row.role) if row.is_standing else None
    return Line(row, str(refusal) if refusal else "")


def _forms(sections: list[Section], for_all: AskForm | None) -> list[AskForm]:
    return [*([for_all] if for_all else []), *(section.form for section in sections)]


def _ask(request: SignedInRequest, session: Session, form: AskForm) -> bool:
    """Invite whom the form names; a refusal stands beside the field."""
    role, person = form.cleaned_data["who"]
    try:
        invite(session=session, meetings=form.meetings, person=person, role=role, actor=request.user)
    except DomainError as refusal:
        form.add_error("who", str(refusal))
        return False
    messages.success(request, _("%(name)s is asked by mail.") % {"name": person.get_full_name()})
    return True
