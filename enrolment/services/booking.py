"""Enrolling, withdrawing, and moving up from the queue.

Each act reads what can wait first, then locks, re-reads what may have changed, writes, and commits;
the order of the locks is in ``enrolment.services.locking``.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import asdict

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from core.errors import DomainError
from core.models import AuditEntry
from core.time import brussels_day
from courses.models import Meeting, MeetingStaff, Session
from courses.rules import audiences_of, mandatory_for
from enrolment import emails
from enrolment.enums import EnrolmentSource, EnrolmentStatus
from enrolment.errors import Overlapping, OwnChoice, TeachingThen
from enrolment.models import AccessibilityRequest, Enrolment, Seat
from enrolment.prerequisites import prerequisite_refusal, read_learned
from enrolment.rules import (
    consent_refusal,
    enrolment_refusal,
    has_room,
    seats_left,
    withdrawal_closes_on,
    withdrawal_refusal,
)
from enrolment.services.accessibility import ask_organiser, forget_requests
from enrolment.services.locking import lock_learners, lock_session, read_meetings
from enrolment.services.seats import busy_elsewhere, hold_seats, release_seats
from enrolment.services.states import move_to
from people.models import Organisation, User
from people.rules import Affiliated, affiliation_of

# Read beyond the seats that are free: a candidate may turn out to be busy once they are locked.
SPARE_CANDIDATES = 3


@sensitive_variables("needs")
def enrol(
    *,
    session: Session,
    learner: User,
    actor: User,
    enrolled_by: Organisation | None = None,
    consent: int | None = None,
    needs: str = "",
) -> Enrolment:
    """Give a person a seat, or a place in the queue; a repeated call returns the enrolment that is there.

    ``enrolled_by``: whose HR or academy does it on the person's behalf; ``consent``: the number of the course
    version to whose text they consented, where it asks for that; ``needs``: what they ask of the organiser,
    to be able to take part. Raises EnrolmentRefused, which says what to do next, or OwnChoice. While somebody
    waits a newcomer joins the queue, and whoever is next gets a seat that may be free.
    """
    if enrolled_by and Session.objects.of_one_s_own_choice().filter(pk=session.pk).exists():
        raise OwnChoice
    today = brussels_day(timezone.now())
    affiliated = affiliation_of(learner, on=today)
    open_to = list(session.open_to.values_list("pk", flat=True))
    is_mandatory = mandatory_for(session.version, audiences_of(affiliated), on=today)
    learned = read_learned([session.version], [learner.pk])

    with transaction.atomic():
        locked = lock_session(session.pk)
        # Under the lock, so that nobody who comes later gets an earlier date.
        now = timezone.now()
        meetings, has_queue = read_meetings(locked)
        candidates = _candidates(locked, meetings) if has_queue and has_room(meetings) else []
        lock_learners({learner.pk, *(candidate.learner_id for candidate in candidates)})
        own = _own_or_overlapping(learner, locked, meetings)
        if own and _is_repeat(own, locked, enrolled_by):
            return own
        teaching = list(MeetingStaff.objects.keeping_from(locked, meetings, learner))
        gives_it = any(row.meeting.session_id == locked.pk for row in teaching)
        refusal = (
            enrolment_refusal(locked, affiliated, open_to=open_to, gives_it=gives_it, at=now)
            or prerequisite_refusal(learned, session.version, learner, on=locked.first_day)
            or consent_refusal(locked.version, consent=consent, is_own=actor == learner)
        )
        if refusal:
            raise refusal
        if own:
            raise Overlapping.with_(own.session)
        if teaching:
            raise TeachingThen.with_(teaching[0].meeting.session)

        # Until approval is asked for, who needs one waits: nobody is confirmed without it.
        gets_seat = has_room(meetings) and not has_queue and not locked.version.approval_required
        enrolment = _create(
            locked, learner, affiliated, is_mandatory, enrolled_by, gets_seat=gets_seat, at=now
        )
        held = hold_seats(enrolment, meetings, at=now) if gets_seat else []
        AuditEntry.record(action=f"enrolment.{enrolment.status}", subject=enrolment, actor=actor)
        if needs:
            ask_organiser(enrolment=enrolment, text=needs)
        if gets_seat:
            emails.tell_confirmed(enrolment, held)
        else:
            # Behind the whole queue: a seat is left for the newcomer only if all of it was read.
            enough = _enough(meetings)
            is_next = has_queue and (enough is None or len(candidates) < enough)
            behind = [enrolment] if is_next and not enrolment.approval_needed else []
            _promote(locked, meetings, [*candidates, *behind], at=now)
            if enrolment.is_queued:
                emails.tell_queued(enrolment, meetings)
    return enrolment


def withdraw(*, enrolment: Enrolment, actor: User) -> Enrolment:
    """Give up a seat or a place in the queue; raises WithdrawalClosed. Done before, it does nothing."""
    return end_enrolment(
        enrolment=enrolment,
        status=EnrolmentStatus.WITHDRAWN,
        action="enrolment.withdrawn",
        actor=actor,
        refusal=withdrawal_refusal,
        then=_tell_withdrawn,
    )


def _tell_withdrawn(enrolment: Enrolment, released: list[Meeting]) -> None:
    # Whoever leaves the queue just did so themselves, and no calendar knows of it.
    if released:
        emails.tell_withdrawn(enrolment, released)


def end_enrolment(
    *,
    enrolment: Enrolment,
    status: EnrolmentStatus,
    action: str,
    actor: User | None,
    then: Callable[[Enrolment, list[Meeting]], None],
    refusal: Callable[..., DomainError | None] | None = None,
) -> Enrolment:
    """End an enrolment; the first in the queue gets the seat in the same transaction.

    ``refusal``: a rule, asked under the lock; what it returns is raised. ``then``: what else follows, told in
    which meetings a seat was released. Done before, it does nothing.
    """
    with transaction.atomic():
        session = lock_session(enrolment.session_id)
        # Under the lock: whoever waited for it may have come too late.
        now = timezone.now()
        meetings, has_queue = read_meetings(session)
        candidates = _candidates(session, meetings, freed=1) if has_queue else []
        lock_learners({enrolment.learner_id, *(candidate.learner_id for candidate in candidates)})
        enrolment = (
            Enrolment.objects.with_learner().select_for_update(no_key=True, of=["self"]).get(pk=enrolment.pk)
        )
        enrolment.session = session
        if not enrolment.is_active:
            return enrolment
        if refusal and (problem := refusal(enrolment, session, at=now)):
            raise problem

        move_to(status, [enrolment], at=now)
        released = release_seats([enrolment], meetings, at=now)[enrolment.pk]
        forget_requests(AccessibilityRequest.objects.filter(enrolment=enrolment))
        AuditEntry.record(action=action, subject=enrolment, actor=actor)
        emails.cancel_pending_about(enrolment)
        then(enrolment, released)
        if released:
            _promote(session, meetings, candidates, at=now)
    return enrolment


def fill_free_seats(*, session: Session) -> int:
    """Move people up while seats are free; mends what a fault left undone. Returns how many moved up."""
    with transaction.atomic():
        locked = lock_session(session.pk)
        now = timezone.now()
        meetings, has_queue = read_meetings(locked)
        candidates = _candidates(locked, meetings) if has_queue and has_room(meetings) else []
        lock_learners({candidate.learner_id for candidate in candidates})
        return _promote(locked, meetings, candidates, at=now)


def _enough(meetings: Sequence[Meeting], *, freed: int = 0) -> int | None:
    """How many candidates to read for the seats that are free; None: all."""
    free = seats_left(meetings)
    return None if free is None else free + freed + SPARE_CANDIDATES


def _candidates(session: Session, meetings: Sequence[Meeting], *, freed: int = 0) -> list[Enrolment]:
    """The next few of the queue who have no other meeting at that time, in the order of the queue."""
    busy = Seat.objects.overlapping(meetings).values("enrolment__learner")
    teaching = MeetingStaff.objects.clashing(meetings, besides=session).values("person")
    free = session.enrolments.promotable().exclude(Q(learner__in=busy) | Q(learner__in=teaching))
    queue = free.with_learner().in_queue_order()
    return list(queue[: _enough(meetings, freed=freed)])


def _promote(
    session: Session, meetings: Sequence[Meeting], candidates: Sequence[Enrolment], *, at: dt.datetime
) -> int:
    """Confirm candidates, whose learners are locked, while there is room; nobody once it has started."""
    if not candidates or not has_room(meetings) or not session.starts_at or at >= session.starts_at:
        return 0
    busy = busy_elsewhere(candidates, meetings, besides=session)
    promoted = 0
    for candidate in candidates:
        if candidate.learner_id in busy or not has_room(meetings):
            continue
        move_to(EnrolmentStatus.CONFIRMED, [candidate], at=at)
        if candidate.enrolled_by_id:
            # They hear of the seat only now, and have their days to decline it; a move may have given more.
            days = [candidate.withdraw_until, withdrawal_closes_on(session, told_on=brussels_day(at))]
            candidate.withdraw_until = None if None in days else max(filter(None, days))
            candidate.save(update_fields=["withdraw_until"])
        held = hold_seats(candidate, meetings, at=at)
        AuditEntry.record(action="enrolment.moved_up", subject=candidate, actor=None)
        emails.cancel_pending_about(candidate)
        emails.tell_moved_up(candidate, held)
        promoted += 1
    return promoted


def _own_or_overlapping(learner: User, session: Session, meetings: Sequence[Meeting]) -> Enrolment | None:
    """The learner's active enrolment in this session, else one whose meetings are at the same time."""
    overlapping = Seat.objects.overlapping(meetings).filter(enrolment__learner=learner).values("enrolment")
    active = (
        Enrolment.objects.active()
        .filter(learner=learner)
        .in_session_or_among(session, overlapping)
        .select_related("session__version")
    )
    return min(active, key=lambda enrolment: enrolment.session_id != session.pk, default=None)


