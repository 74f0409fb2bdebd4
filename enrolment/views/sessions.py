"""The page of a session and what a person can do there."""

import datetime as dt
import uuid
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from core.combining import Combined
from core.errors import DomainError
from core.prepared import Prepared, prepared
from core.time import today
from courses.library import furnish, library
from courses.models import Session
from courses.querysets.sessions import SessionQuerySet
from courses.rules import (
    approver_id,
    approver_of,
    audiences_of,
    can_manage_catalogue,
    is_asked_about,
    mandatory_for,
    who_sees_enrolment,
)
from enrolment.emails import calendar_events
from enrolment.errors import EnrolmentRefused
from enrolment.forms.participants import EnrolForm
from enrolment.links import offer_token
from enrolment.models import Enrolment, Seat, SeatPool
from enrolment.prerequisites import Missing, read_learned
from enrolment.querysets import EnrolmentQuerySet
from enrolment.queue import position_of, with_queue_length
from enrolment.rules import (
    enrolment_closes_on,
    enrolment_refusal,
    has_moved_since,
    has_room,
    takes_part,
    transfer_refusal,
    withdrawal_closes_on,
    withdrawal_refusal,
)
from enrolment.services.booking import apply_for, enrol_next, withdraw
from enrolment.services.seats import pool_for
from enrolment.turns import freed_seat_text, moves_up, what_comes_next
from enrolment.wording import enrolled_by_text, minimum_text
from notifications import calendar
from people.http import SignedInRequest
from people.models import User
from people.rules import affiliated_by

# Other dates of the course, below a session.
OTHERS = 3
# For how long the page still says what became of a sign-up.
IS_NEWS = dt.timedelta(minutes=1)
# Who presses the button at the same moment is enrolled under one lock.
_enrol_together = Combined(enrol_next)


