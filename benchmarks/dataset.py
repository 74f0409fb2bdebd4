"""A police force of any size, the same for the same seed: people, sessions, enrolments, learning records."""

import datetime as dt
import random
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from attendance.models import Roster
from benchmarks.copying import continue_ids, copy
from core.time import BRUSSELS, today
from courses.enums import CourseKind, SessionStatus, StaffAnswer
from courses.models import Course, CourseVersion, Meeting, MeetingStaff, Part, Session, Venue
from enrolment.enums import CompletionSource, EnrolmentStatus
from enrolment.models import Completion, Enrolment, Seat
from people.enums import OrganisationKind, Role
from people.models import Membership, Organisation, Profile, User

SEED = 20_261_122
COMING_DAYS = 180
PAST_DAYS = 5 * 365
SESSIONS_A_DAY = 3
CAPACITY = 16
# In each coming session, so that seats are left.
COMING_TAKEN = 10
COURSES = 10
HOURS = (("08:30", "12:30"), ("13:00", "17:00"), ("17:30", "19:30"))
TRAINERS = 200


@dataclass(frozen=True)
class Size:
    """How much of everything; ``sessions`` counts those to come, which are ``coming``, as well."""

    enrolments: int
    staff: int
    zones: int
    sessions: int
    coming: int = 500

    @property
    def past(self) -> int:
        return self.sessions - self.coming

    @property
    def in_past_session(self) -> int:
        return (self.enrolments - self.coming * COMING_TAKEN) // self.past


SIZES = {
    "small": Size(enrolments=20_000, staff=5_000, zones=20, sessions=1_000),
    # As many sessions, and a zone's worth of people who have not been asked yet.
    "crowd": Size(enrolments=20_000, staff=30_000, zones=20, sessions=1_000),
    "large": Size(enrolments=2_000_000, staff=50_000, zones=200, sessions=5_000),
}


def build(size: Size) -> float:
    """Fill a migrated, empty database; returns the seconds that it took."""
    started = time.monotonic()
    call_command("load_catalogue", settings.BASE_DIR / "courses" / "catalogue.yaml", verbosity=0)
    with connection.cursor() as cursor:
        # Millions of rows take longer than a page may.
        cursor.execute("SET statement_timeout = 0")
        _Builder(size).write()
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("RESET statement_timeout")
    return time.monotonic() - started


