"""What is looked at after each step of a history."""

import datetime as dt
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Q

from core.models import AuditEntry
from courses.models import Meeting, Session
from enrolment.enums import EnrolmentStatus
from enrolment.invariants import INVARIANTS
from enrolment.models import (
    AccessibilityRequest,
    Enrolment,
    Offer,
    PrerequisiteException,
    Seat,
    SeatPool,
)
from enrolment.services.seats import busy_elsewhere, has_room_for
from enrolment.turns import moves_up
from notifications.enums import MessageStatus
from notifications.models import Message

# All that an act may write, who was told what and the trail included.
WRITTEN = [
    Session,
    Meeting,
    SeatPool,
    Enrolment,
    Seat,
    Offer,
    AccessibilityRequest,
    PrerequisiteException,
    Message,
    AuditEntry,
]

# The last mail that somebody got of an enrolment, by what is true of it now.
TRUE_OF = {
    EnrolmentStatus.CONFIRMED: {
        "enrolment_confirmed",
        "enrolment_moved_up",
        "session_moved",
        "booking_moved_to_a_seat",
    },
    EnrolmentStatus.OFFERED: {"seat_offered", "seat_held"},
    EnrolmentStatus.QUEUED: {
        "enrolment_queued",
        "enrolment_approved",
        "booking_moved",
        "offer_expired",
        "approval_late",
        "session_moved_queue",
        "session_moved_seat_lost",
        # Was put on the list at the door by mistake.
        "enrolment_ended",
    },
}


def everything() -> dict[str, str]:
    """The rows of each table that the acts write, as PostgreSQL prints them, in one statement."""
    tables = [model._meta.db_table for model in WRITTEN]
    rows = "SELECT '{0}', string_agg(row::text, chr(10) ORDER BY id) FROM {0} AS row"
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(rows.format(table) for table in tables))
        return dict(cursor.fetchall())


def faults() -> dict[str, int]:
    """What the audit would find: its invariants in one statement that is put together once."""
    with connection.cursor() as cursor:
        statement, values = _audit()
        cursor.execute(statement, values)
        return {code: count for code, count in cursor.fetchall() if count}


@cache
def _audit() -> tuple[str, list[Any]]:
    counts: list[str] = []
    values: list[Any] = []
    for code, look in INVARIANTS.items():
        sql, params = look().values("pk").query.sql_with_params()
        counts.append(f"SELECT '{code.value}', count(*) FROM ({sql}) AS found")  # noqa: S608
        values += params
    return " UNION ALL ".join(counts), values


def queues() -> dict[int, frozenset[int]]:
    """Of everybody who waits, by the enrolment's id: who is served before them."""
    ahead: dict[int, frozenset[int]] = {}
    waiting: dict[int, list[int]] = {}
    for each in Enrolment.objects.queued().in_queue_order():
        queue = waiting.setdefault(each.session_id, [])
        ahead[each.pk] = frozenset(queue)
        queue.append(each.pk)
    return ahead


def is_idle(session: Session, *, at: dt.datetime) -> bool:
    """Whether a seat is free for somebody who waits, who is free as well, while seats still move up."""
    waiting = list(session.enrolments.promotable().with_learner())
    if not waiting or not session.is_published or not moves_up(session, at=at):
        return False
    meetings = list(session.meetings.all())
    busy = busy_elsewhere(waiting, meetings, besides=session)
    return any(each.learner_id not in busy and has_room_for(each, meetings) for each in waiting)


def last_told() -> dict[str, str]:
    """The last mail about each enrolment, by its public id, that went out or will."""
    mails = Message.objects.exclude(status=MessageStatus.CANCELLED).order_by("pk")
    about = mails.filter(Q(topic__startswith="enrolment:") | Q(topic__startswith="booking_moved:"))
    return {mail.topic.partition(":")[2]: _said(mail) for mail in about}


def _said(mail: Message) -> str:
    """What one template says to those who have a seat is not what it says to those who wait."""
    return f"{mail.template}_to_a_seat" if mail.context.get("has_seat") else str(mail.template)
