"""Enrolling and withdrawing.

Each act reads what can wait first, then locks, re-reads what may have changed, writes, and commits;
the order of the locks is in ``enrolment.services.locking``.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone, translation
from django.views.decorators.debug import sensitive_variables

from core.errors import DomainError
from core.models import AuditEntry
from courses.models import Meeting, Session
from enrolment import emails
from enrolment.enums import EnrolmentStatus, OfferOutcome
from enrolment.errors import EnrolmentRefused, OwnChoice
from enrolment.models import AccessibilityRequest, Enrolment
from enrolment.rules import has_room, withdrawal_refusal
from enrolment.services.accessibility import ask_organiser, forget_requests
from enrolment.services.admission import (
    Engaged,
    Newcomer,
    draft,
    read_all_engaged,
    read_newcomer,
    refuse_newcomer,
)
from enrolment.services.locking import lock_enrolment, lock_learners, lock_session, read_meetings
from enrolment.services.seats import has_room_for, hold_all_seats, release_seats
from enrolment.services.states import move_to
from enrolment.services.waiting_list import close_offers, in_turn, promote, read_candidates
from people.models import Organisation, User

# The least by which two dates in a queue differ: that of PostgreSQL's clock.
TICK = dt.timedelta(microseconds=1)


@dataclass(frozen=True)
class Application:
    """What somebody asks of a session, with all that can be read before the locks."""

    newcomer: Newcomer
    actor: User
    # Whose HR or academy does it on the person's behalf.
    enrolled_by: Organisation | None
    # The number of the course version to whose text they consented, where it asks for that.
    consent: int | None
    # What they ask of the organiser, to be able to take part.
    needs: str = field(repr=False)
    # In which a refusal is told.
    language: str | None = field(default_factory=translation.get_language)

    @property
    def learner_id(self) -> int:
        return self.newcomer.learner.pk


@sensitive_variables("needs", "application")
def enrol(
    *,
    session: Session,
    learner: User,
    actor: User,
    enrolled_by: Organisation | None = None,
    consent: int | None = None,
    needs: str = "",
) -> Enrolment:
    """Give a person a seat, or a place in the queue; a repeated call returns the enrolment that is there.

    The arguments are those of ``Application``. Raises EnrolmentRefused, which says what to do next, or
    OwnChoice. While somebody waits a newcomer joins the queue, and whoever is next gets a seat that may be
    free.
    """
    application = apply_for(
        session, learner, actor=actor, enrolled_by=enrolled_by, consent=consent, needs=needs
    )
    (outcome,) = enrol_all(session.pk, [application])
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


@sensitive_variables("needs")
def apply_for(
    session: Session,
    learner: User,
    *,
    actor: User,
    enrolled_by: Organisation | None = None,
    consent: int | None = None,
    needs: str = "",
) -> Application:
    """What ``enrol_all`` decides on; raises OwnChoice."""
    if enrolled_by and Session.objects.of_one_s_own_choice().filter(pk=session.pk).exists():
        raise OwnChoice
    newcomer = read_newcomer(learner, session, at=timezone.now())
    return Application(newcomer, actor, enrolled_by, consent, needs)


@sensitive_variables("applications")
def enrol_all(session_id: int, applications: Sequence[Application]) -> list[Enrolment | DomainError]:
    """Enrol people in the order in which they came, each as if alone; returns what became of each."""
    outcomes: list[Enrolment | DomainError] = []
    while len(outcomes) < len(applications):
        outcomes += enrol_next(session_id, applications[len(outcomes) :])
    return outcomes


@sensitive_variables("applications", "application")
def enrol_next(session_id: int, applications: Sequence[Application]) -> list[Enrolment | DomainError]:
    """Enrol as many as can be decided on in one transaction, and the first at least: see ``enrol_all``.

    In a rush all that wait for the session's lock come together: the statements don't grow with the people.
    """
    with transaction.atomic():
        session = lock_session(session_id)
        meetings, has_queue = read_meetings(session)
        candidates = read_candidates(session, meetings) if has_queue else []
        learners = {each.learner_id for each in applications}
        lock_learners({*learners, *(candidate.learner_id for candidate in candidates)})
        engaged = read_all_engaged(learners, session)
        arrivals = _Arrivals(session, meetings, has_queue=has_queue)
        outcomes = []
        for application in applications:
            outcome = arrivals.decide_on(application, engaged[application.learner_id])
            outcomes.append(outcome)
            if isinstance(outcome, Enrolment):
                # Who presses twice is enrolled once.
                engaged[application.learner_id] = Engaged(outcome)
            if arrivals.must_settle:
                break
        arrivals.settle(candidates)
    return outcomes


class _Arrivals:
    """Those who are decided on under one lock: what the next one finds depends on those before."""

    def __init__(self, session: Session, meetings: list[Meeting], *, has_queue: bool) -> None:
        self.session, self.meetings, self.has_queue = session, meetings, has_queue
        self.fresh: list[tuple[Application, Enrolment]] = []
        self.at = timezone.now()

    @property
    def must_settle(self) -> bool:
        """Whether what is written next decides about the next one: a turn that comes, a seat that is kept."""
        if not self.fresh:
            return False
        is_reserved = any(meeting.reserved for meeting in self.meetings)
        has_turns = not self.fresh[-1][1].is_confirmed and has_room(self.meetings, besides=self._promised)
        return is_reserved or has_turns

    @sensitive_variables("application")
    def decide_on(self, application: Application, engaged: Engaged) -> Enrolment | DomainError:
        """What becomes of somebody; a draft, if they are new."""
        session, own = self.session, engaged.enrolment
        if own and _is_repeat(own, session, application.enrolled_by):
            return own
        newcomer = application.newcomer
        # Under the lock, so that nobody who comes later gets an earlier date; and no two have the same.
        self.at = max(timezone.now(), self.at + TICK) if self.fresh else timezone.now()
        is_own = application.actor == newcomer.learner
        try:
            with translation.override(application.language):
                refuse_newcomer(
                    newcomer, session, engaged, consent=application.consent, is_own=is_own, at=self.at
                )
        except EnrolmentRefused as refusal:
            return refusal
        enrolment = draft(newcomer, session, application.enrolled_by, at=self.at)
        if self._has_seat_for(enrolment):
            enrolment.status, enrolment.confirmed_at = EnrolmentStatus.CONFIRMED, self.at
        else:
            self.has_queue = True
        self.fresh.append((application, enrolment))
        return enrolment

    def settle(self, candidates: Sequence[Enrolment]) -> None:
        """Write what was decided, tell everybody, and give whoever is next a seat that may be free."""
        if not self.fresh:
            return
        enrolments = Enrolment.objects.bulk_create(enrolment for _application, enrolment in self.fresh)
        seated = [each for each in enrolments if each.is_confirmed]
        held = hold_all_seats([(each, self.meetings) for each in seated], at=self.at) if seated else []
        AuditEntry.record_acts(
            (f"enrolment.{enrolment.status}", enrolment, application.actor)
            for application, enrolment in self.fresh
        )
        for application, enrolment in self.fresh:
            if application.needs:
                ask_organiser(enrolment=enrolment, text=application.needs)
        if seated:
            emails.tell_all_confirmed(zip(seated, held, strict=True))
        if not enrolments[-1].is_confirmed:
            in_line = in_turn(self.session, self.meetings, enrolments[-1], candidates)
            promote(self.session, self.meetings, in_line, at=self.at)
        if waiting := [each for each in enrolments if each.is_queued]:
            emails.tell_all_queued(waiting, self.meetings)
            for each in waiting:
                emails.ask_approvers(each, self.meetings, at=self.at)

    def _has_seat_for(self, enrolment: Enrolment) -> bool:
        is_free = has_room_for(enrolment, self.meetings, besides=self._promised)
        return is_free and not self.has_queue and not enrolment.lacks_approval

    @property
    def _promised(self) -> int:
        return sum(enrolment.is_confirmed for _application, enrolment in self.fresh)


def withdraw(*, enrolment: Enrolment, actor: User) -> Enrolment:
    """Give up a seat or a place in the queue; raises WithdrawalClosed. Done before, it does nothing."""
    return end_enrolment(
        enrolment=enrolment,
        status=EnrolmentStatus.WITHDRAWN,
        action="enrolment.withdrawn",
        actor=actor,
        refusal=withdrawal_refusal,
        then=_tell_withdrawn,
    )


def _tell_withdrawn(enrolment: Enrolment, released: list[Meeting]) -> None:
    # Whoever leaves the queue just did so themselves, and no calendar knows of it.
    if released:
        emails.tell_withdrawn(enrolment, released)


def end_enrolment(
    *,
    enrolment: Enrolment,
    status: EnrolmentStatus,
    action: str,
    actor: User | None,
    then: Callable[[Enrolment, list[Meeting]], None],
    refusal: Callable[..., DomainError | None] | None = None,
    applies: Callable[[Enrolment], bool] | None = None,
) -> Enrolment:
    """End an enrolment; the first in the queue gets the seat in the same transaction.

    ``refusal``: a rule, asked under the lock; what it returns is raised. ``applies``: whether there still is
    something to end. ``then``: what else follows, told in which meetings somebody who took part had a seat.
    Done before, it does nothing.
    """
    with transaction.atomic():
        session = lock_session(enrolment.session_id)
        # Under the lock: whoever waited for it may have come too late.
        now = timezone.now()
        meetings, has_queue = read_meetings(session)
        candidates = read_candidates(session, meetings, freed=1) if has_queue else []
        lock_learners({enrolment.learner_id, *(candidate.learner_id for candidate in candidates)})
        enrolment = lock_enrolment(enrolment.pk, session)
        if not enrolment.is_active or (applies and not applies(enrolment)):
            return enrolment
        if refusal and (problem := refusal(enrolment, session, at=now)):
            raise problem

        was_offered = enrolment.is_offered
        released = close_enrolment(enrolment, status, meetings, at=now)
        AuditEntry.record(action=action, subject=enrolment, actor=actor)
        # No calendar knows of a seat that was only on offer.
        then(enrolment, [] if was_offered else released)
        if released:
            promote(session, meetings, candidates, at=now)
    return enrolment


def close_enrolment(
    enrolment: Enrolment, status: EnrolmentStatus, meetings: Sequence[Meeting], *, at: dt.datetime
) -> list[Meeting]:
    """End a locked enrolment, with what waits because of it; returns where a seat came free."""
    if enrolment.is_offered:
        close_offers([enrolment], OfferOutcome.CLOSED, at=at)
    move_to(status, [enrolment], at=at)
    released = release_seats([enrolment], meetings, at=at)[enrolment.pk]
    forget_requests(AccessibilityRequest.objects.filter(enrolment=enrolment))
    emails.cancel_pending_about(enrolment)
    return released


def _is_repeat(own: Enrolment, session: Session, enrolled_by: Organisation | None) -> bool:
    """Whether it was asked for before: others don't hear of what the person chose themselves."""
    return own.session_id == session.pk and enrolled_by in (None, own.enrolled_by)
