"""Placing many people in a few sessions of one course: what is known, what stands in the way, a proposal.

Preview and booking ask the same ``Block``: the booking reads it again under its locks.
"""

import datetime as dt
from collections import defaultdict, deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from core.time import brussels_day
from courses.enums import SessionStatus
from courses.models import Meeting, MeetingStaff, Prerequisite, Session
from courses.querysets.sessions import SessionQuerySet, at_the_time_of
from enrolment.enums import EnrolmentStatus, Obstacle
from enrolment.models import Completion, Enrolment, Seat, SeatPool
from enrolment.prerequisites import Learned, read_learned
from enrolment.rules import enrolment_refusal, seats_left
from people.models import Membership, Organisation, User
from people.rules import Affiliated, affiliated_by

# Where somebody is to go, by their id; None: nowhere.
Wanted = Mapping[int, int | None]
# From when to when somebody has a seat.
Busy = tuple[dt.datetime, dt.datetime]


@dataclass(frozen=True)
class Place:
    """A session, with what decides who can be placed in it."""

    session: Session
    open_to: frozenset[int]
    givers: frozenset[int]
    has_queue: bool
    is_one_s_own_choice: bool
    # Whether something comes first.
    asks_for_more: bool
    # Of the seats that are reserved for the organisation whose people are to be placed.
    kept: int = 0

    @property
    def meetings(self) -> Sequence[Meeting]:
        return list(self.session.meetings.all())

    @property
    def seats_left(self) -> int | None:
        """Those kept for the organisation among them; None: unlimited."""
        left = seats_left(self.meetings)
        if left is None:
            return None
        # A seat that is free while somebody waits is theirs.
        return self.kept if self.has_queue else left + self.kept

    @property
    def taken(self) -> int:
        return max((meeting.taken for meeting in self.meetings if not meeting.part.optional), default=0)

    def obstacle(self, affiliated: Affiliated, *, gives_it: bool = False, at: dt.datetime) -> Obstacle | None:
        """Why nobody of an affiliation can be placed here, seats apart: the rules of every enrolment."""
        refusal = enrolment_refusal(self.session, affiliated, open_to=self.open_to, gives_it=gives_it, at=at)
        if refusal:
            return Obstacle(refusal.code) if refusal.code in Obstacle.values else Obstacle.REFUSED
        if self.is_one_s_own_choice:
            return Obstacle.ASKS_THE_PERSON
        # What an organisation wants to be asked about is what its people choose: this they must follow.
        if self.session.version.approval_required:
            return Obstacle.NEEDS_APPROVAL
        return Obstacle.HAS_QUEUE if self.has_queue and not self.kept else None


@dataclass(frozen=True)
class Block:
    """Sessions of one course, by their start, and the people to place in them, at an instant."""

    places: Sequence[Place]
    learners: Sequence[User]
    at: dt.datetime
    affiliations: Mapping[int, Affiliated]
    completed: Collection[int]
    learned: Learned
    # The state of their enrolment in a session of the course that isn't over.
    enrolled: Mapping[int, str]
    busy: Mapping[int, Sequence[Busy]]

    def obstacle(self, learner: User, place: Place) -> Obstacle | None:
        """What stands in the way of placing a person, seats apart."""
        if learner.pk in self.completed:
            return Obstacle.COMPLETED
        if learner.pk in self.enrolled:
            is_booked = self.enrolled[learner.pk] == EnrolmentStatus.CONFIRMED
            return Obstacle.BOOKED if is_booked else Obstacle.QUEUED
        if not learner.email:
            return Obstacle.NOBODY_TO_TELL
        gives_it = learner.pk in place.givers
        if obstacle := place.obstacle(self.affiliations[learner.pk], gives_it=gives_it, at=self.at):
            return obstacle
        if obstacle := self._lacks_prerequisite(learner, place):
            return obstacle
        return Obstacle.OVERLAPPING if self._is_busy(learner, place) else None

    def _lacks_prerequisite(self, learner: User, place: Place) -> Obstacle | None:
        """In these words only where others may know who followed the course that comes first."""
        version, first_day = place.session.version, place.session.first_day
        missing = self.learned.missing(version, learner, on=first_day)
        required = [each for each in missing if each.required]
        if any(each.is_private for each in required):
            return Obstacle.REFUSED
        return Obstacle.PREREQUISITE if required else None

    def _is_busy(self, learner: User, place: Place) -> bool:
        return any(
            meeting.starts_at < end and start < meeting.ends_at
            for meeting in place.meetings
            for start, end in self.busy[learner.pk]
        )


@dataclass(frozen=True)
class Proposal:
    """Who goes where, by the session's id, and who goes nowhere, with the reason."""

    groups: Mapping[int, Sequence[User]]
    left_out: Sequence[tuple[User, Obstacle]]


