"""What becomes of a seat that is given up: said in the same words everywhere, and true when it is read."""

import datetime as dt
from html import unescape
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import translation

from courses.models import Session
from enrolment.emails import ask_approvers, tell_offered
from enrolment.enums import OfferKind
from enrolment.links import approval_token, offer_token
from enrolment.models import Offer
from enrolment.services.on_behalf import enrol_on_behalf
from enrolment.turns import freed_seat_text
from notifications.delivery import render
from notifications.models import Message
from people.enums import Role
from people.models import Organisation, User
from tests.enrolment.conftest import DAY
from tests.factories import (
    make_confirmed,
    make_employee,
    make_offer,
    make_person_with,
    make_programme,
    make_session,
)
from tests.pages import SignIn, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

# The session of these tests is on Wednesday 1 April 2026, so nobody moves up from Tuesday noon on.
TOO_LATE = dt.datetime(2026, 3, 31, 10, tzinfo=dt.UTC)
IN_TIME = TOO_LATE - dt.timedelta(seconds=1)
GOES_ON = "The seat goes to whoever is next in the queue."
ENDS = "So close to the session nobody moves up any more: the seat may be used at the door."
GOES_ON_NL = "De plaats gaat naar wie als eerste op de wachtlijst staat."
ENDS_NL = "Zo kort voor de sessie schuift niemand nog op: de plaats kan aan de deur gebruikt worden."

in_time_and_too_late = pytest.mark.parametrize(("at", "said"), [(IN_TIME, GOES_ON), (TOO_LATE, ENDS)])
in_dutch = pytest.mark.parametrize(("at", "said"), [(IN_TIME, GOES_ON_NL), (TOO_LATE, ENDS_NL)])


@pytest.fixture
def session() -> Session:
    return make_session()


def page_of(client: Client, path: str) -> str:
    return unescape(text(client.get(path)))


def held_until(session: Session, at: dt.datetime, **fields: Any) -> Offer:
    offer = make_offer(session, **fields)
    offer.expires_at = at
    offer.save(update_fields=["expires_at"])
    return offer


def mail(template: str) -> str:
    """The only one, in Dutch, in words on one line."""
    return " ".join(str(render(Message.objects.get(template=template)).body).split())


@pytest.mark.parametrize(
    ("language", "goes_on", "ends"),
    [
        (
            "nl",
            GOES_ON_NL,
            ENDS_NL,
        ),
        (
            "fr",
            "La place va à la première personne de la liste d’attente.",
            "Si près de la session, plus personne n’avance\u00a0: la place peut servir à l’entrée.",
        ),
        (
            "de",
            "Der Platz geht an die nächste Person auf der Warteliste.",
            "So kurz vor der Sitzung rückt niemand mehr nach: Der Platz kann an der Tür vergeben werden.",
        ),
    ],
)
def test_it_is_said_in_the_language_of_the_reader(
    session: Session, language: str, goes_on: str, ends: str
) -> None:
    with translation.override(language):
        assert freed_seat_text(session, at=IN_TIME) == goes_on
        assert freed_seat_text(session, at=TOO_LATE) == ends


@in_time_and_too_late
def test_who_withdraws_reads_it_before_and_after(
    sign_in: SignIn, session: Session, clock: time_machine.Traveller, at: dt.datetime, said: str
) -> None:
    own = make_confirmed(session)
    clock.move_to(at)
    client, path = sign_in(own.learner), reverse("enrolment:withdraw", args=[session.public_id])
    title = session.version.title
    before = f"{title}, Wednesday 1 April 2026. {said} Nobody asks you why, and nobody else is told."
    assert before in page_of(client, path)
    assert f"You have withdrawn. {said}" in unescape(text(client.post(path, follow=True)))


@in_time_and_too_late
def test_who_was_enrolled_and_declines_reads_it(
    sign_in: SignIn,
    session: Session,
    hr: User,
    anna: User,
    zone: Organisation,
    clock: time_machine.Traveller,
    at: dt.datetime,
    said: str,
) -> None:
    enrol_on_behalf(session=session, learner=anna, organisation=zone, actor=hr)
    clock.move_to(at)
    page = page_of(sign_in(anna), reverse("enrolment:withdraw", args=[session.public_id]))
    assert f"Wednesday 1 April 2026. {said} Nobody asks you why, and nobody is told." in page


@in_time_and_too_late
def test_hr_reads_it_before_taking_back(
    sign_in: SignIn,
    session: Session,
    hr: User,
    anna: User,
    zone: Organisation,
    clock: time_machine.Traveller,
    at: dt.datetime,
    said: str,
) -> None:
    enrol_on_behalf(session=session, learner=anna, organisation=zone, actor=hr)
    clock.move_to(at)
    page = page_of(sign_in(hr), f"/hr/people/{anna.public_id}/enrol/{session.public_id}/take-back/")
    assert f"Wednesday 1 April 2026. {said} Anna Claes gets a mail." in page


