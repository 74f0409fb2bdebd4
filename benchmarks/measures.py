"""What is measured: each function yields entries of the results, and is listed in ``MEASURES``."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks import sign_ups
from benchmarks.clients import Client, expected, p50, sign_in, steadily
from benchmarks.growth import growth
from benchmarks.history_import import history_import
from benchmarks.people_import import ACTS, people_import
from benchmarks.results import Result, summary
from benchmarks.scenes import coming_session, learners
from certificates.pdf import Snapshot, render

RUNS = 7
REQUESTS = 100
WARM_UP = 40
SECONDS = 5.0
CLIENTS = 32

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
    """The entries that a run yields; it is given the port of the web server on a data set of each size."""

    entries: frozenset[str]
    sizes: tuple[str, ...]
    run: Callable[..., Iterator[Result]]


def pages(port: int) -> Iterator[Result]:
    """One person who asks again and again, then many who all do."""
    for name, path in (
        ("catalogue_list", "/catalogue/"),
        ("session_page", coming_session().get_absolute_url()),
    ):
        runs, size = asyncio.run(_milliseconds(Client(port, *sign_in(learners(1))), path))
        note = f"{path.split('/')[1]} page, {size // 1000} kB, p50 of {REQUESTS} by one signed-in client"
        yield summary(f"{name}_ms", runs, "ms", f"{note}; 500 coming sessions")
        rates = asyncio.run(_rates([Client(port, cookie) for cookie in sign_in(learners(CLIENTS))], path))
        yield summary(f"{name}_rps", rates, "/s", f"{CLIENTS} signed-in clients, 2 server workers")


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
        ("small",),
        pages,
    ),
    Measure(frozenset({"enrol_single_ms"}), ("small",), sign_ups.single),
    Measure(frozenset({"enrol_rush_500_s"}), ("crowd",), sign_ups.rush_500),
    Measure(frozenset({"enrol_rush_5000_s"}), ("crowd",), sign_ups.rush_5000),
    Measure(frozenset({"enrol_deep_queue_ratio"}), ("crowd",), sign_ups.deep_queue),
    Measure(frozenset({"pages_at_2m_ratio"}), ("small", "large"), growth),
    Measure(frozenset({"certificate_render_ms"}), ("small",), certificate_render),
    Measure(frozenset({"history_import_8000_s", "history_import_again_s"}), ("small",), history_import),
    Measure(
        frozenset(
            f"import_{kind}_{act}_{unit}" for kind in ("csv", "xlsx") for act in ACTS for unit in ("s", "mb")
        ),
        ("small",),
        people_import,
    ),
)


# -- How -------------------------------------------------------------------------------------------


async def _milliseconds(client: Client, path: str) -> tuple[list[float], int]:
    """The p50 of each run, and the bytes of an answer."""
    answers = [await client.get(path) for _ in range(WARM_UP)]
    runs = []
    for _ in range(RUNS):
        answers = expected(200, [await client.get(path) for _ in range(REQUESTS)])
        runs.append(p50(answers))
    client.close()
    return runs, answers[-1].size


async def _rates(clients: Sequence[Client], path: str) -> list[float]:
    await steadily(clients, path, 1.0)
    runs = [await steadily(clients, path, SECONDS) for _ in range(RUNS)]
    for client in clients:
        client.close()
    return runs
