"""Go or no-go: whether enough people come, decided on the day that the organiser chose."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from core.models import AuditEntry
from core.sweeps import sweep
from courses.enums import CancelReason
from courses.models import Session
from enrolment import emails
from enrolment.errors import NothingToDecide
from enrolment.rules import has_started
from enrolment.services.cancelling import cancel_session
from enrolment.services.locking import lock_session
from people.models import User


def decide_due_sessions(*, at: dt.datetime) -> None:
    """Decide of each session whose day has come; safe to run twice and at the same time."""
    sweep(Session.objects.to_decide(at=at).order_by("pk"), lambda session: decide(session=session))


@transaction.atomic
def decide(*, session: Session) -> Session:
    """Go if enough people have a seat; else cancel, or ask the organisers, whichever they chose.

    As long as the seats that are on offer could make it enough, nothing is cancelled: it waits for the
    answers. Whom the organisers are to decide stays undecided until they do, or until enough people come;
    they are told once for each day that they chose. What isn't due does nothing.
    """
    session = lock_session(session.pk)
    if not Session.objects.to_decide(at=timezone.now()).filter(pk=session.pk).exists():
        return session
    seated, minimum = session.enrolments.confirmed().count(), session.min_participants or 0
    if seated >= minimum:
        _settle(session, actor=None, seated=seated)
        return session
    if session.cancels_if_too_few:
        if session.enrolments.seated().count() >= minimum:
            return session
        _settle(session, actor=None, seated=seated)
        session = cancel_session(session=session, reason=CancelReason.TOO_FEW, actor=None)
    emails.tell_organisers_of_too_few(session, seated=seated)
    return session


@transaction.atomic
def let_take_place(*, session: Session, actor: User) -> Session:
    """Decide for go, however few there are; what is decided stays so. Raises NothingToDecide."""
    session = lock_session(session.pk)
    if not session.is_undecided:
        return session
    if not session.is_published or has_started(session, at=timezone.now()):
        raise NothingToDecide
    _settle(session, actor=actor, seated=session.enrolments.confirmed().count())
    return session


def _settle(session: Session, *, actor: User | None, seated: int) -> None:
    session.decided_for = session.decide_on
    session.save(update_fields=["decided_for"])
    AuditEntry.record(
        action="session.decided",
        subject=session,
        actor=actor,
        minimum=session.min_participants,
        seated=seated,
    )
