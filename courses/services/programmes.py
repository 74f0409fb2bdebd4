"""Editions of a programme: their days, the workshops that they group, and their states.

Whoever changes an edition holds the rows of its sessions, in the order of their ids: so marking, booking
and closing one wait for each other, and whoever comes second reads what the first wrote.
"""

from collections.abc import Collection, Iterable

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import DomainError
from core.models import AuditEntry
from core.templatetags.traject import short_day
from core.time import brussels_day
from courses.enums import PROGRAMME_ALLOWED, ProgrammeStatus, SessionStatus
from courses.models import Programme, Session
from courses.services.versions import lock_version
from people.models import User


class ProgrammeClosed(DomainError):
    code = "programme_closed"
    message = gettext_lazy("This edition is closed: its completions are recorded. Make a new edition.")


class NotAWorkshop(DomainError):
    """A session that this edition can't have; the message names it."""

    code = "not_a_workshop"
    field = "sessions"


class OutsideItsDays(DomainError):
    """A workshop before the first or after the last day; the message names it, ``field`` that day."""

    code = "outside_its_days"

    def __init__(self, session: Session, *, field: str) -> None:
        self.field = field
        message = _("%(workshop)s lies outside the days of this edition: change its first or last day.")
        super().__init__(message % {"workshop": named(session)})


@transaction.atomic
def save_programme(*, programme: Programme, sessions: Collection[Session], actor: User) -> Programme:
    """Keep the days of an edition, and the drafts that it groups; what is on offer stays in it.

    Raises ProgrammeClosed, NotAWorkshop and OutsideItsDays.
    """
    locked = _lock_sessions(Q(programme=programme.pk or 0) | Q(pk__in=[each.pk for each in sessions]))
    if programme.pk:
        # What was typed is about its days; its state may be another one by now.
        programme.status = _locked(programme).status
        if programme.is_closed:
            raise ProgrammeClosed
    else:
        lock_version(programme.version)
    wanted = {session.pk for session in sessions}
    grouped = [each for each in locked if each.pk in wanted or each.status != SessionStatus.DRAFT]
    _refuse_strangers(programme, grouped)
    _refuse_outside(programme, grouped)
    programme.save()
    Session.objects.filter(pk__in=[each.pk for each in locked]).update(programme=None)
    Session.objects.filter(pk__in=[each.pk for each in grouped]).update(programme=programme)
    AuditEntry.record(
        action="programme.saved", subject=programme, actor=actor, sessions=[each.pk for each in grouped]
    )
    return programme


def lock_programme(programme: Programme) -> tuple[Programme, list[Session]]:
    """An edition as it is now, and its sessions, which are locked."""
    sessions = _lock_sessions(Q(programme=programme))
    current = _locked(programme)
    for session in sessions:
        session.programme = current
    return current, sessions


def move_programme(*, programme: Programme, status: ProgrammeStatus, actor: User | None) -> None:
    """The one place that changes the state of an edition, whose sessions are locked."""
    if status == programme.status:
        return
    if status not in PROGRAMME_ALLOWED[programme.status]:
        raise ValueError(f"A programme can't move from {programme.status} to {status}.")
    programme.status = status
    programme.save(update_fields=["status"])
    AuditEntry.record(action=f"programme.{status}", subject=programme, actor=actor)


def _locked(programme: Programme) -> Programme:
    """The edition as it is now, locked after its sessions: one without any has only its own row."""
    locked = Programme.objects.select_related("version__course").select_for_update(no_key=True, of=["self"])
    current: Programme = locked.get(pk=programme.pk)
    return current


def _lock_sessions(which: Q) -> list[Session]:
    sessions = Session.objects.filter(which).select_related("version__course")
    return list(sessions.select_for_update(no_key=True, of=["self"]).order_by("pk"))


def _refuse_strangers(programme: Programme, sessions: Iterable[Session]) -> None:
    for session in sessions:
        is_workshop = session.version.course.programme_id == programme.version.course_id
        if not is_workshop or session.programme_id not in {None, programme.pk}:
            raise NotAWorkshop(
                _("%(workshop)s is no workshop of this programme, or is in another edition.")
                % {"workshop": named(session)}
            )
        if session.programme_id is None and session.status != SessionStatus.DRAFT:
            raise NotAWorkshop(
                _("%(workshop)s is no draft any more, so it can't be added.") % {"workshop": named(session)}
            )


def _refuse_outside(programme: Programme, sessions: Iterable[Session]) -> None:
    for session in sessions:
        if session.status == SessionStatus.CANCELLED or not (session.starts_at and session.ends_at):
            continue
        if brussels_day(session.starts_at) < programme.starts_on:
            raise OutsideItsDays(session, field="starts_on")
        if brussels_day(session.ends_at) > programme.ends_on:
            raise OutsideItsDays(session, field="ends_on")


def named(session: Session) -> str:
    """A workshop by its title and its day."""
    return ", ".join(filter(None, [str(session.version.title), short_day(session.starts_at)]))