def test_who_leaves_the_queue_gives_no_seat_up(
    sign_in: SignIn, hr: User, anna: User, zone: Organisation
) -> None:
    session = make_session(capacity=1)
    make_confirmed(session)
    enrol_on_behalf(session=session, learner=anna, organisation=zone, actor=hr)
    page = page_of(sign_in(hr), f"/hr/people/{anna.public_id}/enrol/{session.public_id}/take-back/")
    assert "Wednesday 1 April 2026. Anna Claes leaves the queue and gets a mail." in page
    client, path = sign_in(anna), reverse("enrolment:withdraw", args=[session.public_id])
    left = text(client.post(path, follow=True))
    assert "You have left the queue." in left
    assert "The seat goes" not in left


@in_time_and_too_late
def test_who_moves_a_booking_reads_it(
    sign_in: SignIn, session: Session, clock: time_machine.Traveller, at: dt.datetime, said: str
) -> None:
    own = make_confirmed(session)
    other = make_session(version=session.version, starts_in=60 * DAY)
    clock.move_to(at)
    page = page_of(sign_in(own.learner), f"/sessions/{session.public_id}/move/{other.public_id}/")
    assert f"You give up your seat on Wednesday 1 April 2026. {said}" in page


@in_time_and_too_late
def test_hr_reads_it_before_moving_a_booking(
    sign_in: SignIn,
    session: Session,
    hr: User,
    anna: User,
    zone: Organisation,
    clock: time_machine.Traveller,
    at: dt.datetime,
    said: str,
) -> None:
    enrol_on_behalf(session=session, learner=anna, organisation=zone, actor=hr)
    other = make_session(version=session.version, starts_in=60 * DAY)
    clock.move_to(at)
    path = f"/hr/people/{anna.public_id}/enrol/{session.public_id}/move/{other.public_id}/"
    assert f"Anna gives up the seat on Wednesday 1 April 2026. {said}" in page_of(sign_in(hr), path)


@in_time_and_too_late
def test_who_is_asked_reads_what_becomes_of_the_seat_then(
    sign_in: SignIn, session: Session, at: dt.datetime, said: str
) -> None:
    offer = held_until(session, at)
    tell_offered(offer, offer.enrolment, session.schedule)
    ends = "It is held for you until Tuesday 31 March 2026, {:%H:%M}; after that it is free again. {}"
    client = sign_in(offer.enrolment.learner)
    for path in (session.get_absolute_url(), reverse("enrolment:offer", args=[offer_token(offer)])):
        assert ends.format(at + dt.timedelta(hours=2), said) in page_of(client, path)


@in_dutch
def test_so_does_the_mail_that_asks(session: Session, at: dt.datetime, said: str) -> None:
    offer = held_until(session, at)
    tell_offered(offer, offer.enrolment, session.schedule)
    body = mail("seat_offered")
    assert f"daarna is ze weer vrij. {said} Zeg of je ze neemt." in body


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (IN_TIME, "krijg je de volgende plaats die vrijkomt."),
        (TOO_LATE, "Het is zo dichtbij dat niemand nog opschuift."),
    ],
)
def test_a_mail_promises_no_next_seat_for_an_approval_that_comes_too_late(
    session: Session, at: dt.datetime, said: str
) -> None:
    offer = held_until(session, at, kind=OfferKind.APPROVAL)
    tell_offered(offer, offer.enrolment, session.schedule)
    body = mail("seat_held")
    assert said in body
    assert ("volgende plaats" in body) == (at == IN_TIME)


@in_dutch
def test_who_approves_reads_it_in_the_mail(
    session: Session, zone: Organisation, anna: User, at: dt.datetime, said: str
) -> None:
    make_person_with(Role.APPROVER, organisation=zone)
    offer = held_until(session, at, learner=anna, kind=OfferKind.APPROVAL)
    ask_approvers(offer.enrolment, session.schedule, at=at, offer=offer)
    body = mail("approval_asked")
    assert f"daarna is ze weer vrij. {said}" in body


@in_time_and_too_late
def test_who_approves_reads_it_on_the_page(
    session: Session, zone: Organisation, anna: User, at: dt.datetime, said: str
) -> None:
    approver = make_person_with(Role.APPROVER, organisation=zone)
    offer = held_until(session, at, learner=anna, kind=OfferKind.APPROVAL)
    reader = Client(headers={"accept-language": "en"})
    page = page_of(reader, f"/approvals/{approval_token(offer.enrolment, approver)}/")
    assert f"; after that it is free again. {said}" in page


def test_of_workshops_it_is_said_once_or_of_each(sign_in: SignIn, clock: time_machine.Traveller) -> None:
    programme = make_programme((0, 9, "Islam"), (7, 9, "Poverty"), starts_on=dt.date(2026, 4, 1))
    learner = make_employee()
    for workshop in programme.sessions.all():
        make_confirmed(workshop, learner)
    path = programme.get_absolute_url()
    once = f"A workshop that you untick is given up. {GOES_ON} Nobody asks you why."
    first, second = (f"If you untick it, you give it up. {said}" for said in (ENDS, GOES_ON))

    clock.move_to(IN_TIME)
    page = page_of(sign_in(learner), path)
    assert [page.count(each) for each in (once, first, second)] == [1, 0, 0]
    clock.move_to(TOO_LATE)
    page = page_of(sign_in(learner), path)
    assert [page.count(each) for each in (once, first, second)] == [0, 1, 1]
    assert "A workshop that you untick is given up. Nobody asks you why." in page
