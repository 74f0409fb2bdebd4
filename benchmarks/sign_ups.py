"""Signing up: one after the other, a whole zone at once, and behind a long queue.

After each rush the database is asked who has a seat, who waits and what each was told: a fast answer that is
wrong is no figure.
"""

import asyncio
from collections.abc import Iterator
from itertools import islice

from django.db import connection
from django.utils import timezone

from benchmarks.clients import Answer, Client, arrive, expected, p50, sign_in
from benchmarks.results import Result, summary
from benchmarks.scenes import learners, new_session
from core.models import AuditEntry
from courses.models import Session
from enrolment.enums import EnrolmentStatus
from enrolment.models import Enrolment
from enrolment.services.auditing import audit, faults_of
from enrolment.services.booking import enrol
from notifications.models import Message

RUNS = 5
REQUESTS = 100
SEATS = 100
QUEUE = 20_000


def single(port: int) -> Iterator[Result]:
    """One sign-up after the other, each by somebody else, until the redirect."""
    path = _button(new_session(seats=30_000))
    cookies = iter(sign_in(learners((RUNS + 1) * REQUESTS)))
    client = Client(port)
    with asyncio.Runner() as runner:
        runs = [p50(runner.run(_one_by_one(client, path, cookies))) for _ in range(RUNS + 1)]
    yield summary("enrol_single_ms", runs[1:], "ms", f"one sign-up until the redirect, p50 of {REQUESTS}")


def rush_500(port: int) -> Iterator[Result]:
    """Five hundred people press the button at once."""
    yield _rush(port, "enrol_rush_500_s", people=500, within=0)


def rush_5000(port: int) -> Iterator[Result]:
    """Five thousand people press it within ten seconds."""
    yield _rush(port, "enrol_rush_5000_s", people=5_000, within=10)


def deep_queue(port: int) -> Iterator[Result]:
    """In turn into an empty session and behind a long queue, so that what slows the machine slows both."""
    empty, deep = new_session(seats=30_000), _with_queue(new_session(seats=1), QUEUE)
    cookies = iter(sign_in(learners(2 * (RUNS + 1) * REQUESTS, after=QUEUE + 1)))
    client = Client(port)
    ratios = []
    with asyncio.Runner() as runner:
        for _ in range(RUNS + 1):
            shallow = p50(runner.run(_one_by_one(client, _button(empty), cookies)))
            ratios.append(p50(runner.run(_one_by_one(client, _button(deep), cookies))) / shallow)
    note = f"a sign-up behind {QUEUE} who wait : one into an empty session, p50 of {REQUESTS} each"
    yield summary("enrol_deep_queue_ratio", ratios[1:], "×", note)


async def _one_by_one(client: Client, path: str, cookies: Iterator[str]) -> list[Answer]:
    """One connection carries all people."""
    answers = []
    for client.cookie in islice(cookies, REQUESTS):
        answers.append(await client.post(path))
    return expected(302, answers)


def _rush(port: int, name: str, *, people: int, within: float) -> Result:
    """The seconds from the first arrival to the last answer, each run in a session of its own."""
    cookies = sign_in(learners(people))
    # Each process has answered once before: the first request of its life is nobody's in a rush.
    asyncio.run(arrive(port, cookies[:REQUESTS], _button(new_session(seats=SEATS)), within=1))
    seconds = []
    for _ in range(RUNS):
        session = new_session(seats=SEATS)
        answers = expected(302, asyncio.run(arrive(port, cookies, _button(session), within=within)))
        seconds.append(max(each.ended for each in answers) - min(each.started for each in answers))
        check(session, people=people)
    arrival = f"within {within:g} s" if within else "at once"
    return summary(name, seconds, "s", f"{people} people on {SEATS} seats {arrival}, until the last answer")


def check(session: Session, *, people: int) -> None:
    """Raises RuntimeError unless all is as it must be after a rush.

    All seats are taken, everybody else waits at a place of their own, and each was told once, with an entry
    in the audit trail.
    """
    enrolments = Enrolment.objects.filter(session=session)
    waiting = people - SEATS
    topics = [f"enrolment:{public_id}" for public_id in enrolments.values_list("public_id", flat=True)]
    told = Message.objects.filter(topic__in=topics)
    positions = enrolments.queued().with_position().values_list("position", flat=True)
    found = {
        "confirmed": enrolments.confirmed().count(),
        "taken": set(session.meetings.values_list("taken", flat=True)),
        "positions": sorted(positions),
        "told of a seat": told.filter(template="enrolment_confirmed").count(),
        "told of the queue": told.filter(template="enrolment_queued").count(),
        "audited": AuditEntry.objects.filter(
            subject_type="enrolment.enrolment", subject_id__in=enrolments.values("pk")
        ).count(),
        "faults": faults_of(audit()),
    }
    due = {
        "confirmed": SEATS,
        "taken": {SEATS},
        "positions": list(range(1, waiting + 1)),
        "told of a seat": SEATS,
        "told of the queue": waiting,
        "audited": people,
        "faults": {},
    }
    if wrong := {name: value for name, value in found.items() if value != due[name]}:
        raise RuntimeError(f"After the rush: {wrong}")


def _with_queue(session: Session, length: int) -> Session:
    """Its only seat is taken, and so many people wait for one."""
    first, *others = learners(length + 1)
    enrol(session=session, learner=first, actor=first)
    now = timezone.now()
    Enrolment.objects.bulk_create(
        (
            Enrolment(session=session, learner=person, status=EnrolmentStatus.QUEUED, enrolled_at=now)
            for person in others
        ),
        batch_size=1_000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE enrolment_enrolment")
    return session


def _button(session: Session) -> str:
    return f"{session.get_absolute_url()}enrol/"
