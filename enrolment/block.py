"""Placing many people in a few sessions of one course: what is known, what stands in the way, a proposal.

Preview and booking ask the same ``Block``: the booking reads it again under its locks.
"""

import datetime as dt
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Prefetch, prefetch_related_objects

from core.time import brussels_day
from courses.models import Meeting, Session
from enrolment.enums import EnrolmentStatus, Obstacle
from enrolment.models import Completion, Enrolment, Seat
from enrolment.rules import enrolment_refusal, seats_left
from people.models import Membership, User
from people.rules import Affiliated, affiliated_by

# Where somebody is to go, by their id; None: nowhere.
Wanted = Mapping[int, int | None]


@dataclass(frozen=True)
class Block:
    """Sessions of one course, by their start, and the people to place in them, at an instant."""

    sessions: Sequence[Session]
    learners: Sequence[User]
    at: dt.datetime
    affiliations: Mapping[int, Affiliated]
    completed: frozenset[int]
    # The state of their enrolment in a session of the course that isn't over.
    enrolled: Mapping[int, str]
    # When they have a seat somewhere.
    busy: Mapping[int, Sequence[tuple[dt.datetime, dt.datetime]]]

    def obstacle(self, learner: User, session: Session) -> Obstacle | None:
        """What stands in the way of placing a person, seats apart."""
        if learner.pk in self.completed:
            return Obstacle.COMPLETED
        if learner.pk in self.enrolled:
            is_queued = self.enrolled[learner.pk] == EnrolmentStatus.QUEUED
            return Obstacle.QUEUED if is_queued else Obstacle.BOOKED
        gives_it = learner.pk in _givers(session)
        affiliated = self.affiliations[learner.pk]
        if obstacle := session_obstacle(session, affiliated, gives_it=gives_it, at=self.at):
            return obstacle
        return Obstacle.OVERLAPPING if self._is_busy(learner, session) else None

    def _is_busy(self, learner: User, session: Session) -> bool:
        return any(
            meeting.starts_at < end and start < meeting.ends_at
            for meeting in session.meetings.all()
            for start, end in self.busy[learner.pk]
        )


@dataclass(frozen=True)
class Proposal:
    """Who goes where, by the session's id, and who goes nowhere, with the reason."""

    groups: Mapping[int, Sequence[User]]
    left_out: Sequence[tuple[User, Obstacle]]


def with_block_content(sessions: Sequence[Session]) -> Sequence[Session]:
    """Sessions with all that ``session_obstacle`` asks, as it is now."""
    waiting = Enrolment.objects.queued().filter(session=OuterRef("session"))
    meetings = Meeting.objects.annotate(has_queue=Exists(waiting)).prefetch_related("staff")
    prefetch_related_objects(
        sessions, Prefetch("meetings", meetings), "open_to", "version__mandatory_for", "version__course"
    )
    return sessions


def read_block(sessions: Sequence[Session], learners: Sequence[User], *, at: dt.datetime) -> Block:
    """All that is known of some sessions of one course and some people, in a fixed number of statements."""
    with_block_content(sessions)
    people = [learner.pk for learner in learners]
    course = {session.version.course_id for session in sessions}
    today = brussels_day(at)
    memberships: dict[int, list[Membership]] = defaultdict(list)
    for membership in Membership.objects.current(on=today).filter(user__in=people):
        memberships[membership.user_id].append(membership)
    enrolled = Enrolment.objects.active().upcoming(at=at)
    enrolled = enrolled.filter(learner__in=people, session__version__course__in=course)
    seats = Seat.objects.overlapping(meeting for session in sessions for meeting in session.meetings.all())
    busy: dict[int, list[tuple[dt.datetime, dt.datetime]]] = defaultdict(list)
    for person, start, end in seats.filter(enrolment__learner__in=people).values_list(
        "enrolment__learner_id", "meeting__starts_at", "meeting__ends_at"
    ):
        busy[person].append((start, end))
    completed = Completion.objects.valid(on=today).filter(person__in=people, version__course__in=course)
    return Block(
        sessions=sessions,
        learners=learners,
        at=at,
        affiliations={person: affiliated_by(memberships[person]) for person in people},
        completed=frozenset(completed.values_list("person_id", flat=True)),
        enrolled=dict(enrolled.values_list("learner_id", "status")),
        busy=busy,
    )


