"""The pages on which a booking moves to another date."""

import datetime as dt

import pytest
import time_machine

from courses.models import CourseVersion, Session
from enrolment.models import Enrolment
from enrolment.services.booking import enrol
from enrolment.services.on_behalf import enrol_on_behalf
from people.models import Organisation, User
from tests.enrolment.conftest import DAY, NOON
from tests.factories import make_confirmed, make_employee, make_session, make_version
from tests.pages import SignIn, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def version() -> CourseVersion:
    return make_version(parts=1, title_en="HPM")


@pytest.fixture
def march(version: CourseVersion) -> Session:
    return make_session(version=version, capacity=1, starts_in=20 * DAY)


@pytest.fixture
def april(version: CourseVersion) -> Session:
    return make_session(version=version, capacity=1, starts_in=40 * DAY)


def booked(session: Session, learner: User | None = None) -> Enrolment:
    learner = learner or make_employee()
    return enrol(session=session, learner=learner, actor=learner)


def way(session: Session, to: Session) -> str:
    return f"/sessions/{session.public_id}/move/{to.public_id}/"


def test_from_the_other_dates_to_a_seat_there(sign_in: SignIn, march: Session, april: Session) -> None:
    own = booked(march)
    client = sign_in(own.learner)
    assert way(march, april) in text(client.get(march.get_absolute_url()))
    page = text(client.get(way(march, april)))
    assert "You have a seat there at once." in page
    assert "You give up your seat on Sunday 22 March 2026." in page
    page = text(client.post(way(march, april), follow=True))
    assert "Your booking has moved: you have a seat on this date." in page
    assert "You have a seat" in page
    assert not march.enrolments.active().exists()


def test_it_says_which_number_one_would_have_by_ones_own_date(
    sign_in: SignIn, march: Session, april: Session
) -> None:
    with time_machine.travel(NOON - DAY, tick=False):
        own = booked(march)
    booked(april)
    booked(april)
    client = sign_in(own.learner)
    assert "You will be number 1 in the queue there" in text(client.get(way(march, april)))
    page = text(client.post(way(march, april), follow=True))
    assert "You are number 1 in the queue" in page


def test_who_has_no_booking_is_offered_no_move(sign_in: SignIn, march: Session, april: Session) -> None:
    client = sign_in(make_employee())
    assert "Move my booking" not in text(client.get(march.get_absolute_url()))


def test_after_the_last_day_it_says_why_and_offers_nothing(
    sign_in: SignIn, version: CourseVersion, april: Session
) -> None:
    late = make_session(version=version, starts_in=20 * DAY, withdraw_until=dt.date(2026, 3, 1))
    client = sign_in(booked(late).learner)
    assert "Move my booking" not in text(client.get(late.get_absolute_url()))
    page = text(client.get(way(late, april)))
    assert "The last day to withdraw by yourself has passed." in page
    assert "<button" not in page.partition("<main")[2].partition("</main>")[0]


def test_a_date_on_which_one_is_enrolled_as_well_is_no_place_to_move_to(
    sign_in: SignIn, march: Session, april: Session
) -> None:
    own = booked(march)
    booked(april, own.learner)
    page = text(sign_in(own.learner).get(way(march, april)))
    assert "You are enrolled for that date as well." in page
    assert "<button" not in page.partition("<main")[2].partition("</main>")[0]


def test_a_refusal_leaves_everything_and_leads_back_with_the_reason(
    sign_in: SignIn, march: Session, april: Session
) -> None:
    own = booked(march)
    make_confirmed(make_session(version=make_version(title_en="Unia"), starts_in=40 * DAY), own.learner)
    page = text(sign_in(own.learner).post(way(march, april), follow=True))
    assert "You have Unia at that time." in page
    assert march.enrolments.confirmed().get() == own


class TestOnBehalf:
    @pytest.fixture
    def address(self, anna: User, march: Session, zone: Organisation, hr: User) -> str:
        enrol_on_behalf(session=march, learner=anna, organisation=zone, actor=hr)
        return f"/hr/people/{anna.public_id}/enrol/{march.public_id}/move/"

    def test_from_the_persons_page_to_another_date(
        self, sign_in: SignIn, hr: User, anna: User, address: str, april: Session
    ) -> None:
        client = sign_in(hr)
        assert address in text(client.get(f"/hr/people/{anna.public_id}/enrol/"))
        assert f"{address}{april.public_id}/" in text(client.get(address))
        assert "Anna has a seat there at once." in text(client.get(f"{address}{april.public_id}/"))
        page = text(client.post(f"{address}{april.public_id}/", follow=True))
        assert "Moved. Anna Claes gets a mail." in page
        assert april.enrolments.confirmed().get().learner == anna

    def test_without_another_date_it_says_so(self, sign_in: SignIn, hr: User, address: str) -> None:
        assert "No other date" in text(sign_in(hr).get(address))

    def test_what_else_the_person_does_changes_nothing_that_hr_sees(
        self, sign_in: SignIn, hr: User, anna: User, address: str, april: Session
    ) -> None:
        client = sign_in(hr)
        before = client.get(address).context["sessions"]
        booked(april, anna)
        assert list(client.get(address).context["sessions"]) == list(before) == [april]
        page = text(client.post(f"{address}{april.public_id}/", follow=True))
        assert "take part in that session. Choose another date, or ask them." in page
