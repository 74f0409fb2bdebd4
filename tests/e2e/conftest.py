"""A real browser, a real Celery worker in a process of its own, and a mailbox."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from allauth.account.internal.flows.login import record_authentication
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from django.http import HttpRequest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from config.celery import app
from people.models import User
from tests.mail import Mailbox
from tests.waiting import PATIENCE, eventually

PASSWORD = "correct horse battery"
PHONE = ViewportSize(width=360, height=740)
DESKTOP = ViewportSize(width=1280, height=900)
SCREENS: tuple[tuple[ViewportSize, Literal["light", "dark"]], ...] = ((DESKTOP, "light"), (PHONE, "dark"))

OpenAs = Callable[..., Page]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium, or the one that CHROMIUM names."""
    chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    if not Path(chromium).exists():
        pytest.fail("Browser tests need Chromium: install the Debian package chromium, or set CHROMIUM=.")
    arguments = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    return {**browser_type_launch_args, "executable_path": chromium, "args": arguments}


@pytest.fixture
def site(live_server: LiveServer, settings: Settings) -> str:
    """The address of the platform, as its mails and QR codes write it."""
    settings.BASE_URL = live_server.url
    return live_server.url


@pytest.fixture
def open_as(browser: Browser, site: str) -> Iterator[OpenAs]:
    """A page of somebody's own browser, in which they have just signed in; nobody's when no user is given."""
    contexts: list[BrowserContext] = []

    def _open(user: User | None = None, *, phone: bool = False, locale: str = "en", **ways: Any) -> Page:
        screen: dict[str, Any] = {"viewport": PHONE if phone else DESKTOP, "has_touch": phone}
        context = browser.new_context(base_url=site, locale=locale, **screen | ways)
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        if user:
            context.add_cookies([{"name": "sessionid", "value": session_of(user), "url": site}])
            page.goto("/")
        return page

    yield _open
    for context in contexts:
        context.close()


def session_of(user: User) -> str:
    """The key of a session as signing in with a password leaves it."""
    client, request = Client(), HttpRequest()
    client.force_login(user)
    request.session = client.session
    record_authentication(request, user, method="password", email=user.email)
    request.session.save()
    return str(request.session.session_key)


@pytest.fixture
def worker(site: str, settings: Settings, mailbox: Mailbox, tmp_path: Path) -> Iterator[None]:
    """A Celery worker in a process of its own, on the test's database, queue, files and mail server."""
    app.control.purge()
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    environment = os.environ | {
        "DATABASE_URL": database.geturl(),
        "BASE_URL": site,
        "EMAIL_URL": f"smtp://127.0.0.1:{mailbox.port}",
        "FILES_URL": settings.STORAGES["default"]["OPTIONS"]["location"].as_uri(),
    }
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--concurrency", "1"]
    command += ["-Q", "celery,mail,certificates", "--loglevel", "INFO"]
    with (tmp_path / "worker.log").open("w+") as log:
        process = subprocess.Popen(
            command, env=environment, cwd=settings.BASE_DIR, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            eventually(lambda: " ready." in Path(log.name).read_text(), "the worker never became ready")
            yield
        finally:
            process.terminate()
            process.wait(PATIENCE)


def assert_accessible(page: Page, *, without: str = "") -> None:
    """No violation of WCAG 2.2 AA, or of axe's best practices, on the page as it stands."""
    page.wait_for_load_state()  # a click returns once the next page begins: axe would find no document yet
    # Of what is well it says little, and takes a third less time.
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if without:
        options["rules"] = {without: {"enabled": False}}
    # Colours that are on their way from day to night are those of neither.
    page.evaluate("Promise.allSettled(document.getAnimations().map(each => each.finished))")
    # It stays in the document: on the second screen it needs no loading.
    loaded = page.evaluate("'axe' in window")
    results = (Axe("") if loaded else Axe()).run(page, options=options)
    assert results.violations_count == 0, results.generate_report()


def assert_accessible_on_both_screens(page: Page) -> None:
    """The same on a desk by day and on a phone by night, on which nothing scrolls sideways either."""
    for screen, scheme in SCREENS:
        page.set_viewport_size(screen)
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert_accessible(page)
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), (
            f"{page.url} is too wide"
        )


def assert_every_page_is_accessible(page: Page, paths: list[str]) -> None:
    for path in paths:
        page.goto(path)
        assert_accessible_on_both_screens(page)
