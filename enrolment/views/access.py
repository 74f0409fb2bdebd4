"""Which sessions a manager may act on."""

import uuid

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from courses.models import Session
from courses.querysets import SessionQuerySet
from enrolment.rules import can_follow_sessions, can_manage_sessions
from people.http import SignedInRequest
from people.models import User


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