def session_obstacle(
    session: Session, affiliated: Affiliated, *, gives_it: bool = False, at: dt.datetime
) -> Obstacle | None:
    """Why nobody of an affiliation can be placed in a session at an instant, seats apart.

    These are the rules of every enrolment; the session is one of ``with_block_content``.
    """
    open_to = [organisation.pk for organisation in session.open_to.all()]
    refusal = enrolment_refusal(session, affiliated, open_to=open_to, gives_it=gives_it, at=at)
    if refusal:
        return Obstacle(refusal.code) if refusal.code in Obstacle.values else Obstacle.REFUSED
    if session.version.approval_required or session.version.consent_required:
        return Obstacle.ASKS_THE_PERSON
    # A seat that is free while somebody waits is theirs.
    has_queue = any(getattr(meeting, "has_queue", False) for meeting in session.meetings.all())
    return Obstacle.HAS_QUEUE if has_queue else None


def propose(block: Block, *, wanted: Wanted) -> Proposal:
    """A seat for as many as possible, in groups as equal as possible; the same again for the same block.

    ``wanted``: where a person goes, by hand, whatever the language; what is not possible any more is
    proposed anew.
    """
    groups = _Groups(block.sessions)
    left_out: list[tuple[User, Obstacle]] = []
    to_place: list[tuple[User, list[int]]] = []
    for learner in block.learners:
        obstacles = {session.pk: block.obstacle(learner, session) for session in block.sessions}
        possible = [session for session in block.sessions if obstacles[session.pk] is None]
        chosen = wanted.get(learner.pk)
        if learner.pk in wanted and chosen is None:
            left_out.append((learner, Obstacle.LEFT_OUT))
        elif chosen in [session.pk for session in possible] and groups.pin(learner, chosen):
            continue
        elif not possible:
            # In one for another reason than in the next: the first says enough.
            left_out.append((learner, next((o for o in obstacles.values() if o), Obstacle.FULL)))
        else:
            language = learner.profile.administrative_language
            to_place.append((learner, [s.pk for s in possible if s.language == language]))
    for learner, options in to_place:
        if not options:
            left_out.append((learner, Obstacle.OTHER_LANGUAGE))
        elif not groups.place(learner, options):
            left_out.append((learner, Obstacle.FULL))
    order = {learner.pk: place for place, learner in enumerate(block.learners)}
    left_out.sort(key=lambda pair: order[pair[0].pk])
    members = {pk: sorted(group, key=lambda p: order[p.pk]) for pk, group in groups.members.items()}
    return Proposal(members, left_out)


@dataclass
class _Groups:
    """Groups that fill evenly. Whoever comes goes to the smallest one that can be reached: their own, or one
    to which a chain of others moves up. Each step keeps the groups as equal as they can be.
    """

    sessions: Sequence[Session]
    members: dict[int, list[User]] = field(default_factory=dict)
    options: dict[int, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.members = {session.pk: [] for session in self.sessions}
        self.room = {session.pk: seats_left(session.meetings.all()) for session in self.sessions}
        self.taken = {
            session.pk: max((m.taken for m in session.meetings.all() if not m.part.optional), default=0)
            for session in self.sessions
        }

    def pin(self, learner: User, session: int | None) -> bool:
        """Put a person into a session for good, if there is room."""
        if session is None or not self._has_room(session):
            return False
        self.members[session].append(learner)
        return True

    def place(self, learner: User, options: list[int]) -> bool:
        """Put a person into one of some sessions, moving others who were placed if need be."""
        self.options[learner.pk] = options
        came_from = self._reachable(options)
        ends = [session for session in came_from if self._has_room(session)]
        if not ends:
            return False
        end = min(ends, key=self._size)
        while step := came_from[end]:
            before, mover = step
            self.members[before].remove(mover)
            self.members[end].append(mover)
            end = before
        self.members[end].append(learner)
        return True

    def _reachable(self, options: list[int]) -> dict[int, tuple[int, User] | None]:
        """Where a place can be made, nearest first; each with who would move there, and from where."""
        came_from: dict[int, tuple[int, User] | None] = dict.fromkeys(options)
        queue = deque(options)
        while queue:
            session = queue.popleft()
            for member in self.members[session]:
                for other in self.options.get(member.pk, []):
                    if other not in came_from:
                        came_from[other] = (session, member)
                        queue.append(other)
        return came_from

    def _has_room(self, session: int) -> bool:
        room = self.room[session]
        return room is None or len(self.members[session]) < room

    def _size(self, session: int) -> int:
        return self.taken[session] + len(self.members[session])


def _givers(session: Session) -> set[int]:
    return {staff.person_id for meeting in session.meetings.all() for staff in meeting.staff.all()}
