"""Exceptions to what comes first: asked for by the person, decided by the organisers."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from core.models import AuditEntry
from core.time import today
from courses.models import Course, MeetingStaff, Session
from enrolment import emails
from enrolment.enums import ALLOWED_DECISIONS, ExceptionReason, ExceptionStatus
from enrolment.errors import DecidedMeanwhile, NothingToExcept, TakenBack
from enrolment.models import PrerequisiteException
from enrolment.prerequisites import read_learned
from enrolment.rules import enrolment_refusal
from people.models import User
from people.rules import affiliation_of


@transaction.atomic
def ask_exception(
    *, session: Session, prerequisite: Course, person: User, reason: ExceptionReason
) -> PrerequisiteException:
    """Ask to follow the course of a session without one that comes first, and tell the organisers.

    While it isn't decided a repeated call returns what is there. Raises EnrolmentRefused where something else
    keeps the person from the session, and NothingToExcept where the lack of that course doesn't.
    """
    _refuse_who_cannot_enrol(session, person)
    learned = read_learned([session.version], [person.pk])
    missing = learned.missing(session.version, person, on=session.first_day)
    if prerequisite not in [each.course for each in missing if each.required]:
        raise NothingToExcept
    exception: PrerequisiteException
    exception, is_new = PrerequisiteException.objects.get_or_create(
        person=person,
        course=session.version.course,
        prerequisite=prerequisite,
        status=ExceptionStatus.ASKED,
        defaults={"session": session, "reason": reason},
    )
    if is_new:
        AuditEntry.record(action="exception.asked", subject=exception, actor=person, reason=reason)
        emails.tell_exception_asked(exception)
    return exception


def _refuse_who_cannot_enrol(session: Session, person: User) -> None:
    giving = MeetingStaff.objects.standing().filter(meeting__session=session, person=person)
    refusal = enrolment_refusal(
        session,
        affiliation_of(person, on=today()),
        open_to=session.open_to.values_list("pk", flat=True),
        gives_it=giving.exists(),
        at=timezone.now(),
    )
    if refusal:
        raise refusal


@transaction.atomic
def take_back_exception(*, exception: PrerequisiteException, actor: User) -> None:
    """Forget what somebody asked for and nobody decided; decided or taken back before: nothing."""
    undecided = PrerequisiteException.objects.undecided().filter(pk=exception.pk)
    if undecided.select_for_update(no_key=True).exists():
        AuditEntry.record(action="exception.taken_back", subject=exception, actor=actor)
        emails.cancel_pending_about_exception(exception)
        undecided.delete()


def forget_exceptions() -> None:
    """Those that were of use long ago."""
    PrerequisiteException.objects.stale(at=timezone.now()).delete()


@transaction.atomic
def decide_exception(
    *,
    exception: PrerequisiteException,
    status: ExceptionStatus,
    actor: User,
    valid_until: dt.date | None = None,
) -> PrerequisiteException:
    """Grant an exception or decline it, and tell the person; the same again does nothing.

    ``valid_until``: the last first day of a session for which a granted one counts. Raises DecidedMeanwhile,
    and TakenBack.
    """
    rows = PrerequisiteException.objects.select_for_update(no_key=True, of=["self"])
    locked: PrerequisiteException | None = rows.filter(pk=exception.pk).first()
    if locked is None:
        raise TakenBack
    if locked.status == status:
        return locked
    _move(locked, status, valid_until, actor)
    AuditEntry.record(action=f"exception.{status}", subject=locked, actor=actor)
    emails.tell_exception_decided(locked)
    return locked


def _move(
    exception: PrerequisiteException, status: ExceptionStatus, valid_until: dt.date | None, actor: User
) -> None:
    if status not in ALLOWED_DECISIONS[exception.status]:
        raise DecidedMeanwhile
    exception.status, exception.valid_until = status, valid_until
    exception.decided_at, exception.decided_by = timezone.now(), actor
    exception.save(update_fields=["status", "valid_until", "decided_at", "decided_by"])
