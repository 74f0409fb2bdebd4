"""What the home page is made of: cards, and rows that are only counted."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise

from core.counting import RowCount
from courses.models import Session
from people.models import User


@dataclass(frozen=True)
class Card:
    """A thing to do or to know now. Colleagues look along: titles are discreet, and nobody is named."""

    eyebrow: str
    title: str | Promise
    url: str
    text: str = ""
    state: str = ""
    state_text: str = ""
    # What one does there: a verb.
    act: str = ""


@dataclass(frozen=True)
class Tally:
    """A card that is there when its rows are, and tells how many; all of a page are counted in one query."""

    rows: "QuerySet[Any, Any]"
    # Its title takes a ``count``, if it tells one.
    card: Card

    def counted(self, count: int) -> Card:
        return replace(self.card, title=self.card.title % {"count": count})


# A floor's part of the page: cards that read their own rows, when it is their turn; or tallies.
Maker = Callable[[User, dt.datetime], Iterator[Card] | list[Tally]]


def count_all(tallies: Sequence[Tally], person: User) -> dict[Tally, int]:
    """How many rows each has; the person is the one row that carries the answers."""
    if not tallies:
        return {}
    counts = (RowCount(tally.rows) for tally in tallies)
    row = User.objects.filter(pk=person.pk).values_list(*counts).get()
    return dict(zip(tallies, row, strict=True))


def title_of(session: Session) -> str:
    """The title that a passer-by may read."""
    return session.version.discreet_title
