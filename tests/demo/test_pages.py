"""The demo's pages: who can be whom, from where, and which mails went out."""

from email.message import EmailMessage
from mailbox import Maildir
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from demo.jobs import JOBS, PASSWORD
from people.middleware import SESSION_KEY
from people.models import User
from tests.factories import make_employee

pytestmark = pytest.mark.django_db

START = "/demo/"
OUTBOX = "/demo/outbox/"


@pytest.fixture
def players() -> list[User]:
    """Somebody for each job; the French-speaking one has French mails."""
    return [
        make_employee(
            email=job.email,
            profile__first_name=job.first_name,
            language="fr" if job.slug == "staff-fr" else "nl",
        )
        for job in JOBS
    ]


@pytest.fixture
def maildir(tmp_path: Path, settings: Settings) -> Maildir:
    settings.DEMO_MAILBOX = tmp_path / "mail"
    return Maildir(settings.DEMO_MAILBOX)


def _mail(subject: str) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = subject, "traject@demo.example", "noor@demo.example"
    mail["Date"] = "Thu, 14 Jan 2027 08:30:00 +0100"
    mail.set_content("Hello <b>Noor</b>\nhttp://localhost:8000/my/training/")
    mail.add_alternative("<p class=only-in-html>Hello</p>", subtype="html")
    mail.add_attachment(b"BEGIN:VCALENDAR", maintype="text", subtype="calendar", filename="session.ics")
    return mail


def _signed_in(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


# -- Who can be whom -------------------------------------------------------------------------------


@pytest.mark.usefixtures("players")
@pytest.mark.parametrize("address", ["/", START])
def test_start_page_lists_every_job(client: Client, address: str) -> None:
    page = client.get(address, headers={"Accept-Language": "en"}).content.decode()

    for job in JOBS:
        assert f"<h2>{job.first_name} " in page
        assert str(job.label) in page
        assert f'action="/demo/sign-in/{job.slug}/"' in page
    assert PASSWORD in page


@pytest.mark.usefixtures("players")
def test_start_page_asks_the_database_little(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):
        client.get(START)


def test_start_page_before_there_is_anybody_is_the_public_home(client: Client) -> None:
    assert "portal/welcome.html" in {t.name for t in client.get("/").templates}


@pytest.mark.usefixtures("players")
def test_public_home_stays_within_reach(client: Client) -> None:
    assert "portal/welcome.html" in {t.name for t in client.get(reverse("demo:public_home")).templates}


def test_who_has_signed_in_comes_home_to_their_own_page(client: Client, players: list[User]) -> None:
    client.force_login(players[0])

    assert "portal/home.html" in {t.name for t in client.get("/").templates}


@pytest.mark.parametrize("number", range(len(JOBS)))
def test_one_click_signs_in_in_the_language_of_the_person(
    client: Client, players: list[User], number: int
) -> None:
    answer = client.post(f"/demo/sign-in/{JOBS[number].slug}/")

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert _signed_in(client) == str(players[number].pk)
    assert client.session[SESSION_KEY] == players[number].profile.administrative_language


def test_the_next_click_signs_in_as_somebody_else(client: Client, players: list[User]) -> None:
    client.post("/demo/sign-in/staff-fr/")
    client.post("/demo/sign-in/staff-nl/")

    assert _signed_in(client) == str(players[0].pk)
    assert client.session[SESSION_KEY] == "nl"


def test_a_language_that_the_person_chose_stays(client: Client, players: list[User]) -> None:
    players[0].profile.screen_language = "en"
    players[0].profile.save()

    client.post("/demo/sign-in/staff-nl/")

    assert client.session[SESSION_KEY] == "en"


@pytest.mark.usefixtures("players")
def test_signing_in_needs_a_click(client: Client) -> None:
    assert client.get("/demo/sign-in/staff-nl/").status_code == 405
    assert _signed_in(client) is None


@pytest.mark.usefixtures("players")
def test_signing_in_needs_the_form_of_this_site() -> None:
    client = Client(enforce_csrf_checks=True)

    assert client.post("/demo/sign-in/staff-nl/").status_code == 403
    assert _signed_in(client) is None


@pytest.mark.usefixtures("players")
def test_nobody_else_can_be_signed_in_as(client: Client) -> None:
    stranger = make_employee(email="stranger@police.example")

    for job in ("stranger", str(stranger.pk), str(stranger.public_id)):
        assert client.post(f"/demo/sign-in/{job}/").status_code == 404
    assert _signed_in(client) is None


def test_a_person_of_the_demo_who_was_deactivated_cannot_be_signed_in_as(
    client: Client, players: list[User]
) -> None:
    players[0].is_active = False
    players[0].save()

    assert client.post("/demo/sign-in/staff-nl/").status_code == 404


@pytest.mark.usefixtures("players", "maildir")
@pytest.mark.parametrize("elsewhere", ["192.0.2.7", "10.0.0.1", "2001:db8::1", "::ffff:192.0.2.7", ""])
def test_nothing_of_the_demo_for_who_sits_elsewhere(elsewhere: str) -> None:
    client = Client(REMOTE_ADDR=elsewhere)

    for address in ("/", START, "/demo/public/", OUTBOX, f"{OUTBOX}1/", f"{OUTBOX}1/1/"):
        assert client.get(address).status_code == 404
    assert client.post("/demo/sign-in/staff-nl/").status_code == 404
    assert _signed_in(client) is None


@pytest.mark.usefixtures("players", "maildir")
@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "x-forwarded-host", "X-Real-IP", "Via"])
def test_nothing_of_the_demo_through_a_proxy(client: Client, header: str) -> None:
    passed_on = {header: "192.0.2.7"}

    for address in ("/", START, "/demo/public/", OUTBOX):
        assert client.get(address, headers=passed_on).status_code == 404
    assert client.post("/demo/sign-in/staff-nl/", headers=passed_on).status_code == 404
    assert _signed_in(client) is None


