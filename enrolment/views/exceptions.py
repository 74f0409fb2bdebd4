"""Exceptions to what comes first: asked for on the page of a session, decided on one of their own."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import DomainError
from core.time import today
from courses.models import Session
from enrolment.enums import ExceptionStatus
from enrolment.forms.exceptions import AskExceptionForm, GrantForm
from enrolment.models import PrerequisiteException
from enrolment.querysets import PrerequisiteExceptionQuerySet
from enrolment.services.exceptions import ask_exception, decide_exception, take_back_exception
from enrolment.wording import consequences_of_deciding
from people.enums import Role
from people.http import SignedInRequest
from people.models import User


@login_required
def ask(request: SignedInRequest, public_id: uuid.UUID, slug: str) -> HttpResponse:
    """Ask to follow a session without a course that comes first."""
    visible = Session.objects.visible_to(request.user).select_related("version__course")
    session = get_object_or_404(visible, public_id=public_id)
    before = get_object_or_404(session.version.prerequisites, course__slug=slug, required=True)
    form = AskExceptionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            ask_exception(
                session=session, prerequisite=before.course, person=request.user, **form.cleaned_data
            )
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("You asked for an exception. You get a mail with the answer."))
        return redirect(session)
    context = {"session": session, "version": session.version, "before": before.course, "form": form}
    return render(request, "enrolment/ask_exception.html", context)


@login_required
@require_POST
def take_back(request: SignedInRequest, public_id: uuid.UUID, slug: str) -> HttpResponse:
    """Take back what one asked for; the page of the session has the way to ask again."""
    visible = Session.objects.visible_to(request.user).select_related("version")
    session = get_object_or_404(visible, public_id=public_id)
    own = PrerequisiteException.objects.visible_to(request.user).undecided()
    asked = own.filter(course=session.version.course_id, prerequisite__slug=slug).first()
    if asked:
        take_back_exception(exception=asked, actor=request.user)
    messages.success(request, _("You don't ask for an exception any more."))
    return redirect(session)


@login_required
def exceptions(request: SignedInRequest) -> HttpResponse:
    """What was asked of the organisers, and waits for an answer."""
    asked = _asked_of(request.user).undecided().with_all()
    return render(request, "enrolment/exceptions.html", {"exceptions": asked})


@login_required
def grant(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """Say what follows, then grant."""
    return _decide(request, public_id, ExceptionStatus.GRANTED, GrantForm)


@login_required
def decline(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """Say what follows, then decline."""
    return _decide(request, public_id, ExceptionStatus.DECLINED, Form)


def _decide(
    request: SignedInRequest, public_id: uuid.UUID, status: ExceptionStatus, form_class: type[Form]
) -> HttpResponse:
    exception = get_object_or_404(_asked_of(request.user).with_all(), public_id=public_id)
    form = form_class(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        grants = status == ExceptionStatus.GRANTED
        context = {
            "exception": exception,
            "form": form,
            "grants": grants,
            "consequences": consequences_of_deciding(exception.person.profile.first_name, grants=grants),
        }
        return render(request, "enrolment/decide_exception.html", context)
    try:
        decide_exception(exception=exception, status=status, actor=request.user, **form.cleaned_data)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Decided. The person gets a mail."))
    return redirect("enrolment:exceptions")


def _asked_of(user: User) -> PrerequisiteExceptionQuerySet:
    """403 for whoever organises nothing."""
    if not user.has_role(Role.CATALOGUE_MANAGER):
        raise PermissionDenied
    asked: PrerequisiteExceptionQuerySet = PrerequisiteException.objects.asked_of(user, on=today())
    return asked
