"""Putting a session on offer."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from core.models import AuditEntry
from courses.enums import ProgrammeStatus, SessionStatus
from courses.models import CourseVersion, Programme, Session
from courses.rules import unenforced_rules
from courses.services.programmes import lock_programme, move_programme, named
from courses.staffing import short_of_staff, what_lacks
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
    _put_on_offer(session, actor)
    return session


@transaction.atomic
def publish_programme(*, programme: Programme, actor: User) -> Programme:
    """Put an edition on offer, and those of its workshops that are drafts: all of them, or none.

    Raises CannotPublish with what is missing, workshop by workshop. Done before, it publishes what was
    added since.
    """
    programme, sessions = lock_programme(programme)
    if not sessions:
        raise CannotPublish(_("This edition has no workshops yet: add some first."))
    if rules := unenforced_rules(programme.version):
        raise CannotPublish(_unenforced(rules))
    move_programme(programme=programme, status=ProgrammeStatus.PUBLISHED, actor=actor)
    drafts = [session for session in sessions if session.status == SessionStatus.DRAFT]
    problems = [f"{named(draft)}: {problem}" for draft in drafts if (problem := _problem(draft))]
    if problems:
        raise CannotPublish(" ".join(problems))
    for draft in drafts:
        _put_on_offer(draft, actor)
    return programme


def _put_on_offer(session: Session, actor: User) -> None:
    session.status = SessionStatus.PUBLISHED
    session.published_at = timezone.now()
    session.save(update_fields=["status", "published_at"])
    AuditEntry.record(action="session.published", subject=session, actor=actor)


def _problem(session: Session) -> str | None:
    """The first thing that stands in the way, with what to do about it."""
    if session.status != SessionStatus.DRAFT:
        return _("A cancelled session can't be published. Make a new one.")
    if rules := unenforced_rules(session.version):
        return _unenforced(rules)
    if session.version.course.programme_id and not (session.programme and session.programme.is_published):
        return _("This is a workshop of a programme: add it to an edition, and publish that.")
    if session.version.consent_required and not _is_readable_by_all(session.version):
        return _("This course asks for consent: write what people consent to in every language first.")
    planned = {meeting.part_id for meeting in session.meetings.all()}
    if missing := [part for part in session.version.required_parts if part.pk not in planned]:
        return _("These parts have no meeting yet: %(parts)s.") % {
            "parts": ", ".join(str(p.title) for p in missing)
        }
    if session.starts_at is None or session.starts_at <= timezone.now():
        return _("The first meeting must lie in the future.")
    if short := short_of_staff(session.meetings.all()):
        lacking = [f"{meeting.part.title}: {', '.join(what_lacks(meeting))}" for meeting in short]
        return _("Not enough people have accepted to give it yet. Missing: %(missing)s.") % {
            "missing": "; ".join(lacking)
        }
    return None


def _is_readable_by_all(version: CourseVersion) -> bool:
    """Whether people can read in their own language what they consent to."""
    return all(getattr(version, text) for text in CourseVersion.consent_text.fields)


def _unenforced(rules: Iterable[Promise]) -> str:
    return _("This course carries rules that the platform does not enforce yet: %(rules)s.") % {
        "rules": ", ".join(str(rule) for rule in rules)
    }
