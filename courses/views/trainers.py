"""Who may give what, until when: for catalogue managers."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.time import today
from courses.enums import StaffRole
from courses.forms.trainers import ENDS_SOON, ChangeForm, GrantForm, TrainerFilter
from courses.models import Accreditation, MeetingStaff
from courses.services.accreditations import change_accreditation, grant_accreditation
from courses.staffing import sessions_short_of_staff, telling_who_trains
from courses.views.access import for_catalogue_managers
from people.http import SignedInRequest

PAGE = 50


@login_required
@for_catalogue_managers
def trainers(request: SignedInRequest) -> HttpResponse:
    """What lacks somebody, and who may give what."""
    form = TrainerFilter(request.GET)
    listed = telling_who_trains(form.apply(Accreditation.objects.with_all(), on=today()), on=today())
    ending = Accreditation.objects.ending(on=today(), until=today() + ENDS_SOON)
    context = {
        "form": form,
        "ending": ending.count(),
        "short": sessions_short_of_staff(at=timezone.now()).with_meetings(),
        "page": Paginator(listed, PAGE).get_page(request.GET.get("page")),
        "soon": today() + ENDS_SOON,
        "today": today(),
    }
    return render(request, "courses/trainers.html", context)


@login_required
@for_catalogue_managers
def grant(request: SignedInRequest) -> HttpResponse:
    """Accredit somebody for a course."""
    initial = {"valid_from": today(), "role": StaffRole.TRAINER, "course": request.GET.get("course")}
    form = GrantForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            granted = grant_accreditation(**form.cleaned_data, actor=request.user)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            name = granted.person.get_full_name()
            messages.success(request, _("%(name)s may give it from now on.") % {"name": name})
            return redirect("courses:trainers")
    return render(request, "courses/grant.html", {"form": form})


@login_required
@for_catalogue_managers
def accreditation(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """One accreditation: in which languages, until when, and what its holder stands for."""
    shown = get_object_or_404(Accreditation.objects.current().with_all(), public_id=public_id)
    form = ChangeForm(request.POST or None, accreditation=shown)
    if form.is_valid():
        try:
            change_accreditation(accreditation=shown, **form.cleaned_data, actor=request.user)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The accreditation is changed."))
            return redirect("courses:trainers")
    own = MeetingStaff.objects.standing().filter(
        person=shown.person_id, meeting__session__version__course=shown.course_id
    )
    coming = own.filter(meeting__ends_at__gt=timezone.now()).with_session().order_by("meeting__starts_at")
    context = {"shown": shown, "form": form, "coming": coming}
    return render(request, "courses/accreditation.html", context)