@pytest.mark.usefixtures("players")
def test_this_machine_by_its_other_address() -> None:
    assert Client(REMOTE_ADDR="::1").get(START).status_code == 200


# -- The mails that went out -----------------------------------------------------------------------


@pytest.mark.usefixtures("maildir")
def test_an_empty_outbox_says_what_to_do(client: Client) -> None:
    assert 'class="empty"' in client.get(OUTBOX).content.decode()


def test_outbox_lists_the_newest_first(client: Client, maildir: Maildir) -> None:
    for subject in ("Première", "Tweede"):
        maildir.add(_mail(subject))

    mails = client.get(OUTBOX).context["mails"]

    assert [mail.message["subject"] for mail in mails] == ["Tweede", "Première"]


def test_outbox_goes_from_page_to_page(client: Client, maildir: Maildir) -> None:
    for number in range(51):
        maildir.add(_mail(f"Mail {number}"))

    assert len(client.get(OUTBOX).context["mails"]) == 50
    assert [mail.message["subject"] for mail in client.get(f"{OUTBOX}?page=2").context["mails"]] == ["Mail 0"]


def test_a_mail_is_shown_as_text_and_its_html_is_not(client: Client, maildir: Maildir) -> None:
    key = maildir.add(_mail("Bevestigd"))

    page = client.get(f"{OUTBOX}{key}/").content.decode()

    assert "Hello &lt;b&gt;Noor&lt;/b&gt;" in page
    assert '<a href="http://localhost:8000/my/training/"' in page
    assert "only-in-html" not in page
    assert "session.ics" in page


@pytest.mark.parametrize("date", ["Thu, 14 Jan 2027 07:30:00 -0000", "Thu, 14 Jan 2027 08:30:00 +0100"])
def test_a_mail_tells_when_it_went_out_on_the_clock_in_belgium(
    client: Client, maildir: Maildir, date: str
) -> None:
    mail = _mail("Bevestigd")
    mail.replace_header("Date", date)

    page = client.get(f"{OUTBOX}{maildir.add(mail)}/").content.decode()

    assert '<time datetime="2027-01-14T08:30:00+01:00">' in page


def test_a_file_of_a_mail_is_for_keeping(client: Client, maildir: Maildir) -> None:
    key = maildir.add(_mail("Bevestigd"))

    answer = client.get(f"{OUTBOX}{key}/1/")

    assert answer.content == b"BEGIN:VCALENDAR"
    assert answer["Content-Disposition"] == 'attachment; filename="session.ics"'
    assert answer["Content-Type"] == "text/calendar"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_what_is_not_in_the_outbox_is_not_found(client: Client, maildir: Maildir, settings: Settings) -> None:
    key = maildir.add(_mail("Bevestigd"))
    (settings.DEMO_MAILBOX / "secret").write_text("not a mail")

    for missing in ("nothing/", "..%2Fsecret/", "secret/", f"{key}/0/", f"{key}/2/"):
        assert client.get(f"{OUTBOX}{missing}").status_code == 404
