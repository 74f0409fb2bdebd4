"""Putting a session on offer, and an edition of a programme with its workshops."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import AuditEntry
from courses.enums import ProgrammeStatus, SessionStatus
from courses.models import Programme, Session
from courses.services.programmes import lock_programme, move_programme, named
from courses.staffing import with_staff_counts
from enrolment.errors import CannotPublish
from enrolment.rules import missing_to_publish, rules_in_the_way
from enrolment.services.locking import lock_session
from people.models import User


@transaction.atomic
def publish(*, session: Session, actor: User) -> Session:
    """Open a draft for enrolment; raises CannotPublish with all that is missing. Done before: nothing."""
    session = lock_session(session.pk)
    if session.is_published:
        return session
    now = timezone.now()
    if missing := _missing(session, at=now):
        raise CannotPublish(missing)
    _put_on_offer(session, actor, at=now)
    return session


@transaction.atomic
def publish_programme(*, programme: Programme, actor: User) -> Programme:
    """Put an edition on offer, and those of its workshops that are drafts: all of them, or none.

    Raises CannotPublish with all that is missing, workshop by workshop. Done before, it publishes what was
    added since.
    """
    programme, sessions = lock_programme(programme)
    if not sessions:
        raise CannotPublish([_("This edition has no workshops yet: add some first.")])
    if rules := rules_in_the_way(programme.version):
        raise CannotPublish(rules)
    now = timezone.now()
    move_programme(programme=programme, status=ProgrammeStatus.PUBLISHED, actor=actor)
    drafts = [session for session in sessions if session.is_draft]
    if missing := [f"{named(draft)}: {what}" for draft in drafts for what in _missing(draft, at=now)]:
        raise CannotPublish(missing)
    for draft in drafts:
        _put_on_offer(draft, actor, at=now)
    return programme


def _missing(session: Session, *, at: dt.datetime) -> list[str]:
    return missing_to_publish(session, list(with_staff_counts(session.meetings.all())), at=at)


def _put_on_offer(session: Session, actor: User, *, at: dt.datetime) -> None:
    session.status = SessionStatus.PUBLISHED
    session.published_at = at
    session.save(update_fields=["status", "published_at"])
    AuditEntry.record(action="session.published", subject=session, actor=actor)
