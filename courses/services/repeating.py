"""The same session on other days: the hours on the clock stay, also where the clock changes in between.

What is said of a session is copied; people are not, neither participants nor trainers, and documents are
not, since they may speak of the people or of the day.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from django.db import transaction
from django.utils.translation import gettext as _

from core.models import AuditEntry
from core.templatetags.traject import short_day
from courses.errors import CannotRepeat, NothingToRepeat, Problem
from courses.models import CourseVersion, Session
from courses.services.drafting import Facts, create_draft, facts_of
from courses.services.scheduling import Plan, find_problems, in_one_room_at_once, lock_venues, plan_of
from courses.services.versions import lock_version
from people.models import User

WEEK = dt.timedelta(weeks=1)
MOST_REPEATS = 52


@dataclass(frozen=True)
class Occasion:
    """A day of a series: what would take place, and what stands in the way of it."""

    first_day: dt.date
    plans: list[Plan]
    problems: list[Problem]


def series_days(
    first_day: dt.date, *, weeks: int, times: int | None = None, until: dt.date | None = None
) -> Iterator[dt.date]:
    """The days every so many weeks after the first, up to a number of them or a last day, inclusive."""
    day, made = first_day + weeks * WEEK, 0
    while (times is None or made < times) and (until is None or day <= until):
        yield day
        day, made = day + weeks * WEEK, made + 1


@transaction.atomic
def duplicate(*, session: Session, first_day: dt.date, actor: User) -> Session:
    """Make a draft of the same session that starts on another day, under today's version of its course.

    Raises NothingToRepeat without meetings, and CannotPlan where the room is taken that day.
    """
    version = _todays_version(session)
    plans = _plans_from(session, version, first_day)
    facts = _facts_from(session, first_day)
    draft = create_draft(version=version, facts=facts, plans=plans, actor=actor)
    AuditEntry.record(action="session.duplicated", subject=draft, actor=actor, source=session.pk)
    return draft


def foresee_series(*, session: Session, days: Sequence[dt.date]) -> list[Occasion]:
    """What a series would be, with what stands in the way on each day; raises NothingToRepeat."""
    version = _todays_version(session)
    occasions: list[Occasion] = []
    for day in days:
        plans = _plans_from(session, version, day)
        problems = find_problems(plans, session=Session(version=version))
        problems += [problem for earlier in occasions for problem in _clashes(plans, earlier)]
        occasions.append(Occasion(day, plans, problems))
    return occasions


@transaction.atomic
def make_series(*, session: Session, days: Sequence[dt.date], actor: User) -> list[Session]:
    """Make a draft for each day, or none. Raises NothingToRepeat, and CannotRepeat if one is in the way."""
    # What each draft will lock, in the order in which it does.
    lock_version(_todays_version(session))
    lock_venues({meeting.venue_id for meeting in session.meetings.all()})
    occasions = foresee_series(session=session, days=days)
    if any(occasion.problems for occasion in occasions):
        raise CannotRepeat
    return [duplicate(session=session, first_day=day, actor=actor) for day in days]


def _todays_version(session: Session) -> CourseVersion:
    return session.version.course.current_version or session.version


def _later(session: Session, first_day: dt.date) -> dt.timedelta:
    if session.first_day is None:
        raise NothingToRepeat
    return first_day - session.first_day


def _plans_from(session: Session, version: CourseVersion, first_day: dt.date) -> list[Plan]:
    """The meetings as many days later, for the parts of the version that stand in the same place."""
    later = _later(session, first_day)
    parts = {part.position: part for part in version.parts.all()}
    return [
        replace(plan, part=parts[plan.part.position], start=plan.start + later, end=plan.end + later)
        for plan in map(plan_of, session.meetings.all())
        if plan.part.position in parts
    ]


def _facts_from(session: Session, first_day: dt.date) -> Facts:
    """What is said of the session, with its deadlines as many days before the start."""
    facts, later = facts_of(session), _later(session, first_day)
    return replace(
        facts,
        enrol_from=facts.enrol_from and facts.enrol_from + later,
        enrol_until=facts.enrol_until and facts.enrol_until + later,
        withdraw_until=facts.withdraw_until and facts.withdraw_until + later,
        decide_on=facts.decide_on and facts.decide_on + later,
    )


def _clashes(plans: Sequence[Plan], earlier: Occasion) -> Iterator[Problem]:
    """Where a session that takes longer than the pause is still on when the next one begins."""
    for plan in plans:
        if any(in_one_room_at_once(plan, other) for other in earlier.plans):
            message = _("The session of %(day)s of this series is still on there then.")
            yield Problem("room", message % {"day": short_day(earlier.first_day)}, plan.part.pk)
