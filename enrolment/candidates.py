"""Who may give the meetings of a session, best first, and why somebody may not: few queries for all of them.

``courses.staffing`` asks the same of those who stand already, without the reasons.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from dateutil.relativedelta import relativedelta
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.formats import date_format
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from courses.enums import StaffRole
from courses.errors import BookedElsewhere, NotAccredited, NotFree, NoTrainer, StaffRefused
from courses.models import Accreditation, Meeting, MeetingStaff, Session
from courses.querysets.sessions import at_the_time_of
from courses.services.staffing import booked_elsewhere, not_free, overlap
from courses.staffing import with_staff_counts
from enrolment.models import Enrolment
from people.enums import Role
from people.models import Membership, User
from people.rules import holds_on

# How far back counts as recent, when the work is spread.
RECENT = relativedelta(months=12)


class Time(NamedTuple):
    starts_at: dt.datetime
    ends_at: dt.datetime


@dataclass
class Candidate:
    """Somebody who may be asked, with all that speaks for and against them."""

    person: User
    language: str
    accreditations: list[Accreditation] = field(default_factory=list)
    as_trainer: list[Membership] = field(default_factory=list)
    booked: list[Meeting] = field(default_factory=list)
    # Of what they follow themselves only the times are read: which course it is, is theirs.
    learning: list[Time] = field(default_factory=list)
    takes_part: bool = False
    # Sessions of the last twelve months, and those to come.
    given: int = 0

    @property
    def rank(self) -> tuple[bool, int, str]:
        """Best first: whose own language it is, then who gave least of late."""
        profile = self.person.profile
        return profile.administrative_language != self.language, self.given, profile.last_name

    def refusal(self, meeting: Meeting, role: str) -> StaffRefused | None:
        """Why they can't give a meeting; None if they can."""
        return self.unfit(meeting.local_date, role) or self._busy(meeting)

    def unfit(self, day: dt.date, role: str) -> StaffRefused | None:
        """Why they may not give this course on a day, free or not; None if they may."""
        name = self.person.get_full_name()
        said = {"name": name, "day": date_format(day)}
        if not self.person.is_active or not any(holds_on(role_held, day) for role_held in self.as_trainer):
            return NoTrainer(
                _("%(name)s has no role of trainer on %(day)s. Whoever manages the roles can give it.") % said
            )
        if not any(self._is_accredited(held, role, day) for held in self.accreditations):
            said |= {
                "role": str(StaffRole(role).label),
                "language": get_language_info(self.language)["name_translated"],
            }
            return NotAccredited(
                _(
                    "%(name)s has no accreditation for this course on %(day)s as %(role)s in this language: "
                    "%(language)s. Grant it under Trainers, or choose somebody else."
                )
                % said
            )
        return None

    def _is_accredited(self, held: Accreditation, role: str, day: dt.date) -> bool:
        return held.allows(role) and self.language in held.languages and holds_on(held, day)

    def _busy(self, meeting: Meeting) -> StaffRefused | None:
        for other in self.booked:
            if overlap(meeting, other):
                return BookedElsewhere(booked_elsewhere(self.person, other))
        if self.takes_part or any(overlap(meeting, time) for time in self.learning):
            return NotFree(not_free(self.person))
        return None


@dataclass(frozen=True)
class Bench:
    """The meetings of a session, who stands in them, and who could."""

    # With how many of each role accepted: see ``courses.staffing``.
    meetings: list[Any]
    staff: list[MeetingStaff]
    candidates: dict[int, Candidate]

    def able(self, meetings: Sequence[Meeting], role: str) -> list[Candidate]:
        """Who may give all of these meetings and was not asked yet, best first."""
        asked = {row.person_id for row in self.staff if row.meeting in meetings}
        able = [
            candidate
            for pk, candidate in self.candidates.items()
            if pk not in asked and not any(candidate.refusal(meeting, role) for meeting in meetings)
        ]
        return sorted(able, key=lambda candidate: candidate.rank)


