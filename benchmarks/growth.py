"""Whether pages and sign-ups stay as fast when the tables grow a hundredfold."""

import asyncio
import re
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection

from benchmarks.clients import Client, expected, p50, sign_in
from benchmarks.results import Result, summary
from benchmarks.scenes import coming_session, learners, new_session
from benchmarks.stage import measured
from core.time import today
from enrolment.models import Enrolment
from people.enums import Role
from people.models import Membership, User

RUNS = 5
REQUESTS = 20
OFFICES = (Role.HR, Role.CATALOGUE_MANAGER)


@dataclass(frozen=True)
class Visit:
    """What is asked, by whom; a sign-up takes somebody else each time."""

    name: str
    path: str
    cookies: list[str]
    is_sign_up: bool = False


def growth(small: int, large: int) -> Iterator[Result]:
    """Each page in turn of both servers, so that what slows the machine slows both: the worst one counts."""
    with _database("small"):
        before = _visits()
    with _database("large"):
        after = _visits()
    ratios = asyncio.run(_ratios(Client(small), before, Client(large), after))
    worst = max(ratios, key=lambda name: statistics.median(ratios[name]))
    note = (
        f"with 2 million enrolments : with 20 thousand, p50 of {REQUESTS}; "
        f"of {len(ratios)} pages and acts the worst, which is {worst}"
    )
    yield summary("pages_at_2m_ratio", ratios[worst], "×", note)


async def _ratios(
    small: Client, before: list[Visit], large: Client, after: list[Visit]
) -> dict[str, list[float]]:
    ratios: dict[str, list[float]] = {visit.name: [] for visit in before}
    # The first time warms up.
    for run in range(RUNS + 1):
        for one, other in zip(before, after, strict=True):
            ratio = await _pay(large, other, run) / await _pay(small, one, run)
            if run:
                ratios[one.name].append(ratio)
    return ratios


async def _pay(client: Client, visit: Visit, run: int) -> float:
    """The p50 of some requests."""
    answers = []
    for number in range(run * REQUESTS, (run + 1) * REQUESTS):
        client.cookie = visit.cookies[number % len(visit.cookies)]
        answers.append(await (client.post if visit.is_sign_up else client.get)(visit.path))
    return p50(expected(302 if visit.is_sign_up else 200, answers))


@contextmanager
def _database(size: str) -> Iterator[None]:
    """What is read and written goes to the database of a size."""
    own = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = measured(size)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = own


def _visits() -> list[Visit]:
    """The pages that people open all day, by those whose they are, and a sign-up."""
    coming = coming_session()
    enrolled = Enrolment.objects.confirmed().filter(session=coming).earliest("id")
    teacher = User.objects.get(pk=coming.meetings.earliest("id").staff.get().person_id)
    colleague = User.objects.filter(memberships__organisation=_zone_of(teacher)).latest("id")
    pages = {
        enrolled.learner: [
            "/",
            "/catalogue/",
            "/catalogue/?free=on&language=nl",
            coming.version.course.get_absolute_url(),
            coming.get_absolute_url(),
            f"{coming.get_absolute_url()}withdraw/",
            "/my/training/",
            "/my/certificates/",
            "/my/profile/",
        ],
        teacher: ["/teach/", f"/teach/sessions/{coming.public_id}/roster/"],
        _officer(teacher): [
            "/manage/sessions/",
            f"/manage/sessions/{coming.public_id}/",
            "/manage/trainers/",
            "/hr/figures/",
            "/hr/search/?q=Janssens",
            f"/hr/people/{colleague.public_id}/",
            f"/hr/people/{colleague.public_id}/enrol/",
        ],
    }
    visits = []
    for person, paths in pages.items():
        cookies = sign_in([person])
        visits += [Visit(_named(path), path, cookies) for path in paths]
    cookies = sign_in(learners((RUNS + 1) * REQUESTS))
    button = f"{new_session(seats=1_000).get_absolute_url()}enrol/"
    return [*visits, Visit("a sign-up", button, cookies, is_sign_up=True)]


def _named(path: str) -> str:
    """The same on both servers."""
    return re.sub(r"[0-9a-f-]{36}", "…", path)


def _zone_of(person: User) -> int:
    membership: Membership = Membership.objects.get(user=person, role=Role.EMPLOYEE)
    return membership.organisation_id


def _officer(near: User) -> User:
    """A colleague of somebody who is HR of their zone and manages the catalogue."""
    officer = User.objects.filter(memberships__organisation=_zone_of(near), pk__gt=500).earliest("id")
    Membership.objects.bulk_create(
        Membership(user=officer, organisation_id=_zone_of(near), role=role, valid_from=today())
        for role in OFFICES
    )
    return officer
