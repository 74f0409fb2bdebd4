"""One's own path through what was assigned."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from attendance.make_ups import Missed, coming
from core.time import brussels_day
from courses.models import Course
from enrolment.models import Completion, Enrolment, Seat
from people.models import User
from tracks.enums import TO_PLAN
from tracks.models import AssignedStep, Cohort, Exemption
from tracks.progress.standings import Standing, governing, records, standing_of


@dataclass(frozen=True)
class Path:
    """What a person must complete, as they alone see it."""

    standings: Sequence[Standing] = ()
    # By their ids: the tracks that were assigned, and what the person completed, booked or waits for.
    tracks: Collection[int] = ()
    followed: Collection[int] = ()

    @property
    def next_step(self) -> Standing | None:
        """The first for which nothing is planned yet."""
        return next((standing for standing in self.standings if standing.state in TO_PLAN), None)

    @property
    def to_choose(self) -> Standing | None:
        """The first for which its person has no seat, and waits for none; a part of one is chosen apart."""
        to_plan = (standing for standing in self.standings if standing.state in TO_PLAN)
        return next((each for each in to_plan if not each.queued_in and not each.missed), None)

    @cached_property
    def suggestions(self) -> list[Course]:
        """Voluntary courses that go with the tracks, read when shown; nobody else is told of them."""
        suggested: Iterable[Course] = Course.objects.suggested_by(self.tracks) if self.tracks else ()
        return [course for course in suggested if course.pk not in self.followed]


def path_of(
    person: User,
    *,
    completions: Iterable[Completion],
    enrolments: Iterable[Enrolment],
    make_ups: Iterable[Seat],
    missed: Iterable[Missed],
    at: dt.datetime,
) -> Path:
    """The path of a person, of whom completions are given, read only if need be; and, as
    ``attendance.make_ups`` reads them, their active enrolments, their make-ups and what they missed.
    """
    today = brussels_day(at)
    steps = _steps_of(person, on=today)
    if not steps:
        return Path()
    valid = (each for each in completions if each.valid_until is None or each.valid_until >= today)
    known = records(
        completed=((person.pk, each.version.course_id, each.completed_on) for each in valid),
        enrolments=coming(enrolments, at=at),
        exemptions=Exemption.objects.valid(on=today).filter(person=person),
        make_ups=make_ups,
        missed=missed,
    )
    return Path(
        standings=[standing_of(person.pk, step, known, on=today) for step in steps],
        tracks={step.assignment.track_id for step in steps},
        followed={course for _person, course in (*known.completed, *known.booked, *known.queued)},
    )


def _steps_of(person: User, *, on: dt.date) -> list[AssignedStep]:
    """What binds a person on a day, in order."""
    cohorts = Cohort.objects.of_memberships(person.memberships_today)
    steps = AssignedStep.objects.binding(on=on).for_classes(cohorts, [person])
    return sorted(governing(steps).values(), key=lambda step: (step.position, step.course_id))
