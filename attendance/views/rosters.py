"""What a trainer gives, and the rosters: made for a phone, in a room."""

import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import OuterRef, Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from attendance import services
from attendance.enums import AmendmentReason, MarkState
from attendance.forms import AmendForm, AnswerForm, DoorForm, MarkForm, MarkRestForm
from attendance.models import Mark
from attendance.querysets import (
    Line,
    attendance_list,
    attendance_sheet,
    has_closed_roster,
    invitations_of,
    meetings_given_by,
    open_rosters,
    participants,
    person_called,
)
from attendance.rules import (
    can_admit,
    can_close,
    can_mark,
    can_see_roster,
    counts_as_attended,
    is_close_overdue,
    is_closed,
    meeting_to_open,
    refusal_to_close,
    refusal_to_mark,
    states_for,
)
from core import throttle
from core.errors import DomainError
from core.time import brussels_day
from courses.enums import StaffAnswer
from courses.models import Meeting, MeetingStaff, Programme, Session
from courses.services.staffing import answer_invitation
from enrolment.models import Seat
from enrolment.rules import can_manage_sessions
from people.http import SignedInRequest
from people.models import User

PAST_SHOWN = 20
# What is counted of those who are looked for.
AT_THE_DOOR = "door"


@login_required
def teach(request: SignedInRequest) -> HttpResponse:
    """What waits for an answer, today's rosters, then what comes, what is to be closed, and what is past."""
    now = timezone.now()
    today = brussels_day(now)
    given = meetings_given_by(request.user)
    unclosed = given.filter(~has_closed_roster(OuterRef("pk")))
    closed = given.filter(has_closed_roster(OuterRef("pk")))
    past = [meeting for meeting in unclosed if meeting.local_date < today]
    context = {
        "invitations": invitations_of(request.user, at=now),
        "today": given.filter(starts_at__date=today),
        "coming": [meeting for meeting in unclosed if meeting.local_date > today],
        "to_close": [(meeting, is_close_overdue(meeting, at=now)) for meeting in past],
        "past": closed.filter(starts_at__date__lt=today).reverse()[:PAST_SHOWN],
    }
    return render(request, "attendance/teach.html", context)


