"""Reads of marks, of the lists that they are on, and of what a trainer gives."""

import datetime as dt
import unicodedata
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Self

from django.db.models import Exists, F, FilteredRelation, Max, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from attendance.enums import MISSED, NOT_MISSED, MarkState
from core.counting import RowCount
from core.models import FactQuerySet
from courses.enums import SessionStatus
from courses.models import CourseVersion, Meeting, MeetingStaff, Programme, Session
from enrolment.models import Seat
from enrolment.querysets import EnrolmentQuerySet
from people.models import User


class MarkQuerySet(FactQuerySet):
    def just_replaced(self) -> Self:
        """What the current mark of each seat superseded; nothing where the seat had none just before."""
        current = self.model._default_manager.filter(seat=OuterRef("seat"), superseded_at=None)
        return self.filter(superseded_at=Subquery(current.values("recorded_at")))


def with_marks(seats: "QuerySet[Seat]") -> "QuerySet[Any]":
    """Each seat with the ``state`` of its current mark; None where there is none."""
    current = FilteredRelation("marks", condition=Q(marks__superseded_at=None))
    return seats.alias(current_mark=current).annotate(state=F("current_mark__state"))


def with_aftercare(enrolments: EnrolmentQuerySet, *, at: dt.datetime) -> EnrolmentQuerySet:
    """Of those with a seat, who is offered aftercare: from the start on, unless marked as missing it.

    With ``over_at``, the end of the parts that aren't optional: a follow-up may come weeks later.
    """
    own = Seat.objects.held().filter(
        enrolment=OuterRef("pk"), meeting__part__optional=False, marks__superseded_at=None
    )
    missed = Exists(own.filter(marks__state__in=MISSED)) & ~Exists(own.filter(marks__state__in=NOT_MISSED))
    required = Q(session__meetings__part__optional=False)
    offered: EnrolmentQuerySet = (
        enrolments.confirmed()
        .filter(session__status=SessionStatus.PUBLISHED, session__starts_at__lte=at)
        .exclude(**{f"session__version__{text}": "" for text in CourseVersion.aftercare.fields})
        .exclude(missed)
        .annotate(over_at=Max("session__meetings__ends_at", filter=required))
        .select_related("session__version")
    )
    return offered


def meetings_given_by(user: User) -> "QuerySet[Any]":
    """Meetings of published sessions that a person gives, with the number of ``people`` who have a seat."""
    accepted = MeetingStaff.objects.accepted().filter(person=user)
    # Few are: to count who takes part one by one would look at everybody.
    asked = Seat.objects.offered_in(OuterRef("session")).filter(meeting=OuterRef("pk"))
    return (
        Meeting.objects.filter(pk__in=accepted.values("meeting"), session__status=SessionStatus.PUBLISHED)
        .select_related("session__version", "part", "venue", "roster")
        .annotate(people=F("taken") - RowCount(asked))
        .order_by("starts_at", "id")
    )


def has_closed_roster(meeting: OuterRef) -> Exists:
    """Whether the roster of a meeting is closed; one that nobody marked on has none yet.

    Not ``roster__closed_at=None``: PostgreSQL takes that for rare, and looks at all meetings first.
    """
    return Exists(Meeting.objects.filter(pk=meeting, roster__closed_at__isnull=False))


def open_meetings(user: User, *, until: dt.datetime) -> "QuerySet[Any]":
    """Meetings that a person gives, begun or to begin by then, whose roster isn't closed."""
    given = meetings_given_by(user).filter(starts_at__lte=until)
    return given.filter(~has_closed_roster(OuterRef("pk")))


def open_rosters(programme: Programme) -> "QuerySet[Any]":
    """Meetings of an edition with people on their list, which is not closed."""
    seats = Seat.objects.attending().filter(meeting=OuterRef("pk"))
    return (
        Meeting.objects.filter(Exists(seats), ~has_closed_roster(OuterRef("pk")))
        .filter(session__programme=programme, session__status=SessionStatus.PUBLISHED)
        .select_related("session__version", "part", "venue")
        .order_by("starts_at", "id")
    )


def participants(programme: Programme) -> "QuerySet[User]":
    """Who was marked as having been at a workshop of an edition."""
    there = Seat.objects.held().filter(
        meeting__session__programme=programme, marks__superseded_at=None, marks__state__in=NOT_MISSED
    )
    return User.objects.filter(pk__in=there.values("enrolment__learner"))


def person_called(text: str) -> "User | None":
    """Whoever has this staff number or this e-mail address, typed in full; never a list of people."""
    in_use = User.objects.filter(is_active=True, erased_at=None).select_related("profile")
    return in_use.filter(Q(email__iexact=text) | Q(profile__staff_number=text)).first()


def invitations_of(user: User, *, at: dt.datetime) -> "list[tuple[Session, list[MeetingStaff]]]":
    """What a person is asked to give and has not answered, session by session, the next one first."""
    rows = MeetingStaff.objects.unanswered(at=at).filter(person=user).with_session()
    by_session = groupby(
        rows.order_by("meeting__session__starts_at", "meeting__session", "meeting__starts_at"),
        key=lambda row: row.meeting.session,
    )
    return [(session, list(staff)) for session, staff in by_session]


@dataclass(frozen=True, slots=True)
class Line:
    """One person on the list of a meeting: the name and what was marked, nothing else about them."""

    seat_id: int
    meeting_id: int
    enrolment_id: uuid.UUID
    last_name: str
    first_name: str
    state: MarkState | None
    # Enrolled in another session, where they missed this part.
    is_make_up: bool = False

    @property
    def name(self) -> str:
        return f"{self.last_name} {self.first_name}".strip()

    @property
    def about(self) -> str:
        return _("makes up for this part") if self.is_make_up else ""

    @property
    def sort_key(self) -> tuple[str, str]:
        return alphabetical(self.last_name), alphabetical(self.first_name)


def attendance_list(seats: "QuerySet[Seat]") -> list[Line]:
    """The seats as lines, by family name; of the people only the names are read."""
    profile = "enrolment__learner__profile"
    rows = with_marks(seats).values(
        "pk",
        "meeting_id",
        "state",
        is_make_up=~Q(meeting__session=F("enrolment__session")),
        public_id=F("enrolment__public_id"),
        last_name=F(f"{profile}__last_name"),
        first_name=F(f"{profile}__first_name"),
    )
    lines = [
        Line(
            seat_id=row["pk"],
            meeting_id=row["meeting_id"],
            enrolment_id=row["public_id"],
            last_name=row["last_name"] or _("erased person"),
            first_name=row["first_name"] or "",
            state=MarkState(row["state"]) if row["state"] else None,
            is_make_up=row["is_make_up"],
        )
        for row in rows
    ]
    return sorted(lines, key=lambda line: line.sort_key)


def attendance_sheet(
    lines: Iterable[Line], meetings: Iterable[Meeting]
) -> list[tuple[str, list[Line | None]]]:
    """Each person once, with a line or None for each meeting: a list to sign on paper."""
    cells = {(line.enrolment_id, line.meeting_id): line for line in lines}
    names = {line.enrolment_id: line.name for line in lines}
    order = [meeting.pk for meeting in meetings]
    return [(name, [cells.get((enrolment, pk)) for pk in order]) for enrolment, name in names.items()]


def alphabetical(name: str) -> str:
    """A sort key as in a Belgian directory: case, accents, spaces, hyphens and apostrophes don't count."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if letter.isalnum())
