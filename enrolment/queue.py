"""How long a queue is, and where somebody stands in it: asked at each sign-up and on a session's page."""

from collections.abc import Iterable
from typing import Any

from django.db.models import OuterRef, QuerySet

from core.counting import RowCount
from core.prepared import prepared
from courses.models import Session
from enrolment.models import Enrolment


def position_of(enrolment: Enrolment) -> int:
    """The place of somebody who waits, from 1."""
    return positions_of([enrolment])[enrolment.pk]


def positions_of(enrolments: Iterable[Enrolment]) -> dict[int, int]:
    """The same of some, by their ids."""
    placed = _placed(ids=[each.pk for each in enrolments])
    return {each.pk: int(each.position) for each in placed}


def queue_length(session: Session) -> int:
    (counted,) = _counted(session=session)
    return int(counted.waiting)


@prepared
def _placed(*, ids: list[int]) -> "QuerySet[Any]":
    return Enrolment.objects.filter(pk__in=ids).only("pk").with_position()


@prepared
def _counted(*, session: Session) -> "QuerySet[Any]":
    queued = Enrolment.objects.queued().filter(session=OuterRef("pk"))
    counted: Any = Session.objects.only("pk").filter(pk=session.pk)
    found: QuerySet[Any] = counted.annotate(waiting=RowCount(queued))
    return found
