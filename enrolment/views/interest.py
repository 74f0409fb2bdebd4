"""The list of those who want to hear of the next dates of a course: on it, off it, and how many they are."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.errors import DomainError
from courses.models import Course
from enrolment.demand import demand
from enrolment.services.interest import await_dates, take_off_list
from enrolment.views.access import refuse_who_manages_nothing
from people.http import SignedInRequest


@require_POST
@login_required
def await_course(request: SignedInRequest, slug: str) -> HttpResponse:
    course = _course(slug)
    try:
        await_dates(person=request.user, course=course)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("You get a mail as soon as a date is set. Only you know of it."))
    return redirect(f"{course.get_absolute_url()}#dates")


@require_POST
@login_required
def stop_awaiting(request: SignedInRequest, slug: str) -> HttpResponse:
    """It leads to the course, where the way back is."""
    course = _course(slug)
    take_off_list(person=request.user, course=course)
    messages.success(request, _("You are off the list. Nothing of it is kept."))
    return redirect(f"{course.get_absolute_url()}#dates")


@require_safe
@login_required
def awaited(request: SignedInRequest) -> HttpResponse:
    """For which courses people wait, in which language; never who."""
    refuse_who_manages_nothing(request.user)
    return render(request, "enrolment/awaited.html", {"courses": demand()})


def _course(slug: str) -> Course:
    course: Course = get_object_or_404(Course.objects.listed().select_related("current_version"), slug=slug)
    return course
