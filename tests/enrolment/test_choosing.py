"""Choosing workshops of a programme: all of it at once, or nothing, with the reason at the workshop."""

import datetime as dt
from collections.abc import Collection
from typing import Any

import pytest
import time_machine

from core.time import BRUSSELS
from courses.models import Programme, Session
from enrolment.errors import ChoiceRefused
from enrolment.models import Enrolment, Seat
from enrolment.services.booking import enrol, withdraw
from enrolment.services.choosing import Choice, choose_workshops
from notifications.delivery import render
from notifications.models import Message
from people.models import User
from tests.factories import make_confirmed, make_employee, make_programme, make_session

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2027, 3, 1, 12, tzinfo=BRUSSELS)


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def programme() -> Programme:
    """Two workshops at the same time, one that overlaps with the second, and one on another day."""
    return make_programme((0, 9, "Islam"), (0, 9, "Poverty"), (0, 11, "Gender"), (1, 9, "Reintegration"))


def workshop(programme: Programme, title: str) -> Session:
    session: Session = programme.sessions.select_related("programme").get(version__title_en=title)
    return session


def choose(
    programme: Programme,
    learner: User,
    *,
    take: Collection[str] = (),
    wait: Collection[str] = (),
    give_up: Collection[str] = (),
) -> list[Enrolment]:
    choice = Choice(*([workshop(programme, title) for title in titles] for titles in (take, wait, give_up)))
    return choose_workshops(programme=programme, learner=learner, choice=choice, actor=learner)


def refusals(error: pytest.ExceptionInfo[ChoiceRefused]) -> dict[str, str]:
    titles = {session.pk: str(session.version.title) for session in Session.objects.all()}
    return {titles[pk]: str(refusal) for pk, refusal in error.value.refusals.items()}


def chosen(learner: User) -> dict[str, str]:
    active = Enrolment.objects.active().filter(learner=learner).select_related("session__version")
    return {str(each.session.version.title): each.status for each in active}


def test_all_that_was_picked_is_booked_at_once(programme: Programme) -> None:
    learner = make_employee()
    own = choose(programme, learner, take=["Reintegration", "Islam"])
    assert [str(each.session.version.title) for each in own] == ["Islam", "Reintegration"]
    assert chosen(learner) == {"Islam": "confirmed", "Reintegration": "confirmed"}
    assert Seat.objects.held().filter(enrolment__learner=learner).count() == 2


def test_two_at_the_same_time_are_refused_at_the_later_row_and_nothing_is_booked(
    programme: Programme,
) -> None:
    learner = make_employee()
    with pytest.raises(ChoiceRefused) as error:
        choose(programme, learner, take=["Islam", "Gender", "Reintegration"])
    assert refusals(error) == {"Gender": "It is at the same time as Islam."}
    assert chosen(learner) == {}
    assert not Message.objects.exists()


def test_a_place_in_a_queue_is_no_second_place_at_the_same_time(programme: Programme) -> None:
    full = workshop(programme, "Poverty")
    for _ in range(12):
        make_confirmed(full)
    learner = make_employee()
    with pytest.raises(ChoiceRefused) as error:
        choose(programme, learner, take=["Islam"], wait=["Poverty"])
    assert refusals(error) == {"Poverty": "It is at the same time as Islam."}


def test_one_that_is_full_by_now_refuses_all_of_it_until_the_queue_is_chosen(programme: Programme) -> None:
    full = workshop(programme, "Reintegration")
    for _ in range(12):
        make_confirmed(full)
    learner = make_employee()
    with pytest.raises(ChoiceRefused) as error:
        choose(programme, learner, take=["Islam", "Reintegration"])
    assert set(refusals(error)) == {"Reintegration"}
    assert refusals(error)["Reintegration"].startswith("It is full by now. You can wait for a seat")
    assert chosen(learner) == {}

    choose(programme, learner, take=["Islam"], wait=["Reintegration"])
    assert chosen(learner) == {"Islam": "confirmed", "Reintegration": "queued"}


