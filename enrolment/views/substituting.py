"""Replacing somebody whom an office enrolled by another of its people."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.search import LONGEST_TEXT
from core.time import today
from enrolment.errors import NobodyToTell, NothingToReplace
from enrolment.models import Enrolment
from enrolment.rules import has_started
from enrolment.services.substituting import substitute
from enrolment.views.access import person_and_office
from enrolment.wording import consequences_of_replacing, office_text
from people.enums import Role
from people.forms import PeopleSearchForm
from people.http import SignedInRequest
from people.models import Membership, Organisation, Profile, User
from people.querysets import ProfileQuerySet
from people.rules import ACTS_FOR

PEOPLE_ON_PAGE = 20
# Where the search is kept: a name or a staff number stays out of addresses, and so out of logs.
SEARCHED = "substitute_search"


@login_required
def choose(request: SignedInRequest, role: Role, public_id: uuid.UUID, session_id: uuid.UUID) -> HttpResponse:
    """Which of the office's people takes the seat; whoever it is, the list tells nothing of what they do."""
    person, organisation = person_and_office(request, role, public_id)
    enrolment = _made(person, organisation, session_id)
    if request.method == "POST":
        request.session[SEARCHED] = request.POST.get("q", "")[:LONGEST_TEXT]
        return redirect(request.path)
    form = PeopleSearchForm({"q": request.session.get(SEARCHED, "")})
    people = _people_of(organisation, role).exclude(user=person)
    if form.is_valid():
        people = people.search(form.cleaned_data["q"])
    listed = people.select_related("user").order_by("last_name", "first_name", "pk")
    context = {
        "person": person,
        "role": role,
        "session": enrolment.session,
        "form": form,
        "refusal": _refusal(enrolment),
        "page": Paginator(listed, PEOPLE_ON_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "enrolment/choose_substitute.html", context)


@login_required
def confirm(
    request: SignedInRequest, role: Role, public_id: uuid.UUID, session_id: uuid.UUID, by: uuid.UUID
) -> HttpResponse:
    """Say what will happen to whom, then give the seat to the other."""
    person, organisation = person_and_office(request, role, public_id)
    enrolment = _made(person, organisation, session_id)
    other, other_organisation = person_and_office(request, role, by)
    if other == person or other_organisation != organisation:
        raise Http404
    if request.method != "POST":
        office = office_text(organisation, is_school=role == Role.COORDINATOR)
        context = {
            "person": person,
            "other": other,
            "role": role,
            "session": enrolment.session,
            "refusal": _refusal(enrolment) or (None if other.email else NobodyToTell()),
            "consequences": consequences_of_replacing(
                name=person.profile.first_name, other=other.profile.first_name, office=office
            ),
        }
        return render(request, "enrolment/confirm_substitute.html", context)
    try:
        substitute(enrolment=enrolment, by=other, organisation=organisation, actor=request.user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("enrolment:replace", role=role, public_id=public_id, session_id=session_id)
    messages.success(request, _("%(name)s has the seat. Both get a mail.") % {"name": other.get_full_name()})
    return redirect("enrolment:choose_for", role=role, public_id=by)


def _made(person: User, organisation: Organisation, session_id: uuid.UUID) -> Enrolment:
    made = Enrolment.objects.made_for(person, by=organisation).active().select_related("session__version")
    enrolment: Enrolment = get_object_or_404(made, session__public_id=session_id)
    return enrolment


def _people_of(organisation: Organisation, role: Role) -> ProfileQuerySet:
    belonging = Membership.objects.current(on=today()).filter(
        organisation=organisation, role=ACTS_FOR[role], user__is_active=True
    )
    people: ProfileQuerySet = Profile.objects.filter(user__in=belonging.values("user"))
    return people


def _refusal(enrolment: Enrolment) -> DomainError | None:
    gives_none = not enrolment.is_confirmed or has_started(enrolment.session, at=timezone.now())
    return NothingToReplace() if gives_none else None
