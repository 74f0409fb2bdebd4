"""Small named predicates about enrolments, used by pages, services and templates alike."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.models import AuditEntry
from core.time import brussels_day
from courses.enums import SessionAudience
from courses.errors import IsCancelled
from courses.models import CourseVersion, Meeting, Session
from courses.querysets.sessions import last_day_to_decide
from courses.rules import unenforced_rules
from courses.staffing import what_lacks
from enrolment.enums import DEFAULT_PRIORITY, MANDATORY_FIRST, NOT_APPROVED, ApprovalState
from enrolment.errors import (
    Closed,
    ConsentIsPersonal,
    ConsentNeeded,
    EnrolmentRefused,
    ForAspirantsOnly,
    GivesItThemselves,
    Imposed,
    NotForAspirants,
    NotForYourOrganisation,
    NothingToMove,
    NotOpenYet,
    NotPublished,
    NotStaff,
    TakingBackClosed,
    WithdrawalClosed,
)
from enrolment.models import Enrolment
from enrolment.wording import imposed_text
from people.enums import Role
from people.models import Membership, User
from people.rules import Affiliated, deciders_of


def enrolment_opens_on(session: Session) -> dt.date | None:
    """The first day to enrol; a workshop opens with its programme at the earliest."""
    own, programme = session.enrol_from, session.programme
    return max(filter(None, [own, programme.enrol_from if programme else None]), default=None)


def enrolment_closes_on(session: Session) -> dt.date | None:
    """The last day to enrol, inclusive: the deadline, else the day of the first meeting.

    A workshop closes with its programme at the latest.
    """
    own = session.enrol_until or (brussels_day(session.starts_at) if session.starts_at else None)
    programme = session.programme
    return min(filter(None, [own, programme.enrol_until if programme else None]), default=None)


def withdrawal_closes_on(session: Session, *, told_on: dt.date | None = None) -> dt.date | None:
    """The last day to withdraw, inclusive: the deadline, else the day of the first meeting.

    None where people consent: consent that can't be taken back until it starts is none.
    ``told_on``: when somebody heard that others enrolled them; a few days are theirs, whatever the deadline.
    """
    if session.version.consent_required:
        return None
    starts_on = brussels_day(session.starts_at) if session.starts_at else None
    closes_on = session.withdraw_until or starts_on
    if told_on is None or closes_on is None or starts_on is None:
        return closes_on
    return max(closes_on, min(told_on + dt.timedelta(days=settings.DAYS_TO_DECLINE), starts_on))


def has_started(session: Session, *, at: dt.datetime) -> bool:
    return session.starts_at is not None and at >= session.starts_at


def has_too_few(session: Session, seated: int, *, at: dt.datetime) -> bool:
    """Whether its organisers are to decide now; of many sessions ``querysets.with_too_few`` says it."""
    if not session.is_published or not session.is_undecided or has_started(session, at=at):
        return False
    is_due = session.decide_on is not None and session.decide_on <= last_day_to_decide(at=at)
    return is_due and seated < (session.min_participants or 0)


def enrolment_refusal(
    session: Session,
    affiliated: Affiliated,
    *,
    open_to: Iterable[int],
    gives_it: bool,
    at: dt.datetime,
) -> EnrolmentRefused | None:
    """Why a person can't enrol at an instant, seats and overlaps apart; None if they can."""
    return participation_refusal(session, affiliated, open_to=open_to, gives_it=gives_it) or window_refusal(
        session, at=at
    )


def participation_refusal(
    session: Session, affiliated: Affiliated, *, open_to: Iterable[int], gives_it: bool
) -> EnrolmentRefused | None:
    """Why a session isn't for a person at all, whenever they ask; seats and overlaps apart.

    ``open_to``: the organisations that the session is for, none for all; ``gives_it``: whether the
    person is a trainer of it.
    """
    if not session.is_published or not session.starts_at:
        return NotPublished()
    if not affiliated.is_staff:
        return NotStaff()
    if gives_it:
        return GivesItThemselves()
    return _audience_refusal(session, affiliated, set(open_to))


def consent_refusal(version: CourseVersion, *, consent: int | None, is_own: bool) -> EnrolmentRefused | None:
    """Why an enrolment lacks the consent that its course asks for; None if it doesn't.

    ``consent``: the number of the version whose text was agreed to; ``is_own``: by the learner themselves.
    """
    if not version.consent_required:
        return None
    if not is_own:
        return ConsentIsPersonal()
    return None if consent == version.number else ConsentNeeded()


