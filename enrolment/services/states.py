"""The moves of enrolments from one state to another. Callers hold the session's lock."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from enrolment.enums import ALLOWED, EnrolmentStatus
from enrolment.models import Enrolment


def move_to(status: EnrolmentStatus, enrolments: Sequence[Enrolment], *, at: dt.datetime) -> None:
    """Bring enrolments to a state, in one statement; those that are in it stay as they are.

    Raises ValueError for a move that doesn't exist. The original date keeps its rights in every state.
    """
    moving = [enrolment for enrolment in enrolments if enrolment.status != status]
    for enrolment in moving:
        if status not in ALLOWED[enrolment.status]:
            raise ValueError(f"An enrolment can't move from {enrolment.status} to {status}.")
        for field, value in _fields(status, at).items():
            setattr(enrolment, field, value)
    if moving:
        Enrolment.objects.filter(pk__in=[each.pk for each in moving]).update(**_fields(status, at))


def _fields(status: EnrolmentStatus, at: dt.datetime) -> dict[str, Any]:
    if status == EnrolmentStatus.CONFIRMED:
        return {"status": status, "confirmed_at": at}
    if status == EnrolmentStatus.QUEUED:
        return {"status": status, "confirmed_at": None}
    return {"status": status, "ended_at": at}
