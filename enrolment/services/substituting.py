"""One person of an office takes the seat of another: it doesn't go to the queue."""

from django.db import transaction
from django.utils import timezone

from core.models import AuditEntry
from courses.models import Session
from enrolment import emails
from enrolment.enums import EnrolmentStatus
from enrolment.errors import (
    ApprovalFirst,
    EnrolmentRefused,
    NobodyToTell,
    NothingToReplace,
    NotPossible,
    OwnChoice,
)
from enrolment.models import Enrolment
from enrolment.rules import has_started
from enrolment.services.admission import admit_late, draft, read_engaged, read_newcomer
from enrolment.services.booking import close_enrolment
from enrolment.services.locking import lock_enrolment, lock_learners, lock_session, read_meetings
from enrolment.services.seats import has_room_for, hold_seats
from enrolment.services.waiting_list import confirm, promote, read_candidates
from people.models import Organisation, User


def substitute(*, enrolment: Enrolment, by: User, organisation: Organisation, actor: User) -> Enrolment:
    """Give the seat of somebody whom an office enrolled to another of its people, until the session starts.

    Who waits for one there gets it with the date that they have. Both are told. Called again, it returns
    what it made. Raises NothingToReplace and OnBehalfRefused, in the same words whatever the person does.
    """
    if Session.objects.of_one_s_own_choice().filter(pk=enrolment.session_id).exists():
        raise OwnChoice
    if not by.email:
        raise NobodyToTell
    newcomer = read_newcomer(by, enrolment.session, at=timezone.now())
    with transaction.atomic():
        session = lock_session(enrolment.session_id)
        # Under the lock: whoever waited for it may have come too late.
        now = timezone.now()
        meetings, has_queue = read_meetings(session)
        candidates = read_candidates(session, meetings, freed=1) if has_queue else []
        waiting = {candidate.learner_id for candidate in candidates}
        lock_learners({enrolment.learner_id, by.pk, *waiting})
        enrolment = lock_enrolment(enrolment.pk, session)
        engaged = read_engaged(by, session)
        other = engaged.enrolment
        if other and _is_repeat(enrolment, other, organisation):
            return other
        if not enrolment.is_confirmed or has_started(session, at=now):
            raise NothingToReplace
        try:
            fresh = draft(newcomer, session, organisation, at=now)
            successor = admit_late(newcomer, session, meetings, fresh=fresh, engaged=engaged)
        except EnrolmentRefused:
            raise NotPossible from None
        if successor.lacks_approval:
            raise ApprovalFirst
        # Who waited by their own choice has the seat from the office, which sees it.
        successor.enrolled_by = organisation
        successor.save(update_fields=["enrolled_by"])

        released = close_enrolment(enrolment, EnrolmentStatus.CANCELLED, meetings, at=now)
        # The seat may be one that is kept for others: for whoever speaks its language.
        if not has_room_for(successor, meetings):
            raise NotPossible
        confirm(successor, session, at=now)
        held = hold_seats(successor, meetings, at=now)
        AuditEntry.record(action="enrolment.substituted", subject=enrolment, actor=actor, by=successor.pk)
        AuditEntry.record(action="enrolment.confirmed", subject=successor, actor=actor)
        emails.cancel_pending_about(successor)
        emails.tell_taken_back(enrolment, released)
        emails.tell_confirmed(successor, held)
        # Where theirs is a reserved seat, the other one is free.
        promote(session, meetings, [each for each in candidates if each.pk != successor.pk], at=now)
    return successor


def _is_repeat(enrolment: Enrolment, other: Enrolment, organisation: Organisation) -> bool:
    took_it = other.is_confirmed and other.session_id == enrolment.session_id
    return not enrolment.is_active and took_it and other.enrolled_by_id == organisation.pk
