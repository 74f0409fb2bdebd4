"""Lines of the log can be read by a program, and hold nothing about a person."""

import json
import logging
import re
from collections.abc import Iterator
from contextlib import closing

import pytest
from celery.app.trace import LOG_FAILURE
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from core.logs import JsonFormatter, work_id

CODE = "K7QH-93MX"
WHOSE = "noor@zone.example"


def _view(request: HttpRequest, code: str) -> HttpResponse:
    if code == CODE:
        try:
            raise KeyError(WHOSE)
        except KeyError as error:
            raise IntegrityError(f"Key (email)=({WHOSE}) already exists.") from error
    return HttpResponse(work_id.get())


urlpatterns = [path("verify/<str:code>", _view)]


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """What production writes, line by line, while the test runs."""
    written: list[str] = []
    handler = logging.Handler()
    handler.setFormatter(JsonFormatter())
    handler.emit = lambda record: written.append(handler.format(record))  # type: ignore[method-assign]
    logging.getLogger().addHandler(handler)
    caplog.set_level("INFO", "core.logs")
    yield written
    logging.getLogger().removeHandler(handler)


@override_settings(ROOT_URLCONF=__name__)
def test_an_answer_is_one_line_with_route_status_and_id(client: Client, lines: list[str]) -> None:
    answer = client.get("/verify/AAAA-BBBB?name=Noor")
    [line] = [json.loads(line) for line in lines]
    assert (line["message"], line["status"]) == ("GET /verify/<str:code>", 200)
    assert line["id"] == answer.headers["X-Request-ID"] == answer.content.decode()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line["at"])
    assert line["ms"] >= 0
    assert work_id.get() == ""


@override_settings(ROOT_URLCONF=__name__)
def test_an_error_is_told_by_its_classes_and_lines_of_code(client: Client, lines: list[str]) -> None:
    client.raise_request_exception = False
    answer = client.get(f"/verify/{CODE}")
    failure = next(json.loads(line) for line in lines if "error" in json.loads(line))
    assert failure["message"] == "Internal Server Error: /verify/<str:code>"
    assert failure["id"] == answer.headers["X-Request-ID"]
    assert failure["error"].startswith("builtins.KeyError\n")
    assert "django.db.utils.IntegrityError\n" in failure["error"]
    assert f'{__file__}", line ' in failure["error"]
    assert CODE not in "".join(lines)
    assert WHOSE not in "".join(lines)


def test_an_address_that_leads_nowhere_is_not_written_down(client: Client, lines: list[str]) -> None:
    client.get(f"/nowhere/{CODE}")
    assert [json.loads(line)["message"] for line in lines] == ["GET (no route)"]


@pytest.mark.django_db
def test_what_lies_in_a_folder_is_served_without_a_line(client: Client, lines: list[str]) -> None:
    with closing(client.get("/static/img/logo.svg")) as answer:
        assert answer.status_code == 200
    assert lines == []


def test_a_failed_task_is_told_without_the_text_of_its_error(lines: list[str]) -> None:
    told = {
        "name": "people.tasks.check",
        "id": "7",
        "description": "raised unexpected",
        "exc": repr(IntegrityError(f"Key (email)=({WHOSE})")),
    }
    logging.getLogger("celery.app.trace").error(LOG_FAILURE, told)
    assert [json.loads(line)["message"] for line in lines] == [
        "Task people.tasks.check[7] raised unexpected: IntegrityError"
    ]
