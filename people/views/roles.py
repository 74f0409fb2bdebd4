"""Who has which role until when; giving one, ending one, and the link to an account."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import DomainError
from core.search import LONGEST_TEXT
from core.time import today
from people.enums import Role
from people.forms import EndForm, GrantForm, PeopleSearchForm
from people.http import SignedInRequest
from people.models import Membership, Profile, User
from people.querysets import MembershipQuerySet, ProfileQuerySet
from people.rules import ACTS_FOR, RoleScope, role_scope, roles_to_act_for
from people.services.accounts import ask_activation
from people.services.memberships import end_role, grant_role

PEOPLE_ON_PAGE = 30
# Where the search is kept: a name or a staff number stays out of addresses, and so out of logs.
SEARCHED = "people_search"


@login_required
def people(request: SignedInRequest) -> HttpResponse:
    """Everybody of one's own organisations, with their roles there."""
    scope = _scope(request)
    if request.method == "POST":
        request.session[SEARCHED] = request.POST.get("q", "")[:LONGEST_TEXT]
        return redirect("people:people")
    form = PeopleSearchForm({"q": request.session.get(SEARCHED, "")})
    found = _visible(scope)
    if form.is_valid():
        found = found.search(form.cleaned_data["q"])
    roles = Prefetch("user__memberships", queryset=_roles(scope).not_over(on=today()), to_attr="shown_roles")
    listed = found.select_related("user").prefetch_related(roles).order_by("last_name", "first_name", "pk")
    page = Paginator(listed, PEOPLE_ON_PAGE).get_page(request.GET.get("page"))
    acts_as = [role for role in ACTS_FOR if request.user.has_role(role)]
    return render(request, "people/people.html", {"form": form, "page": page, "acts_as": acts_as})


@login_required
def person(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """What somebody is to one's own organisations, and a form to make them more."""
    scope = _scope(request)
    profile = _person(scope, public_id)
    form = GrantForm(request.POST or None, scope=scope)
    if request.method == "POST" and form.is_valid():
        try:
            granted = grant_role(person=profile.user, actor=request.user, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("%(role)s: granted.") % {"role": granted.get_role_display()})
            return redirect("people:person", public_id)
    roles = _roles(scope).filter(user=profile.user_id)
    context = {
        "profile": profile,
        "roles": [
            (role, scope.allows(role.role, role.organisation_id)) for role in roles.not_over(on=today())
        ],
        "acts_as": roles_to_act_for(request.user, profile.user),
        "past_roles": roles.over(on=today()),
        "form": None if profile.user_id == request.user.pk else form,
        "without_account": User.objects.without_account().filter(pk=profile.user_id).exists(),
        "may_read_record": _may_read_record(request.user, profile),
    }
    return render(request, "people/person.html", context)


@login_required
def end(request: SignedInRequest, public_id: uuid.UUID, role: str, organisation: uuid.UUID) -> HttpResponse:
    """Ask for the last day of a role."""
    scope = _scope(request)
    profile = _person(scope, public_id)
    roles = _roles(scope).not_over(on=today()).filter(user=profile.user_id)
    membership = roles.filter(role=role, organisation__public_id=organisation).first()
    if membership is None:
        raise Http404
    if not scope.allows(membership.role, membership.organisation_id):
        raise PermissionDenied
    form = EndForm(request.POST or None, membership=membership)
    if request.method == "POST" and form.is_valid():
        end_role(membership=membership, actor=request.user, **form.cleaned_data)
        messages.success(request, _("The last day of the role is kept."))
        is_visible = _visible(scope).filter(pk=profile.pk).exists()
        return redirect("people:person", public_id) if is_visible else redirect("people:people")
    return render(request, "people/end_role.html", {"profile": profile, "role": membership, "form": form})


@login_required
@require_POST
def send_link(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    profile = _person(_scope(request), public_id)
    if ask_activation(people=[profile.user_id], actor=request.user):
        messages.success(request, _("The link is on its way to %(email)s.") % {"email": profile.user.email})
    return redirect("people:person", public_id)


def _scope(request: SignedInRequest) -> RoleScope:
    scope = role_scope(request.user)
    if not scope:
        raise PermissionDenied
    return scope


def _visible(scope: RoleScope) -> ProfileQuerySet:
    people: ProfileQuerySet = Profile.objects.all()
    return people if scope.everywhere else people.of_organisations(scope.own, on=today())


def _person(scope: RoleScope, public_id: uuid.UUID) -> Profile:
    found: Profile = get_object_or_404(_visible(scope).select_related("user"), user__public_id=public_id)
    return found


def _roles(scope: RoleScope) -> MembershipQuerySet:
    """What somebody is elsewhere is not for HR to know."""
    roles = Membership.objects.current().select_related("organisation").order_by("valid_from", "pk")
    return roles if scope.everywhere else roles.filter(organisation__in=scope.own)


def _may_read_record(reader: User, profile: Profile) -> bool:
    """HR reads the records of those whom its organisation employs."""
    employers = {
        held.organisation_id for held in profile.user.memberships_today if held.role == Role.EMPLOYEE
    }
    return any(
        held.role == Role.HR and held.organisation_id in employers for held in reader.memberships_today
    )
