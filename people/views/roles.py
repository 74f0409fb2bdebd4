"""Who has which role until when; giving one, ending one, and the link to an account."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import DomainError
from core.time import today
from people.forms import EndForm, GrantForm, PeopleSearchForm
from people.http import SignedInRequest
from people.models import Membership, Profile, User
from people.querysets import ProfileQuerySet
from people.rules import RoleScope, role_scope
from people.services.accounts import ask_activation
from people.services.memberships import end_role, grant_role

PEOPLE_ON_PAGE = 30


@login_required
def people(request: SignedInRequest) -> HttpResponse:
    """Everybody of one's own organisations, with their roles there."""
    scope = _scope(request)
    form = PeopleSearchForm(request.GET)
    found = _visible(scope)
    if form.is_valid():
        found = found.search(form.cleaned_data["q"])
    roles = Prefetch("user__memberships", queryset=_shown_roles(scope), to_attr="shown_roles")
    listed = found.select_related("user").prefetch_related(roles).order_by("last_name", "first_name", "pk")
    page = Paginator(listed, PEOPLE_ON_PAGE).get_page(request.GET.get("page"))
    return render(request, "people/people.html", {"form": form, "page": page})


@login_required
def person(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """One person's roles, and a form for another one."""
    scope = _scope(request)
    profile = _person(scope, public_id)
    form = GrantForm(request.POST or None, scope=scope)
    if request.method == "POST" and form.is_valid():
        granted = grant_role(person=profile.user, actor=request.user, **form.cleaned_data)
        messages.success(request, _("%(role)s: granted.") % {"role": granted.get_role_display()})
        return redirect("people:person", public_id)
    context = {
        "profile": profile,
        "roles": [
            (role, scope.allows(role.role, role.organisation_id)) for role in _roles_of(scope, profile)
        ],
        "form": form,
        "without_account": User.objects.without_account().filter(pk=profile.user_id).exists(),
    }
    return render(request, "people/person.html", context)


@login_required
@require_POST
def end(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    scope = _scope(request)
    form = EndForm(request.POST, roles=_roles_of(scope, _person(scope, public_id)))
    if not form.is_valid():
        raise Http404
    membership = form.cleaned_data["membership"]
    try:
        end_role(membership=membership, actor=request.user)
    except DomainError as refusal:
        raise PermissionDenied(str(refusal)) from None
    messages.success(request, _("The role has ended."))
    return redirect("people:person", public_id)


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


def _shown_roles(scope: RoleScope) -> QuerySet[Membership]:
    """What somebody is elsewhere is not for HR to know."""
    roles = Membership.objects.not_over(on=today()).select_related("organisation")
    own = roles if scope.everywhere else roles.filter(organisation__in=scope.own)
    return own.order_by("valid_from", "pk")


def _roles_of(scope: RoleScope, profile: Profile) -> QuerySet[Membership]:
    return _shown_roles(scope).filter(user=profile.user_id)


def _person(scope: RoleScope, public_id: uuid.UUID) -> Profile:
    found: Profile = get_object_or_404(_visible(scope).select_related("user"), user__public_id=public_id)
    return found
