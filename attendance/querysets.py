"""Reads of marks."""

from core.models import FactQuerySet


class MarkQuerySet(FactQuerySet):
    pass