def test_every_reason_is_told_at_once(programme: Programme) -> None:
    learner = make_employee()
    elsewhere = make_session(starts_in=dt.timedelta(days=15))
    make_confirmed(elsewhere, learner)
    Session.objects.filter(pk=workshop(programme, "Gender").pk).update(enrol_until=dt.date(2027, 2, 1))
    with pytest.raises(ChoiceRefused) as error:
        choose(programme, learner, take=["Gender", "Reintegration"])
    assert refusals(error) == {
        "Gender": "Enrolment for this session is closed. Look at the other dates of this course.",
        "Reintegration": "You have Title at that time. Withdraw from it first, or choose another date.",
    }
    assert chosen(learner) == {"Title": "confirmed"}


def test_a_later_choice_gives_up_and_takes_in_one_step(programme: Programme) -> None:
    learner, waiting = make_employee(), make_employee()
    choose(programme, learner, take=["Islam", "Reintegration"])
    for _ in range(11):
        make_confirmed(workshop(programme, "Islam"))
    choose(programme, waiting, wait=["Islam"])

    choose(programme, learner, give_up=["Islam"], take=["Poverty"])

    assert chosen(learner) == {"Reintegration": "confirmed", "Poverty": "confirmed"}
    assert chosen(waiting) == {"Islam": "confirmed"}


def test_what_cannot_be_given_up_any_more_keeps_the_rest_as_it_was(programme: Programme, clock: Any) -> None:
    Session.objects.filter(pk=workshop(programme, "Islam").pk).update(withdraw_until=dt.date(2027, 3, 2))
    learner = make_employee()
    choose(programme, learner, take=["Islam"])
    clock.move_to(NOON + dt.timedelta(days=2))
    with pytest.raises(ChoiceRefused) as error:
        choose(programme, learner, give_up=["Islam"], take=["Reintegration"])
    assert refusals(error)["Islam"].startswith("The last day to withdraw by yourself has passed.")
    assert chosen(learner) == {"Islam": "confirmed"}


def test_choosing_again_what_one_has_and_giving_up_what_one_has_not_changes_nothing(
    programme: Programme,
) -> None:
    learner = make_employee()
    for _ in range(2):
        choose(programme, learner, take=["Islam"], give_up=["Reintegration"])
    assert chosen(learner) == {"Islam": "confirmed"}
    assert Enrolment.objects.count() == 1


@pytest.mark.parametrize(
    ("window", "refusal"),
    [
        ({"enrol_from": dt.date(2027, 3, 2)}, "Enrolment opens on"),
        ({"enrol_until": dt.date(2027, 2, 28)}, "Enrolment for this session is closed."),
    ],
)
def test_a_workshop_opens_and_closes_with_its_programme_on_its_own_page_too(
    window: dict[str, Any], refusal: str
) -> None:
    programme = make_programme((0, 9, "Islam"), **window)
    learner = make_employee()
    with pytest.raises(ChoiceRefused) as error:
        choose(programme, learner, take=["Islam"])
    assert refusals(error)["Islam"].startswith(refusal)
    with pytest.raises(Exception, match=refusal):
        enrol(session=workshop(programme, "Islam"), learner=learner, actor=learner)


def test_its_own_window_holds_where_it_is_narrower(programme: Programme) -> None:
    Programme.objects.update(enrol_until=dt.date(2027, 3, 10), enrol_from=dt.date(2027, 2, 1))
    Session.objects.update(enrol_until=dt.date(2027, 2, 28))
    with pytest.raises(ChoiceRefused):
        choose(programme, make_employee(), take=["Islam"])


def test_no_mail_and_no_calendar_names_a_theme(programme: Programme) -> None:
    learner = make_employee()
    choose(programme, learner, take=["Islam", "Reintegration"])
    withdraw(enrolment=Enrolment.objects.earliest("id"), actor=learner)
    mails = [render(message) for message in Message.objects.all()]
    assert len(mails) == 3
    for mail in mails:
        whole = mail.message().as_string()
        assert "Vorming diversiteit" in whole
        assert "Islam" not in whole
        assert "Reintegration" not in whole


def test_a_workshop_of_another_edition_stays_out_of_it(programme: Programme) -> None:
    other = make_programme((3, 9, "Antisemitism"))
    learner = make_employee()
    choose(other, learner, take=["Antisemitism"])
    choose(programme, learner, take=["Islam"], give_up=[])
    held = workshop(other, "Antisemitism")
    choose_workshops(programme=programme, learner=learner, choice=Choice(give_up=[held]), actor=learner)
    assert chosen(learner) == {"Antisemitism": "confirmed", "Islam": "confirmed"}