def bench_of(session: Session, *, at: dt.datetime, person: User | None = None) -> Bench:
    """All who are accredited or stand in the session; or one person, whoever it is."""
    meetings = list(with_staff_counts(session.meetings.all()))
    staff = staff_of(session)
    accreditations = _accreditations(session, at=at)
    if person:
        accreditations = accreditations.filter(person=person)
    people = [person] if person else [row.person for row in staff]
    candidates = {each.pk: Candidate(each, session.language) for each in people}
    for held in accreditations:
        candidate = candidates.setdefault(held.person_id, Candidate(held.person, session.language))
        candidate.accreditations.append(held)
        candidate.given = held.given
    _read_roles(candidates)
    _read_bookings(candidates, session, meetings)
    _read_enrolments(candidates, session, meetings)
    return Bench(meetings, staff, candidates)


def unfit_on_other_days(
    session: Session, days: Mapping[int, dt.date], *, at: dt.datetime
) -> list[tuple[Meeting, StaffRefused]]:
    """Who may give a meeting on its day, but not on the other one that ``days`` says, by its id; and why."""
    staff = [row for row in staff_of(session) if row.is_standing and row.meeting_id in days]
    candidates = {row.person_id: Candidate(row.person, session.language) for row in staff}
    for held in _accreditations(session, at=at).filter(person__in=candidates):
        candidates[held.person_id].accreditations.append(held)
    _read_roles(candidates)
    unfit = []
    for row in staff:
        candidate = candidates[row.person_id]
        reason = candidate.unfit(days[row.meeting_id], row.role)
        # Who lacks something already is told on the session's page, and keeps no meeting where it is.
        if reason and not candidate.unfit(row.meeting.local_date, row.role):
            unfit.append((row.meeting, reason))
    return unfit


def staff_of(session: Session) -> list[MeetingStaff]:
    """Everybody who was asked for a meeting of a session, in the order of the meetings."""
    rows = MeetingStaff.objects.filter(meeting__session=session)
    return list(
        rows.select_related("person__profile", "meeting__part").order_by(
            "meeting__starts_at", "asked_at", "pk"
        )
    )


def alike(staff: MeetingStaff, among: Iterable[MeetingStaff]) -> list[MeetingStaff]:
    """What a person gives in a session in one role and with one answer: it is replaced in one go."""
    wanted = (staff.person_id, staff.role, staff.answer)
    return [row for row in among if (row.person_id, row.role, row.answer) == wanted]


def _accreditations(session: Session, *, at: dt.datetime) -> Any:
    """Those for the course, with ``given``: how much of everything their holder gave of late."""
    recent = (
        MeetingStaff.objects.accepted()
        .filter(person=OuterRef("person"), meeting__starts_at__gt=at - RECENT)
        .order_by()
        .values("person")
        .annotate(n=Count("meeting__session", distinct=True))
        .values("n")
    )
    return (
        Accreditation.objects.current()
        .filter(course=session.version.course_id)
        .select_related("person__profile")
        .annotate(given=Coalesce(Subquery(recent), 0))
    )


def _read_roles(candidates: dict[int, Candidate]) -> None:
    for membership in Membership.objects.current().filter(user__in=candidates, role=Role.TRAINER):
        candidates[membership.user_id].as_trainer.append(membership)


def _read_bookings(candidates: dict[int, Candidate], session: Session, meetings: Collection[Meeting]) -> None:
    clashing = MeetingStaff.objects.clashing(meetings, besides=session).filter(person__in=candidates)
    for row in clashing.with_session():
        candidates[row.person_id].booked.append(row.meeting)


def _read_enrolments(candidates: dict[int, Candidate], session: Session, meetings: Iterable[Meeting]) -> None:
    seats = Q(seats__released_at=None) & at_the_time_of(meetings, "seats__meeting")
    rows = (
        Enrolment.objects.active()
        .filter(Q(session=session) | seats, learner__in=candidates)
        .values_list("learner_id", "session_id", "seats__meeting__starts_at", "seats__meeting__ends_at")
    )
    for learner, taking_part, starts_at, ends_at in rows:
        candidate = candidates[learner]
        candidate.takes_part = candidate.takes_part or taking_part == session.pk
        if starts_at:
            candidate.learning.append(Time(starts_at, ends_at))
