"""Small named predicates about enrolments, used by pages, services and templates alike."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.time import brussels_day
from courses.enums import Audience, SessionAudience
from courses.models import CourseVersion, Meeting, Session
from enrolment.errors import (
    Closed,
    EnrolmentRefused,
    ForAspirantsOnly,
    NotForAspirants,
    NotForYourOrganisation,
    NotOpenYet,
    NotPublished,
    NotStaff,
    WithdrawalClosed,
)
from enrolment.models import Enrolment
from people.enums import Cadre, Role
from people.models import User


@dataclass(frozen=True)
class Affiliated:
    """Where a person belongs on a day: what is stamped on enrolments and completions."""

    employer_id: int | None = None
    school_id: int | None = None
    cadre: str = ""

    @property
    def is_staff(self) -> bool:
        return bool(self.employer_id or self.school_id)

    @property
    def is_aspirant(self) -> bool:
        return self.school_id is not None

    @property
    def organisations(self) -> set[int]:
        return {pk for pk in (self.employer_id, self.school_id) if pk}

    @property
    def audiences(self) -> set[Audience]:
        """The audiences of the catalogue that this person belongs to."""
        audiences = {Audience.ALL_STAFF} if self.is_staff else set()
        if self.is_aspirant:
            audiences.add(Audience.ASPIRANT)
        elif self.cadre == Cadre.OPERATIONAL:
            audiences.add(Audience.OPERATIONAL)
        elif self.cadre == Cadre.CALOG:
            audiences.add(Audience.CALOG)
        return audiences


def affiliation_of(person: User, *, on: dt.date) -> Affiliated:
    """Employer, school and cadre on a day."""
    employer = school = None
    cadre = ""
    for membership in person.memberships.current(on=on).of(Role.EMPLOYEE, Role.ASPIRANT):
        if membership.role == Role.EMPLOYEE:
            employer, cadre = membership.organisation_id, membership.cadre
        else:
            school = membership.organisation_id
    return Affiliated(employer, school, cadre)


def enrolment_closes_on(session: Session) -> dt.date | None:
    """The last day to enrol, inclusive: the deadline, else the day of the first meeting."""
    return session.enrol_until or (brussels_day(session.starts_at) if session.starts_at else None)


def withdrawal_closes_on(session: Session) -> dt.date | None:
    """The last day to withdraw, inclusive: the deadline, else the day of the first meeting."""
    return session.withdraw_until or (brussels_day(session.starts_at) if session.starts_at else None)


def enrolment_refusal(
    session: Session, affiliated: Affiliated, *, open_to: Iterable[int], at: dt.datetime
) -> EnrolmentRefused | None:
    """Why a person can't enrol at an instant, seats and overlaps apart; None if they can."""
    today = brussels_day(at)
    open_to = set(open_to)
    closes_on = enrolment_closes_on(session)
    if not session.is_published or closes_on is None:
        return NotPublished()
    if not affiliated.is_staff:
        return NotStaff()
    if open_to and not open_to & affiliated.organisations:
        return NotForYourOrganisation()
    if session.audience == SessionAudience.ASPIRANTS and not affiliated.is_aspirant:
        return ForAspirantsOnly()
    if session.audience == SessionAudience.EXPERIENCED and affiliated.is_aspirant:
        return NotForAspirants()
    if session.enrol_from and today < session.enrol_from:
        return NotOpenYet(_("Enrolment opens on %(day)s.") % {"day": date_format(session.enrol_from)})
    if today > closes_on or at >= session.starts_at:
        return Closed()
    return None


def withdrawal_refusal(enrolment: Enrolment, session: Session, *, at: dt.datetime) -> WithdrawalClosed | None:
    """Why a person can't withdraw by themselves at an instant; leaving the queue is always possible."""
    if enrolment.is_queued:
        return None
    started = session.starts_at is not None and at >= session.starts_at
    if not started and (enrolment.withdraw_until is None or brussels_day(at) <= enrolment.withdraw_until):
        return None
    return WithdrawalClosed(
        _("The last day to withdraw by yourself has passed. Contact the organiser: %(contact)s.")
        % {"contact": session.contact_email or _("see the practical information")}
    )


def is_free(meeting: Meeting) -> bool:
    return meeting.capacity is None or meeting.taken < meeting.capacity


def has_room(meetings: Iterable[Meeting]) -> bool:
    """Whether every meeting that isn't optional has a free seat."""
    return all(is_free(meeting) for meeting in meetings if not meeting.part.optional)


def seats_left(meetings: Iterable[Meeting]) -> int | None:
    """The smallest number of free seats over the meetings that aren't optional; None: unlimited."""
    free = [
        meeting.capacity - meeting.taken
        for meeting in meetings
        if meeting.capacity is not None and not meeting.part.optional
    ]
    return min(free) if free else None


def who_sees_enrolment(version: CourseVersion, *, is_mandatory: bool) -> list[str | Promise]:
    """Who will see that a person enrols: told on the page before they do."""
    if version.is_sensitive:
        return [gettext_lazy("Only the trainers see your name. Nobody else sees that you enrol.")]
    if is_mandatory:
        return [
            gettext_lazy("The trainers see your name."),
            gettext_lazy("Your academy and your zone's HR see whether you completed it."),
        ]
    return [
        gettext_lazy("The trainers see your name."),
        gettext_lazy("Your zone's HR sees it once you completed it, never that you withdrew or were absent."),
    ]
