"""Spreading a class over sessions: who is to go, where there is room, and the plan as it is shown."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from attendance.make_ups import coming_or_to_make_up, missed_in
from courses.models import Course, Session
from enrolment.block import Block, Place, Proposal, Wanted, propose, read_block, read_places
from enrolment.enums import Obstacle
from enrolment.models import Enrolment
from enrolment.services.block_booking import Change
from people.models import User
from people.rules import Affiliated
from tracks.models import AssignedStep, Cohort, Exemption
from tracks.progress.matrices import in_alphabetical_order
from tracks.progress.standings import discreet_title
from tracks.querysets import class_memberships

# Sessions of which an academy isn't told.
FOR_OTHERS = (Obstacle.OTHER_ORGANISATION, Obstacle.NOT_FOR_ASPIRANTS)
# What a hand can mend: whoever is left out for another reason has no choice to make.
BY_HAND = (Obstacle.LEFT_OUT, Obstacle.OTHER_LANGUAGE, Obstacle.FULL, Obstacle.ONE_PART)
# Who needs no seat any more, or none in every part.
SERVED = (Obstacle.COMPLETED, Obstacle.BOOKED, Obstacle.QUEUED, Obstacle.ONE_PART)


@dataclass(frozen=True)
class Task:
    """A course that people of a class must complete."""

    cohort: Cohort
    course: Course
    people: Sequence[User]
    exempt: Sequence[User]

    @property
    def title(self) -> str:
        return discreet_title(self.course)


@dataclass(frozen=True)
class Group:
    """Who goes to a session, and how it is then."""

    session: Session
    people: Sequence[User]
    seats_left: int | None
    is_small: bool


@dataclass(frozen=True)
class Plan:
    groups: Sequence[Group]
    left_out: Sequence[tuple[User, Obstacle]]

    @property
    def placed(self) -> Mapping[User, Session]:
        return {person: group.session for group in self.groups for person in group.people}

    @property
    def to_place(self) -> int:
        """How many people need a seat."""
        return len(self.placed) + sum(obstacle not in SERVED for _person, obstacle in self.left_out)

    @property
    def to_decide(self) -> Sequence[tuple[User, Obstacle]]:
        """Whom a hand may still place."""
        return [pair for pair in self.left_out if pair[1] in BY_HAND]

    @property
    def not_placed(self) -> Sequence[tuple[User, Obstacle]]:
        return [pair for pair in self.left_out if pair[1] not in BY_HAND]


def task_of(cohort: Cohort, slug: str, *, on: dt.date) -> Task | None:
    """Who of a class must complete a course; None where nobody must. Two statements."""
    exempt = Exemption.objects.valid(on=on).filter(person=OuterRef("user"), course__slug=slug)
    memberships = class_memberships([cohort], on=on).select_related("user__profile")
    found = {m.user: m.is_exempt for m in memberships.annotate(is_exempt=Exists(exempt))}
    steps = list(
        AssignedStep.objects.binding(on=on)
        .for_classes([cohort], found)
        .shown_to_academies()
        .filter(course__slug=slug)
    )
    if not steps:
        return None
    obliged = in_alphabetical_order(
        person for person in found if any(step.assignment.person_id in (None, person.pk) for step in steps)
    )
    return Task(
        cohort=cohort,
        course=steps[0].course,
        people=[person for person in obliged if not found[person]],
        exempt=[person for person in obliged if found[person]],
    )


def places_for(cohort: Cohort, course: Course, *, at: dt.datetime) -> list[tuple[Place, Obstacle | None]]:
    """The coming sessions that are for this academy, each with what stands in the way of everybody."""
    coming = Session.objects.published().upcoming(at=at).filter(version__course=course)
    aspirant = Affiliated(school_id=cohort.school_id)
    places = []
    for place in read_places(coming, cohort.school):
        obstacle = place.obstacle(aspirant, at=at)
        is_full = place.seats_left is not None and place.seats_left <= 0
        if obstacle not in FOR_OTHERS:
            places.append((place, obstacle or (Obstacle.FULL if is_full else None)))
    return places


def plan_of(task: Task, places: Sequence[Place], *, wanted: Wanted, at: dt.datetime) -> Plan:
    """The plan for a class and some sessions; four statements, six if somebody lacks only a part."""
    block = read_block(places, task.people, at=at)
    return _plan(block, propose(block, wanted=wanted, half_done=_half_done(task, at=at)))


def _half_done(task: Task, *, at: dt.datetime) -> set[int]:
    """Who followed a part of the course: a date for the rest is chosen on the page of the person."""
    begun = Enrolment.objects.confirmed().filter(
        learner__in=task.people, session__version__course=task.course
    )
    enrolments = list(coming_or_to_make_up(begun, at=at).select_related("session"))
    missed = {each.enrolment.learner_id for each in missed_in(enrolments)}
    return missed | {each.learner_id for each in enrolments if each.has_make_up}


def _plan(block: Block, proposal: Proposal) -> Plan:
    groups = []
    for place in block.places:
        people = proposal.groups[place.session.pk]
        left, smallest = place.seats_left, place.session.version.capacity_min
        groups.append(
            Group(
                session=place.session,
                people=people,
                seats_left=None if left is None else left - len(people),
                is_small=bool(people and smallest and place.taken + len(people) < smallest),
            )
        )
    return Plan(groups, proposal.left_out)


def told(changes: Iterable[Change], *, label: Mapping[int, str]) -> list[str]:
    """What is otherwise than the plan took it to be, a sentence each; ``label``: of the sessions, by id."""
    sentences = []
    for change in changes:
        where = label.get(change.session.pk, "") if change.session else ""
        subject = ", ".join(filter(None, [change.learner.get_full_name() if change.learner else "", where]))
        sentences.append(
            _("%(subject)s: %(obstacle)s.") % {"subject": subject, "obstacle": change.obstacle.label}
        )
    return list(dict.fromkeys(sentences))
