"""What those who give a session answer, and what they are told; ``enrolment``, which knows who is free, asks.

Every write first locks the session. Whoever gives somebody another time locks that person too, after the
session and by id, so that nobody is booked twice.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import AuditEntry
from core.templatetags.traject import short_day, times
from courses import emails
from courses.enums import ALLOWED_ANSWERS, SessionStatus, StaffAnswer
from courses.errors import CannotGiveIt, MeetingBegun, NothingToAnswer, SessionCancelled
from courses.models import Meeting, MeetingStaff, Part, Session
from courses.querysets.sessions import Slot
from courses.staffing import able
from people.models import User


class Planned(Slot, Protocol):
    """The time of a part: that of its meeting, or another one that somebody wants."""

    @property
    def part(self) -> Part: ...


@transaction.atomic
def answer_invitation(
    *, session: Session, person: User, answer: StaffAnswer, meetings: Collection[Meeting] | None = None
) -> list[MeetingStaff]:
    """Accept or decline to give meetings, all of them unless some are named; returns those that changed.

    What was accepted can still be declined until it begins. Raises NothingToAnswer, SessionCancelled, and
    CannotGiveIt when somebody accepts what they may not give on its day.
    """
    session = _locked(session)
    now = timezone.now()
    own = list(_with_all(session).filter(person=person, meeting__starts_at__gt=now))
    asked = [row for row in own if meetings is None or row.meeting in meetings]
    if not asked:
        raise NothingToAnswer
    changing = [row for row in asked if row.answer != answer]
    if answer == StaffAnswer.ACCEPTED:
        _refuse_unable(session, changing)
    was_accepted = [row for row in changing if row.is_accepted]
    for row in changing:
        _move(row, answer, at=now)
        AuditEntry.record(action=f"staff.{answer}", subject=row, actor=person)
    if all(row.answer != StaffAnswer.INVITED for row in own):
        emails.cancel_pending_about(session, person)
    if changing and answer == StaffAnswer.ACCEPTED:
        emails.tell_accepted(session, changing)
    elif was_accepted:
        emails.tell_declined(session, was_accepted)
    return changing


@transaction.atomic
def release_staff(*, session: Session, staff: Collection[MeetingStaff], actor: User) -> None:
    """Take people off meetings that have not begun; who stood there is told. Raises MeetingBegun."""
    session = _locked(session)
    rows = list(_with_all(session, declined_too=True).filter(pk__in=[row.pk for row in staff]))
    now = timezone.now()
    if any(row.meeting.starts_at <= now for row in rows):
        raise MeetingBegun
    for row in rows:
        AuditEntry.record(action="staff.released", subject=row, actor=actor, person=row.person_id)
    MeetingStaff.objects.filter(pk__in=[row.pk for row in rows]).delete()
    for standing in _by_person_and_answer(row for row in rows if row.is_standing):
        emails.tell_released(session, standing)


def staff_ids(session: Session) -> set[int]:
    """Who stands in a session: to be locked, in one statement with the learners, by whoever moves it."""
    standing = MeetingStaff.objects.standing().filter(meeting__session=session)
    return set(standing.values_list("person_id", flat=True))


def lock_staff(session: Session) -> None:
    """Lock those who stand in a session, by id, where no learner is locked."""
    people = User.objects.select_for_update(no_key=True).filter(pk__in=staff_ids(session))
    list(people.order_by("pk").values_list("pk", flat=True))


def find_clashes(*, session: Session, plans: Sequence[Planned]) -> list[tuple[int, str]]:
    """Whom other times of the parts would book twice: the id of the part, and a sentence for the manager.

    The people are locked: see ``staff_ids``.
    """
    standing = list(_with_all(session))
    booked = defaultdict(list)
    for row in (
        MeetingStaff.objects.clashing(plans, besides=session)
        .filter(person__in=[row.person_id for row in standing])
        .with_session()
    ):
        booked[row.person_id].append(row.meeting)
    learning = _learning(session, [row.person_id for row in standing])
    pairs = [(plan, row) for plan in plans for row in standing if row.meeting.part_id == plan.part.pk]
    return [
        *(
            (plan.part.pk, booked_elsewhere(row.person, meeting))
            for plan, row in pairs
            for meeting in booked[row.person_id]
            if overlap(plan, meeting)
        ),
        *(
            (plan.part.pk, not_free(row.person))
            for plan, row in pairs
            if any(overlap(plan, meeting) for meeting in learning[row.person_id])
        ),
    ]


def _learning(session: Session, people: Collection[int]) -> dict[int, list[Meeting]]:
    """Where people have a seat to come, by their id."""
    held = Meeting.objects.exclude(session=session).filter(
        seats__released_at=None, seats__enrolment__learner__in=people, ends_at__gt=timezone.now()
    )
    meetings: dict[int, list[Meeting]] = defaultdict(list)
    for meeting in held.annotate(learner=F("seats__enrolment__learner")):
        meetings[meeting.learner].append(meeting)
    return meetings


def overlap(one: Slot, other: Slot) -> bool:
    """Whether two times have a minute in common; those that touch have not."""
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def booked_elsewhere(person: User, meeting: Meeting) -> str:
    """Why somebody is not free, by the discreet title."""
    return _("%(name)s is booked at that time by %(title)s (%(day)s, %(times)s). Choose somebody else.") % {
        "name": person.get_full_name(),
        "title": meeting.session.version.discreet_title,
        "day": short_day(meeting.starts_at),
        "times": times(meeting.starts_at, meeting.ends_at),
    }


def not_free(person: User) -> str:
    """Why somebody is not free, where it is nobody's business what they do."""
    return _("%(name)s is not free at that time. Choose somebody else.") % {"name": person.get_full_name()}


