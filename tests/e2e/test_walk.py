"""The main line, as people walk it: from the catalogue to a certificate that a stranger can check."""

import datetime as dt
import io
import re
from dataclasses import replace
from pathlib import Path

import icalendar
import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import expect
from pypdf import PdfReader

from benchmarks.dataset import SIZES, build
from certificates.models import Certificate
from courses.models import Course, Meeting, Session
from courses.services.scheduling import keep_session_times, place_meeting, plan_of
from enrolment.models import Enrolment
from enrolment.tasks import queue_session_reminders
from people.enums import Role
from people.models import User
from tests.e2e.conftest import OpenAs
from tests.factories import make_employee, make_person_with, make_session
from tests.mail import Mailbox, text_of
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)

CATALOGUE = Path(__file__).parents[2] / "courses" / "catalogue.yaml"
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def among(request: pytest.FixtureRequest) -> str:
    """Who else is there: nobody, or a whole police force with its years of learning records."""
    size: str = getattr(request, "param", "nobody")
    if size in SIZES:
        build(SIZES[size])
    return size


@pytest.fixture
def trainer(among: str) -> User:
    return make_person_with(Role.TRAINER)


@pytest.fixture
def hpm(trainer: User) -> Session:
    """A session of the real HPM in two days, with two seats."""
    call_command("load_catalogue", str(CATALOGUE), verbosity=0)
    version = Course.objects.get(slug="hpm").current_version
    return make_session(version=version, starts_in=dt.timedelta(days=2), capacity=2, trainer=trainer)


