"""Keeping the sessions in order: the list, a session as its managers see it, drafts."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.enums import Language
from core.errors import DomainError
from courses.models import Course, CourseVersion, Session
from courses.querysets.sessions import SessionQuerySet
from courses.services.drafting import create_draft, delete_draft, edit_draft, edit_published
from enrolment.changes import changes_of
from enrolment.forms.acts import DocumentForm
from enrolment.forms.listing import CourseChoice, ManageFilter
from enrolment.forms.planning import draft_editor, published_editor
from enrolment.rules import can_manage_sessions, has_started, has_too_few, missing_to_publish, whom_it_lacks
from enrolment.services.publishing import publish
from enrolment.sessions import as_managers_see, with_names_of_staff
from enrolment.views.access import managed_session, refuse_who_follows_nothing, refuse_who_manages_nothing
from people.enums import Role
from people.http import SignedInRequest
from people.models import Organisation, User

SESSIONS_PER_PAGE = 20


@dataclass(frozen=True)
class Listed:
    """A session on the list, with what a draft still lacks, or whether its managers are to decide."""

    session: Any
    missing: list[str]
    has_too_few: bool


@require_safe
@login_required
def manage_sessions(request: SignedInRequest) -> HttpResponse:
    """What one manages, or as a partner follows, narrowed by filters."""
    refuse_who_follows_nothing(request.user)
    now = timezone.now()
    form = ManageFilter(request.GET)
    form.is_valid()
    sessions = _narrowed(Session.objects.managed_by(request.user), form.cleaned_data, at=now)
    pages = Paginator(as_managers_see(sessions), SESSIONS_PER_PAGE)
    page = pages.get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "items": [_listed(session, at=now) for session in page],
        "can_manage": can_manage_sessions(request.user),
    }
    part = "#results" if request.htmx else ""
    response = render(request, f"enrolment/manage_sessions.html{part}", context)
    # The list alone and the whole page have one address.
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
@login_required
def manage_session(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """All that a manager needs of one session: what is missing, its parts, its numbers, its history."""
    return show_session(request, public_id)


def show_session(
    request: SignedInRequest, public_id: uuid.UUID, *, document_form: DocumentForm | None = None
) -> HttpResponse:
    sessions = with_names_of_staff(as_managers_see(Session.objects.with_details()))
    shown: Any = managed_session(request, public_id, sessions)
    now = timezone.now()
    is_coming = shown.is_published and not has_started(shown, at=now)
    context = {
        "session": shown,
        "version": shown.version,
        "missing": _missing(shown, at=now) if shown.is_draft else [],
        "lacking": whom_it_lacks(shown.meetings.all()) if is_coming else "",
        "has_too_few": has_too_few(shown, shown.seated, at=now),
        "is_coming": is_coming,
        "is_over": shown.ends_at is not None and shown.ends_at <= now,
        "pools": shown.pools.kept().select_related("organisation") if is_coming else [],
        "history": changes_of(shown),
        "document_form": document_form or DocumentForm(),
    }
    return render(request, "enrolment/manage_session.html", context)


@login_required
def new_session(request: SignedInRequest) -> HttpResponse:
    """First of which course, then everything on one page."""
    refuse_who_manages_nothing(request.user)
    choice = CourseChoice(request.GET or None)
    if not choice.is_valid():
        return render(request, "enrolment/new_session.html", {"form": choice})
    session = _blank(choice.cleaned_data["course"].current_version, request.user)
    editor = draft_editor(session, request.POST or None)
    if editor.is_valid():
        try:
            draft = create_draft(
                version=session.version,
                facts=editor.details.facts,
                plans=editor.plans,
                actor=request.user,
            )
        except DomainError as refusal:
            editor.show(refusal)
        else:
            messages.success(request, _("The draft is saved. Nobody sees it until you publish it."))
            return redirect("enrolment:manage_session", draft.public_id)
    return render(request, "enrolment/edit_session.html", {"session": session, "editor": editor})


@login_required
def edit_session(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """Everything of a draft; of a published session what binds nobody who enrolled."""
    session = managed_session(request, public_id)
    # What was opened as a draft is saved as one, or refused: nothing that was typed is dropped in silence.
    as_draft = "as_draft" in request.POST if request.method == "POST" else session.is_draft
    editor = (draft_editor if as_draft else published_editor)(session, request.POST or None)
    if editor.is_valid():
        facts = editor.details.facts
        try:
            if as_draft:
                edit_draft(session=session, facts=facts, plans=editor.plans, actor=request.user)
            else:
                edit_published(session=session, facts=facts, actor=request.user)
        except DomainError as refusal:
            editor.show(refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("enrolment:manage_session", session.public_id)
    return render(request, "enrolment/edit_session.html", {"session": session, "editor": editor})


@login_required
def delete_session(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """Ask once, then throw a draft away."""
    session = managed_session(request, public_id)
    if request.method != "POST":
        return render(request, "enrolment/delete_session.html", {"session": session})
    try:
        delete_draft(session=session, actor=request.user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("enrolment:manage_session", session.public_id)
    messages.success(request, _("The draft is deleted."))
    return redirect("enrolment:manage_sessions")


@require_POST
@login_required
def publish_session(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    draft = managed_session(request, public_id)
    try:
        publish(session=draft, actor=request.user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The session is published. People can enrol now."))
    return redirect("enrolment:manage_session", draft.public_id)


def _listed(session: Any, *, at: dt.datetime) -> Listed:
    missing = _missing(session, at=at) if session.is_draft else []
    return Listed(session, missing, has_too_few(session, session.seated, at=at))


def _missing(session: Session, *, at: dt.datetime) -> list[str]:
    return missing_to_publish(session, list(session.meetings.all()), at=at)


def _narrowed(sessions: SessionQuerySet, wanted: dict[str, Any], *, at: dt.datetime) -> SessionQuerySet:
    if wanted.get("q"):
        sessions = sessions.filter(version__course__in=Course.objects.search(wanted["q"]))
    if wanted.get("course"):
        sessions = sessions.filter(version__course=wanted["course"])
    if wanted.get("language"):
        sessions = sessions.filter(language=wanted["language"])
    if wanted.get("place"):
        sessions = sessions.at_venue(wanted["place"])
    first, last = wanted.get("from_day"), wanted.get("until_day")
    sessions = sessions.starting_between(first, last)
    return _in_state(sessions, wanted.get("status", ""), at=at, has_period=bool(first or last))


def _in_state(
    sessions: SessionQuerySet, status: str, *, at: dt.datetime, has_period: bool
) -> SessionQuerySet:
    """Whoever asks for a period gets everything in it."""
    if status == "past":
        return sessions.published().filter(ends_at__lt=at).order_by("-starts_at", "-id")
    if status == "published":
        sessions = sessions.published().filter(ends_at__gte=at)
    elif status:
        sessions = sessions.filter(status=status)
    elif not has_period:
        sessions = sessions.to_manage(at=at)
    return sessions.order_by(F("starts_at").asc(nulls_first=True), "id")


def _blank(version: CourseVersion, manager: User) -> Session:
    """A session that is not there yet, with what is most likely."""
    language = version.languages[0] if version.languages else Language.NL
    return Session(version=version, language=language, organiser=_own_organisation(manager))


def _own_organisation(manager: User) -> Organisation | None:
    managing = [each for each in manager.memberships_today if each.role == Role.CATALOGUE_MANAGER]
    return managing[0].organisation if managing else None