def tell_moved(*, session: Session) -> None:
    """Tell those who give a session its new times, after ``sequence`` rose."""
    for rows in _told_anew(session):
        emails.tell_moved(session, rows)


def tell_cancelled(*, session: Session) -> None:
    """Tell those who would have given a session that it does not take place."""
    for rows in _told_anew(session):
        emails.tell_cancelled(session, rows)


def _locked(session: Session) -> Session:
    locked = Session.objects.select_related("version").select_for_update(no_key=True, of=["self"])
    fresh: Session = locked.get(pk=session.pk)
    return fresh


def _with_all(session: Session, *, declined_too: bool = False) -> "QuerySet[MeetingStaff]":
    """Who stands in a session, with all that a mail says; in the order of the meetings."""
    staff = MeetingStaff.objects.all() if declined_too else MeetingStaff.objects.standing()
    rows: QuerySet[MeetingStaff] = staff.filter(meeting__session=session)
    return rows.select_related("person__profile", "meeting__part", "meeting__venue").order_by(
        "meeting__starts_at", "pk"
    )


def _told_anew(session: Session) -> list[list[MeetingStaff]]:
    """Those who stand, by person and answer; what still waits to be sent to them is not true any more."""
    groups = _by_person_and_answer(_with_all(session))
    for rows in groups:
        emails.cancel_pending_about(session, rows[0].person)
    return groups


def _by_person_and_answer(staff: Iterable[MeetingStaff]) -> list[list[MeetingStaff]]:
    """One mail for each: what was accepted lies in a calendar, what was not is only told."""
    groups: dict[tuple[int, str], list[MeetingStaff]] = defaultdict(list)
    for row in staff:
        groups[row.person_id, row.answer].append(row)
    return list(groups.values())


def _refuse_unable(session: Session, staff: Collection[MeetingStaff]) -> None:
    if session.status == SessionStatus.CANCELLED:
        raise SessionCancelled
    rows = [row.pk for row in staff]
    if able(MeetingStaff.objects.filter(pk__in=rows)).count() < len(rows):
        raise CannotGiveIt


def _move(row: MeetingStaff, answer: StaffAnswer, *, at: dt.datetime) -> None:
    if answer not in ALLOWED_ANSWERS[row.answer]:
        raise ValueError(f"{row.answer} does not become {answer}")
    row.answer, row.answered_at = answer, at
    row.save(update_fields=["answer", "answered_at"])
