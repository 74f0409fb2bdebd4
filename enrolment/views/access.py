"""Which sessions a manager may act on, and for whom somebody may act."""

import uuid

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone

from courses.models import Session
from courses.querysets.sessions import SessionQuerySet
from enrolment.rules import can_follow_sessions, can_manage_sessions
from people.enums import Role
from people.http import SignedInRequest
from people.models import Organisation, User
from people.rules import affiliated_by, organisation_in_common


def refuse_who_follows_nothing(user: User) -> None:
    if not can_follow_sessions(user):
        raise PermissionDenied


def refuse_who_manages_nothing(user: User) -> None:
    if not can_manage_sessions(user):
        raise PermissionDenied


def managed_session(
    request: SignedInRequest, public_id: uuid.UUID, sessions: SessionQuerySet | None = None
) -> Session:
    """A session to act on: what is not theirs is not found, what a partner only follows is refused."""
    refuse_who_follows_nothing(request.user)
    chosen = Session.objects.with_meetings() if sessions is None else sessions
    session: Session = get_object_or_404(chosen.managed_by(request.user), public_id=public_id)
    refuse_who_manages_nothing(request.user)
    return session


def person_and_office(
    request: SignedInRequest, role: Role, public_id: uuid.UUID
) -> tuple[User, Organisation]:
    """Somebody for whom one may act, and the organisation for which one does."""
    if not request.user.has_role(role):
        raise PermissionDenied
    people = User.objects.filter(is_active=True, erased_at=None).select_related("profile")
    person = get_object_or_404(people, public_id=public_id)
    organisation = organisation_in_common(request.user, person, role=role)
    if organisation is None:
        raise Http404
    return person, organisation


def is_somebody_else(request: HttpRequest, reader: User) -> bool:
    """Whether who opens the link of a mail signed in as another than its reader: it was passed on to them."""
    return request.user.is_authenticated and request.user != reader


def enrollable(person: User) -> SessionQuerySet:
    """What may be chosen for a person: nothing of it depends on what else they do."""
    affiliated = affiliated_by(person.memberships_today)
    sessions: SessionQuerySet = Session.objects.enrollable(
        organisations=affiliated.organisations, aspirants=affiliated.is_aspirant, at=timezone.now()
    )
    return sessions
