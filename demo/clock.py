"""The clock of the past, for the one process that builds the demo's data."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from django.utils import timezone


@contextmanager
def clock(at: dt.datetime) -> Iterator[None]:
    """Let the services act at another instant: all of them ask ``django.utils.timezone`` what time it is.

    So the demo's past is made by the same acts, and held to the same rules, as everybody's present.
    The defaults of models keep the real clock: the audit trail says when a row was really written.
    """
    with mock.patch.object(timezone, "now", return_value=at):
        yield
