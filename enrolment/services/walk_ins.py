"""Somebody comes to the door without a booking, and takes a seat that is free."""

from django.db import transaction
from django.utils import timezone

from core.models import AuditEntry
from courses.models import Session
from enrolment import emails
from enrolment.enums import EnrolmentSource
from enrolment.errors import (
    ApprovalAtTheDoor,
    ConsentIsPersonal,
    EnrolmentRefused,
    NoChairLeft,
    NotAtTheDoor,
)
from enrolment.models import Enrolment
from enrolment.services.admission import admit_late, draft, own_or_overlapping, read_newcomer
from enrolment.services.locking import lock_learners, lock_session, read_meetings
from enrolment.services.seats import has_room_for, hold_seats
from enrolment.services.waiting_list import confirm
from people.models import User


def add_walk_in(*, session: Session, learner: User, actor: User) -> Enrolment:
    """Give whoever stands at the door a seat in every part; who has one already keeps it.

    The door is open on the day, when no seat moves up any more: who waits and came has one by their place in
    the queue. Raises ConsentIsPersonal, NoChairLeft, ApprovalAtTheDoor and NotAtTheDoor.
    """
    newcomer = read_newcomer(learner, session, at=timezone.now())
    with transaction.atomic():
        session = lock_session(session.pk)
        now = timezone.now()
        meetings, _has_queue = read_meetings(session)
        lock_learners({learner.pk})
        other = own_or_overlapping(learner, session)
        if other and other.session_id == session.pk and other.is_confirmed:
            return other
        fresh = draft(newcomer, session, None, at=now)
        fresh.source = EnrolmentSource.WALK_IN
        try:
            enrolment = admit_late(newcomer, session, meetings, fresh=fresh, other=other)
        except ConsentIsPersonal:
            raise
        except EnrolmentRefused:
            raise NotAtTheDoor from None
        if enrolment.lacks_approval:
            raise ApprovalAtTheDoor
        if not has_room_for(enrolment, meetings):
            raise NoChairLeft
        confirm(enrolment, session, at=now)
        held = hold_seats(enrolment, meetings, at=now)
        AuditEntry.record(action="enrolment.walked_in", subject=enrolment, actor=actor)
        emails.cancel_pending_about(enrolment)
        emails.tell_confirmed(enrolment, held)
    return enrolment
