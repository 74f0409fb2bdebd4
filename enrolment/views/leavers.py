"""Who left, and which bookings that freed: for those who acted for them to look over."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from enrolment.models import Departure, Enrolment
from enrolment.querysets import EnrolmentQuerySet
from enrolment.services.leaving import mark_reviewed
from people.enums import Role
from people.http import SignedInRequest


@require_safe
@login_required
def leavers(request: SignedInRequest, role: Role) -> HttpResponse:
    """What is still to look over, and what somebody did."""
    freed = list(_freed(request, role))
    waiting = [each for each in freed if each.departure.reviewed_at is None]
    context = {
        "role": role,
        "waiting": waiting,
        "people": len({each.departure_id for each in waiting}),
        "reviewed": [each for each in freed if each.departure.reviewed_at],
    }
    return render(request, "enrolment/leavers.html", context)


@login_required
@require_POST
def review(request: SignedInRequest, role: Role, public_id: uuid.UUID) -> HttpResponse:
    visible = Departure.objects.filter(pk__in=_freed(request, role).order_by().values("departure"))
    departure = get_object_or_404(visible, public_id=public_id)
    mark_reviewed(departure=departure, actor=request.user)
    messages.success(request, _("Marked as reviewed."))
    return redirect("enrolment:leavers", role=role)


def _freed(request: SignedInRequest, role: Role) -> EnrolmentQuerySet:
    offices = [held for held in request.user.memberships_today if held.role == role]
    if not offices:
        raise PermissionDenied
    freed: EnrolmentQuerySet = Enrolment.objects.freed_from(offices)
    return freed
