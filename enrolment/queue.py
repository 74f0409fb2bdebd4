"""How long a queue is, and where somebody stands in it: asked at each sign-up and on a session's page."""

from typing import Any

from django.db.models import OuterRef, QuerySet

from core.counting import RowCount
from core.prepared import prepared
from courses.models import Session
from enrolment.models import Enrolment


def position_of(enrolment: Enrolment) -> int:
    """The place of somebody who waits, from 1."""
    (placed,) = _placed(enrolment=enrolment)
    return int(placed.position)


def queue_length(session: Session) -> int:
    (counted,) = _counted(session=session)
    return int(counted.waiting)


@prepared
def _placed(*, enrolment: Enrolment) -> "QuerySet[Any]":
    return Enrolment.objects.filter(pk=enrolment.pk).only("pk").with_position()


@prepared
def _counted(*, session: Session) -> "QuerySet[Any]":
    queued = Enrolment.objects.queued().filter(session=OuterRef("pk"))
    counted: Any = Session.objects.only("pk").filter(pk=session.pk)
    found: QuerySet[Any] = counted.annotate(waiting=RowCount(queued))
    return found