def has_happened_today(session: Session) -> None:
    """Move the session into the past hours, as if the day had come."""
    now = timezone.now()
    for index, meeting in enumerate(session.meetings.all()):
        begun = timezone.localtime(now - dt.timedelta(minutes=4 - index))
        start = begun.replace(second=0, microsecond=0, tzinfo=None)
        place_meeting(meeting, replace(plan_of(meeting), start=start, end=start + MINUTE))
    keep_session_times(session=session)


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("among", ["nobody", pytest.param("large", marks=pytest.mark.prove)], indirect=True)
def test_from_the_catalogue_to_a_verified_certificate(
    among: str, hpm: Session, trainer: User, open_as: OpenAs, mailbox: Mailbox, tmp_path: Path
) -> None:
    learner = make_employee(language="fr")

    # The catalogue can be read without signing in; accents and case don't matter.
    visitor = open_as()
    visitor.goto("/catalogue/")
    visitor.get_by_role("searchbox").fill("HOLOCAUSTE")
    visitor.get_by_role("button", name="Search").click()
    # What was typed is looked up by itself too, a moment later.
    visitor.wait_for_load_state("networkidle")
    visitor.get_by_role("link", name="Holocaust, Police and Human Rights (HPM)").click()
    expect(visitor.get_by_text("Sign in to see the dates and to enrol.")).to_be_visible()

    # At most three clicks from the catalogue to a seat.
    page = open_as(learner)
    page.goto("/catalogue/")
    page.locator(f"a[href='{hpm.get_absolute_url()}']").first.click()
    expect(page.get_by_text("2 of 2 seats left")).to_be_visible()
    page.get_by_role("button", name="Enrol", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("You have a seat.")
    assert Enrolment.objects.get(learner=learner).is_confirmed

    # The confirmation arrives in the learner's own language, with the calendar file.
    eventually(lambda: mailbox.to(learner.email), "no confirmation came")
    confirmation = mailbox.to(learner.email)[0]
    assert "Holocauste, Police et Droits de l’Homme" in text_of(confirmation).replace("'", "’")
    invitations = [
        icalendar.Calendar.from_ical(part.get_content()).events[0]
        for part in confirmation.iter_attachments()
        if part.get_content_type() == "text/calendar"
    ]
    assert [event.start for event in invitations] == [meeting.starts_at for meeting in hpm.meetings.all()]

    # My training tells what comes; the calendar can be downloaded.
    page.get_by_role("link", name="My training").click()
    expect(page.get_by_text("You have a seat")).to_be_visible()
    page.goto(hpm.get_absolute_url())
    with page.expect_download() as download:
        page.get_by_role("link", name="Add to your calendar").click()
    assert download.value.suggested_filename == "session.ics"

    # Beat's job runs twice; one reminder goes out.
    queue_session_reminders.delay()
    queue_session_reminders.delay()
    eventually(lambda: len(mailbox.to(learner.email)) == 2, "no reminder came")
    reminder = mailbox.to(learner.email)[1]
    assert [part.get_content_type() for part in reminder.iter_attachments()] == ["text/calendar"] * 2

    # The trainer marks both parts on a phone, and closes them.
    has_happened_today(hpm)
    phone = open_as(trainer, phone=True)
    phone.goto("/teach/")
    phone.locator(f"a[href*='{hpm.public_id}']").first.click()
    for meeting in Meeting.objects.filter(session=hpm).order_by("starts_at"):
        phone.goto(f"/teach/sessions/{hpm.public_id}/roster/?part={meeting.public_id}")
        phone.get_by_role("button", name=re.compile("Present")).first.click()
        expect(phone.locator("#roster-head")).to_contain_text("1 of 1")
        phone.get_by_role("button", name="Close roster").click()

    # The completion makes the worker issue the certificate, and tell the learner.
    eventually(
        lambda: Certificate.objects.filter(holder=learner, status="issued").exists(), "no certificate came"
    )
    eventually(lambda: len(mailbox.to(learner.email)) == 3, "no word of the certificate came")
    certificate = Certificate.objects.get(holder=learner)
    page.goto("/my/training/")
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("^Certificate")).first.click()
    pdf = PdfReader(io.BytesIO(Path(download.value.path()).read_bytes()))
    text = pdf.pages[0].extract_text()
    assert learner.get_full_name() in text
    assert len(pdf.pages) == 1

    # A stranger checks the code, and learns no name.
    stranger = open_as()
    stranger.goto("/verify/")
    stranger.get_by_label("Code").fill(certificate.code.lower())
    stranger.get_by_role("button", name="Check").click()
    expect(stranger.get_by_role("main")).to_contain_text("valid")
    expect(stranger.get_by_role("main")).not_to_contain_text(learner.get_full_name())
    # Each mail came once.
    subjects = [mail["Subject"] for mail in mailbox.to(learner.email)]
    assert len(set(subjects)) == len(subjects) == 3


@pytest.mark.usefixtures("worker")
def test_who_withdraws_gives_the_seat_to_the_first_in_the_queue(
    hpm: Session, open_as: OpenAs, mailbox: Mailbox
) -> None:
    first, second, waiting = make_employee(), make_employee(), make_employee()
    for learner in (first, second, waiting):
        page = open_as(learner)
        page.goto(hpm.get_absolute_url())
        page.get_by_role("button", name=re.compile("Enrol|Join the queue")).click()
    expect(page.get_by_text("You are number 1 in the queue")).to_be_visible()

    leaving = open_as(first)
    leaving.goto(hpm.get_absolute_url())
    leaving.get_by_role("link", name="Withdraw").click()
    leaving.get_by_role("button", name="Withdraw").click()
    expect(leaving.locator("#messages")).to_contain_text("You have withdrawn.")

    # It is near, so whoever is next is asked first: by mail, and on the page.
    eventually(lambda: len(mailbox.to(waiting.email)) == 2, "nobody asked the one who is next")
    assert "/offers/" in text_of(mailbox.to(waiting.email)[1])
    page.reload()
    page.get_by_role("button", name="Take the seat").click()
    expect(page.get_by_role("heading", name="The seat is yours")).to_be_visible()
    eventually(lambda: len(mailbox.to(waiting.email)) == 3, "no confirmation came")
    assert not any(first.get_full_name() in text_of(mail) for mail in mailbox.to(waiting.email))
