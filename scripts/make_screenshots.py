"""`python -m scripts.make_screenshots`: the pictures of the README, from a demo that runs on localhost:8000.

They are taken in English, each as the person whose job it shows.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

FOLDER = Path(__file__).parent.parent / "docs" / "img"
DESKTOP = ViewportSize(width=1180, height=800)
LOW = ViewportSize(width=1180, height=420)
PHONE = ViewportSize(width=390, height=760)
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


def home(page: Page) -> None:
    page.goto("/")


def session(page: Page) -> None:
    page.goto("/catalogue/unia-law/")
    page.locator(".row:has(.seats:not(.seats-full)) .row-title a").first.click()


def catalogue(page: Page) -> None:
    page.goto("/catalogue/")


def path(page: Page) -> None:
    page.goto("/my/training/")


def roster(page: Page) -> None:
    page.goto("/teach/")
    page.locator("a[href*='/roster/']").first.click()


def cohort(page: Page) -> None:
    page.goto("/academy/cohorts/")
    page.get_by_role("link", name="INP-A").click()


def figures(page: Page) -> None:
    page.goto("/hr/figures/")


def people(page: Page) -> None:
    page.goto("/hr/people/import/")


def managed_session(page: Page) -> None:
    page.goto("/manage/sessions/")
    page.locator("main a[href*='/manage/sessions/']").nth(2).click()


# Name, whose job (of the demo's start page; nobody's), size, and the way there.
SHOTS: tuple[tuple[str, str, ViewportSize, Callable[[Page], None]], ...] = (
    ("home", "coordinator", LOW, home),
    ("session", "staff-nl", DESKTOP, session),
    ("path", "aspirant", PHONE, path),
    ("roster", "trainer", PHONE, roster),
    ("class", "coordinator", DESKTOP, cohort),
    ("figures", "hr", DESKTOP, figures),
    ("manage", "catalogue-manager", DESKTOP, managed_session),
    ("catalogue", "", DESKTOP, catalogue),
)


def main(site: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for name, job, size, go in SHOTS:
            page = _page_of(browser, site, job, size)
            go(page)
            page.wait_for_load_state("networkidle")
            page.screenshot(path=FOLDER / f"{name}.png")
            page.context.close()
            print(f"{name}: {page.url.removeprefix(site)}", file=sys.stderr)
        browser.close()


def _page_of(browser: Browser, site: str, job: str, size: ViewportSize) -> Page:
    context = browser.new_context(base_url=site, locale="en-GB", viewport=size, color_scheme="light")
    page = context.new_page()
    if not job:
        return page
    page.goto("/demo/")
    page.locator(f"form[action$='/{job}/'] button").click()
    page.wait_for_url(f"{site}/")
    page.locator("details:has(button[name=language]) summary").click()
    page.locator("button[name=language][value=en]").click()
    page.locator("html[lang=en]").wait_for()
    return page


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8000")
