"""Home by role, my training, my profile."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from courses.models import Meeting
from enrolment.enums import CompletionSource
from enrolment.services.booking import enrol
from enrolment.services.completions import record_completion
from people.enums import Role
from people.models import User
from portal.cards import MOST_CARDS, cards_for
from tests.factories import make_confirmed, make_employee, make_person_with, make_session, make_version
from tests.tracks.helpers import make_class, make_coordinator, make_school

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


def complete(person: User, **fields: Any) -> None:
    record_completion(
        person=person,
        version=make_version(**fields),
        completed_on=dt.date(2026, 1, 15),
        sessions=[],
        source=CompletionSource.ATTENDANCE,
        actor=None,
    )


def test_my_training_tells_what_comes_what_waits_and_what_is_done(sign_in: SignIn) -> None:
    learner = make_employee()
    make_confirmed(make_session(version=make_version(title_en="Booked")), learner)
    full = make_session(version=make_version(title_en="Wanted"), starts_in=dt.timedelta(days=40), capacity=1)
    make_confirmed(full)
    enrol(session=full, learner=learner, actor=learner)
    complete(learner, title_en="Done")
    make_confirmed(make_session(version=make_version(title_en="Of somebody else")))
    page = sign_in(learner).get("/my/training/").content.decode()
    assert page.index("Booked") < page.index("Wanted") < page.index("Done")
    assert "Number 1 in the queue" in page
    assert "8 h of training" in page
    assert "Of somebody else" not in page


def test_an_empty_path_says_what_to_do_next(sign_in: SignIn) -> None:
    page = sign_in(make_employee()).get("/my/training/").content.decode()
    assert "Choose a training and a date" in page
    assert 'href="/catalogue/"' in page


@pytest.mark.parametrize("rows", [1, 30])
def test_my_training_takes_the_same_queries_for_1_and_30_rows(
    sign_in: SignIn, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    learner = make_employee()
    for _ in range(rows):
        make_confirmed(make_session(), learner)
        complete(learner)
        full = make_session(capacity=1)
        make_confirmed(full)
        full.enrolments.create(learner=learner, status="queued")
    client = sign_in(learner)
    with django_assert_num_queries(9):
        client.get("/my/training/")


def test_home_shows_seven_cards_at_most_the_rosters_of_today_first() -> None:
    trainer = make_person_with(Role.TRAINER)
    for _ in range(3):
        make_session(starts_in=dt.timedelta(0), trainer=trainer)
    for days in range(1, 8):
        make_confirmed(make_session(starts_in=dt.timedelta(days=days)), trainer)
    cards = cards_for(trainer, at=timezone.now())
    assert len(cards) == MOST_CARDS
    assert [card.url.startswith("/teach/") for card in cards] == [True] * 3 + [False] * 4


def test_home_tells_a_trainer_which_rosters_are_still_open(sign_in: SignIn) -> None:
    trainer = make_person_with(Role.TRAINER)
    make_session(starts_in=dt.timedelta(days=-3), trainer=trainer)
    make_session(starts_in=dt.timedelta(days=3), trainer=trainer)
    make_session(starts_in=dt.timedelta(days=-3), trainer=make_person_with(Role.TRAINER))
    [card] = cards_for(trainer, at=timezone.now())
    assert (card.title, card.url) == ("2 rosters to close", "/teach/")


def test_home_opens_the_administration_to_who_may_enter_it() -> None:
    person = make_person_with(Role.ADMINISTRATOR)
    assert cards_for(person, at=timezone.now()) == []
    person.is_staff = True
    [card] = cards_for(person, at=timezone.now())
    assert card.url == "/operate/admin/"


def test_home_gives_each_role_its_own_cards() -> None:
    make_session(published=False)
    make_session(starts_in=dt.timedelta(0), trainer=make_person_with(Role.TRAINER))
    now = timezone.now()
    by_role = {role: [card.eyebrow for card in cards_for(make_person_with(role), at=now)] for role in Role}
    offer, figures = ["The offer"], ["Figures"]
    expected = {
        Role.CATALOGUE_MANAGER: offer,
        Role.ADMINISTRATOR: offer,
        Role.HR: figures,
        Role.CHIEF: figures,
        Role.COORDINATOR: ["Academy", "Figures"],
    }
    assert by_role == {role: expected.get(role, []) for role in Role}


def test_home_takes_a_constant_number_of_queries(
    sign_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    person = make_employee()
    for days in range(1, 8):
        make_confirmed(make_session(starts_in=dt.timedelta(days=days)), person)
    assert Meeting.objects.count() == 14
    client = sign_in(person)
    with django_assert_num_queries(5):
        client.get("/")


def test_the_profile_shows_roles_and_the_language_of_mails(sign_in: SignIn) -> None:
    person = make_employee(language="fr")
    page = sign_in(person).get("/my/profile/").content.decode()
    assert "Français" in page
    assert "Staff member" in page


@pytest.mark.parametrize("path", ["/my/training/", "/my/profile/", "/teach/", "/manage/sessions/"])
def test_one_s_own_pages_need_signing_in(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer["Location"]) == (302, f"/account/login/?next={path}")


def test_pages_of_people_who_signed_in_stay_out_of_caches(sign_in: SignIn) -> None:
    answer = sign_in(make_employee()).get("/my/training/")
    assert "no-store" in answer["Cache-Control"]
    assert "private" in answer["Cache-Control"]


def test_a_coordinator_s_card_leads_to_the_classes_or_to_the_first_list(sign_in: SignIn) -> None:
    academy = make_school()
    client = sign_in(make_coordinator(academy))
    assert 'href="/academy/lists/"' in client.get("/").content.decode()
    make_class(academy)
    make_class(make_school())
    page = client.get("/").content.decode()
    assert "1 class" in page
    assert "Bring them in by file." not in page
