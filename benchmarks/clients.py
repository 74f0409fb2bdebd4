"""Signed-in people over HTTP/1.1, in one process that takes as little of the cores as it can."""

import asyncio
import datetime as dt
import secrets
import statistics
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone

from people.models import SignIn, User
from people.sessions import SessionStore

CSRF_SECRET = secrets.token_hex(16)
# What nobody waits for: a request that takes longer counts as refused.
TIMEOUT = 60.0


@dataclass(frozen=True)
class Answer:
    """How a request ended; the clock runs from the first byte sent to the last one received."""

    status: int
    seconds: float
    started: float
    ended: float
    size: int


def sign_in(people: Iterable[User]) -> list[str]:
    """A session for each person, as signing in leaves it; returns the cookies."""
    expires = timezone.now() + dt.timedelta(seconds=settings.SESSION_COOKIE_AGE)
    store = SessionStore()
    sign_ins = [
        SignIn(
            session_key=secrets.token_hex(16),
            user=person,
            session_data=store.encode(_signed_in(person)),
            expire_date=expires,
        )
        for person in people
    ]
    SignIn.objects.bulk_create(sign_ins, batch_size=1_000)
    return [f"sessionid={sign_in.session_key}; csrftoken={CSRF_SECRET}" for sign_in in sign_ins]


def _signed_in(person: User) -> dict[str, str]:
    return {
        SESSION_KEY: str(person.pk),
        BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
        HASH_SESSION_KEY: person.get_session_auth_hash(),
    }


class Client:
    """One browser: a connection that is kept, and a cookie."""

    def __init__(self, port: int, cookie: str = "") -> None:
        self.port = port
        self.cookie = cookie
        self.reader: asyncio.StreamReader
        self.writer: asyncio.StreamWriter | None = None

    async def get(self, path: str) -> Answer:
        return await self._send(f"GET {path} HTTP/1.1\r\n{self._headers()}\r\n".encode())

    async def post(self, path: str, fields: str = "") -> Answer:
        body = f"csrfmiddlewaretoken={CSRF_SECRET}{fields}"
        return await self._send(
            f"POST {path} HTTP/1.1\r\n{self._headers()}"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
        )

    def close(self) -> None:
        if self.writer:
            self.writer.close()

    def _headers(self) -> str:
        return (
            f"Host: localhost:{self.port}\r\nAccept-Language: nl\r\nCookie: {self.cookie}\r\n"
            f"Origin: http://localhost:{self.port}\r\n"
        )

    async def _send(self, request: bytes) -> Answer:
        started = time.perf_counter()
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = _length(head)
        if length:
            await self.reader.readexactly(length)
        ended = time.perf_counter()
        return Answer(int(head[9:12]), ended - started, started, ended, len(head) + length)


def _length(head: bytes) -> int:
    _before, found, after = head.lower().partition(b"\r\ncontent-length:")
    return int(after.partition(b"\r\n")[0]) if found else 0


def expected(status: int, answers: list[Answer]) -> list[Answer]:
    """The answers, if all of them have this status; any other would measure something else."""
    if wrong := {answer.status for answer in answers} - {status}:
        raise RuntimeError(f"Answers with status {wrong} instead of {status}.")
    return answers


def p50(answers: Iterable[Answer]) -> float:
    """In milliseconds."""
    return 1000 * statistics.median(answer.seconds for answer in answers)


async def arrive(port: int, cookies: Sequence[str], path: str, *, within: float) -> list[Answer]:
    """Each person presses the button of a page once, over their own connection; returns their answers.

    ``within``: the seconds over which they arrive evenly; 0: all at once.
    """

    async def press(place: int, cookie: str) -> Answer:
        await asyncio.sleep(within * place / len(cookies))
        client = Client(port, cookie)
        try:
            return await client.post(path)
        finally:
            client.close()

    async with asyncio.timeout(TIMEOUT):
        return await asyncio.gather(*(press(place, cookie) for place, cookie in enumerate(cookies)))


async def steadily(clients: Iterable[Client], path: str, seconds: float) -> float:
    """Requests a second that so many clients get answered, each asking again as soon as it has its answer."""
    until = time.perf_counter() + seconds
    answered = 0

    async def keep_asking(client: Client) -> None:
        nonlocal answered
        while time.perf_counter() < until:
            answer = await client.get(path)
            if answer.status != 200:
                raise RuntimeError(f"{path} answered {answer.status}.")
            answered += 1

    started = time.perf_counter()
    await asyncio.gather(*(keep_asking(client) for client in clients))
    return answered / (time.perf_counter() - started)
