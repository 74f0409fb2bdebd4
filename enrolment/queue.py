"""How long a queue is, and where somebody stands in it: asked at each sign-up and on a session's page."""

from collections.abc import Iterable
from typing import Any

from django.db.models import OuterRef, QuerySet

from core.counting import RowCount
from core.prepared import prepared
from courses.querysets.sessions import SessionQuerySet
from enrolment.models import Enrolment


def position_of(enrolment: Enrolment) -> int:
    """The place of somebody who waits, from 1."""
    return positions_of([enrolment])[enrolment.pk]


def positions_of(enrolments: Iterable[Enrolment]) -> dict[int, int]:
    """The same of some, by their ids."""
    placed = _placed(ids=[each.pk for each in enrolments])
    return {each.pk: int(each.position) for each in placed}


def with_queue_length(sessions: SessionQuerySet) -> SessionQuerySet:
    """With ``queue_length``: how many people wait."""
    queued = Enrolment.objects.queued().filter(session=OuterRef("pk"))
    counted: SessionQuerySet = sessions.annotate(queue_length=RowCount(queued))
    return counted


@prepared
def _placed(*, ids: list[int]) -> "QuerySet[Any]":
    return Enrolment.objects.filter(pk__in=ids).only("pk").with_position()
