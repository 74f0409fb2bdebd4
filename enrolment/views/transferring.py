"""Moving a booking to another date of the same course: one's own, or that of somebody for whom one acts."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import DomainError
from courses.library import furnish
from courses.models import Session
from courses.querysets.sessions import SessionQuerySet
from enrolment.errors import EnrolledThereAlready
from enrolment.models import Enrolment
from enrolment.rules import priority_in, transfer_refusal
from enrolment.services.on_behalf import transfer_on_behalf
from enrolment.services.seats import has_room_for
from enrolment.services.transferring import transfer
from enrolment.turns import freed_seat_text
from enrolment.views.access import enrollable, person_and_office
from enrolment.wording import consequences_of_moving, consequences_of_moving_for
from people.enums import Role
from people.http import SignedInRequest


@login_required
def move_booking(request: SignedInRequest, public_id: uuid.UUID, to: uuid.UUID) -> HttpResponse:
    """Say what one gives up and gets, then move one's own booking."""
    own = Enrolment.objects.visible_to(request.user).active().select_related("session__version")
    enrolment = get_object_or_404(own, session__public_id=public_id)
    now = timezone.now()
    offered = Session.objects.offered_to(request.user, at=now).of_same_course_as(enrolment.session)
    chosen = get_object_or_404(offered.with_meetings(), public_id=to)
    if request.method != "POST":
        is_there = Enrolment.objects.visible_to(request.user).active().filter(session=chosen).exists()
        too_late = transfer_refusal(enrolment, enrolment.session, is_own=True, at=now)
        furnish([chosen])
        position = _position_there(enrolment, chosen)
        context = {
            "enrolment": enrolment,
            "session": chosen,
            "refusal": EnrolledThereAlready() if is_there else too_late,
            "consequences": consequences_of_moving(
                enrolment, position=position, seat_after=freed_seat_text(enrolment.session, at=now)
            ),
        }
        return render(request, "enrolment/move_booking.html", context)
    try:
        moved = transfer(enrolment=enrolment, to=chosen, actor=request.user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect(enrolment.session)
    if moved.is_confirmed:
        messages.success(request, _("Your booking has moved: you have a seat on this date."))
    else:
        messages.info(request, _("Your booking has moved. Below you see where you stand on this date."))
    return redirect(chosen)


@login_required
def choose_date_for(
    request: SignedInRequest, role: Role, public_id: uuid.UUID, session_id: uuid.UUID
) -> HttpResponse:
    """The other dates to which the same office can move somebody whom it enrolled."""
    person, organisation = person_and_office(request, role, public_id)
    made = Enrolment.objects.made_for(person, by=organisation).active().select_related("session__version")
    enrolment = get_object_or_404(made, session__public_id=session_id)
    context = {
        "person": person,
        "role": role,
        "enrolment": enrolment,
        "refusal": transfer_refusal(enrolment, enrolment.session, is_own=False, at=timezone.now()),
        "sessions": _other_dates(enrolment).with_meetings(),
    }
    return render(request, "enrolment/choose_date_for.html", context)


@login_required
def move_for(
    request: SignedInRequest, role: Role, public_id: uuid.UUID, session_id: uuid.UUID, to: uuid.UUID
) -> HttpResponse:
    """Say what will happen to whom, then move what the same office booked."""
    person, organisation = person_and_office(request, role, public_id)
    made = Enrolment.objects.made_for(person, by=organisation).active().select_related("session__version")
    enrolment = get_object_or_404(made, session__public_id=session_id)
    chosen = get_object_or_404(_other_dates(enrolment).with_meetings(), public_id=to)
    if request.method != "POST":
        name, position = person.profile.first_name, _position_there(enrolment, chosen)
        context = {
            "person": person,
            "role": role,
            "before": enrolment.session,
            "session": chosen,
            "consequences": consequences_of_moving_for(
                enrolment,
                name=name,
                position=position,
                seat_after=freed_seat_text(enrolment.session, at=timezone.now()),
            ),
        }
        return render(request, "enrolment/move_for.html", context)
    try:
        transfer_on_behalf(enrolment=enrolment, to=chosen, actor=request.user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Moved. %(name)s gets a mail.") % {"name": person.get_full_name()})
    return redirect("enrolment:choose_for", role=role, public_id=public_id)


def _other_dates(enrolment: Enrolment) -> SessionQuerySet:
    """What stays to choose from says nothing of what else the person does."""
    others = enrollable(enrolment.learner).of_same_course_as(enrolment.session)
    dates: SessionQuerySet = others.exclude(pk__in=Session.objects.of_one_s_own_choice())
    return dates


def _position_there(enrolment: Enrolment, chosen: Session) -> int | None:
    """The place in the queue that a booking would have there, as things stand; None where it is a seat."""
    there = Enrolment(
        pk=enrolment.pk,
        session=chosen,
        learner=enrolment.learner,
        enrolled_at=enrolment.enrolled_at,
        priority=priority_in(chosen, is_mandatory=enrolment.is_mandatory),
        employer_id=enrolment.employer_id,
        school_id=enrolment.school_id,
    )
    has_queue = chosen.enrolments.queued().exists()
    if has_room_for(there, chosen.schedule) and not has_queue and not enrolment.lacks_approval:
        return None
    return Enrolment.objects.ahead_of(there).count() + 1
