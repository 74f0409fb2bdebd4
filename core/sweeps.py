"""What beat starts goes over all that is due: what fails stops nothing of what is behind it."""

import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

from django.db.models import Model

logger = logging.getLogger(__name__)

M = TypeVar("M", bound=Model)


class SweepFailed(Exception):
    """Something that was due is left undone: the log tells which rows, the next sweep finds them again."""


def sweep(due: Iterable[M], act: Callable[[M], object]) -> None:
    """Act on each row by itself. Raises SweepFailed in the end, so that the task is seen to fail."""
    _do_each((f"{row._meta.label} {row.pk}", partial(act, row)) for row in due)


def do_all(*acts: Callable[[], object]) -> None:
    """The same for several acts, each of which goes over rows of its own."""
    _do_each((act.__qualname__, act) for act in acts)


def _do_each(named: Iterable[tuple[str, Callable[[], object]]]) -> None:
    errors = []
    for name, act in named:
        try:
            act()
        except Exception as error:
            logger.exception("Left undone: %s", name)
            errors.append(error)
    if errors:
        raise SweepFailed(f"Left undone: {len(errors)}") from errors[0]
