"""Proving on live data that seats, queues and learning records are as they must be."""

import datetime as dt
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection, transaction
from django.db.models import Count, Func
from django.utils import timezone

from enrolment.enums import Fault
from enrolment.invariants import INVARIANTS
from enrolment.models import AuditRun

MOST_IDS = 10
KEPT_FOR = dt.timedelta(days=90)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Finding:
    """How many rows break one invariant, and the public ids of the first few."""

    fault: Fault
    count: int
    public_ids: list[str]

    def as_json(self) -> dict[str, object]:
        return {"count": self.count, "ids": self.public_ids}


def audit(*, most_ids: int = MOST_IDS) -> list[Finding]:
    """Look for every fault, in one state of the database; nothing is locked and nobody waits."""
    with _one_state():
        return find_faults(most_ids=most_ids)


def audit_and_keep() -> AuditRun:
    """Audit, and keep what was found for the administrator; each night is kept for a while."""
    started = time.perf_counter()
    found = faults_of(audit())
    milliseconds = round((time.perf_counter() - started) * 1000)
    run: AuditRun = AuditRun.objects.create(milliseconds=milliseconds, faults=found)
    AuditRun.objects.filter(at__lt=timezone.now() - KEPT_FOR).delete()
    if found:
        said = ", ".join(f"{code} {fault['count']}" for code, fault in found.items())
        logger.error("The audit found faults: %s", said)
    else:
        logger.info("The audit found no fault, in %d ms", milliseconds)
    return run


def find_faults(*, most_ids: int) -> list[Finding]:
    """All invariants in their order, those that hold as well; as the caller's transaction sees the rows."""
    return [_look_for(fault, most_ids) for fault in INVARIANTS]


def faults_of(findings: Sequence[Finding]) -> dict[str, dict[str, object]]:
    """What is wrong, by its code."""
    return {finding.fault.value: finding.as_json() for finding in findings if finding.count}


class _First(Func):
    """The first elements of an array."""

    template = "(%(expressions)s)[:%(most)d]"


def _look_for(fault: Fault, most_ids: int) -> Finding:
    """In one statement, without a LIMIT: for a few rows PostgreSQL would look into one after the other."""
    ids = _First(ArrayAgg("public_id", order_by="public_id", default=[]), most=most_ids)
    found = INVARIANTS[fault]().aggregate(count=Count("pk"), ids=ids)
    return Finding(fault, found["count"], [str(public_id) for public_id in found["ids"]])


@contextmanager
def _one_state() -> Iterator[None]:
    """A transaction that sees one state of all tables, and that can't write.

    It reads them whole, for which no page would have the time.
    """
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SET LOCAL statement_timeout = 0")
        yield