def _audience_refusal(session: Session, affiliated: Affiliated, open_to: set[int]) -> EnrolmentRefused | None:
    if open_to and not open_to & affiliated.organisations:
        return NotForYourOrganisation()
    if session.audience == SessionAudience.ASPIRANTS and not affiliated.is_aspirant:
        return ForAspirantsOnly()
    if session.audience == SessionAudience.EXPERIENCED and affiliated.is_aspirant:
        return NotForAspirants()
    return None


def window_refusal(session: Session, *, at: dt.datetime) -> EnrolmentRefused | None:
    """Why enrolment isn't open at an instant; None if it is."""
    today = brussels_day(at)
    opens_on, closes_on = enrolment_opens_on(session), enrolment_closes_on(session)
    if opens_on and today < opens_on:
        return NotOpenYet(_("Enrolment opens on %(day)s.") % {"day": date_format(opens_on)})
    if (closes_on and today > closes_on) or has_started(session, at=at):
        return Closed()
    return None


def may_decide_about(enrolment: Enrolment, person: User, *, on: dt.date) -> bool:
    """Whether somebody approves, or not, for the organisation whose yes an enrolment needs."""
    if enrolment.approver_id is None:
        return False
    deciders = deciders_of([enrolment.approver_id], on=on)[enrolment.approver_id]
    return person.pk in deciders.about(enrolment.learner_id)


def approval_state(enrolment: Enrolment, *, at: dt.datetime) -> ApprovalState:
    """What was decided; a yes stays one, so that nobody reads from it whether the person withdrew later."""
    session = enrolment.session
    if enrolment.approved_at:
        return ApprovalState.APPROVED
    if enrolment.is_active and session.is_published and not has_started(session, at=at):
        return ApprovalState.OPEN
    said_no = AuditEntry.objects.filter(
        action=NOT_APPROVED, subject_type=enrolment._meta.label_lower, subject_id=enrolment.pk
    )
    return ApprovalState.NOT_APPROVED if said_no.exists() else ApprovalState.OVER


def withdrawal_refusal(enrolment: Enrolment, session: Session, *, at: dt.datetime) -> WithdrawalClosed | None:
    """Why a person can't withdraw by themselves at an instant: from what is mandatory and was made by others.

    The last day is one for seats: who waits for a seat, or for somebody's yes to it, can leave at any time.
    """
    if enrolment.is_imposed:
        return Imposed(imposed_text(enrolment))
    if not _is_too_late(enrolment, session, at=at):
        return None
    if session.version.early_exit_allowed and has_started(session, at=at):
        return WithdrawalClosed(
            _("It has started. You may stop at any moment, without a reason: tell a trainer, or just leave.")
        )
    return WithdrawalClosed(
        _("The last day to withdraw by yourself has passed. Contact the organiser: %(contact)s.")
        % {"contact": _contact(session)}
    )


def overlap(some: Iterable[Meeting], others: Iterable[Meeting]) -> bool:
    """Whether one of these is at the time of one of those; meetings that touch do not overlap."""
    others = list(others)
    return any(
        one.starts_at < other.ends_at and other.starts_at < one.ends_at for one in some for other in others
    )


def taking_back_refusal(
    enrolment: Enrolment, session: Session, *, at: dt.datetime
) -> TakingBackClosed | None:
    """Why those who made an enrolment can't take it back at an instant: they have the person's deadline."""
    if not _is_too_late(enrolment, session, at=at):
        return None
    return TakingBackClosed(
        _("The last day to take it back has passed. Contact the organiser: %(contact)s.")
        % {"contact": _contact(session)}
    )


def transfer_refusal(
    enrolment: Enrolment, session: Session, *, is_own: bool, at: dt.datetime
) -> DomainError | None:
    """Why a booking can't be moved away from a session at an instant; ``is_own``: by the person themselves.

    It gives the seat up, so whoever moves it keeps to the days for that.
    """
    if not enrolment.is_active or has_started(session, at=at):
        return NothingToMove()
    refusal = withdrawal_refusal if is_own else taking_back_refusal
    return refusal(enrolment, session, at=at)


def _is_too_late(enrolment: Enrolment, session: Session, *, at: dt.datetime) -> bool:
    last_day = enrolment.withdraw_until
    has_passed = last_day is not None and brussels_day(at) > last_day
    return enrolment.is_confirmed and (has_passed or has_started(session, at=at))


def _contact(session: Session) -> str:
    return session.contact_email or _("see the practical information")


