"""Reads of marks, and of seats with what was marked on them."""

import unicodedata
import uuid
from dataclasses import dataclass
from typing import Any, Self

from django.db.models import F, FilteredRelation, Q, QuerySet
from django.utils.translation import gettext as _

from attendance.enums import MarkState
from core.models import FactQuerySet
from enrolment.models import Seat


class MarkQuerySet(FactQuerySet):
    def replaced_by(self, mark: Any) -> Self:
        """What a mark superseded: nothing where the seat had none just before."""
        return self.filter(seat=mark.seat_id, superseded_at=mark.recorded_at)


def with_marks(seats: "QuerySet[Seat]") -> "QuerySet[Any]":
    """Each seat with the ``state`` of its current mark; None where there is none."""
    current = FilteredRelation("marks", condition=Q(marks__superseded_at=None))
    return seats.alias(current_mark=current).annotate(state=F("current_mark__state"))


@dataclass(frozen=True, slots=True)
class Line:
    """One person on the list of a meeting: the name and what was marked, nothing else about them."""

    meeting_id: int
    enrolment_id: uuid.UUID
    last_name: str
    first_name: str
    state: MarkState | None

    @property
    def sort_key(self) -> tuple[str, str]:
        return alphabetical(self.last_name), alphabetical(self.first_name)


def attendance_list(seats: "QuerySet[Seat]") -> list[Line]:
    """The seats as lines, by family name; only the names are read."""
    profile = "enrolment__learner__profile"
    rows = with_marks(seats).values_list(
        "meeting_id", "enrolment__public_id", f"{profile}__last_name", f"{profile}__first_name", "state"
    )
    lines = [
        Line(
            meeting_id,
            enrolment_id,
            last or _("erased person"),
            first or "",
            MarkState(state) if state else None,
        )
        for meeting_id, enrolment_id, last, first, state in rows
    ]
    return sorted(lines, key=lambda line: line.sort_key)


def alphabetical(name: str) -> str:
    """A sort key as in a Belgian directory: case, accents, spaces, hyphens and apostrophes don't count."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if letter.isalnum())
