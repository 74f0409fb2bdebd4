"""How far people are with what they were assigned: computed when it is asked, stored nowhere."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Count, Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from attendance.make_ups import Missed, coming_or_to_make_up, make_ups_in, missed_in
from attendance.querysets import alphabetical
from attendance.rules import CLOSE_WITHIN
from core.templatetags.traject import short_day
from core.time import brussels_day
from courses.models import Course, CourseVersion, Meeting, Session
from enrolment.models import Completion, Enrolment, Seat
from people.enums import Role
from people.models import Membership, User
from tracks.enums import LETTERS, TO_PLAN, StepState
from tracks.models import AssignedStep, Cohort, Exemption
from tracks.querysets import AssignedStepQuerySet, CohortQuerySet, class_memberships

# A person and a course, by their ids.
Key = tuple[int, int]


@dataclass(frozen=True)
class Records:
    """What some people have completed, booked, wait for and need not follow."""

    completed: Mapping[Key, dt.date]
    booked: Mapping[Key, Session]
    queued: Mapping[Key, Session]
    exempt: Mapping[Key, Exemption]
    # Of those who followed the rest: the meeting in which they make up for a part, and the part that is left.
    made_up: Mapping[Key, Meeting]
    missed: Mapping[Key, Missed]


@dataclass(frozen=True)
class Standing:
    """How far one person is with one step."""

    step: AssignedStep
    state: StepState
    # When it was done, is booked, or was exempted.
    day: dt.date | None = None
    session: Session | None = None
    queued_in: Session | None = None
    exemption: Exemption | None = None
    # What is left of a step of which the rest was followed.
    missed: Missed | None = None

    @property
    def course(self) -> Course:
        return self.step.course

    @property
    def version(self) -> CourseVersion | None:
        return self.course.current_version

    @property
    def title(self) -> str:
        return discreet_title(self.course)

    @property
    def letter(self) -> str:
        return str(LETTERS[self.state])

    @property
    def text(self) -> str:
        """The state in words, with its day."""
        words = {"day": short_day(self.day), "due": short_day(self.step.due_on)}
        texts = {
            StepState.DONE: _("done on %(day)s"),
            StepState.BOOKED: _("booked on %(day)s"),
            StepState.EXEMPT: _("exempt since %(day)s"),
            StepState.LATE: _("late: was due on %(due)s"),
            StepState.OPEN: _("open: due on %(due)s"),
        }
        text = texts[self.state] % words
        if self.queued_in:
            return f"{text}, {_('on the waiting list')}"
        if self.missed:
            return f"{text}, {_('to make up: %(part)s') % {'part': self.missed.part.title}}"
        return text

    @property
    def own_text(self) -> str:
        """The same to the person themselves, without a word of blame."""
        if self.queued_in:
            return _("you are on the waiting list")
        if self.missed:
            return _("still to come: %(part)s") % {"part": self.missed.part.title}
        if self.state == StepState.LATE:
            return _("was due on %(day)s, and can still be done") % {"day": short_day(self.step.due_on)}
        return self.text


@dataclass(frozen=True)
class Row:
    """A person of a class, with a standing for each column; None where nothing is assigned to them."""

    person: User
    cells: Sequence[Standing | None]

    @property
    def late(self) -> int:
        return sum(cell is not None and cell.state == StepState.LATE for cell in self.cells)


@dataclass(frozen=True)
class Column:
    """A course that somebody of a class must complete."""

    course: Course
    standings: Sequence[Standing]

    @property
    def title(self) -> str:
        return discreet_title(self.course)

    @property
    def counts(self) -> Counter[StepState]:
        return Counter(standing.state for standing in self.standings)

    @property
    def to_plan(self) -> int:
        return sum(self.counts[state] for state in TO_PLAN)

    @property
    def late(self) -> int:
        return self.counts[StepState.LATE]

    @property
    def due_days(self) -> list[dt.date]:
        return sorted({standing.step.due_on for standing in self.standings})

    @property
    def sentence(self) -> str:
        """12 done, 3 booked, 1 late."""
        counts = self.counts
        said = [
            _("%(count)d %(state)s") % {"count": counts[state], "state": state.label}
            for state in StepState
            if counts[state]
        ]
        return ", ".join(said)


@dataclass(frozen=True)
class Matrix:
    """A class: its people, whoever is late on top, by the courses that they must complete."""

    cohort: Cohort
    columns: Sequence[Column] = ()
    rows: Sequence[Row] = ()

    @property
    def people(self) -> int:
        return len(self.rows)

    @property
    def late_people(self) -> int:
        return sum(row.late > 0 for row in self.rows)

    @property
    def columns_to_plan(self) -> list[Column]:
        return [column for column in self.columns if column.to_plan]


def discreet_title(course: Course) -> str:
    """The title for everybody but the person themselves."""
    version = course.current_version
    return version.discreet_title if version else course.slug


def records_of(people: Collection[int], courses: Collection[int], *, at: dt.datetime) -> Records:
    """Three statements, whatever the number of people and courses; more if somebody missed a part."""
    today = brussels_day(at)
    completions = Completion.objects.valid(on=today).filter(person__in=people, version__course__in=courses)
    completed = completions.order_by("completed_on").values_list(
        "person_id", "version__course_id", "completed_on"
    )
    active = Enrolment.objects.active().filter(learner__in=people, session__version__course__in=courses)
    enrolments = list(
        coming_or_to_make_up(active, at=at).with_learner().select_related("session__version__course")
    )
    exemptions = Exemption.objects.valid(on=today).filter(person__in=people, course__in=courses)
    return records(
        completed=((person, course, day) for person, course, day in completed),
        enrolments=[each for each in enrolments if each.session.ends_at >= at - CLOSE_WITHIN],
        exemptions=exemptions,
        make_ups=make_ups_in(enrolments, at=at),
        missed=missed_in(enrolments),
    )


def records(
    *,
    completed: Iterable[tuple[int, int, dt.date]],
    enrolments: Iterable[Enrolment],
    exemptions: Iterable[Exemption],
    make_ups: Iterable[Seat] = (),
    missed: Iterable[Missed] = (),
) -> Records:
    """Of what was read already: person, course and day of completions, the earliest first."""
    booked: dict[Key, Session] = {}
    queued: dict[Key, Session] = {}
    for enrolment in enrolments:
        (booked if enrolment.is_confirmed else queued)[_key(enrolment)] = enrolment.session
    return Records(
        completed={(person, course): day for person, course, day in completed},
        booked=booked,
        queued=queued,
        exempt={(exemption.person_id, exemption.course_id): exemption for exemption in exemptions},
        made_up={_key(seat.enrolment): seat.meeting for seat in make_ups},
        missed={_key(each.enrolment): each for each in missed},
    )


def _key(enrolment: Enrolment) -> Key:
    return (enrolment.learner_id, enrolment.session.version.course_id)


def standing_of(person: int, step: AssignedStep, known: Records, *, on: dt.date) -> Standing:
    """Done goes before exempt, exempt before booked; what is neither is late once its day has passed."""
    key = (person, step.course_id)
    if day := known.completed.get(key):
        return Standing(step, StepState.DONE, day)
    if exemption := known.exempt.get(key):
        return Standing(step, StepState.EXEMPT, exemption.valid_from, exemption=exemption)
    if session := known.booked.get(key):
        day = brussels_day(session.starts_at) if session.starts_at else None
        return Standing(step, StepState.BOOKED, day, session=session)
    missed = known.missed.get(key)
    if (meeting := known.made_up.get(key)) and not missed:
        return Standing(step, StepState.BOOKED, meeting.local_date, session=meeting.session)
    state = StepState.LATE if step.due_on < on else StepState.OPEN
    return Standing(step, state, queued_in=known.queued.get(key), missed=missed)


def governing(steps: Iterable[AssignedStep]) -> dict[int, AssignedStep]:
    """The step that binds, by course: what was assigned to a person goes before what their class was,
    and the earlier day before the later.
    """
    binding: dict[int, AssignedStep] = {}
    for step in sorted(steps, key=lambda step: (step.assignment.person_id is None, step.due_on, step.pk)):
        binding.setdefault(step.course_id, step)
    return binding


def matrices_of(cohorts: Sequence[Cohort], *, at: dt.datetime) -> list[Matrix]:
    """Seven statements, whatever the number of classes, people and courses."""
    today = brussels_day(at)
    people = people_of(cohorts, on=today)
    everybody = [person.pk for members in people.values() for person in members]
    steps = AssignedStep.objects.binding(on=today).for_classes(cohorts, everybody).shown_to_academies()
    to_class: dict[int | None, list[AssignedStep]] = defaultdict(list)
    to_person: dict[int | None, list[AssignedStep]] = defaultdict(list)
    for step in steps:
        to_class[step.assignment.cohort_id].append(step)
        to_person[step.assignment.person_id].append(step)
    known = records_of(everybody, {step.course_id for step in steps}, at=at)
    matrices = []
    for cohort in cohorts:
        assigned = {
            person: governing([*to_person[person.pk], *to_class[cohort.pk]]) for person in people[cohort.pk]
        }
        matrices.append(_matrix(cohort, assigned, known, on=today))
    return matrices


def people_of(cohorts: Sequence[Cohort], *, on: dt.date) -> dict[int, list[User]]:
    """Who is in each class on a day, by the class's id, in alphabetical order."""
    by_key: dict[tuple[int, str, dt.date | None], int] = {
        (cohort.school_id, cohort.name, cohort.starts_on): cohort.pk for cohort in cohorts
    }
    people: dict[int, list[User]] = {cohort.pk: [] for cohort in cohorts}
    memberships: Iterable[Membership] = class_memberships(cohorts, on=on).select_related("user__profile")
    for membership in memberships:
        key = (membership.organisation_id, membership.class_name, membership.class_starts_on)
        people[by_key[key]].append(membership.user)
    return {pk: in_alphabetical_order(members) for pk, members in people.items()}


