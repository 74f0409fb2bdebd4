"""Choosing among the workshops of a programme: all of it at once, or nothing."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import transaction

from core.errors import DomainError
from courses.models import Programme, Session
from enrolment.errors import AtTheSameTime, ChoiceRefused, EnrolmentRefused, FullByNow
from enrolment.models import Enrolment
from enrolment.rules import overlap
from enrolment.services.booking import enrol, withdraw
from enrolment.services.locking import lock_learners, lock_sessions
from people.models import User


@dataclass(frozen=True)
class Choice:
    """What somebody wants changed: seats to take, full workshops to wait for, and what to give up."""

    take: Collection[Session] = ()
    wait: Collection[Session] = ()
    give_up: Collection[Session] = ()

    @property
    def wanted(self) -> list[Session]:
        return sorted({*self.take, *self.wait}, key=lambda session: (session.starts_at, session.pk))


def choose_workshops(*, programme: Programme, learner: User, choice: Choice, actor: User) -> list[Enrolment]:
    """Give up, take and wait for workshops of a programme; returns what the person then has in it.

    What they have already stays as it is. Raises ChoiceRefused with the reason for each workshop that can't
    be had or given up; then nothing is changed.
    """
    refusals: dict[int, DomainError] = {}
    with transaction.atomic():
        _lock(choice, learner)
        held = {enrolment.session_id: enrolment for enrolment in _own(programme, learner)}
        for session in choice.give_up:
            try:
                if session.pk in held:
                    withdraw(enrolment=held.pop(session.pk), actor=actor)
            except DomainError as refusal:
                refusals[session.pk] = refusal
        chosen = [enrolment.session for enrolment in held.values()]
        for session in choice.wanted:
            try:
                if session.pk not in held:
                    _enrol(session, learner, actor, besides=chosen, may_wait=session in choice.wait)
            except EnrolmentRefused as refusal:
                refusals[session.pk] = refusal
            chosen.append(session)
        if refusals:
            raise ChoiceRefused(refusals)
        return _own(programme, learner)


def _lock(choice: Choice, learner: User) -> None:
    """Everything that the single acts will lock, in the one order: sessions by id, then people by id.

    Whoever waits in one of the sessions may move up.
    """
    sessions = {session.pk for session in [*choice.wanted, *choice.give_up]}
    lock_sessions(sessions)
    waiting = Enrolment.objects.queued().filter(session__in=sessions).values_list("learner_id", flat=True)
    lock_learners({learner.pk, *waiting})


def _own(programme: Programme, learner: User) -> list[Enrolment]:
    own = Enrolment.objects.visible_to(learner).active().filter(session__programme=programme)
    return list(own.with_session().order_by("session__starts_at", "id"))


def _enrol(
    session: Session, learner: User, actor: User, *, besides: Iterable[Session], may_wait: bool
) -> None:
    for other in besides:
        if overlap(session.meetings.all(), other.meetings.all()):
            raise AtTheSameTime.as_(other)
    enrolment = enrol(session=session, learner=learner, actor=actor)
    if enrolment.is_queued and not may_wait:
        raise FullByNow
