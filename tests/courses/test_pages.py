"""The catalogue's pages, as people with different rights see them."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from core.time import today
from courses.enums import Audience, CourseKind, Topic
from courses.models import Course, MandatoryAudience, Meeting
from people.enums import Role
from tests.factories import (
    CourseFactory,
    CourseVersionFactory,
    OrganisationFactory,
    make_employee,
    make_person_with,
    make_session,
    make_version,
)
from tests.pages import SignIn

pytestmark = pytest.mark.django_db


def titles(page: Any) -> list[str]:
    return [item.version.title for item in page.context["items"]]


def test_anybody_reads_the_catalogue_and_nobody_sees_dates_without_signing_in(client: Client) -> None:
    session = make_session(version=make_version(title_en="HPM"))
    page = client.get("/catalogue/", headers={"accept-language": "en"})
    assert titles(page) == ["HPM"]
    assert str(session.public_id) not in page.content.decode()
    course = client.get(f"/catalogue/{session.version.course.slug}/")
    assert course.status_code == 200
    assert str(session.public_id) not in course.content.decode()


def test_whoever_signed_in_sees_the_next_three_dates_and_how_many_there_are(sign_in: SignIn) -> None:
    version = make_version()
    for days in (40, 10, 20, 30):
        make_session(version=version, starts_in=dt.timedelta(days=days))
    page = sign_in(make_employee()).get("/catalogue/")
    (item,) = page.context["items"]
    assert [(session.starts_at.date() - today()).days for session in item.dates] == [10, 20, 30]
    assert "All 4 dates" in page.content.decode()


def test_drafts_past_sessions_and_those_of_other_zones_are_not_offered(sign_in: SignIn) -> None:
    version = make_version()
    make_session(version=version, published=False)
    make_session(version=version, starts_in=dt.timedelta(days=-3))
    make_session(version=version).open_to.add(OrganisationFactory.create())
    page = sign_in(make_employee()).get("/catalogue/")
    assert page.context["items"][0].dates == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=prejuges", ["Préjugés"]),
        ("q=PRÉJUGÉS", ["Préjugés"]),
        ("topic=profiling", ["Profilage"]),
        ("audience=aspirant", ["Profilage"]),
        ("topic=nonsense", ["Préjugés", "Profilage"]),
        ("q=no+such+thing", []),
    ],
)
def test_search_and_filters(client: Client, query: str, found: list[str]) -> None:
    for position, fields in enumerate(
        [
            {"title_en": "Préjugés", "course__topic": Topic.PREJUDICE},
            {"title_en": "Profilage", "course__topic": Topic.PROFILING, "audiences": [Audience.ASPIRANT]},
        ]
    ):
        CourseVersionFactory.create(course__position=position, **fields)
    page = client.get(f"/catalogue/?{query}", headers={"accept-language": "en"})
    assert titles(page) == found


@pytest.mark.parametrize("query", ["language=fr", "free=on", "until_day={soon}", "place={place}"])
def test_who_signed_in_filters_by_what_is_known_of_the_dates(sign_in: SignIn, query: str) -> None:
    wanted = make_session(version=make_version(title_en="Wanted"), language="fr")
    late = make_session(version=make_version(title_en="Not wanted"), starts_in=dt.timedelta(days=90))
    Meeting.objects.filter(session=late).update(taken=12)
    soon = (today() + dt.timedelta(days=30)).isoformat()
    place = wanted.meetings.all()[0].venue.public_id
    page = sign_in(make_employee()).get(f"/catalogue/?{query.format(soon=soon, place=place)}")
    assert titles(page) == ["Wanted"]


def test_workshops_stand_under_their_programme_and_are_found_by_a_search(client: Client) -> None:
    programme = CourseVersionFactory.create(course__kind=CourseKind.PROGRAMME, title_en="Fortnight").course
    CourseVersionFactory.create(course=CourseFactory.create(programme=programme), title_en="Poverty")
    english = {"accept-language": "en"}
    assert titles(client.get("/catalogue/", headers=english)) == ["Fortnight"]
    assert titles(client.get("/catalogue/?q=poverty", headers=english)) == ["Poverty"]
    assert "Poverty" in client.get(f"/catalogue/{programme.slug}/", headers=english).content.decode()


def test_mandatory_is_said_to_those_for_whom_it_is(sign_in: SignIn) -> None:
    version = make_version()
    MandatoryAudience.objects.create(version=version, audience=Audience.ASPIRANT)
    assert "mandatory for you" in sign_in(make_person_with(Role.ASPIRANT)).get("/catalogue/").content.decode()
    colleague = sign_in(make_employee()).get("/catalogue/").content.decode()
    assert "mandatory for you" not in colleague
    assert "voluntary · mandatory for aspirants" in colleague


def test_an_initiative_says_that_it_is_no_training(client: Client) -> None:
    course = CourseVersionFactory.create(course__kind=CourseKind.INFORMATION).course
    page = client.get(course.get_absolute_url(), headers={"accept-language": "en"}).content.decode()
    assert "This is an initiative, not a training" in page
    assert "Sign in to see the dates" not in page


def test_what_nobody_confirmed_reads_so(client: Client) -> None:
    version = make_version(parts=1, capacity_max=None)
    version.parts.update(minutes=None)
    page = client.get(version.course.get_absolute_url(), headers={"accept-language": "en"})
    assert page.content.decode().count("to be confirmed") == 3


@pytest.mark.parametrize("rows", [1, 30])
def test_the_catalogue_takes_four_queries(
    sign_in: SignIn, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(rows):
        make_session()
    client = sign_in(make_employee())
    # Whoever comes first after a change reads the texts.
    client.get("/catalogue/")
    with django_assert_num_queries(4):
        assert len(client.get("/catalogue/").context["items"]) == rows


@pytest.mark.parametrize("rows", [1, 30])
def test_a_course_takes_six_queries(
    sign_in: SignIn, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    version = make_version()
    for _ in range(rows):
        make_session(version=version)
    client = sign_in(make_employee())
    client.get("/catalogue/")
    with django_assert_num_queries(6):
        client.get(version.course.get_absolute_url())


def test_a_search_through_htmx_answers_with_the_results_alone(client: Client) -> None:
    CourseVersionFactory.create(title_en="Law")
    page = client.get("/catalogue/?q=law", headers={"HX-Request": "true", "accept-language": "en"})
    text = page.content.decode()
    assert "Law" in text
    assert "<html" not in text


def test_an_unknown_course_is_not_found(client: Client) -> None:
    Course.objects.create(slug="no-version-yet", kind=CourseKind.TRAINING, topic=Topic.PREJUDICE)
    assert client.get("/catalogue/nothing/").status_code == 404
    assert client.get("/catalogue/no-version-yet/").status_code == 404


@pytest.mark.parametrize("query", ["from_day=0001-01-01", "until_day=9999-12-31"])
def test_the_ends_of_the_calendar_are_days_like_others(sign_in: SignIn, query: str) -> None:
    make_session(version=make_version(title_en="HPM"))
    assert titles(sign_in(make_employee()).get(f"/catalogue/?{query}")) == ["HPM"]
