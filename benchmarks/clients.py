"""Signed-in people over HTTP/1.1, in one process that takes as little of the cores as it can."""

import asyncio
import datetime as dt
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable
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
        return Answer(int(head[9:12]), ended - started, ended, len(head) + length)


def _length(head: bytes) -> int:
    _before, found, after = head.lower().partition(b"\r\ncontent-length:")
    return int(after.partition(b"\r\n")[0]) if found else 0


async def one_by_one(client: Client, act: Callable[[], Awaitable[Answer]], times: int) -> list[Answer]:
    return [await act() for _ in range(times)]


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