def read_places(sessions: SessionQuerySet, organisation: Organisation | None = None) -> list[Place]:
    """Sessions by their start, as they are now; two statements. ``organisation``: whose people are placed."""
    kept = SeatPool.objects.kept().filter(session=OuterRef("pk"), organisation=organisation)
    waiting = Enrolment.objects.queued().filter(session=OuterRef("pk"))
    open_to = Session.open_to.through.objects.filter(session=OuterRef("pk")).values("organisation")
    givers = MeetingStaff.objects.standing().filter(meeting__session=OuterRef("pk")).values("person")
    read = sessions.with_meetings().order_by("starts_at", "pk")
    annotated = read.annotate(
        has_queue=Exists(waiting),
        is_own_choice=Exists(Session.objects.of_one_s_own_choice().filter(pk=OuterRef("pk"))),
        open_to_ids=ArraySubquery(open_to),
        giver_ids=ArraySubquery(givers),
        asks_for_more=Exists(Prerequisite.objects.filter(version=OuterRef("version"))),
        kept=Coalesce(Subquery(kept.values_list(F("seats") - F("taken"))[:1]), 0),
    )
    return [
        Place(
            session=session,
            open_to=frozenset(session.open_to_ids),
            givers=frozenset(session.giver_ids),
            has_queue=session.has_queue,
            is_one_s_own_choice=session.is_own_choice,
            asks_for_more=session.asks_for_more,
            kept=session.kept if organisation else 0,
        )
        for session in annotated
    ]


def read_block(places: Sequence[Place], learners: Sequence[User], *, at: dt.datetime) -> Block:
    """What is known of some people who are to be placed; three statements; six if something comes first."""
    people = [learner.pk for learner in learners]
    courses = {place.session.version.course_id for place in places}
    today = brussels_day(at)
    memberships: dict[int, list[Membership]] = defaultdict(list)
    for membership in Membership.objects.current(on=today).filter(user__in=people):
        memberships[membership.user_id].append(membership)
    completed = Completion.objects.valid(on=today).filter(person__in=people, version__course__in=courses)
    enrolled: dict[int, str] = {}
    busy: dict[int, list[Busy]] = defaultdict(list)
    for person, status, course, start, end in _engagements(places, people, at=at):
        if course in courses:
            enrolled[person] = status
        if start and end:
            busy[person].append((start, end))
    return Block(
        places=places,
        learners=learners,
        at=at,
        affiliations={person: affiliated_by(memberships[person]) for person in people},
        completed=set(completed.values_list("person_id", flat=True)),
        learned=read_learned([place.session.version for place in places if place.asks_for_more], people),
        enrolled=enrolled,
        busy=busy,
    )


def _engagements(
    places: Sequence[Place], people: Collection[int], *, at: dt.datetime
) -> Iterator[tuple[int, str, int, dt.datetime | None, dt.datetime | None]]:
    """Person, state, course and times: of enrolments in the course, and of seats and of what they give
    at the same time; one statement.
    """
    meetings = [meeting for place in places for meeting in place.meetings]
    courses = {place.session.version.course_id for place in places}
    elsewhere = Seat.objects.overlapping(meetings).values("enrolment")
    engaged = Enrolment.objects.active().filter(
        Q(session__version__course__in=courses, session__ends_at__gte=at) | Q(pk__in=elsewhere),
        learner__in=people,
    )
    # Joined under its condition: whoever waits again has only seats that were given back.
    held = FilteredRelation("seats", condition=Q(seats__released_at=None))
    enrolled = engaged.annotate(held=held).values_list(
        "learner_id",
        "status",
        "session__version__course_id",
        "held__meeting__starts_at",
        "held__meeting__ends_at",
    )
    given = MeetingStaff.objects.standing().filter(at_the_time_of(meetings), person__in=people)
    teaching = given.exclude(meeting__session__status=SessionStatus.CANCELLED).values_list(
        "person_id", Value(""), Value(0), "meeting__starts_at", "meeting__ends_at"
    )
    yield from enrolled.union(teaching, all=True)


def propose(block: Block, *, wanted: Wanted, half_done: Collection[int] = ()) -> Proposal:
    """A seat for as many as possible, in groups as equal as possible; the same again for the same block.

    ``wanted``: where a person goes, by hand, whatever the language; what is not possible any more is
    proposed anew. ``half_done``: by their ids, those who lack only a part and go nowhere but by hand.
    """
    groups = _Groups(block.places)
    left_out: list[tuple[User, Obstacle]] = []
    to_place: list[tuple[User, list[int]]] = []
    for learner in block.learners:
        obstacles = {place.session.pk: block.obstacle(learner, place) for place in block.places}
        possible = [place.session for place in block.places if obstacles[place.session.pk] is None]
        chosen = wanted.get(learner.pk)
        if not possible:
            # In one for another reason than in the next: the first says enough.
            left_out.append((learner, next((o for o in obstacles.values() if o), Obstacle.FULL)))
        elif chosen is None and learner.pk in half_done:
            left_out.append((learner, Obstacle.ONE_PART))
        elif learner.pk in wanted and chosen is None:
            left_out.append((learner, Obstacle.LEFT_OUT))
        elif chosen not in [session.pk for session in possible] or not groups.pin(learner, chosen):
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

    places: Sequence[Place]
    members: dict[int, list[User]] = field(default_factory=dict)
    options: dict[int, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.members = {place.session.pk: [] for place in self.places}
        self.room = {place.session.pk: place.seats_left for place in self.places}
        self.taken = {place.session.pk: place.taken for place in self.places}

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
