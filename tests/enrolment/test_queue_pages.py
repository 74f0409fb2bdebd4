"""What somebody who waits sees and does: the offer by link, the place in the queue, their own rules."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from courses.enums import Sensitivity
from courses.models import Session
from enrolment.enums import EnrolmentStatus, OfferKind, PassedOver
from enrolment.links import offer_token
from enrolment.models import Enrolment, Offer
from enrolment.services.booking import enrol
from enrolment.services.offers import expire_offer
from notifications.delivery import render
from notifications.models import Message
from people.models import User
from tests.enrolment.conftest import NOON
from tests.factories import make_confirmed, make_employee, make_offer, make_session, make_version
from tests.pages import SignIn, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

TAKE, LEAVE = {"answer": "accept"}, {"answer": "decline"}


@pytest.fixture
def session() -> Session:
    return make_session(capacity=1)


@pytest.fixture
def offer(session: Session) -> Offer:
    return make_offer(session)


def link(offer: Offer) -> str:
    return reverse("enrolment:offer", args=[offer_token(offer)])


def wait_for(session: Session, learner: User | None = None, **fields: Any) -> Enrolment:
    learner = learner or make_employee()
    enrolment = enrol(session=session, learner=learner, actor=learner)
    Enrolment.objects.filter(pk=enrolment.pk).update(**fields)
    enrolment.refresh_from_db()
    return enrolment


def test_whoever_holds_the_link_takes_the_seat_without_signing_in(client: Client, offer: Offer) -> None:
    page = client.get(link(offer))
    assert "De plaats nemen" in text(page)
    answered = client.post(link(offer), TAKE, follow=True)
    assert "De plaats is van jou" in text(answered)
    offer.enrolment.refresh_from_db()
    assert offer.enrolment.is_confirmed
    # Used once more, it says the same and does nothing.
    assert "De plaats is van jou" in text(client.post(link(offer), LEAVE, follow=True))
    offer.enrolment.refresh_from_db()
    assert offer.enrolment.is_confirmed


def test_to_open_the_link_answers_nothing(client: Client, offer: Offer) -> None:
    client.get(link(offer))
    client.head(link(offer))
    client.post(link(offer), {"answer": "perhaps"})
    offer.refresh_from_db()
    assert offer.is_live


def test_the_page_names_nobody_and_no_sensitive_title(client: Client) -> None:
    version = make_version(sensitivity=Sensitivity.SENSITIVE)
    offer = make_offer(make_session(version=version))
    page = text(client.get(link(offer)))
    assert version.generic_title in page
    assert version.title not in page
    assert offer.enrolment.learner.profile.last_name not in page


def test_a_link_that_we_never_sent_is_not_found(client: Client, offer: Offer) -> None:
    assert client.get(reverse("enrolment:offer", args=[str(offer.public_id)])).status_code == 404
    assert client.get(link(offer)[:-2] + "x/").status_code == 404


def test_a_link_that_is_too_late_says_so(client: Client, offer: Offer, clock: time_machine.Traveller) -> None:
    clock.move_to(offer.expires_at)
    assert "Dit aanbod is voorbij" in text(client.get(link(offer)))
    answered = client.post(link(offer), TAKE, follow=True)
    assert "de plaats wordt niet meer voor je vrijgehouden" in text(answered)
    expire_offer(offer=offer)
    offer.enrolment.refresh_from_db()
    assert offer.enrolment.status == EnrolmentStatus.QUEUED


def test_who_was_passed_the_link_and_signed_in_answers_for_nobody_else(sign_in: SignIn, offer: Offer) -> None:
    """Next in the queue, they would only have to leave the seat to others."""
    client = sign_in(make_employee())
    assert client.get(link(offer)).status_code == 404
    assert client.post(link(offer), LEAVE).status_code == 404
    sign_in(offer.enrolment.learner).post(link(offer), TAKE)
    offer.enrolment.refresh_from_db()
    assert offer.enrolment.is_confirmed


def test_the_link_of_an_account_that_is_closed_is_not_found(client: Client, offer: Offer) -> None:
    User.objects.update(is_active=False)
    assert client.get(link(offer)).status_code == 404
    assert client.post(link(offer), TAKE).status_code == 404
    offer.enrolment.refresh_from_db()
    assert offer.enrolment.is_offered


def test_an_approval_is_not_given_by_the_link_of_the_person(client: Client, session: Session) -> None:
    offer = make_offer(session, kind=OfferKind.APPROVAL)
    client.post(link(offer), TAKE)
    offer.enrolment.refresh_from_db()
    assert offer.enrolment.status == EnrolmentStatus.OFFERED


def test_the_session_page_asks_whom_a_seat_is_offered(sign_in: SignIn, offer: Offer) -> None:
    page = text(sign_in(offer.enrolment.learner).get(offer.enrolment.session.get_absolute_url()))
    assert "A seat is on offer to you" in page
    assert link(offer) in page


def test_who_is_asked_reads_what_a_no_means(sign_in: SignIn, offer: Offer) -> None:
    page = text(sign_in(offer.enrolment.learner).get(offer.enrolment.session.get_absolute_url()))
    assert "If you leave it, you keep your place in the queue" in page


def test_from_a_full_session_it_is_one_step_to_the_other_dates(sign_in: SignIn, session: Session) -> None:
    make_confirmed(session)
    waiting = wait_for(session)
    for reader in (sign_in(waiting.learner), sign_in(make_employee())):
        assert "#others-title" not in text(reader.get(session.get_absolute_url()))
    make_session(version=session.version, starts_in=dt.timedelta(days=60))
    for reader in (sign_in(waiting.learner), sign_in(make_employee())):
        page = text(reader.get(session.get_absolute_url()))
        assert page.count('href="#others-title"') == page.count('id="others-title"') == 1


def test_the_queue_says_where_one_stands_and_what_happened(sign_in: SignIn, session: Session) -> None:
    make_confirmed(session)
    for _ in range(2):
        wait_for(session)
    other = make_session(starts_in=dt.timedelta(days=30))
    waiting = wait_for(session, passed_over=PassedOver.CONFLICT, passed_over_at=NOON)
    make_confirmed(other, waiting.learner)
    page = text(sign_in(waiting.learner).get(session.get_absolute_url()))
    assert "You are number 3 in the queue" in page
    assert "On Monday 2 March 2026 a seat went to somebody behind you" in page
    assert other.version.title in page
    assert reverse("enrolment:ask_again", args=[session.public_id]) not in page


def test_who_let_an_offer_go_by_asks_for_the_next_one(sign_in: SignIn, session: Session) -> None:
    make_confirmed(session)
    waiting = wait_for(session, passed_over=PassedOver.OFFER_EXPIRED, passed_over_at=NOON)
    client = sign_in(waiting.learner)
    address = reverse("enrolment:ask_again", args=[session.public_id])
    assert address in text(client.get(session.get_absolute_url()))
    assert "in line again" in text(client.post(address, follow=True))
    waiting.refresh_from_db()
    assert (waiting.passed_over, waiting.passed_over_at) == ("", None)


def test_what_comes_next_is_true_on_the_day_on_which_it_is_read(
    sign_in: SignIn, session: Session, clock: time_machine.Traveller
) -> None:
    make_confirmed(session)
    waiting = wait_for(session)
    said = {
        0: "it is yours and you get a mail; in the last 7 days before the session we ask you first.",
        25: "we hold it for you and ask you by mail.",
        29: "It is so close that nobody moves up any more.",
    }
    for days, sentence in said.items():
        clock.move_to(NOON + dt.timedelta(days=days))
        page = text(sign_in(waiting.learner).get(session.get_absolute_url()))
        assert [each for each in said.values() if each in page] == [sentence]


def test_so_late_nobody_is_asked_to_ask_for_the_next_seat(
    sign_in: SignIn, session: Session, clock: time_machine.Traveller
) -> None:
    make_confirmed(session)
    waiting = wait_for(session, passed_over=PassedOver.OFFER_DECLINED, passed_over_at=NOON)
    page = text(sign_in(waiting.learner).get(session.get_absolute_url()))
    assert "Seats go to others until you say that you want one again." in page
    assert "Ask me for the next seat" in page
    clock.move_to(NOON + dt.timedelta(days=29))
    page = text(sign_in(waiting.learner).get(session.get_absolute_url()))
    assert "Ask me for the next seat" not in page


def test_who_could_not_withdraw_any_more_reads_so_before(sign_in: SignIn) -> None:
    session = make_session(withdraw_until=NOON.date())
    said = "once you have a seat, only the organiser can take it back."
    assert said not in text(sign_in(make_employee()).get(session.get_absolute_url()))
    Session.objects.update(withdraw_until=NOON.date() - dt.timedelta(days=1))
    assert said in text(sign_in(make_employee()).get(session.get_absolute_url()))


@pytest.mark.parametrize(("typed", "kept"), [("14", 14), ("7", 7), ("", None), ("6", 9), ("soon", 9)])
def test_how_much_notice_somebody_wants_is_theirs_to_say(
    sign_in: SignIn, session: Session, typed: str, kept: int | None
) -> None:
    make_confirmed(session)
    waiting = wait_for(session, notice_days=9)
    sign_in(waiting.learner).post(reverse("enrolment:notice", args=[session.public_id]), {"days": typed})
    waiting.refresh_from_db()
    assert waiting.notice_days == kept


# -- The mails -------------------------------------------------------------------------------------


def mail_to(learner: User) -> str:
    """The last one, in words on one line."""
    mail = Message.objects.filter(recipient=learner).exclude(status="cancelled").order_by("-pk")[0]
    return " ".join(str(render(mail).body).split())


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (0, "dan is ze van jou"),
        (25, "dan houden we ze voor je vrij"),
        (29, "dat niemand nog opschuift"),
    ],
)
def test_who_joins_a_queue_reads_what_they_can_count_on(
    session: Session, clock: time_machine.Traveller, days: int, said: str
) -> None:
    clock.move_to(NOON + dt.timedelta(days=days))
    make_confirmed(session)
    assert said in mail_to(wait_for(session).learner)


def test_so_late_a_mail_promises_no_next_seat(session: Session, clock: time_machine.Traveller) -> None:
    for kind in OfferKind:
        offer = make_offer(make_session(capacity=1), kind=kind)
        clock.move_to(NOON + dt.timedelta(days=29))
        expire_offer(offer=offer)
        assert "dat niemand nog opschuift" in mail_to(offer.enrolment.learner)
        clock.move_to(NOON)
