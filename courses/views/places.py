"""Venues and providers: lists, and a form for each."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import DomainError
from courses.forms.places import ProviderForm, VenueForm
from courses.models import Provider, Venue
from courses.services.places import delete_place, save_place
from courses.views.access import for_catalogue_managers
from people.http import SignedInRequest


@login_required
@for_catalogue_managers
def venues(request: SignedInRequest) -> HttpResponse:
    """Where meetings take place, with how many are still to come."""
    to_come = Count("meetings", filter=Q(meetings__starts_at__gt=timezone.now()))
    return render(request, "courses/venues.html", {"venues": Venue.objects.annotate(to_come=to_come)})


@login_required
@for_catalogue_managers
def new_venue(request: SignedInRequest) -> HttpResponse:
    return _edit(request, VenueForm(request.POST or None, instance=Venue()), "courses:venues")


@login_required
@for_catalogue_managers
def venue(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    shown = get_object_or_404(Venue, public_id=public_id)
    return _edit(request, VenueForm(request.POST or None, instance=shown), "courses:venues")


@login_required
@for_catalogue_managers
def providers(request: SignedInRequest) -> HttpResponse:
    """Who gives courses, with how many."""
    listed = Provider.objects.annotate(number_of_courses=Count("course"))
    return render(request, "courses/providers.html", {"providers": listed})


@login_required
@for_catalogue_managers
def new_provider(request: SignedInRequest) -> HttpResponse:
    return _edit(request, ProviderForm(request.POST or None, instance=Provider()), "courses:providers")


@login_required
@for_catalogue_managers
def provider(request: SignedInRequest, slug: str) -> HttpResponse:
    shown = get_object_or_404(Provider, slug=slug)
    return _edit(request, ProviderForm(request.POST or None, instance=shown), "courses:providers")


def _edit(request: SignedInRequest, form: VenueForm | ProviderForm, back: str) -> HttpResponse:
    """Save what the form holds, or throw away what is there."""
    if request.method == "POST" and "delete" in request.POST and form.instance.pk:
        try:
            delete_place(place=form.instance, actor=request.user)
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return redirect(request.path)
        messages.success(request, _("Deleted."))
        return redirect(back)
    if form.is_valid():
        save_place(place=form.instance, changed=form.changed_data, actor=request.user)
        messages.success(request, _("Saved."))
        return redirect(back)
    return render(request, "courses/place.html", {"form": form, "place": form.instance, "back": back})
