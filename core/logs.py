"""What a line of the log holds: when, where and what; never whom.

An address may carry a certificate's code or the key of a password reset, and the text of an error may carry
a name (PostgreSQL quotes the row). So a request is told by its route, and an error by its class and the lines
of code that it came through.
"""

import datetime as dt
import json
import logging
import traceback
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from http import HTTPStatus
from time import perf_counter
from typing import Any

from django.http import HttpRequest, HttpResponse

from core.fields import uuid7

logger = logging.getLogger(__name__)

# Of the request or the task in hand, on every line that it writes.
work_id: ContextVar[str] = ContextVar("work_id", default="")


class RequestLogMiddleware:
    """One line for each answer; its id goes out as X-Request-ID, for whoever asks what went wrong."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = perf_counter()
        outer = work_id.set(uuid7().hex)
        try:
            response = self.get_response(request)
            response.headers["X-Request-ID"] = work_id.get()
            # A file that was sent as it lies there has no route, and is nobody's question.
            if request.resolver_match or response.status_code >= 400:
                ms = round((perf_counter() - started) * 1000, 1)
                fields = {"status": response.status_code, "ms": ms}
                logger.info("%s %s", request.method, route_of(request), extra={"fields": fields})
            return response
        finally:
            work_id.reset(outer)


def route_of(request: HttpRequest) -> str:
    """The pattern of the address, never what stands in it."""
    return f"/{request.resolver_match.route}" if request.resolver_match else "(no route)"


class JsonFormatter(logging.Formatter):
    """A line of JSON without names, addresses or codes."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _discreet_message(record),
            **getattr(record, "fields", {}),
        }
        if work := work_id.get():
            line["id"] = work
        if record.exc_info and record.exc_info[1]:
            line["error"] = "".join(_describe(record.exc_info[1]))
        return json.dumps(line, ensure_ascii=False)


def _discreet_message(record: logging.LogRecord) -> str:
    request = getattr(record, "request", None)
    if isinstance(request, HttpRequest):
        # Django's own lines about refused and failed requests hold the address.
        return f"{HTTPStatus(getattr(record, 'status_code', 500)).phrase}: {route_of(request)}"
    if isinstance(record.args, Mapping) and "exc" in record.args:
        # Celery's lines about failed tasks hold the text of the error.
        named = {**record.args, "exc": str(record.args["exc"]).partition("(")[0]}
        return str(record.msg) % named
    return record.getMessage()


def _describe(error: BaseException) -> list[str]:
    """Classes and lines of code, from the first error to the one that came of it."""
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    named = f"{type(error).__module__}.{type(error).__qualname__}\n"
    return [*(_describe(earlier) if earlier else []), named, *traceback.format_tb(error.__traceback__)]


def logging_config(*, level: str, as_json: bool) -> dict[str, Any]:
    """Django's LOGGING: all to standard output, as JSON or as lines for reading."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {"()": "core.logs.JsonFormatter"},
            "line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"},
        },
        "handlers": {
            "stdout": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stdout",
                "formatter": "json" if as_json else "line",
            }
        },
        "root": {"handlers": ["stdout"], "level": level},
        "loggers": {
            # Each answer has a line already; of these only failures are news.
            "django.request": {"level": "ERROR"},
            # Who tries the demo doesn't read along.
            "core.logs": {"level": "INFO" if as_json else "WARNING"},
            # Each task says itself that it was started.
            "celery.beat": {"level": "WARNING"},
            # It tells of every passkey by its id.
            "fido2": {"level": "WARNING"},
            # They tell of every step of every certificate.
            "weasyprint.progress": {"level": "WARNING"},
            "fontTools": {"level": "WARNING"},
        },
    }