@login_required
def invitation(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """What one is asked to give of a session, what one answered, and the way to answer."""
    own = MeetingStaff.objects.filter(person=request.user, meeting__session__public_id=public_id)
    rows = list(own.with_session().order_by("meeting__starts_at", "pk"))
    if not rows:
        raise Http404
    form = AnswerForm(request.POST or None, parts=[row.meeting.public_id for row in rows])
    if form.is_valid() and _answer(request, rows, form):
        return redirect("attendance:teach")
    now = timezone.now()
    to_come = [row for row in rows if row.is_standing and row.meeting.starts_at > now]
    session = rows[0].meeting.session
    context = {
        "session": session,
        "version": session.version,
        "rows": rows,
        "form": form,
        "asked": [row for row in to_come if not row.is_accepted],
        "accepted": [row for row in to_come if row.is_accepted],
    }
    return render(request, "attendance/invitation.html", context)


@login_required
def roster(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """The attendance list of one part, with the other parts one tap away."""
    session = _session(request, public_id)
    if part := request.GET.get("part"):
        meeting = _meeting_of(session, part)
    else:
        meeting = meeting_to_open(request.user, session, at=timezone.now())
    lines = services.read_roster(session=session, meeting=meeting, reader=request.user)
    meetings = session.meetings.all()
    context = {
        **_list_context(request, meeting, lines, marked=request.GET.get("marked")),
        "tabs": [_tab(each, current=each == meeting) for each in meetings],
        "meetings": meetings,
        "sheet": attendance_sheet(lines, meetings),
    }
    if context["may_admit"]:
        context["walked_in"] = _walked_in(meeting, context["lines"])
    return render(request, "attendance/roster.html", context)


@login_required
@require_POST
def mark(request: SignedInRequest, public_id: uuid.UUID, part: uuid.UUID) -> HttpResponse:
    """Mark one person, or take the mark away."""
    meeting = _meeting_for(can_mark, request, public_id, part)
    form = MarkForm(request.POST)
    if not form.is_valid():
        raise BadRequest
    seat = _seat(meeting, form.cleaned_data["seat"])
    try:
        if state := form.cleaned_data["state"]:
            services.mark(seat=seat, state=MarkState(state), actor=request.user)
        else:
            services.clear_mark(seat=seat, actor=request.user)
    except DomainError as refusal:
        return _refused(request, meeting, refusal)
    marked = str(form.cleaned_data["seat"])
    if not request.htmx:
        return redirect(f"{_address(meeting, marked=marked)}#seat-{marked}")
    lines = attendance_list(Seat.objects.attending().filter(meeting=meeting))
    context = _list_context(request, meeting, lines, marked=marked)
    context["line"] = next(line for line in lines if str(line.enrolment_id) == marked)
    return render(request, "attendance/roster.html#marked", context)


@login_required
@require_POST
def mark_rest(request: SignedInRequest, public_id: uuid.UUID, part: uuid.UUID) -> HttpResponse:
    """Mark everybody who has no mark yet."""
    meeting = _meeting_for(can_mark, request, public_id, part)
    form = MarkRestForm(request.POST)
    if not form.is_valid():
        raise BadRequest
    try:
        services.mark_rest(meeting=meeting, state=MarkState(form.cleaned_data["state"]), actor=request.user)
    except DomainError as refusal:
        return _refused(request, meeting, refusal)
    return redirect(_address(meeting))


@login_required
@require_POST
def close(request: SignedInRequest, public_id: uuid.UUID, part: uuid.UUID) -> HttpResponse:
    """Close the roster of a part."""
    meeting = _meeting_for(can_close, request, public_id, part)
    try:
        services.close_roster(meeting=meeting, actor=request.user)
    except DomainError as refusal:
        return _refused(request, meeting, refusal)
    messages.success(request, _("The roster is closed. Thank you."))
    return redirect(_address(meeting))


@login_required
def at_the_door(request: SignedInRequest, public_id: uuid.UUID, part: uuid.UUID) -> HttpResponse:
    """Find whoever stands at the door by what they say, ask whether it is they, then add them.

    Everybody who is looked for counts, found or not, and so does a refusal: numbers are no way to names.
    """
    meeting = _meeting_for(can_admit, request, public_id, part)
    form = DoorForm(request.POST or None)
    context = {"session": meeting.session, "meeting": meeting, "page": _address(meeting), "form": form}
    if not form.is_valid():
        return render(request, "attendance/at_the_door.html", context)
    if throttle.is_stopped(request, scope=AT_THE_DOOR):
        return throttle.stop(request)
    person = person_called(form.cleaned_data["who"])
    if person is None or not form.cleaned_data["sure"]:
        throttle.count_failure(request, scope=AT_THE_DOOR)
    if person is None:
        form.add_error("who", _("Nobody is known here by that. Type all of it, as it stands on their card."))
        return render(request, "attendance/at_the_door.html", context)
    if not form.cleaned_data["sure"]:
        return render(request, "attendance/at_the_door.html", {**context, "person": person})
    try:
        services.admit(meeting=meeting, learner=person, actor=request.user)
    except DomainError as refusal:
        throttle.count_failure(request, scope=AT_THE_DOOR)
        return _refused(request, meeting, refusal)
    messages.success(request, _("%(name)s is on the list.") % {"name": person.get_full_name()})
    return redirect(_address(meeting))


@login_required
def undo_at_the_door(
    request: SignedInRequest, public_id: uuid.UUID, part: uuid.UUID, enrolment_id: uuid.UUID
) -> HttpResponse:
    """Ask once, then take off the list whoever was added by mistake."""
    meeting = _meeting_for(can_admit, request, public_id, part)
    listed = meeting.session.enrolments.walked_in().select_related("learner__profile")
    enrolment = get_object_or_404(listed, public_id=enrolment_id)
    if request.method != "POST":
        context = {"meeting": meeting, "name": enrolment.learner.get_full_name(), "page": _address(meeting)}
        return render(request, "attendance/undo_at_the_door.html", context)
    try:
        services.undo_admission(meeting=meeting, enrolment=enrolment, actor=request.user)
    except DomainError as refusal:
        return _refused(request, meeting, refusal)
    messages.success(request, _("%(name)s is off the list.") % {"name": enrolment.learner.get_full_name()})
    return redirect(_address(meeting))


@login_required
@require_POST
def amend(request: SignedInRequest, public_id: uuid.UUID, part: uuid.UUID) -> HttpResponse:
    """Correct a mark of a closed roster."""
    meeting = _meeting_for(can_close, request, public_id, part)
    form = AmendForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose the right mark, and why it is corrected."))
        return redirect(_address(meeting))
    seat = _seat(meeting, form.cleaned_data["seat"])
    state, reason = MarkState(form.cleaned_data["state"]), AmendmentReason(form.cleaned_data["reason"])
    try:
        services.amend_mark(seat=seat, state=state, reason=reason, actor=request.user)
    except DomainError as refusal:
        return _refused(request, meeting, refusal)
    messages.success(request, _("The mark is corrected."))
    return redirect(_address(meeting))


@login_required
def close_edition(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """Say what closing an edition of a programme does, and to how many; then do it."""
    if not can_manage_sessions(request.user):
        raise PermissionDenied
    edition = get_object_or_404(Programme.objects.with_text(), public_id=public_id)
    page = reverse("enrolment:manage_programme", args=[edition.public_id])
    if request.method == "POST":
        try:
            services.close_programme(programme=edition, actor=request.user)
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The edition is closed. Its certificates are on their way."))
        return redirect(page)
    context = {
        "edition": edition,
        "page": page,
        "refusal": refusal_to_close(edition, edition.sessions.all(), at=timezone.now()),
        "participants": participants(edition).count(),
        "open_rosters": open_rosters(edition),
    }
    return render(request, "attendance/close_programme.html", context)


def _answer(request: SignedInRequest, rows: list[MeetingStaff], form: AnswerForm) -> bool:
    answer, parts = StaffAnswer(form.cleaned_data["answer"]), form.cleaned_data["part"]
    meetings = [row.meeting for row in rows if parts is None or row.meeting.public_id in parts]
    try:
        answer_invitation(
            session=rows[0].meeting.session, person=request.user, answer=answer, meetings=meetings
        )
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return False
    if answer == StaffAnswer.ACCEPTED:
        messages.success(request, _("Thank you. A file for your calendar is on its way to your mailbox."))
    else:
        messages.success(request, _("You declined. The organiser looks for somebody else."))
    return True


def _session(request: SignedInRequest, public_id: uuid.UUID) -> Session:
    meetings = Meeting.objects.select_related("roster").prefetch_related("staff")
    sessions = Session.objects.select_related("version").prefetch_related(Prefetch("meetings", meetings))
    session: Session = get_object_or_404(sessions, public_id=public_id)
    if not can_see_roster(request.user, session):
        raise Http404
    return session


def _meeting_of(session: Session, part: str) -> Meeting:
    for meeting in session.meetings.all():
        if str(meeting.public_id) == part:
            return meeting
    raise Http404


def _meeting_for(
    allowed: Callable[[User, Meeting], bool], request: SignedInRequest, public_id: uuid.UUID, part: uuid.UUID
) -> Meeting:
    meeting = _meeting_of(_session(request, public_id), str(part))
    if not allowed(request.user, meeting):
        raise PermissionDenied
    return meeting


def _seat(meeting: Meeting, enrolment: uuid.UUID) -> Seat:
    """The seat of an enrolment in a meeting, released or not: the service tells which."""
    seats = Seat.objects.filter(meeting=meeting, enrolment__public_id=enrolment).select_related("meeting")
    seat: Seat | None = seats.order_by("-pk").first()
    if seat is None:
        raise Http404
    return seat


def _address(meeting: Meeting, **query: str) -> str:
    roster = reverse("attendance:roster", args=[meeting.session.public_id])
    return f"{roster}?{urlencode({'part': str(meeting.public_id), **query})}"


def _refused(request: SignedInRequest, meeting: Meeting, refusal: DomainError) -> HttpResponse:
    """The whole list again, as it is by now, with the reason on top."""
    messages.error(request, str(refusal))
    address = _address(meeting)
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def _list_context(
    request: SignedInRequest, meeting: Meeting, lines: list[Line], *, marked: str | None
) -> dict[str, Any]:
    """What the list of one part needs, in full or in part; ``marked`` is whom the last tap was about."""
    own = [line for line in lines if line.meeting_id == meeting.pk]
    version = meeting.session.version
    now = timezone.now()
    refusal = refusal_to_mark(meeting, at=now)
    closed = is_closed(meeting)
    may_mark = can_mark(request.user, meeting) and refusal is None
    trains = can_close(request.user, meeting)
    return {
        "session": meeting.session,
        "version": version,
        "meeting": meeting,
        "lines": own,
        "attended": sum(line.state is not None and counts_as_attended(line.state, version) for line in own),
        "missing": sum(line.state is None for line in own),
        "closed": closed,
        "refusal": None if closed else refusal,
        "may_mark": may_mark,
        "read_only": not may_mark,
        "may_close": trains and refusal is None and now >= meeting.starts_at,
        "may_amend": trains and closed,
        "may_admit": can_admit(request.user, meeting) and refusal is None,
        "states": states_for(version),
        "reasons": AmendmentReason,
        "undo": _undo(own, marked) if may_mark else None,
    }


def _walked_in(meeting: Meeting, lines: list[Line]) -> list[Line]:
    """Who was added at the door, and may have been by mistake."""
    ids = set(meeting.session.enrolments.walked_in().values_list("public_id", flat=True))
    return [line for line in lines if line.enrolment_id in ids]


def _tab(meeting: Meeting, *, current: bool) -> dict[str, Any]:
    count = _("closed") if is_closed(meeting) else None
    return {"label": meeting.part.title, "url": _address(meeting), "current": current, "count": count}


def _undo(lines: list[Line], marked: str | None) -> dict[str, Any] | None:
    """The line of the last tap, and what to post to go back to the state that its mark replaced."""
    line = next((line for line in lines if str(line.enrolment_id) == marked), None)
    if line is None or line.state is None:
        return None
    replaced = Mark.objects.filter(seat=line.seat_id).just_replaced().first()
    fields = [("seat", line.enrolment_id), ("state", replaced.state if replaced else "")]
    return {"line": line, "fields": fields}
