"""Putting a session on offer."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import AuditEntry
from courses.enums import SessionStatus, StaffRole
from courses.models import Session
from courses.rules import unenforced_rules
from enrolment.errors import CannotPublish
from enrolment.services.locking import lock_session
from people.models import User


@transaction.atomic
def publish(*, session: Session, actor: User) -> Session:
    """Open a draft for enrolment; raises CannotPublish with what is missing. Done before, it does nothing."""
    session = lock_session(session.pk)
    if session.is_published:
        return session
    if problem := _problem(session):
        raise CannotPublish(problem)
    session.status = SessionStatus.PUBLISHED
    session.published_at = timezone.now()
    session.save(update_fields=["status", "published_at"])
    AuditEntry.record(action="session.published", subject=session, actor=actor)
    return session


def _problem(session: Session) -> str | None:
    """The first thing that stands in the way, with what to do about it."""
    if session.status != SessionStatus.DRAFT:
        return _("A cancelled session can't be published. Make a new one.")
    if rules := unenforced_rules(session.version):
        return _("This course carries rules that the platform does not enforce yet: %(rules)s.") % {
            "rules": ", ".join(str(rule) for rule in rules)
        }
    if session.version.consent_required and not session.version.consent_text:
        return _("This course asks for consent, but has no text that people could consent to.")
    meetings = list(session.meetings.prefetch_related("staff"))
    planned = {meeting.part_id for meeting in meetings}
    if missing := [part for part in session.version.required_parts if part.pk not in planned]:
        return _("These parts have no meeting yet: %(parts)s.") % {
            "parts": ", ".join(str(p.title) for p in missing)
        }
    if session.starts_at is None or session.starts_at <= timezone.now():
        return _("The first meeting must lie in the future.")
    if any(StaffRole.TRAINER not in {staff.role for staff in meeting.staff.all()} for meeting in meetings):
        return _("Every meeting needs a trainer: nobody else can open its roster.")
    return None
