"""My training, my profile."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from enrolment.enums import CompletionSource
from enrolment.services.booking import enrol
from enrolment.services.completions import record_completion
from people.models import User
from tests.factories import make_confirmed, make_employee, make_session, make_version
from tests.pages import SignIn

pytestmark = pytest.mark.django_db


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
        begun = make_session(version=make_version(asking_consent=True), starts_in=dt.timedelta(days=-1))
        make_confirmed(begun, learner)
    client = sign_in(learner)
    with django_assert_num_queries(7):
        client.get("/my/training/")


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