def priority_in(session: Session, *, is_mandatory: bool) -> int:
    """Where somebody stands in the queue of a session before their date is looked at."""
    return MANDATORY_FIRST if session.mandatory_first and is_mandatory else DEFAULT_PRIORITY


def has_room(meetings: Iterable[Meeting], *, besides: int = 0) -> bool:
    """Whether every meeting that isn't optional has a free seat; ``besides``: promised, not counted yet."""
    left = seats_left(meetings)
    return left is None or left > besides


def seats_left(meetings: Iterable[Meeting]) -> int | None:
    """The smallest number of free seats over the meetings that aren't optional; None: unlimited."""
    free = [meeting.seats_left for meeting in meetings if not meeting.part.optional]
    return min((left for left in free if left is not None), default=None)


def can_manage_sessions(user: User) -> bool:
    """The catalogue managers of the diversity network, and the platform's administrators."""
    return user.has_role(Role.CATALOGUE_MANAGER, Role.ADMINISTRATOR)


def organisers_of(session: Session, *, on: dt.date) -> "QuerySet[Membership]":
    """Who answers for a session: the catalogue managers of its organiser, else of all organisations.

    The platform's administrators are none of them.
    """
    managers = Membership.objects.current(on=on).filter(role=Role.CATALOGUE_MANAGER)
    own = managers.filter(organisation=session.organiser_id)
    return own if session.organiser_id and own.exists() else managers


def can_follow_sessions(user: User) -> bool:
    """Whoever manages sessions, and partners: they see when theirs take place, and how many come."""
    return can_manage_sessions(user) or user.has_role(Role.PARTNER)


def takes_part(user: User, enrolment: Enrolment | None, *, makes_up: bool, gives_it: bool) -> bool:
    """Who has a seat in a session, be it to make up for a part, or gives it: its documents are for them."""
    has_seat = makes_up or (enrolment is not None and enrolment.is_confirmed)
    return has_seat or (gives_it and user.has_role(Role.TRAINER))


def has_moved_since(enrolment: Enrolment, session: Session) -> bool:
    """Whether the session has another date or place than when somebody enrolled."""
    return session.moved_at is not None and enrolment.enrolled_at < session.moved_at


def missing_to_publish(session: Session, meetings: Sequence[Any], *, at: dt.datetime) -> list[str]:
    """All that stands in the way of putting a session on offer, each with what to do about it.

    ``meetings`` come ``with_staff_counts``; of the version its rules and parts are read.
    """
    if session.is_cancelled:
        return [str(IsCancelled.message)]
    missing = rules_in_the_way(session.version)
    if session.version.course.programme_id and not (session.programme and session.programme.is_published):
        missing.append(_("This is a workshop of a programme: add it to an edition, and publish that."))
    if session.version.aftercare and not session.aftercare_contact:
        missing.append(
            _("Say whom people can contact afterwards: in the course, or as the contact of the session.")
        )
    planned = {meeting.part_id for meeting in meetings}
    if unplanned := [part for part in session.version.required_parts if part.pk not in planned]:
        missing.append(
            _("These parts have no meeting yet: %(parts)s.")
            % {"parts": ", ".join(str(part.title) for part in unplanned)}
        )
    if (meetings or not unplanned) and (session.starts_at is None or session.starts_at <= at):
        missing.append(_("The first meeting must lie in the future."))
    if session.decide_on and session.decide_on <= brussels_day(at):
        missing.append(_("The day on which it is decided has come: choose one that is still to come."))
    if lacking := whom_it_lacks(meetings):
        missing.append(
            _("Not enough people have accepted to give it yet. Missing: %(missing)s.") % {"missing": lacking}
        )
    return missing


def rules_in_the_way(version: CourseVersion) -> list[str]:
    """Why nothing of a version can be put on offer yet: rules that nobody could keep."""
    reasons = []
    if rules := unenforced_rules(version):
        reasons.append(
            _("This course carries rules that the platform does not enforce yet: %(rules)s.")
            % {"rules": ", ".join(str(rule) for rule in rules)}
        )
    texts = [getattr(version, column) for column in CourseVersion.consent_text.fields]
    if version.consent_required and not all(texts):
        reasons.append(
            _("This course asks for consent: write what people consent to in every language first.")
        )
    return reasons


def whom_it_lacks(meetings: Iterable[Any]) -> str:
    """Who has still to accept to give which of the meetings, ``with_staff_counts``, in words."""
    lacking = [(meeting, what_lacks(meeting)) for meeting in meetings]
    return "; ".join(f"{meeting.part.title}: {', '.join(lacks)}" for meeting, lacks in lacking if lacks)
