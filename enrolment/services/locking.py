"""The locks of the booking acts, in the one order that never deadlocks: session, learners by id, enrolments.

Whoever changes seats or the queue of a session holds the session's row, so what is read under that
lock stays true until the commit. The learners' rows make overlaps true as well: two sign-ups of one
person into two sessions wait for each other.
"""

from collections.abc import Collection
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.prepared import prepared
from courses.models import Meeting, Session
from courses.querysets.sessions import SessionQuerySet
from courses.services.staffing import staff_ids
from enrolment.enums import ACTIVE
from enrolment.models import Enrolment, Seat
from people.models import User


def lock_session(session_id: int) -> Session:
    """The session, locked and as it is now, with the ids of the organisations that it is for."""
    session: Session | None = _locked_session.first(pk=session_id)
    if session is None:
        raise Session.DoesNotExist
    return session


@prepared
def _locked_session(*, pk: int) -> SessionQuerySet:
    locked = Session.objects.select_for_update(no_key=True, of=["self"]).filter(pk=pk)
    return locked.with_open_to().select_related("version", "programme")


def lock_sessions(session_ids: Collection[int]) -> None:
    """Lock several sessions by id in one statement; the acts on each then lock it again."""
    list(
        Session.objects.select_for_update(no_key=True)
        .filter(pk__in=session_ids)
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def lock_learners(learner_ids: Collection[int]) -> None:
    """Lock people by id in one statement."""
    if learner_ids:
        _locked_learners(ids=list(learner_ids))


@prepared
def _locked_learners(*, ids: list[int]) -> "QuerySet[User]":
    return User.objects.only("pk").select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")


def lock_enrolment(enrolment_id: int, session: Session) -> Enrolment:
    """One enrolment in a session that is locked, as it is now, with what a mail says of the person."""
    locked = Enrolment.objects.with_learner().select_related("enrolled_by")
    enrolment: Enrolment = locked.select_for_update(no_key=True, of=["self"]).get(pk=enrolment_id)
    enrolment.session = session
    return enrolment


def lock_active(session: Session) -> list[Enrolment]:
    """Everybody who has a seat or waits, with what a mail needs: their learners are locked, then they.

    Those who give the session, and those who make up for a part in it, are locked along, in the same order:
    its times may change. ``session`` is locked, so nobody joins them meanwhile.
    """
    make_ups = Seat.objects.made_up_in(session).values("enrolment")
    concerned = Enrolment.objects.filter(Q(session=session, status__in=ACTIVE) | Q(pk__in=make_ups))
    lock_learners({*concerned.values_list("learner_id", flat=True), *staff_ids(session)})
    concerned = concerned.with_learner().with_meetings().select_related("enrolled_by").order_by("id")
    locked = list(concerned.select_for_update(no_key=True, of=["self"]))
    active = [enrolment for enrolment in locked if enrolment.session_id == session.pk]
    for enrolment in active:
        enrolment.session = session
    return active


def read_meetings(session: Session) -> tuple[list[Meeting], bool]:
    """The meetings with their seats, and whether anybody waits; true while the session is locked."""
    meetings = _meetings_and_queue(session=session)
    return meetings, any(meeting.has_queue for meeting in meetings)


@prepared
def _meetings_and_queue(*, session: Session) -> "QuerySet[Any]":
    waiting = Enrolment.objects.queued().filter(session=OuterRef("session"))
    return Meeting.objects.filter(session=session).annotate(has_queue=Exists(waiting))