def in_alphabetical_order(people: Iterable[User]) -> list[User]:
    """By family name, then first name."""
    return sorted(
        people, key=lambda p: (alphabetical(p.profile.last_name), alphabetical(p.profile.first_name), p.pk)
    )


def _matrix(
    cohort: Cohort, assigned: Mapping[User, Mapping[int, AssignedStep]], known: Records, *, on: dt.date
) -> Matrix:
    in_order = sorted(
        (step for steps in assigned.values() for step in steps.values()),
        key=lambda step: (step.position, step.course_id),
    )
    courses = {step.course_id: step.course for step in in_order}
    rows = [
        Row(
            person,
            [standing_of(person.pk, steps[pk], known, on=on) if pk in steps else None for pk in courses],
        )
        for person, steps in assigned.items()
    ]
    columns = [
        Column(course, [cell for row in rows if (cell := row.cells[place])])
        for place, course in enumerate(courses.values())
    ]
    # Sorting keeps the alphabet within those who are as late.
    return Matrix(cohort, columns, sorted(rows, key=lambda row: -row.late))


# -- One's own path --------------------------------------------------------------------------------


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
    """The path of a person, of whom completions, active enrolments and make-ups are given, and what they
    missed; read only if need be.
    """
    today = brussels_day(at)
    steps = _steps_of(person, on=today)
    if not steps:
        return Path()
    valid = (each for each in completions if each.valid_until is None or each.valid_until >= today)
    known = records(
        completed=((person.pk, each.version.course_id, each.completed_on) for each in valid),
        enrolments=enrolments,
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


# -- Counted, where nobody is named ----------------------------------------------------------------


def with_late_people(cohorts: CohortQuerySet, *, at: dt.datetime) -> CohortQuerySet:
    """Classes with ``late``: how many of their people are, as their matrices tell; one statement."""
    today = brussels_day(at)
    to_person = AssignedStep.objects.binding(on=today).filter(assignment__person=OuterRef("user"))
    to_class = AssignedStep.objects.binding(on=today).filter(assignment__cohort=OuterRef(OuterRef("pk")))
    # What was assigned to a person goes before what their class was: see ``governing``.
    replaced = AssignedStep.objects.binding(on=today).filter(
        assignment__person=OuterRef(OuterRef("user")), course=OuterRef("course")
    )
    people = Membership.objects.current(on=today).filter(
        role=Role.ASPIRANT,
        user__erased_at=None,
        organisation=OuterRef("school"),
        class_name=OuterRef("name"),
        class_starts_on=OuterRef("starts_on"),
    )
    late = people.filter(
        Exists(_missed(to_person, at=at)) | Exists(_missed(to_class, at=at).filter(~Exists(replaced)))
    )
    count = late.order_by().values("organisation").annotate(n=Count("user", distinct=True)).values("n")
    counted: CohortQuerySet = cohorts.annotate(late=Coalesce(Subquery(count), 0))
    return counted


def _missed(steps: AssignedStepQuerySet, *, at: dt.datetime) -> AssignedStepQuerySet:
    """Steps whose day has passed, and which the ``user`` of the query around neither did nor booked."""
    today, person = brussels_day(at), OuterRef(OuterRef("user"))
    completions = Completion.objects.valid(on=today).filter(person=person)
    bookings = Enrolment.objects.active().confirmed().upcoming(at=at - CLOSE_WITHIN).filter(learner=person)
    make_ups = Seat.objects.make_ups().upcoming(at=at - CLOSE_WITHIN).filter(enrolment__learner=person)
    exemptions = Exemption.objects.valid(on=today).filter(person=person, course=OuterRef("course"))
    return (
        steps.shown_to_academies()
        .filter(due_on__lt=today)
        .filter(
            ~Exists(completions.filter(version__course=OuterRef("course"))),
            ~Exists(bookings.filter(session__version__course=OuterRef("course"))),
            ~Exists(make_ups.filter(meeting__session__version__course=OuterRef("course"))),
            ~Exists(exemptions),
        )
    )
