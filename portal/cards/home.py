"""What to do now: at most seven cards of all floors, the most urgent first."""

import datetime as dt
from collections.abc import Iterator
from itertools import islice

from people.models import User
from portal.cards import academy, learning, offer, operating, organisation, teaching
from portal.cards.card import Card, Maker, Tally, count_all

MOST_CARDS = 7

MAKERS: tuple[Maker, ...] = (
    teaching.rosters,
    teaching.invitations,
    learning.own,
    organisation.approvals,
    operating.audits,
    operating.mails,
    operating.certificates,
    offer.short_of_staff,
    offer.too_few,
    academy.class_lists,
    organisation.lists,
    offer.needs,
    offer.exceptions,
    academy.classes,
    organisation.leavers,
    offer.sparse,
    offer.drafts,
    offer.given_by_partner,
    organisation.figures,
    operating.in_order,
    operating.administration,
)


def cards_for(person: User, *, at: dt.datetime) -> list[Card]:
    """At most seven cards; what comes after them isn't even read."""
    made = [make(person, at) for make in MAKERS]
    tallies = [tally for each in made if isinstance(each, list) for tally in each]
    counts = count_all(tallies, person)
    return list(islice(_in_order(made, counts), MOST_CARDS))


def _in_order(made: list[Iterator[Card] | list[Tally]], counts: dict[Tally, int]) -> Iterator[Card]:
    for each in made:
        if isinstance(each, list):
            yield from (tally.counted(counts[tally]) for tally in each if counts[tally])
        else:
            yield from each
