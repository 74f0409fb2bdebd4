"""More or fewer seats in a session that people enrolled in."""

from collections.abc import Mapping, Sequence

from django.db import transaction

from core.models import AuditEntry
from courses.models import Meeting, Session
from enrolment.errors import FewerThanNeeded, NotOnOffer, TooFewSeats
from enrolment.services.locking import lock_session
from enrolment.services.waiting_list import fill_free_seats
from people.models import User


@transaction.atomic
def change_capacity(*, session: Session, capacities: Mapping[int, int | None], actor: User) -> int:
    """Set the capacity of meetings by their id, None for unlimited; new seats go to the queue at once.

    Returns how many moved up. Raises NotOnOffer, TooFewSeats where more seats are taken or reserved, and
    FewerThanNeeded where it could never take place with so few.
    """
    session = lock_session(session.pk)
    if not session.is_published:
        raise NotOnOffer
    meetings = [meeting for meeting in session.meetings.all() if meeting.pk in capacities]
    needed = {each.pk: each.taken + each.reserved for each in meetings}
    too_few = {pk: seats for pk, seats in needed.items() if _is_too_few(capacities[pk], seats)}
    if too_few:
        raise TooFewSeats(too_few)
    changed = [meeting for meeting in meetings if meeting.capacity != capacities[meeting.pk]]
    if not changed:
        return 0
    _refuse_fewer_than_needed(session, changed, capacities)
    history = [[each.pk, each.capacity, capacities[each.pk]] for each in changed]
    for meeting in changed:
        meeting.capacity = capacities[meeting.pk]
        meeting.save(update_fields=["capacity"])
    AuditEntry.record(action="session.capacity_changed", subject=session, actor=actor, meetings=history)
    return fill_free_seats(session=session)


def _is_too_few(capacity: int | None, needed: int) -> bool:
    return capacity is not None and capacity < needed


def _refuse_fewer_than_needed(
    session: Session, changed: Sequence[Meeting], capacities: Mapping[int, int | None]
) -> None:
    """As long as it isn't decided whether it takes place: the minimum is lowered first."""
    minimum = session.min_participants or 0 if session.is_undecided else 0
    required = [meeting.pk for meeting in changed if not meeting.part.optional]
    if too_few := [pk for pk in required if _is_too_few(capacities[pk], minimum)]:
        raise FewerThanNeeded(too_few, minimum)
