"""How often one client may be wrong in a ``scope``: whoever tries numbers is stopped, others never notice.

Only failures count, but once they are too many every answer is "wait": else the right guess would still
get through. The client is the account that signed in: an office has one address, and nobody there stops the
others. Of whoever didn't sign in, allauth tells the address, as it does for signing in: the peer of the
connection, or whom the trusted proxy names; any other header could be forged.
"""

from contextlib import suppress
from ipaddress import ip_network

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

FAILURES_ALLOWED = 20
PER_SECONDS = 15 * 60


def is_stopped(request: HttpRequest, *, scope: str) -> bool:
    failures: int = cache.get(_key(request, scope), 0)
    return failures >= FAILURES_ALLOWED


def count_failure(request: HttpRequest, *, scope: str) -> None:
    key = _key(request, scope)
    # Adding never overwrites; once the time is over there is nothing left to count up.
    with suppress(ValueError):
        if not cache.add(key, 1, PER_SECONDS):
            cache.incr(key)


def stop(request: HttpRequest) -> HttpResponse:
    response = render(request, "429.html", status=429)
    response.headers["Retry-After"] = str(PER_SECONDS)
    return response


def _key(request: HttpRequest, scope: str) -> str:
    if request.user.is_authenticated:
        return f"{scope}:failures:account:{request.user.pk}"
    # Whoever has an IPv6 address has all of its network.
    address = get_adapter(request).get_client_ip(request)
    network = ip_network(f"{address}/64", strict=False) if ":" in address else address
    return f"{scope}:failures:{network}"
