"""Putting a session on offer."""

from django.db import transaction
from django.utils import timezone

from core.models import AuditEntry
from courses.enums import SessionStatus
from courses.models import Session
from courses.staffing import with_staff_counts
from enrolment.errors import CannotPublish
from enrolment.rules import missing_to_publish
from enrolment.services.locking import lock_session
from people.models import User


@transaction.atomic
def publish(*, session: Session, actor: User) -> Session:
    """Open a draft for enrolment; raises CannotPublish with all that is missing. Done before: nothing."""
    session = lock_session(session.pk)
    if session.is_published:
        return session
    now = timezone.now()
    meetings = list(with_staff_counts(session.meetings.all()))
    if missing := missing_to_publish(session, meetings, at=now):
        raise CannotPublish(missing)
    session.status = SessionStatus.PUBLISHED
    session.published_at = now
    session.save(update_fields=["status", "published_at"])
    AuditEntry.record(action="session.published", subject=session, actor=actor)
    return session
