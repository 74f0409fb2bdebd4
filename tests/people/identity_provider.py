"""An identity provider for tests, in a process of its own, and what a browser does with it."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from html import unescape
from socket import create_connection, socket
from typing import Any

import requests
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from core.models import AuditEntry
from demo import engines
from people.enums import Grounds
from people.models import User
from people.services.identities import link_identity
from tests.people.factors import is_signed_in
from tests.waiting import eventually

SUBJECT = "f3b1-7c"
CALLBACK = "/account/provider/callback/"


@dataclass
class Provider:
    """The provider's side of the conversation."""

    address: str

    def knows(self, subject: str = SUBJECT, *, flaw: str = "", **claims: object) -> None:
        """Whoever comes from now on is this subject."""
        said = json.dumps({"claims": {"sub": subject, **claims}, "flaw": flaw})
        requests.post(f"{self.address}/who", data=said, timeout=5).raise_for_status()
        cache.clear()

    def sends_back(self, leaving: HttpResponse) -> str:
        """Where the provider sends a browser that followed the page on which one leaves."""
        found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', leaving.content.decode())
        assert found is not None, leaving.status_code
        answer = requests.get(unescape(found[1]), allow_redirects=False, timeout=5)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"].removeprefix("http://localhost:8000")


@contextmanager
def running_provider() -> Iterator[str]:
    """Its address, while it runs."""
    with closing(socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tests.oidc_provider", str(port)]
    process = subprocess.Popen(command, cwd=engines.CLONE)
    try:
        eventually(lambda: _listens(port), "the identity provider never answered")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _listens(port: int) -> bool:
    try:
        create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def link(person: User, provider: Provider, subject: str = SUBJECT) -> SocialAccount:
    return link_identity(
        person=person, issuer=provider.address, subject=subject, grounds=Grounds.STAFF_NUMBER
    )


def leave(client: Client, **form: str) -> HttpResponse:
    return _seen(client, client.post(reverse("people:provider_sign_in"), form))


def arrive(client: Client, address: str) -> HttpResponse:
    return _seen(client, client.get(address))


def come_back(client: Client, provider: Provider, **form: str) -> HttpResponse:
    return arrive(client, provider.sends_back(leave(client, **form)))


def _seen(client: Client, answer: Any) -> HttpResponse:
    """The answer, or the page to which it leads when nobody is signed in."""
    address = answer.headers.get("Location", "")
    is_elsewhere = address.startswith("/account/provider/")
    return client.get(address) if is_elsewhere else answer  # type: ignore[return-value]


def page_of(answer: HttpResponse) -> str:
    """What a person sees: without the tokens of its forms."""
    return re.sub(r"[A-Za-z0-9]{64}", "", answer.content.decode())


def links() -> list[tuple[int, str, str, dict[str, Any]]]:
    return list(SocialAccount.objects.values_list("user", "provider", "uid", "extra_data"))


def entries() -> list[tuple[str, int | None, dict[str, Any]]]:
    return list(AuditEntry.objects.order_by("id").values_list("action", "actor_id", "data"))


def everything_stored() -> str:
    models = [model for model in apps.get_models() if model._meta.managed]
    return "\n".join(str(list(model._default_manager.values())) for model in models)


def assert_nobody_came_in(client: Client, answer: HttpResponse, *, people: int = 1) -> None:
    assert answer.status_code == 403
    assert "You are not signed in" in answer.content.decode()
    assert not is_signed_in(client)
    assert links() == []
    assert User.objects.count() == people
