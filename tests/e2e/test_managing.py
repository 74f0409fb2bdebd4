"""A session in the hands of its manager: made, published, moved, cancelled; and what its people hear."""

import datetime as dt

import icalendar
import pytest
from playwright.sync_api import expect

from core.time import today
from courses.models import Session
from people.enums import Role
from people.models import User
from tests.e2e.conftest import OpenAs, eventually
from tests.factories import (
    VenueFactory,
    make_employee,
    make_person_with,
    make_staff,
    make_trainer,
    make_version,
)
from tests.mail import Mailbox, text_of

pytestmark = pytest.mark.django_db(transaction=True)


def calendars(mailbox: Mailbox, learner: User) -> list[tuple[str, int]]:
    """Method and sequence of each calendar file that arrived."""
    files = [
        icalendar.Calendar.from_ical(part.get_content())
        for mail in mailbox.to(learner.email)
        for part in mail.iter_attachments()
    ]
    return [(str(file["METHOD"]), int(str(file.events[0]["SEQUENCE"]))) for file in files]


@pytest.mark.usefixtures("worker")
def test_a_session_is_made_published_moved_and_cancelled(open_as: OpenAs, mailbox: Mailbox) -> None:
    version = make_version(parts=1, title_en="Holocaust and police", title_nl="Holocaust en politie")
    VenueFactory.create(name="Kazerne Dossin")
    learner = make_employee(language="nl")
    day, later = (today() + dt.timedelta(days=days) for days in (30, 37))
    page = open_as(make_person_with(Role.CATALOGUE_MANAGER))

    # Made on one page; a mistake is told beside its field, and nothing typed is lost.
    page.goto("/manage/sessions/")
    page.get_by_role("link", name="New session").first.click()
    page.get_by_label("Training").select_option(label="Holocaust and police")
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Day", exact=True).fill(str(day))
    page.get_by_label("Start").fill("09:00")
    page.get_by_label("End", exact=True).fill("08:00")
    page.get_by_label("Place").select_option(label="Kazerne Dossin, Mechelen")
    page.get_by_label("Seats").fill("2")
    page.get_by_label("What to bring").fill("Breng je kaart mee.")
    page.get_by_label("Contact: e-mail").fill("hpm@dossin.example")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.locator(".error-summary")).to_contain_text("The end must be later than the start.")
    expect(page.locator(".error-summary")).to_be_focused()
    page.get_by_label("End", exact=True).fill("12:00")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.locator("#messages")).to_contain_text("The draft is saved.")
    expect(page.get_by_text("Missing: Part: a trainer")).to_be_visible()

    # With a trainer who accepted it can be published.
    session = Session.objects.get()
    make_staff(session.meetings.get(), make_trainer(version.course))
    page.reload()
    page.get_by_role("button", name="Publish").click()
    expect(page.locator("#messages")).to_contain_text("The session is published.")

    # Somebody enrols.
    theirs = open_as(learner)
    theirs.goto(session.get_absolute_url())
    expect(theirs.get_by_text("Breng je kaart mee.")).to_be_visible()
    theirs.get_by_role("button", name="Enrol", exact=True).click()
    expect(theirs.locator("#messages")).to_contain_text("You have a seat.")
    eventually(lambda: len(mailbox.to(learner.email)) == 1, "no confirmation came")

    # Moved: the page says whom it concerns before anything happens.
    page.reload()
    page.get_by_role("link", name="Move").click()
    page.get_by_label("Day", exact=True).fill(str(later))
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("1 person will be told by mail.")).to_be_visible()
    page.get_by_role("button", name="Move").click()
    expect(page.locator("#messages")).to_contain_text("1 person is told by mail.")
    eventually(lambda: len(mailbox.to(learner.email)) == 2, "nobody told of the move")
    moved = mailbox.to(learner.email)[1]
    assert moved["Subject"] == "Verplaatst: Holocaust en politie"
    assert "Je houdt je plaats" in text_of(moved)
    theirs.reload()
    expect(theirs.get_by_text("This session has moved")).to_be_visible()
    expect(theirs.get_by_text("You have a seat", exact=True)).to_be_visible()

    # Cancelled, with a reason that the participants read.
    page.get_by_role("link", name="Cancel the session").click()
    expect(page.get_by_text("1 person will be told by mail.")).to_be_visible()
    page.get_by_label("the venue is not available").check()
    page.get_by_role("button", name="Cancel the session").click()
    expect(page.locator("#messages")).to_contain_text("The session is cancelled.")
    eventually(lambda: len(mailbox.to(learner.email)) == 3, "nobody told of the cancellation")
    cancelled = mailbox.to(learner.email)[2]
    assert cancelled["Subject"] == "Geannuleerd: Holocaust en politie"
    assert "de locatie is niet beschikbaar" in text_of(cancelled)
    theirs.reload()
    expect(theirs.get_by_text("It does not take place: the venue is not available.")).to_be_visible()
    assert calendars(mailbox, learner) == [("REQUEST", 0), ("REQUEST", 2), ("CANCEL", 3)]


def test_a_long_list_of_organisations_is_narrowed_by_typing(open_as: OpenAs) -> None:
    from_factories = make_person_with(Role.CATALOGUE_MANAGER)
    zone = from_factories.memberships_today[0].organisation
    other = make_employee().memberships_today[0].organisation
    version = make_version(parts=1)
    page = open_as(from_factories)
    page.goto(f"/manage/sessions/new/?course={version.course.slug}")
    page.get_by_label(str(other)).check()
    page.get_by_label("Find an organisation").fill(zone.code)
    expect(page.get_by_label(str(zone))).to_be_visible()
    # What is ticked stays in sight.
    expect(page.get_by_label(str(other))).to_be_visible()
    page.get_by_label(str(other)).uncheck()
    page.get_by_label("Find an organisation").fill(f"{zone.code} ")
    expect(page.get_by_label(str(other))).to_be_hidden()
