"""What comes first: whether somebody has what a course asks for on the first day of a session.

A completion of the course counts from its day to its last one; that of an equivalent course as well, while
the equivalence holds; and a granted exception until its last day. An exemption from a track is no knowledge:
it doesn't count.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from core.templatetags.traject import day
from courses.models import Course, CourseVersion, Prerequisite
from enrolment.errors import PrerequisiteMissing
from enrolment.models import Completion, PrerequisiteException
from people.models import User

# From which day to which something counts, both inclusive.
Span = tuple[dt.date, dt.date]
ALWAYS: Span = (dt.date.min, dt.date.max)


@dataclass(frozen=True)
class Missing:
    """A course that comes first, and that somebody doesn't have on a day."""

    course: Course
    required: bool
    # When what they had ends, or ended, before that day; None: there was nothing.
    last_day: dt.date | None
    # What they asked for last.
    exception: PrerequisiteException | None

    @property
    def is_private(self) -> bool:
        """Whether it is nobody else's business who followed it."""
        version = self.course.current_version
        return version is not None and (version.is_sensitive or version.members_only)

    def __str__(self) -> str:
        if self.last_day is None:
            return _("You have not completed %(title)s yet.") % {"title": self.course.title}
        return _("What you have of %(title)s counts until %(day)s: not long enough.") % {
            "title": self.course.title,
            "day": day(self.last_day),
        }


@dataclass(frozen=True)
class Learned:
    """What comes first, and when some people have it: nothing else of their record is read."""

    # By the id of the version.
    befores: Mapping[int, Sequence[Prerequisite]]
    people: Collection[int]
    # By the ids of the person and of the course that comes first.
    spans: Mapping[tuple[int, int], Sequence[Span]]

    def missing(self, version: CourseVersion, person: User, *, on: dt.date | None) -> list[Missing]:
        """What a person lacks on a day, of what a version requires or recommends; without a day, nothing."""
        if on is None:
            return []
        missing = []
        for before in self.befores.get(version.pk, ()):
            spans = self.spans.get((person.pk, before.course_id), ())
            if any(first <= on <= last for first, last in spans):
                continue
            asked = self._exceptions.get((person.pk, version.course_id, before.course_id), ())
            if not any(each.counts_on(on) for each in asked):
                ended = [last for _first, last in spans if last < on]
                ended += [each.valid_until for each in asked if each.is_granted and each.valid_until]
                exception = asked[-1] if asked else None
                missing.append(Missing(before.course, before.required, max(ended, default=None), exception))
        return missing

    @cached_property
    def _exceptions(self) -> Mapping[tuple[int, int, int], Sequence[PrerequisiteException]]:
        """By the ids of the person and of both courses, the latest last; read if somebody lacks something."""
        courses = {before.course_id for rows in self.befores.values() for before in rows}
        asked = PrerequisiteException.objects.filter(person__in=self.people, prerequisite__in=courses)
        exceptions: dict[tuple[int, int, int], list[PrerequisiteException]] = defaultdict(list)
        for each in asked.order_by("asked_at", "pk"):
            exceptions[each.person_id, each.course_id, each.prerequisite_id].append(each)
        return exceptions


def read_learned(versions: Collection[CourseVersion], people: Collection[int]) -> Learned:
    """What counts of some people, by their ids, for course versions.

    One statement where something comes first, and those for what it is if it wasn't read yet.
    """
    befores = {version.pk: list(version.prerequisites.all()) for version in versions}
    spans: dict[tuple[int, int], list[Span]] = defaultdict(list)
    if counts_for := _what_counts(chain.from_iterable(befores.values())):
        for person, completed, span in _completed(people, counts_for):
            for course, held in counts_for[completed].items():
                first, last = max(span[0], held[0]), min(span[1], held[1])
                if first <= last:
                    spans[person, course].append((first, last))
    return Learned(befores, people, spans)


def prerequisite_refusal(
    learned: Learned, version: CourseVersion, learner: User, *, on: dt.date | None
) -> PrerequisiteMissing | None:
    """Why a person can't enrol for lack of what comes first; what is only recommended refuses nobody.

    ``on``: the first day of the session, when they enrol. If it moves to a later day, on which what they had
    has ended, they keep their seat: the rule that bound the enrolment was met.
    """
    sentences = [str(each) for each in learned.missing(version, learner, on=on) if each.required]
    return PrerequisiteMissing.because(sentences) if sentences else None


def _what_counts(befores: Iterable[Prerequisite]) -> dict[int, dict[int, Span]]:
    """By the id of a completed course: for which courses it counts, and from when to when."""
    counts_for: dict[int, dict[int, Span]] = defaultdict(dict)
    for before in befores:
        counts_for[before.course_id][before.course_id] = ALWAYS
        for row in before.course.equivalences.all():
            held = row.valid_from or dt.date.min, row.valid_until or dt.date.max
            counts_for[row.equivalent_id][before.course_id] = held
    return counts_for


def _completed(people: Collection[int], courses: Collection[int]) -> Iterator[tuple[int, int, Span]]:
    """Person, course, and when it counts: ``CompletionQuerySet.valid`` says it of one day."""
    rows = Completion.objects.current().filter(person__in=people, version__course__in=courses)
    for person, course, completed_on, valid_until in rows.values_list(
        "person_id", "version__course_id", "completed_on", "valid_until"
    ):
        yield person, course, (completed_on, valid_until or dt.date.max)