class _Builder:
    def __init__(self, size: Size) -> None:
        self.size = size
        self.random = random.Random(SEED)  # noqa: S311 The same rows each time, no secrets.
        self.now = timezone.now()

    @transaction.atomic
    def write(self) -> None:
        # During a COPY its connection does nothing else, so what is read is read before.
        self._sessions, self._minutes  # noqa: B018
        self._write_organisations()
        self._write_people()
        self._write_sessions()
        self._write_enrolments()
        continue_ids(
            Organisation, User, Membership, Venue, Session, Meeting, MeetingStaff, Enrolment, Seat, Completion
        )

    def _id(self) -> str:
        """A UUID of version 7: in order of time, as those that the platform makes are."""
        random_bits = self.random.getrandbits(74)
        milliseconds = int(self.now.timestamp() * 1000)
        number = milliseconds << 80 | 0x7 << 76 | (random_bits >> 62) << 64 | 0b10 << 62
        return str(uuid.UUID(int=number | random_bits & (1 << 62) - 1))

    # -- Who -------------------------------------------------------------------------------------------

    def _write_organisations(self) -> None:
        copy(
            Organisation,
            ["id", "public_id", "kind", "code", "name_nl", "name_fr", "languages"],
            (
                (
                    zone,
                    self._id(),
                    OrganisationKind.ZONE,
                    f"{5200 + zone}",
                    f"PZ {zone}",
                    f"ZP {zone}",
                    ["nl"],
                )
                for zone in range(1, self.size.zones + 1)
            ),
        )

    def _write_people(self) -> None:
        people = range(1, self.size.staff + 1)
        copy(
            User,
            ["id", "public_id", "email", "password", "created_at"],
            ((person, self._id(), f"person{person}@bench.example", "!", self.now) for person in people),
        )
        copy(
            Profile,
            ["user_id", "first_name", "last_name", "staff_number", "administrative_language"],
            ((person, "Jo", f"Janssens{person}", f"45{person:07}", "nl") for person in people),
        )
        copy(
            Membership,
            ["user_id", "organisation_id", "role", "valid_from", "recorded_at"],
            self._memberships(people),
        )

    def _memberships(self, people: Sequence[int]) -> Iterator[tuple[object, ...]]:
        since = dt.date(2015, 1, 1)
        for person in people:
            yield person, self._zone_of(person), Role.EMPLOYEE, since, self.now
            if person <= TRAINERS:
                yield person, self._zone_of(person), Role.TRAINER, since, self.now

    def _zone_of(self, person: int) -> int:
        return 1 + person % self.size.zones

    # -- What is on offer ------------------------------------------------------------------------------

    @cached_property
    def _versions(self) -> list[CourseVersion]:
        """The courses that are given; where the catalogue leaves a length open it is two hours."""
        Part.objects.filter(minutes=None).update(minutes=120)
        given = Course.objects.filter(kind=CourseKind.TRAINING, programme=None, current_version__parts__gt=0)
        courses = given.distinct().order_by("position")[:COURSES]
        return [course.current_version for course in courses if course.current_version]

    @cached_property
    def _parts(self) -> dict[int, list[Part]]:
        return {version.pk: version.required_parts[: len(HOURS)] for version in self._versions}

    @cached_property
    def _minutes(self) -> dict[int, int]:
        return {version.pk: version.minutes or 0 for version in self._versions}

    @cached_property
    def _sessions(self) -> list[tuple[int, dt.date, CourseVersion, list[int]]]:
        """Each session's id, day, course and meetings; the coming ones last."""
        sessions, meeting = [], 0
        for index in range(self.size.sessions):
            version = self._versions[index % len(self._versions)]
            meetings = [meeting + number for number in range(1, len(self._parts[version.pk]) + 1)]
            meeting += len(meetings)
            sessions.append((index + 1, self._day(index), version, meetings))
        return sessions

    def _day(self, index: int) -> dt.date:
        if index >= self.size.past:
            return today() + dt.timedelta(days=2 + (index - self.size.past) * COMING_DAYS // self.size.coming)
        return today() - dt.timedelta(days=1 + index // SESSIONS_A_DAY % PAST_DAYS)

    def _write_sessions(self) -> None:
        Venue.objects.bulk_create(
            Venue(
                name=f"Site {number}",
                city_nl="Mechelen",
                city_fr="Malines",
                city_de="Mecheln",
                city_en="Mechelen",
            )
            for number in range(20)
        )
        venues = list(Venue.objects.values_list("pk", flat=True))
        copy(
            Session,
            ["id", "public_id", "version_id", "status", "language", "starts_at", "ends_at", "published_at"],
            (
                (
                    session,
                    self._id(),
                    version.pk,
                    SessionStatus.PUBLISHED,
                    ("nl", "fr")[session % 2],
                    _instant(day, HOURS[0][0]),
                    _instant(day, HOURS[len(meetings) - 1][1]),
                    self.now,
                )
                for session, day, version, meetings in self._sessions
            ),
        )
        copy(
            Meeting,
            [
                "id",
                "public_id",
                "session_id",
                "part_id",
                "venue_id",
                "room",
                "local_start",
                "local_end",
                "starts_at",
                "ends_at",
                "capacity",
                "taken",
            ],
            self._meetings(venues),
        )
        copy(
            MeetingStaff,
            ["public_id", "meeting_id", "person_id", "answer"],
            (
                (self._id(), meeting, self._trainer(session), StaffAnswer.ACCEPTED)
                for session, _day, _version, meetings in self._sessions
                for meeting in meetings
            ),
        )
        copy(
            Roster,
            ["meeting_id", "closed_at", "closed_by_id"],
            (
                (meeting, _instant(day, "20:00"), self._trainer(session))
                for session, day, _version, meetings in self._sessions
                if session <= self.size.past
                for meeting in meetings
            ),
        )

    def _trainer(self, session: int) -> int:
        return 1 + session % TRAINERS

    def _meetings(self, venues: Sequence[int]) -> Iterator[tuple[object, ...]]:
        for session, day, version, meetings in self._sessions:
            coming = session > self.size.past
            capacity, taken = (CAPACITY, COMING_TAKEN) if coming else (None, self.size.in_past_session)
            for meeting, part, (start, end) in zip(meetings, self._parts[version.pk], HOURS, strict=False):
                yield (
                    meeting,
                    self._id(),
                    session,
                    part.pk,
                    venues[session % len(venues)],
                    f"R{session}",
                    f"{day}T{start}",
                    f"{day}T{end}",
                    _instant(day, start),
                    _instant(day, end),
                    capacity,
                    taken,
                )

    # -- Who takes part --------------------------------------------------------------------------------

    def _learners(self, session: int) -> range:
        """Neighbours, so that nobody is in two sessions of one day."""
        if session > self.size.past:
            return range(
                (session - self.size.past) * COMING_TAKEN, (session - self.size.past + 1) * COMING_TAKEN
            )
        count = self.size.in_past_session
        return range(session * count, (session + 1) * count)

    def _person(self, place: int) -> int:
        # Trainers give sessions and take part in none.
        return TRAINERS + 1 + place % (self.size.staff - TRAINERS)

    def _write_enrolments(self) -> None:
        copy(
            Enrolment,
            [
                "id",
                "public_id",
                "session_id",
                "learner_id",
                "status",
                "enrolled_at",
                "confirmed_at",
                "employer_id",
                "consented_to_id",
                "consented_at",
            ],
            self._enrolments(),
        )
        copy(Seat, ["enrolment_id", "meeting_id", "held_at"], self._seats())
        copy(
            Completion,
            [
                "id",
                "public_id",
                "person_id",
                "version_id",
                "completed_on",
                "minutes",
                "source",
                "employer_id",
                "recorded_at",
            ],
            self._completions(),
        )
        copy(
            Completion.sessions.through,
            ["completion_id", "session_id"],
            ((number, session) for number, (session, *_rest) in enumerate(self._completed(), start=1)),
        )

    def _enrolments(self) -> Iterator[tuple[object, ...]]:
        number = 0
        for session, _day, version, _meetings in self._sessions:
            consent = (version.pk, self.now) if version.consent_required else (None, None)
            for place in self._learners(session):
                number += 1
                person = self._person(place)
                yield (
                    number,
                    self._id(),
                    session,
                    person,
                    EnrolmentStatus.CONFIRMED,
                    self.now,
                    self.now,
                    self._zone_of(person),
                    *consent,
                )

    def _seats(self) -> Iterator[tuple[object, ...]]:
        number = 0
        for session, _day, _version, meetings in self._sessions:
            for _place in self._learners(session):
                number += 1
                for meeting in meetings:
                    yield number, meeting, self.now

    def _completed(self) -> Iterator[tuple[int, dt.date, CourseVersion, int]]:
        for session, day, version, _meetings in self._sessions[: self.size.past]:
            for place in self._learners(session):
                # Two of three: the others missed a part.
                if place % 3:
                    yield session, day, version, self._person(place)

    def _completions(self) -> Iterator[tuple[object, ...]]:
        source = CompletionSource.ATTENDANCE
        for number, (_session, day, version, person) in enumerate(self._completed(), start=1):
            yield (
                number,
                self._id(),
                person,
                version.pk,
                day,
                self._minutes[version.pk],
                source,
                self._zone_of(person),
                self.now,
            )


def _instant(day: dt.date, clock: str) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.fromisoformat(clock), BRUSSELS).astimezone(dt.UTC)