def _is_repeat(own: Enrolment, session: Session, enrolled_by: Organisation | None) -> bool:
    """Whether it was asked for before: others don't hear of what the person chose themselves."""
    return own.session_id == session.pk and enrolled_by in (None, own.enrolled_by)


def _create(
    session: Session,
    learner: User,
    affiliated: Affiliated,
    is_mandatory: bool,
    enrolled_by: Organisation | None,
    *,
    gets_seat: bool,
    at: dt.datetime,
) -> Enrolment:
    enrolment: Enrolment = Enrolment.objects.create(
        session=session,
        learner=learner,
        status=EnrolmentStatus.CONFIRMED if gets_seat else EnrolmentStatus.QUEUED,
        confirmed_at=at if gets_seat else None,
        enrolled_at=at,
        is_mandatory=is_mandatory,
        source=EnrolmentSource.ON_BEHALF if enrolled_by else EnrolmentSource.SELF,
        enrolled_by=enrolled_by,
        # The rules of today bind this enrolment, whatever becomes of the session's and the course's.
        consented_to=session.version if session.version.consent_required else None,
        consented_at=at if session.version.consent_required else None,
        approval_needed=session.version.approval_required,
        withdraw_until=withdrawal_closes_on(session, told_on=brussels_day(at) if enrolled_by else None),
        **asdict(affiliated),
    )
    return enrolment
