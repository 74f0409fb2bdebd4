"""How far a person is with a step, by what is recorded of them."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from attendance.make_ups import Missed, coming, coming_or_to_make_up, make_ups_in, missed_in
from core.templatetags.traject import short_day
from core.time import brussels_day
from courses.models import Course, CourseVersion, Meeting, Session
from enrolment.models import Completion, Enrolment, Seat
from tracks.enums import LETTERS, StepState
from tracks.models import AssignedStep, Exemption

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
            on_the_list = _("on the waiting list")
            return f"{text}, {on_the_list}"
        if self.missed:
            to_make_up = _("to make up: %(part)s") % {"part": self.missed.part.title}
            return f"{text}, {to_make_up}"
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
        enrolments=coming(enrolments, at=at),
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
