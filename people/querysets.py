"""Reads of memberships; time is an argument."""

import datetime as dt
from typing import Self

from django.db.models import F, Q

from core.models import FactQuerySet


def in_force(on: dt.date | F) -> Q:
    """Rows whose validity dates, both inclusive, hold the day, which may be another column's."""
    return Q(valid_from__lte=on) & (Q(valid_until=None) | Q(valid_until__gte=on))


class MembershipQuerySet(FactQuerySet):
    def current(self, *, on: dt.date | None = None) -> Self:
        """Not superseded; with ``on``, only those that hold on that day."""
        known = super().current()
        return known if on is None else known.filter(in_force(on))
