"""What beat starts goes over all that is due: a row that fails stops none of those behind it."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db.models import Model

logger = logging.getLogger(__name__)

M = TypeVar("M", bound=Model)


class SweepFailed(Exception):
    """Something that was due is left undone: the log tells which rows, the next sweep finds them again."""


def sweep(due: Iterable[M], act: Callable[[M], object]) -> None:
    """Act on each row by itself. Raises SweepFailed in the end, so that the task is seen to fail."""
    errors = []
    for row in due:
        try:
            act(row)
        except Exception as error:
            logger.exception("Left undone: %s %s", row._meta.label, row.pk)
            errors.append(error)
    if errors:
        raise SweepFailed(f"Left undone: {len(errors)}") from errors[0]
