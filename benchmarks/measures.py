"""What is measured: each function yields entries of the results, and is listed in ``MEASURES``."""

import asyncio
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.utils import timezone

from benchmarks.clients import Answer, Client, sign_in, steadily
from benchmarks.history_import import history_import
from benchmarks.people_import import ACTS, people_import
from benchmarks.results import Result, summary
from certificates.pdf import Snapshot, render
from courses.models import Session
from people.models import User

RUNS = 7
REQUESTS = 100
WARM_UP = 40
SECONDS = 5.0
CLIENTS = 32
# People of the data set who give nothing and have not been asked yet.
FIRST_LEARNER = 1_000

CERTIFICATE: Snapshot = {
    "code": "0123456789ABCDEFGHJKMNPQRS",
    "language": "nl",
    "name": "Noor Lenaerts",
    "title": "Holocaust, Politie en Mensenrechten",
    "first_day": "2026-11-20",
    "completed_on": "2026-11-20",
    "minutes": 480,
    "provider": "Kazerne Dossin",
    "city": "Mechelen",
    "parts": ["Theorie: begeleide route", "Praktijk: dilemma's"],
    "valid_until": None,
    "issued_on": "2026-11-22",
}


@dataclass(frozen=True)
class Measure:
    """The entries that a run on a data set of a size yields; it is given the port of the web server."""

    entries: frozenset[str]
    size: str
    run: Callable[[int], Iterator[Result]]


def pages(port: int) -> Iterator[Result]:
    """One person who asks again and again, then many who all do."""
    for name, path in (("catalogue_list", "/catalogue/"), ("session_page", _coming().get_absolute_url())):
        runs, size = asyncio.run(_milliseconds(Client(port, *sign_in(_learners(1))), path))
        note = f"{path.split('/')[1]} page, {size // 1000} kB, p50 of {REQUESTS} by one signed-in client"
        yield summary(f"{name}_ms", runs, "ms", f"{note}; 500 coming sessions")
        rates = asyncio.run(_rates([Client(port, cookie) for cookie in sign_in(_learners(CLIENTS))], path))
        yield summary(f"{name}_rps", rates, "/s", f"{CLIENTS} signed-in clients, 2 server workers")


def enrol_single(port: int) -> Iterator[Result]:
    """One sign-up after the other, each by somebody else, until the redirect."""
    path = f"{_roomy_session().get_absolute_url()}enrol/"
    cookies = sign_in(_learners((RUNS + 1) * REQUESTS))
    runs = asyncio.run(_sign_ups(Client(port), path, iter(cookies)))
    yield summary("enrol_single_ms", runs, "ms", f"one sign-up until the redirect, p50 of {REQUESTS}")


def certificate_render(port: int) -> Iterator[Result]:
    """In this process: no web server draws a certificate."""
    render(CERTIFICATE)
    runs = []
    for _ in range(RUNS):
        started = time.perf_counter()
        for _ in range(10):
            render(CERTIFICATE)
        runs.append(100 * (time.perf_counter() - started))
    yield summary("certificate_render_ms", runs, "ms", "one PDF/UA-1 certificate, warm process, mean of 10")


MEASURES = (
    Measure(
        frozenset({"catalogue_list_ms", "session_page_ms", "catalogue_list_rps", "session_page_rps"}),
        "small",
        pages,
    ),
    Measure(frozenset({"enrol_single_ms"}), "small", enrol_single),
    Measure(frozenset({"certificate_render_ms"}), "small", certificate_render),
    Measure(frozenset({"history_import_8000_s", "history_import_again_s"}), "small", history_import),
    Measure(
        frozenset(
            f"import_{kind}_{act}_{unit}" for kind in ("csv", "xlsx") for act in ACTS for unit in ("s", "mb")
        ),
        "small",
        people_import,
    ),
)


# -- How -------------------------------------------------------------------------------------------


async def _milliseconds(client: Client, path: str) -> tuple[list[float], int]:
    """The p50 of each run, and the bytes of an answer."""
    answers = [await client.get(path) for _ in range(WARM_UP)]
    runs = []
    for _ in range(RUNS):
        answers = _expected(200, [await client.get(path) for _ in range(REQUESTS)])
        runs.append(_p50(answers))
    client.close()
    return runs, answers[-1].size


async def _rates(clients: Sequence[Client], path: str) -> list[float]:
    await steadily(clients, path, 1.0)
    runs = [await steadily(clients, path, SECONDS) for _ in range(RUNS)]
    for client in clients:
        client.close()
    return runs


async def _sign_ups(client: Client, path: str, cookies: Iterator[str]) -> list[float]:
    """The p50 of each run but the first, which warms up; one connection carries all people."""
    runs = []
    for _ in range(RUNS + 1):
        answers = []
        for _ in range(REQUESTS):
            client.cookie = next(cookies)
            answers.append(await client.post(path))
        runs.append(_p50(_expected(302, answers)))
    client.close()
    return runs[1:]


def _p50(answers: Sequence[Answer]) -> float:
    return 1000 * statistics.median(answer.seconds for answer in answers)


def _expected(status: int, answers: list[Answer]) -> list[Answer]:
    if wrong := {answer.status for answer in answers} - {status}:
        raise RuntimeError(
            f"Answers with status {wrong} instead of {status}: this would measure something else."
        )
    return answers


def _learners(count: int) -> list[User]:
    return list(User.objects.filter(pk__gte=FIRST_LEARNER).order_by("pk")[:count])


def _coming() -> Session:
    session: Session = (
        Session.objects.published().filter(starts_at__gt=timezone.now()).earliest("starts_at", "id")
    )
    return session


def _roomy_session() -> Session:
    """The last session to come, with a seat for everybody."""
    session: Session = Session.objects.published().latest("starts_at", "id")
    session.meetings.update(capacity=30_000)
    return session
