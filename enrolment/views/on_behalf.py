"""HR and academies enrol their people: choose a session, confirm, take it back."""

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.time import today
from courses.models import Course, Session
from courses.rules import approver_of, audiences_of, mandatory_for
from enrolment.errors import NobodyToTell, OwnChoice
from enrolment.forms.participants import SessionFilter
from enrolment.models import Enrolment
from enrolment.rules import has_room, taking_back_refusal, withdrawal_closes_on
from enrolment.services.on_behalf import enrol_on_behalf, take_back
from enrolment.turns import freed_seat_text, moves_up, too_late_text
from enrolment.views.access import enrollable, person_and_office
from enrolment.wording import consequences_of_enrolling, office_text
from people.enums import Role
from people.http import SignedInRequest
from people.models import Organisation, User
from people.rules import affiliated_by

SESSIONS_ON_PAGE = 20


@login_required
def choose(request: SignedInRequest, role: Role, public_id: uuid.UUID) -> HttpResponse:
    """The sessions that this person may take, and those in which the same office enrolled them."""
    person, organisation = person_and_office(request, role, public_id)
    now = timezone.now()
    made = Enrolment.objects.made_for(person, by=organisation).active().upcoming(at=now).with_session()
    # What the person is in otherwise stays on offer, or its absence would tell.
    offered = enrollable(person).exclude(pk__in=made.values("session"))
    offered = offered.exclude(pk__in=Session.objects.of_one_s_own_choice())
    form = SessionFilter(request.GET, sessions=offered)
    form.is_valid()
    sessions = offered.matching(form.cleaned_data)
    if form.cleaned_data.get("course"):
        sessions = sessions.filter(version__course=form.cleaned_data["course"])
    if form.cleaned_data.get("q"):
        sessions = sessions.filter(version__course__in=Course.objects.search(form.cleaned_data["q"]))
    context = {
        "person": person,
        "role": role,
        "form": form,
        "page": Paginator(sessions.with_meetings(), SESSIONS_ON_PAGE).get_page(request.GET.get("page")),
        "made": made.order_by("session__starts_at"),
    }
    part = "#results" if request.htmx else ""
    response = render(request, f"enrolment/choose_for.html{part}", context)
    # The list alone and the whole page have one address.
    patch_vary_headers(response, ["HX-Request"])
    return response


@login_required
def confirm(
    request: SignedInRequest, role: Role, public_id: uuid.UUID, session_id: uuid.UUID
) -> HttpResponse:
    """Say what will happen to whom, then enrol."""
    person, organisation = person_and_office(request, role, public_id)
    chosen = get_object_or_404(enrollable(person).with_meetings(), public_id=session_id)
    if request.method != "POST":
        context = _about(person, organisation, role, chosen)
        return render(request, "enrolment/confirm_for.html", context)
    try:
        enrol_on_behalf(session=chosen, learner=person, organisation=organisation, actor=request.user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("%(name)s is enrolled.") % {"name": person.get_full_name()})
    return redirect("enrolment:choose_for", role=role, public_id=public_id)


@login_required
def withdraw_for(
    request: SignedInRequest, role: Role, public_id: uuid.UUID, session_id: uuid.UUID
) -> HttpResponse:
    """Ask once, then take back what the same office did."""
    person, organisation = person_and_office(request, role, public_id)
    made = Enrolment.objects.made_for(person, by=organisation).active().with_session()
    enrolment = get_object_or_404(made, session__public_id=session_id)
    if request.method != "POST":
        now = timezone.now()
        context = {
            "person": person,
            "role": role,
            "enrolment": enrolment,
            "refusal": taking_back_refusal(enrolment, enrolment.session, at=now),
            "seat_after": freed_seat_text(enrolment.session, at=now),
        }
        return render(request, "enrolment/take_back.html", context)
    try:
        take_back(enrolment=enrolment, actor=request.user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Taken back. %(name)s gets a mail.") % {"name": person.get_full_name()})
    return redirect("enrolment:choose_for", role=role, public_id=public_id)


def _about(person: User, organisation: Organisation, role: Role, session: Session) -> dict[str, Any]:
    """What enrolling somebody in a session means."""
    is_mandatory = mandatory_for(
        session.version, audiences_of(affiliated_by(person.memberships_today)), on=today()
    )
    queue = session.enrolments.queued().count()
    gets_seat = has_room(session.meetings.all()) and not queue
    is_own_choice = Session.objects.of_one_s_own_choice().filter(pk=session.pk).exists()
    return {
        "person": person,
        "role": role,
        "session": session,
        "refusal": OwnChoice() if is_own_choice else None if person.email else NobodyToTell(),
        "consequences": consequences_of_enrolling(
            name=person.profile.first_name,
            office=office_text(organisation, is_school=role == Role.COORDINATOR),
            position=None if gets_seat else queue + 1,
            approver=approver_of(person, session.version, on=today()),
            too_late="" if moves_up(session, at=timezone.now()) else too_late_text(),
            is_mandatory=is_mandatory,
            last_day=withdrawal_closes_on(session, told_on=today()),
        ),
    }
