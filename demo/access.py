"""Who may see the pages of the demo: whoever sits at this machine."""

import ipaddress
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase

View = Callable[..., HttpResponseBase]

# A proxy or a tunnel sits on this machine, and whom it serves does not.
FORWARDED = frozenset({"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via"})


def loopback_only(view: View) -> View:
    """404 for everybody else, whatever the settings and the web server let through."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not _is_loopback(request.META.get("REMOTE_ADDR", "")) or FORWARDED & request.headers.keys():
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
