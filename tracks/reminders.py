"""Which reminders are due: decided here, where the data is; the outbox sends them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator

from core.time import brussels_day
from notifications.services import queue_messages
from people.enums import Role
from people.models import Membership
from tracks.emails import academy_digest, step_reminder
from tracks.enums import StepState
from tracks.models import Cohort
from tracks.progress.matrices import Matrix, matrices_of

# How many days before a due date the person is reminded, the first notice first.
NOTICES = (30, 7)
CLASSES_AT_ONCE = 20


def queue_step_reminders(*, at: dt.datetime) -> None:
    """Remind people of steps that are due soon and for which nothing is booked.

    Safe to run twice and at the same time: the dedupe key lets one through for each date and notice. Whoever
    gets a track late gets the notice that is due by then.
    """
    today = brussels_day(at)
    for matrices in _in_batches(at):
        queue_messages(
            [
                step_reminder(row.person, cell, days=days)
                for matrix in matrices
                for row in matrix.rows
                for cell in row.cells
                if cell and cell.state == StepState.OPEN and (days := _notice(cell.step.due_on - today))
            ]
        )


def queue_academy_digests(*, at: dt.datetime) -> None:
    """Tell the coordinators of each academy what is late, once in a calendar week; else nothing."""
    week = "{}-W{:02}".format(*brussels_day(at).isocalendar()[:2])
    late: dict[int, list[Matrix]] = defaultdict(list)
    for matrices in _in_batches(at):
        for matrix in matrices:
            if matrix.late_people:
                late[matrix.cohort.school_id].append(matrix)
    coordinators = Membership.objects.current(on=brussels_day(at)).filter(
        organisation__in=late, role=Role.COORDINATOR, user__is_active=True, user__erased_at=None
    )
    queue_messages(
        [
            academy_digest(each.user, each.organisation, late[each.organisation_id], week=week)
            for each in coordinators.select_related("user__profile", "organisation")
        ]
    )


def _in_batches(at: dt.datetime) -> Iterator[list[Matrix]]:
    cohorts = list(Cohort.objects.running(on=brussels_day(at)).order_by("school", "name", "pk"))
    for start in range(0, len(cohorts), CLASSES_AT_ONCE):
        yield matrices_of(cohorts[start : start + CLASSES_AT_ONCE], at=at)


def _notice(left: dt.timedelta) -> int | None:
    """The notice for a step that is due in so many days; None while it is too early for one."""
    return next((days for days in reversed(NOTICES) if left.days <= days), None)
