"""Somebody comes to the door without a booking, and takes a seat that is free; or it was a mistake."""

from django.db import transaction
from django.utils import timezone

from core.models import AuditEntry
from courses.models import Session
from enrolment import emails
from enrolment.enums import WALKED_IN, EnrolmentSource, EnrolmentStatus
from enrolment.errors import (
    ApprovalAtTheDoor,
    ConsentIsPersonal,
    EnrolmentRefused,
    NoChairLeft,
    NotAtTheDoor,
    NotByTheDoor,
)
from enrolment.models import Enrolment
from enrolment.services.admission import admit_late, draft, read_engaged, read_newcomer
from enrolment.services.booking import close_enrolment
from enrolment.services.locking import lock_enrolment, lock_learners, lock_session, read_meetings
from enrolment.services.seats import has_room_for, hold_seats, release_seats
from enrolment.services.states import move_to
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
        engaged = read_engaged(learner, session)
        other = engaged.enrolment
        if other and other.session_id == session.pk and other.is_confirmed:
            return other
        fresh = draft(newcomer, session, None, at=now)
        fresh.source = EnrolmentSource.WALK_IN
        try:
            enrolment = admit_late(newcomer, session, meetings, fresh=fresh, engaged=engaged)
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
        AuditEntry.record(action=WALKED_IN, subject=enrolment, actor=actor)
        emails.cancel_pending_about(enrolment)
        emails.tell_confirmed(enrolment, held)
    return enrolment


def undo_walk_in(*, enrolment: Enrolment, actor: User) -> Enrolment:
    """Take somebody who was added at the door by mistake off the list, and tell them; once is enough.

    Who waited before waits again. The seat is for the next one at the door: no seat moves up on the day.
    Raises NotByTheDoor for whoever had a seat before.
    """
    with transaction.atomic():
        session = lock_session(enrolment.session_id)
        now = timezone.now()
        meetings = list(session.meetings.all())
        lock_learners({enrolment.learner_id})
        enrolment = lock_enrolment(enrolment.pk, session)
        if not enrolment.is_confirmed:
            return enrolment
        if not Enrolment.objects.walked_in().filter(pk=enrolment.pk).exists():
            raise NotByTheDoor
        if enrolment.source == EnrolmentSource.WALK_IN:
            released = close_enrolment(enrolment, EnrolmentStatus.CANCELLED, meetings, at=now)
        else:
            move_to(EnrolmentStatus.QUEUED, [enrolment], at=now)
            released = release_seats([enrolment], meetings, at=now)[enrolment.pk]
            emails.cancel_pending_about(enrolment)
        AuditEntry.record(action="enrolment.walk_in_undone", subject=enrolment, actor=actor)
        emails.tell_walk_in_undone(enrolment, released)
    return enrolment
