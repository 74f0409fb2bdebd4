"""The page of a programme, where people choose workshops, and those that keep its editions in order."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from core.errors import DomainError
from core.time import today
from courses.models import Programme
from courses.rules import approver_of, who_sees_enrolment
from courses.services.programmes import NotAWorkshop, OutsideItsDays, save_programme
from enrolment.errors import ChoiceRefused
from enrolment.forms.programmes import ChoiceForm, ProgrammeForm
from enrolment.models import Enrolment
from enrolment.rules import can_manage_sessions
from enrolment.services.choosing import choose_workshops
from enrolment.services.publishing import publish_programme
from enrolment.timetable import timetable, workshops_of
from people.http import SignedInRequest


@login_required
def programme(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """The workshops by day and slot; one button saves what was chosen, all of it or nothing."""
    visible = Programme.objects.visible_to(request.user).with_text()
    shown = get_object_or_404(visible, public_id=public_id)
    if request.method != "POST":
        return _timetable(request, shown)
    form = ChoiceForm(request.POST, sessions=workshops_of(shown, request.user))
    if not form.is_valid():
        # A workshop of another programme, or one that this person doesn't see.
        raise Http404
    try:
        own = choose_workshops(programme=shown, learner=request.user, choice=form.choice, actor=request.user)
    except ChoiceRefused as refused:
        return _timetable(request, shown, ticked=form.cleaned_data, refused=refused)
    messages.success(request, _outcome(own))
    return redirect(shown)


@login_required
def manage_programmes(request: SignedInRequest) -> HttpResponse:
    """All editions, the latest first."""
    _refuse_unless_manager(request)
    editions = Programme.objects.with_text().with_counts().order_by("-starts_on", "-id")
    return render(request, "enrolment/manage_programmes.html", {"editions": editions})


@login_required
def new_programme(request: SignedInRequest) -> HttpResponse:
    _refuse_unless_manager(request)
    return _edit(request, Programme())


@login_required
def manage_programme(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """The days of an edition, its workshops, and what comes next for it."""
    _refuse_unless_manager(request)
    return _edit(request, get_object_or_404(Programme.objects.with_text(), public_id=public_id))


@login_required
@require_POST
def publish_edition(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    _refuse_unless_manager(request)
    edition = get_object_or_404(Programme, public_id=public_id)
    try:
        publish_programme(programme=edition, actor=request.user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The edition is on offer. People can choose their workshops now."))
    return redirect("enrolment:manage_programme", public_id)


def _edit(request: SignedInRequest, edition: Programme) -> HttpResponse:
    form = ProgrammeForm(request.POST or None, instance=edition)
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_programme(
                programme=form.instance,
                sessions=form.cleaned_data.get("sessions", []),
                actor=request.user,
            )
        except (NotAWorkshop, OutsideItsDays) as refusal:
            form.add_error(refusal.field, str(refusal))
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("enrolment:manage_programme", saved.public_id)
    workshops = edition.sessions.with_meetings().order_by("starts_at", "id") if edition.pk else []
    context = {
        "form": form,
        "edition": edition,
        "workshops": workshops,
        "drafts": sum(not workshop.is_published for workshop in workshops),
    }
    return render(request, "enrolment/manage_programme.html", context)


def _timetable(
    request: SignedInRequest,
    shown: Programme,
    *,
    ticked: dict[str, list[str]] | None = None,
    refused: ChoiceRefused | None = None,
) -> HttpResponse:
    """The page, as it is by now; with what was ticked where it was refused."""
    sessions = workshops_of(shown, request.user)
    refusals = refused.refusals if refused else {}
    days = timetable(sessions, request.user, at=timezone.now(), ticked=ticked, refusals=refusals)
    rows = [row for day in days for slot in day.slots for row in slot.rows]
    workshops = [session.version for session in sessions]
    obstacles = {row.obstacle for row in rows if not row.enrolment}
    seats_after = {row.seat_after for row in rows if row.seat_after}
    context = {
        "programme": shown,
        "version": shown.version,
        "days": days,
        "refused": refused,
        "errors": [row for row in rows if row.error],
        "can_change": any(not row.obstacle for row in rows),
        "holds": any(row.enrolment and not row.obstacle for row in rows),
        # Where it is the same for all of them it is said once.
        "obstacle": obstacles.pop() if len(obstacles) == 1 else "",
        "seat_after": seats_after.pop() if len(seats_after) == 1 else "",
        "who_sees": who_sees_enrolment(
            shown.version,
            is_mandatory=False,
            workshops=workshops,
            approver=approver_of(request.user, *workshops, on=today()),
        ),
    }
    return render(request, "enrolment/programme.html", context)


def _refuse_unless_manager(request: SignedInRequest) -> None:
    if not can_manage_sessions(request.user):
        raise PermissionDenied


def _outcome(enrolments: list[Enrolment]) -> str:
    """What a person has in a programme."""
    seats = sum(enrolment.is_confirmed for enrolment in enrolments)
    waiting = len(enrolments) - seats
    said = []
    if seats or not waiting:
        said.append(
            ngettext(
                "You have a seat in %(count)d workshop.", "You have a seat in %(count)d workshops.", seats
            )
            % {"count": seats}
        )
    if waiting:
        said.append(
            ngettext(
                "You wait for a seat in %(count)d workshop.",
                "You wait for a seat in %(count)d workshops.",
                waiting,
            )
            % {"count": waiting}
        )
    return " ".join(said)