@login_required
def session(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """A session: when, where, seats, and the one thing that this person can do about it."""
    return _page(request, public_id, EnrolForm())


def _page(request: SignedInRequest, public_id: uuid.UUID, form: EnrolForm) -> HttpResponse:
    now = timezone.now()
    affiliated = affiliated_by(request.user.memberships_today)
    approving = approver_id(affiliated) or 0
    shown = _visible_session(request, public_id, _shown, approving=approving, on=today())
    enrolment = _own_enrolment(request, shown)
    if enrolment and now - enrolment.enrolled_at < IS_NEWS:
        _tell_outcome(request, enrolment)
    others = _others(
        can_manage_catalogue(request.user),
        viewer=request.user,
        organisations=request.user.organisations_today,
        session=shown,
        at=now,
    )
    kept = furnish([shown, *others])
    is_mandatory = mandatory_for(shown.version, audiences_of(affiliated), on=today())
    refusal = None if enrolment else _refusal(request, shown)
    missing = [] if enrolment or refusal else _missing(request, shown)
    is_kept_out = any(each.required for each in missing)
    own_pool = None if enrolment or is_kept_out else _own_pool(request, shown)
    asked = {shown.version.course_id} if shown.is_asked_about else set()
    approver = (
        enrolment.approver if enrolment else approver_of(request.user, shown.version, on=today(), asked=asked)
    )
    context = {
        **_waiting(enrolment, shown, at=now),
        "moves_up": moves_up(shown, at=now),
        "is_for_good": _is_for_good(shown, on=today()),
        "has_ended": shown.ends_at is not None and shown.ends_at <= now,
        "session": shown,
        "version": shown.version,
        "fingerprint": kept.fingerprint,
        "meetings": shown.schedule,
        "enrolment": enrolment,
        "make_up": _own_make_up(request, shown) if shown.has_make_up else None,
        "has_moved": enrolment is not None and has_moved_since(enrolment, shown),
        "documents": shown.documents.all()
        if takes_part(request.user, enrolment, makes_up=shown.has_make_up, gives_it=shown.is_taught)
        else [],
        "form": form,
        "is_mandatory": is_mandatory,
        "approver": approver,
        "who_sees": who_sees_enrolment(shown.version, is_mandatory=is_mandatory, approver=approver),
        "refusal": refusal,
        "missing": missing,
        "is_kept_out": is_kept_out,
        "enrolled_by": enrolled_by_text(enrolment) if enrolment and enrolment.enrolled_by_id else "",
        "withdrawal_refusal": withdrawal_refusal(enrolment, shown, at=now) if enrolment else None,
        "minimum": minimum_text(shown, on=today()),
        "can_move": enrolment is not None and not transfer_refusal(enrolment, shown, is_own=True, at=now),
        "closes_on": enrolment_closes_on(shown),
        "has_room": has_room(shown.schedule) or own_pool is not None,
        "own_pool": own_pool,
        "queue_length": 0 if enrolment or refusal or is_kept_out else shown.queue_length,
        "others": others,
    }
    return render(request, "enrolment/session.html", context)


def _tell_outcome(request: SignedInRequest, enrolment: Enrolment) -> None:
    """Read from the row, as it is by now: a rush of sign-ups then writes no browser's session."""
    if enrolment.is_confirmed:
        messages.success(request, _("You have a seat. A confirmation is on its way to your mailbox."))
    elif enrolment.is_offered:
        messages.info(
            request, _("A seat is held for you while your organisation decides. We tell you by mail.")
        )
    else:
        messages.info(request, _("You are in the queue. Below stands what you can count on."))


def _waiting(enrolment: Enrolment | None, session: Session, *, at: dt.datetime) -> dict[str, Any]:
    """What somebody who has no seat yet sees of where they stand."""
    if enrolment is None or enrolment.is_confirmed:
        return {}
    if enrolment.is_offered:
        offer = enrolment.offers.live().first()
        if offer is None:
            return {}
        seat_after = freed_seat_text(session, at=offer.expires_at)
        return {"offer": offer, "offer_token": offer_token(offer), "seat_after": seat_after}
    seats = Seat.objects.overlapping(session.schedule).filter(enrolment__learner=enrolment.learner_id)
    seat = seats.select_related("meeting__session__version").first()
    return {
        "position": position_of(enrolment),
        "conflict": seat.meeting.session if seat else None,
        "next_step": what_comes_next(enrolment, session, at=at),
        "near_days": settings.OFFER_NEAR_DAYS,
    }


@login_required
def consent(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """What to consent to before enrolling; afterwards it can be read again."""
    chosen = _visible_session(request, public_id)
    enrolment = _own_enrolment(request, chosen)
    furnish([chosen])
    if not chosen.version.consent_required or (not enrolment and _refusal(request, chosen)):
        return redirect(chosen)
    return _consent_page(request, chosen, EnrolForm(), enrolment)


def _consent_page(
    request: SignedInRequest, shown: Session, form: EnrolForm, enrolment: Enrolment | None = None
) -> HttpResponse:
    context = {
        "session": shown,
        "version": shown.version,
        "enrolment": enrolment,
        "form": form,
        "who_sees": who_sees_enrolment(shown.version, is_mandatory=False),
        "gets_seat": (has_room(shown.schedule) or _own_pool(request, shown) is not None)
        and not shown.enrolments.queued().exists(),
    }
    return render(request, "enrolment/consent.html", context)


@sensitive_post_parameters("needs")
@login_required
@require_POST
def enrol_in(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """Enrol, and lead to the page that tells what became of it; that of a refusal keeps what was typed."""
    chosen = _visible_session(request, public_id)
    chosen.version = library().versions[chosen.version_id]
    form = EnrolForm(request.POST)
    if not form.is_valid():
        return _page_again(request, chosen, form)
    application = apply_for(chosen, request.user, actor=request.user, **form.cleaned_data)
    outcome = _enrol_together(chosen.pk, application)
    if isinstance(outcome, DomainError):
        messages.error(request, str(outcome))
        return _page_again(request, chosen, form)
    return redirect(chosen)


def _page_again(request: SignedInRequest, chosen: Session, form: EnrolForm) -> HttpResponse:
    """The page on which the button was pressed."""
    if not chosen.version.consent_required:
        # Read anew, with what the page says besides.
        return _page(request, chosen.public_id, form)
    furnish([chosen])
    return _consent_page(request, chosen, form)


@login_required
def withdraw_from(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """Ask once, then withdraw; no reason is asked for."""
    chosen = _visible_session(request, public_id)
    enrolment = _own_enrolment(request, chosen)
    if enrolment is None:
        return redirect(chosen)
    furnish([chosen])
    now = timezone.now()
    seat_after = "" if enrolment.is_queued else freed_seat_text(chosen, at=now)
    if request.method != "POST":
        context = {
            "session": chosen,
            "version": chosen.version,
            "enrolment": enrolment,
            "refusal": withdrawal_refusal(enrolment, chosen, at=now),
            "seat_after": seat_after,
        }
        return render(request, "enrolment/withdraw.html", context)
    try:
        withdraw(enrolment=enrolment, actor=request.user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect(chosen)
    said = _("You have withdrawn.") if seat_after else _("You have left the queue.")
    messages.success(request, f"{said} {seat_after}".strip())
    return redirect("portal:training")


@login_required
def session_calendar(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """The meetings of one's own seat as a calendar file."""
    own = Enrolment.objects.visible_to(request.user).confirmed().with_meetings()
    enrolment = get_object_or_404(own, session__public_id=public_id)
    events = calendar_events(enrolment, enrolment.meetings, sequence=enrolment.session.sequence)
    content = calendar.render(events, method="PUBLISH", at=timezone.now())
    headers = {"Content-Disposition": 'attachment; filename="session.ics"'}
    return HttpResponse(content, content_type="text/calendar; charset=utf-8", headers=headers)


def _seen_by(
    viewer: User, sees_all: bool, *, organisations: list[int], public_id: uuid.UUID
) -> SessionQuerySet:
    chosen = Session.objects.filter(public_id=public_id).select_related("programme")
    visible = chosen if sees_all else chosen.visible_to_member(viewer, of=organisations)
    make_ups = Seat.objects.make_ups().filter(meeting__session=OuterRef("pk"), enrolment__learner=viewer)
    visible = visible.annotate(has_make_up=Exists(make_ups))
    seen: SessionQuerySet = visible.with_open_to().telling_who_gives(viewer)
    return seen


@prepared
def _visible(
    sees_all: bool, /, *, viewer: User, organisations: list[int], public_id: uuid.UUID
) -> SessionQuerySet:
    return _seen_by(viewer, sees_all, organisations=organisations, public_id=public_id)


@prepared
def _shown(
    sees_all: bool,
    /,
    *,
    viewer: User,
    organisations: list[int],
    public_id: uuid.UUID,
    approving: int,
    on: dt.date,
) -> SessionQuerySet:
    """With what the page says besides: how many wait, and whether the viewer's organisation is asked."""
    seen = with_queue_length(_seen_by(viewer, sees_all, organisations=organisations, public_id=public_id))
    course = "version__course"
    asks = is_asked_about(approving, course, f"{course}__programme", on=on)
    told: SessionQuerySet = seen.annotate(is_asked_about=asks)
    return told


def _visible_session(
    request: SignedInRequest, public_id: uuid.UUID, read: Prepared[..., Any] = _visible, **besides: Any
) -> Session:
    chosen: Session | None = read.first(
        can_manage_catalogue(request.user),
        viewer=request.user,
        organisations=request.user.organisations_today,
        public_id=public_id,
        **besides,
    )
    if chosen is None:
        raise Http404
    return chosen


@prepared
def _others(
    sees_all: bool, /, *, viewer: User, organisations: list[int], session: Session, at: dt.datetime
) -> SessionQuerySet:
    coming = Session.objects.published().upcoming(at=at).of_same_course_as(session)
    offered = coming if sees_all else coming.visible_to_member(viewer, of=organisations)
    return offered.with_seats_left_first()[:OTHERS]


def _refusal(request: SignedInRequest, session: Session) -> EnrolmentRefused | None:
    """Why this person can't enrol now."""
    return enrolment_refusal(
        session,
        affiliated_by(request.user.memberships_today),
        open_to=session.open_to_ids,
        gives_it=session.is_own,
        at=timezone.now(),
    )


def _is_for_good(session: Session, *, on: dt.date) -> bool:
    """Whether who enrols on a day couldn't withdraw any more by themselves."""
    last_day = withdrawal_closes_on(session)
    return last_day is not None and last_day < on


def _own_make_up(request: SignedInRequest, session: Session) -> Seat | None:
    """A seat here of somebody who enrolled in another session, where they missed the part."""
    own = Seat.objects.made_up_in(session).filter(enrolment__learner=request.user)
    seat: Seat | None = own.select_related("meeting__part").first()
    return seat


def _missing(request: SignedInRequest, session: Session) -> list[Missing]:
    """What comes first and this person lacks on the first day of a session."""
    learned = read_learned([session.version], [request.user.pk])
    return learned.missing(session.version, request.user, on=session.first_day)


def _own_pool(request: SignedInRequest, session: Session) -> SeatPool | None:
    """The reserved seats from which this person would get one."""
    if not any(meeting.reserved for meeting in session.schedule):
        return None
    affiliated = affiliated_by(request.user.memberships_today)
    claim = Enrolment(session=session, learner=request.user, **asdict(affiliated))
    return pool_for(claim, session.schedule)


def _own_enrolment(request: SignedInRequest, session: Session) -> Enrolment | None:
    return _own.first(learner=request.user, session=session)


@prepared
def _own(*, learner: User, session: Session) -> EnrolmentQuerySet:
    own = Enrolment.objects.visible_to(learner).active().filter(session=session)
    return own.select_related("enrolled_by", "approver", "accessibility_request")
