"""Who comes for a seat, and what stands in their way: the same for every act that enrols somebody."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple

from django.db.models import Q

from core.prepared import prepared
from core.time import brussels_day
from courses.enums import SessionStatus
from courses.models import Meeting, MeetingStaff, Session
from courses.querysets.staffing import MeetingStaffQuerySet
from courses.rules import ApprovalRule, approval_rule_for, audiences_of, mandatory_for
from enrolment.enums import EnrolmentSource, EnrolmentStatus
from enrolment.errors import EnrolmentRefused, MakingUpThen, Overlapping, TeachingThen
from enrolment.models import Enrolment
from enrolment.prerequisites import Learned, prerequisite_refusal, read_learned
from enrolment.querysets import EnrolmentQuerySet, during
from enrolment.rules import (
    consent_refusal,
    participation_refusal,
    priority_in,
    window_refusal,
    withdrawal_closes_on,
)
from enrolment.services.locking import lock_enrolment
from enrolment.services.seats import busy_elsewhere
from people.models import Organisation, User
from people.rules import Affiliated, affiliated_by


@dataclass(frozen=True)
class Newcomer:
    """Somebody who wants a seat in a session, with what can be read of both before the locks."""

    learner: User
    affiliated: Affiliated
    is_mandatory: bool
    learned: Learned
    approval: ApprovalRule


def read_newcomer(learner: User, session: Session, *, at: dt.datetime) -> Newcomer:
    today = brussels_day(at)
    affiliated = affiliated_by(learner.memberships_today)
    return Newcomer(
        learner=learner,
        affiliated=affiliated,
        is_mandatory=mandatory_for(session.version, audiences_of(affiliated), on=today),
        learned=read_learned([session.version], [learner.pk]),
        approval=approval_rule_for(affiliated, session.version, on=today),
    )


class Engaged(NamedTuple):
    """What somebody has in a session and at its times."""

    # Their active enrolment in this session, else one whose meetings are at the same time.
    enrolment: Enrolment | None = None
    # Where they stand, in it or in another at that time.
    teaching: tuple[MeetingStaff, ...] = ()


def read_engaged(learner: User, session: Session) -> Engaged:
    return read_all_engaged([learner.pk], session)[learner.pk]


def read_all_engaged(learners: Collection[int], session: Session) -> dict[int, Engaged]:
    """Of many, by their ids, with two statements."""
    engaged = dict.fromkeys(learners, Engaged())
    for active in _active(learners=list(learners), session=session):
        found = engaged[active.learner_id]
        if found.enrolment is None or active.session_id == session.pk:
            engaged[active.learner_id] = found._replace(enrolment=active)
    for row in _teaching(session=session, people=list(learners)):
        found = engaged[row.person_id]
        engaged[row.person_id] = found._replace(teaching=(*found.teaching, row))
    return engaged


@prepared
def _active(*, learners: list[int], session: Session) -> EnrolmentQuerySet:
    active = Enrolment.objects.active().filter(learner__in=learners)
    return active.in_or_during(session).select_related("session__version")


@prepared
def _teaching(*, session: Session, people: list[int]) -> MeetingStaffQuerySet:
    elsewhere = Q(during(session)) & ~Q(meeting__session__status=SessionStatus.CANCELLED)
    standing = MeetingStaff.objects.standing().filter(person__in=people)
    return standing.filter(Q(meeting__session=session) | elsewhere).with_session()


def refuse_newcomer(
    newcomer: Newcomer,
    session: Session,
    engaged: Engaged,
    *,
    consent: int | None,
    is_own: bool,
    at: dt.datetime | None,
) -> None:
    """Raise EnrolmentRefused if anything but the number of seats stands in the way; asked under the locks.

    ``consent``: the number of the version to whose text the person agreed; ``is_own``: whether they enrol
    themselves; ``at``: when enrolment must be open, None for whoever comes once it has closed, to a seat
    that is there.
    """
    other, teaching = engaged
    gives_it = any(row.meeting.session_id == session.pk for row in teaching)
    refusal = (
        participation_refusal(session, newcomer.affiliated, open_to=session.open_to_ids, gives_it=gives_it)
        or (window_refusal(session, at=at) if at else None)
        or prerequisite_refusal(newcomer.learned, session.version, newcomer.learner, on=session.first_day)
        or consent_refusal(session.version, consent=consent, is_own=is_own)
    )
    if refusal:
        raise refusal
    if other:
        raise _why_elsewhere(other, session)
    if teaching:
        raise TeachingThen.with_(teaching[0].meeting.session)


def _why_elsewhere(other: Enrolment, session: Session) -> EnrolmentRefused:
    """Of an active enrolment; only a make-up is later than the session that it is of."""
    was_over = other.session.ends_at and session.starts_at and other.session.ends_at <= session.starts_at
    return MakingUpThen.of(other.session) if was_over else Overlapping.with_(other.session)


def draft(
    newcomer: Newcomer, session: Session, enrolled_by: Organisation | None, *, at: dt.datetime
) -> Enrolment:
    """A place in the queue, bound by the rules of today, whatever becomes of them later."""
    return Enrolment(
        session=session,
        learner=newcomer.learner,
        status=EnrolmentStatus.QUEUED,
        enrolled_at=at,
        priority=priority_in(session, is_mandatory=newcomer.is_mandatory),
        is_mandatory=newcomer.is_mandatory,
        source=EnrolmentSource.ON_BEHALF if enrolled_by else EnrolmentSource.SELF,
        enrolled_by=enrolled_by,
        consented_to=session.version if session.version.consent_required else None,
        consented_at=at if session.version.consent_required else None,
        approval_needed=newcomer.approval.is_needed,
        approver_id=newcomer.approval.organisation_id,
        withdraw_until=withdrawal_closes_on(session, told_on=brussels_day(at) if enrolled_by else None),
        **asdict(newcomer.affiliated),
    )


def admit_late(
    newcomer: Newcomer,
    session: Session,
    meetings: Sequence[Meeting],
    *,
    fresh: Enrolment,
    engaged: Engaged,
) -> Enrolment:
    """Who takes a seat that is there, enrolment open or not: by their place in the queue, or afresh.

    Raises EnrolmentRefused. ``fresh``: a draft, which is saved if they don't wait.
    """
    other = engaged.enrolment
    waits = other is not None and other.session_id == session.pk and other.is_queued
    # Who waits has consented to the text themselves.
    has_consented = waits and other is not None and other.consented_to_id == session.version_id
    refuse_newcomer(
        newcomer,
        session,
        engaged._replace(enrolment=None) if waits else engaged,
        consent=session.version.number if has_consented else None,
        is_own=has_consented,
        at=None,
    )
    if other is None or not waits:
        fresh.save(force_insert=True)
        return fresh
    if busy_elsewhere([other], meetings, besides=session):
        raise Overlapping.with_(session)
    return lock_enrolment(other.pk, session)
