"""The product, held at one point of an act: whoever is killed there has written, and told nobody.

``tests.faults.held:application`` is for a web server, ``--app=tests.faults.held`` for a worker. HOLD_AT is an
action of the audit trail, whose transaction is then open, or "answer": it is committed, and not answered yet.
Whoever first writes the file HELD is held; its content is the number of the process.
"""

import os
import threading
from collections.abc import Iterable
from typing import Any

from django.db.models import Model

from config.celery import app
from config.wsgi import application as serve
from core.models import AuditEntry

__all__ = ["app", "application"]

POINT = os.environ["HOLD_AT"]
record, record_acts = AuditEntry.record, AuditEntry.record_acts


def hold() -> None:
    try:
        with open(os.environ["HELD"], "x") as held:
            held.write(str(os.getpid()))
    except FileExistsError:
        return
    threading.Event().wait()


def record_and_hold(*, action: str, **fields: Any) -> None:
    record(action=action, **fields)
    if action == POINT:
        hold()


def record_acts_and_hold(acts: Iterable[tuple[str, Model, Model]]) -> None:
    acts = list(acts)
    record_acts(acts)
    if any(action == POINT for action, _subject, _actor in acts):
        hold()


def application(environ: dict[str, Any], start_response: Any) -> Any:
    answer = serve(environ, start_response)
    if POINT == "answer" and environ["REQUEST_METHOD"] == "POST":
        hold()
    return answer


AuditEntry.record = record_and_hold  # type: ignore[method-assign]
AuditEntry.record_acts = record_acts_and_hold  # type: ignore[method-assign]
