"""Moving a session that people enrolled in: to another time or place, all of it or one meeting.

Nobody ends up in two places at once: whoever has a seat elsewhere at the new time goes back to the queue of
the moved session, with the original date. All are told, in the same transaction.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.models import AuditEntry
from core.time import brussels_day
from courses.errors import CannotPlan, Problem
from courses.models import Meeting, Session
from courses.rules import (
    Deadlines,
    deadline_problems,
    decision_of,
    decision_problems,
    late_decision_problems,
)
from courses.services.scheduling import (
    WALL_CLOCK,
    Plan,
    find_problems,
    keep_session_times,
    lock_venues,
    place_meeting,
    plan_of,
)
from courses.services.staffing import staff_ids, tell_moved
from enrolment import emails
from enrolment.candidates import unfit_on_other_days
from enrolment.enums import EnrolmentStatus, OfferOutcome
from enrolment.errors import CannotMove, NotOnOffer
from enrolment.models import Enrolment, Seat
from enrolment.rules import has_started
from enrolment.services.locking import lock_active, lock_session
from enrolment.services.make_ups import lose_make_ups, make_ups_in
from enrolment.services.seats import busy_elsewhere, release_seats
from enrolment.services.states import move_to
from enrolment.services.waiting_list import close_offers, fill_free_seats
from enrolment.wording import make_up_moved_text
from people.models import User

# A meeting as it was, and the plan that it follows from now on.
Change = tuple[Meeting, Plan]


@dataclass(frozen=True)
class Impact:
    """How many people a move concerns: who keep their seat, who are elsewhere then, who wait, who give it."""

    seated: int = 0
    elsewhere: int = 0
    waiting: int = 0
    trainers: int = 0
    # Who make up for a part that moves: those who keep that seat, and those who are elsewhere then.
    making_up: int = 0
    make_ups_lost: int = 0

    @property
    def told(self) -> int:
        """Participants who get a mail."""
        return self.seated + self.elsewhere + self.waiting + self.making_up + self.make_ups_lost


def foresee_move(*, session: Session, plans: Sequence[Plan], deadlines: Deadlines) -> Impact:
    """What a move would do as things stand; the act itself looks again under its locks.

    Raises NotOnOffer, CannotMove, and CannotPlan with every problem, field by field.
    """
    now = timezone.now()
    changes = _changes(session, plans)
    if not changes:
        raise CannotMove(_("Nothing changes yet. Type another day, time or place."))
    _refuse_problems(session, changes, deadlines, at=now)
    active = list(session.enrolments.active())
    displaced = _displaced(session, active, changes, at=now)
    return _impact(session, active, displaced, *_make_ups(session, changes))


@transaction.atomic
def move(*, session: Session, plans: Sequence[Plan], deadlines: Deadlines, actor: User) -> Impact:
    """Move meetings, with the deadlines that hold from then on; the same again does nothing.

    Seats that come free go to the queue at once. Until the day itself everybody may withdraw: nobody chose
    the new date. Raises as ``foresee_move`` does.
    """
    session = lock_session(session.pk)
    changes = _changes(session, plans)
    if not changes:
        return Impact()
    lock_venues({plan.venue.pk for _before, plan in changes})
    active = lock_active(session)
    now = timezone.now()
    _refuse_problems(session, changes, deadlines, at=now)
    displaced = _displaced(session, active, changes, at=now)
    made_up, lost_make_ups = _make_ups(session, changes)
    impact = _impact(session, active, displaced, made_up, lost_make_ups)

    _write(session, changes, deadlines, at=now)
    meetings = list(session.meetings.all())
    # An offer was of the date before: whoever is next is asked anew.
    offered = [enrolment for enrolment in active if enrolment.is_offered]
    close_offers(offered, OfferOutcome.CLOSED, at=now)
    move_to(EnrolmentStatus.QUEUED, [*displaced, *offered], at=now)
    release_seats(offered, meetings, at=now)
    lost = release_seats(displaced, meetings, at=now)
    _allow_withdrawal(session, active)
    AuditEntry.record(
        action="session.moved",
        subject=session,
        actor=actor,
        meetings=[[before.pk, before.local_start, f"{plan.start:{WALL_CLOCK}}"] for before, plan in changes],
        displaced=sorted(lost),
        told=impact.told,
    )
    emails.cancel_pending_about(*active)
    lose_make_ups(lost_make_ups, meetings, what_happened=make_up_moved_text, at=now)
    fill_free_seats(session=session)
    _tell(session, active, meetings, lost, changes, at=now)
    _tell_who_make_up(session, made_up, changes)
    return impact


def _changes(session: Session, plans: Sequence[Plan]) -> list[Change]:
    """The meetings that a plan puts elsewhere; their capacity is changed by another act."""
    wanted = {plan.part.pk: plan for plan in plans}
    meetings = [meeting for meeting in session.meetings.all() if meeting.part_id in wanted]
    changes = [(each, replace(wanted[each.part_id], capacity=each.capacity)) for each in meetings]
    return [(meeting, plan) for meeting, plan in changes if plan_of(meeting) != plan]


def _refuse_problems(
    session: Session, changes: Sequence[Change], deadlines: Deadlines, *, at: dt.datetime
) -> None:
    if not session.is_published:
        raise NotOnOffer
    changed = {before.pk: plan for before, plan in changes}
    plans = [changed.get(meeting.pk) or plan_of(meeting) for meeting in session.meetings.all()]
    problems = find_problems(plans, session=session) or _past_problems(changes, at=at)
    problems += _staff_problems(session, changes, at=at)
    problems += deadline_problems(deadlines, min(plan.start.date() for plan in plans))
    decision = decision_of(session)._replace(on=deadlines.decide_on)
    problems += decision_problems(decision, seats=None)
    problems += late_decision_problems(decision, session, on=brussels_day(at))
    if problems:
        raise CannotPlan(problems)


def _staff_problems(session: Session, changes: Sequence[Change], *, at: dt.datetime) -> list[Problem]:
    days = {
        before.pk: plan.start.date() for before, plan in changes if plan.start.date() != before.local_date
    }
    unfit = unfit_on_other_days(session, days, at=at) if days else []
    return [Problem("start", str(reason), meeting.part_id) for meeting, reason in unfit]


def _past_problems(changes: Sequence[Change], *, at: dt.datetime) -> list[Problem]:
    begun = _("This part has begun: it stays where it was.")
    past = _("This has passed. Choose a time that is still to come.")
    return [
        Problem("start", begun if before.starts_at <= at else past, plan.part.pk)
        for before, plan in changes
        if before.starts_at <= at or plan.starts_at <= at
    ]


def _displaced(
    session: Session, active: Sequence[Enrolment], changes: Sequence[Change], *, at: dt.datetime
) -> list[Enrolment]:
    """Who has a seat, and one elsewhere at the new times; refuses if they have begun this session."""
    busy = busy_elsewhere(active, [plan for _before, plan in changes], besides=session)
    displaced = [each for each in active if each.is_confirmed and each.learner_id in busy]
    if displaced and has_started(session, at=at):
        raise CannotMove(
            ngettext(
                "%(count)d person has another session then, and has begun this one. Choose another time.",
                "%(count)d people have another session then, and have begun this one. Choose another time.",
                len(displaced),
            )
            % {"count": len(displaced)}
        )
    return displaced


def _make_ups(session: Session, changes: Sequence[Change]) -> tuple[list[Seat], list[Seat]]:
    """Of the make-ups in meetings that move, those that stay, and those whose people are elsewhere then."""
    plans = {before.pk: plan for before, plan in changes}
    stay: list[Seat] = []
    lost: list[Seat] = []
    for seat in make_ups_in(session):
        if plan := plans.get(seat.meeting_id):
            is_lost = bool(busy_elsewhere([seat.enrolment], [plan], besides=session))
            (lost if is_lost else stay).append(seat)
    return stay, lost


def _impact(
    session: Session,
    active: Sequence[Enrolment],
    displaced: Sequence[Enrolment],
    made_up: Sequence[Seat],
    lost_make_ups: Sequence[Seat],
) -> Impact:
    seated = sum(enrolment.is_confirmed for enrolment in active)
    return Impact(
        seated=seated - len(displaced),
        elsewhere=len(displaced),
        waiting=len(active) - seated,
        trainers=len(staff_ids(session)),
        making_up=len(made_up),
        make_ups_lost=len(lost_make_ups),
    )


def _write(session: Session, changes: Sequence[Change], deadlines: Deadlines, *, at: dt.datetime) -> None:
    moving = session.meetings.in_bulk([before.pk for before, _plan in changes])
    for before, plan in changes:
        place_meeting(moving[before.pk], plan)
    keep_session_times(session=session, has_moved=True)
    for name, day in asdict(deadlines).items():
        setattr(session, name, day)
    session.moved_at = at
    session.save(update_fields=[*asdict(deadlines), "moved_at"])


def _allow_withdrawal(session: Session, active: Sequence[Enrolment]) -> None:
    # Consent can be taken back until it starts, wherever it moves.
    last_day = None if session.version.consent_required else session.first_day
    for enrolment in active:
        enrolment.withdraw_until = last_day
    Enrolment.objects.filter(pk__in=[enrolment.pk for enrolment in active]).update(withdraw_until=last_day)


def _tell(
    session: Session,
    active: Sequence[Enrolment],
    meetings: Sequence[Meeting],
    lost: Mapping[int, Sequence[Meeting]],
    changes: Sequence[Change],
    *,
    at: dt.datetime,
) -> None:
    """Everybody but those who moved up in the same step: they have been told of their seat already."""
    before = [meeting for meeting, _plan in changes]
    seated = [
        (enrolment, [meeting for meeting in meetings if meeting in enrolment.meetings])
        for enrolment in active
        if enrolment.is_confirmed
    ]
    waiting = {enrolment.pk: enrolment for enrolment in active if not enrolment.is_confirmed}
    order = session.enrolments.queued().in_queue_order().values_list("pk", flat=True)
    queue = [waiting[pk] for pk in order]
    emails.tell_moved(seated, queue, lost, meetings=meetings, before=before, at=at)
    tell_moved(session=session)


def _tell_who_make_up(session: Session, make_ups: Sequence[Seat], changes: Sequence[Change]) -> None:
    emails.cancel_pending_about_make_ups(make_ups)
    moved = {seat.pk for seat in make_ups}
    # Read anew, for their new times.
    now_there = [seat for seat in make_ups_in(session) if seat.pk in moved]
    emails.tell_make_ups_moved(now_there, before={before.pk: before for before, _plan in changes})
