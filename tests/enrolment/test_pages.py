"""The session's page and its acts, as people with different rights meet them."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import icalendar
import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from core.time import today
from courses.models import Meeting, Session
from enrolment.models import Enrolment
from enrolment.services.booking import enrol
from people.enums import Role
from people.models import User
from tests.factories import (
    CourseVersionFactory,
    OrganisationFactory,
    make_confirmed,
    make_employee,
    make_person_with,
    make_session,
    make_version,
)

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


def text(response: Any) -> str:
    return str(response.content.decode())


def test_a_session_needs_signing_in(client: Client) -> None:
    session = make_session()
    answer = client.get(session.get_absolute_url())
    assert (answer.status_code, answer["Location"]) == (
        302,
        f"/account/login/?next={session.get_absolute_url()}",
    )


def test_one_click_enrols_and_the_page_tells_what_became_of_it(sign_in: SignIn) -> None:
    session, learner = make_session(), make_employee()
    client = sign_in(learner)
    assert "12 of 12 seats left" in text(client.get(session.get_absolute_url()))
    page = client.post(f"/sessions/{session.public_id}/enrol/", follow=True)
    assert "You have a seat" in text(page)
    assert Enrolment.objects.get().learner == learner


def test_a_full_session_offers_the_queue_and_tells_the_place(sign_in: SignIn) -> None:
    session = make_session(capacity=1)
    make_confirmed(session)
    enrol(session=session, learner=make_employee(), actor=make_employee())
    client = sign_in(make_employee())
    page = text(client.get(session.get_absolute_url()))
    assert "Join the queue" in page
    assert "You would be number 2 in the queue." in page
    page = text(client.post(f"/sessions/{session.public_id}/enrol/", follow=True))
    assert "You are number 2 in the queue" in page


def test_a_session_without_a_limit_shows_that_there_is_none(sign_in: SignIn) -> None:
    session = make_session(capacity=None)
    client = sign_in(make_employee())
    page = text(client.get(session.get_absolute_url()))
    assert "No limit on seats" in page
    assert "Join the queue" not in page
    listed = text(client.get(session.version.course.get_absolute_url()))
    assert "No limit on seats" in listed


def test_a_refusal_is_told_on_the_page(sign_in: SignIn) -> None:
    session = make_session(enrol_until=dt.date(2020, 1, 1))
    client = sign_in(make_employee())
    assert "Enrolment for this session is closed." in text(client.get(session.get_absolute_url()))
    page = text(client.post(f"/sessions/{session.public_id}/enrol/", follow=True))
    assert "Enrolment for this session is closed." in page
    assert not Enrolment.objects.exists()


def test_enrolling_and_withdrawing_happen_by_post_only(sign_in: SignIn) -> None:
    session, learner = make_session(), make_employee()
    client = sign_in(learner)
    assert client.get(f"/sessions/{session.public_id}/enrol/").status_code == 405
    make_confirmed(session, learner)
    assert "Nobody asks you why" in text(client.get(f"/sessions/{session.public_id}/withdraw/"))
    assert Enrolment.objects.active().count() == 1
    page = client.post(f"/sessions/{session.public_id}/withdraw/", follow=True)
    assert page.redirect_chain == [("/my/training/", 302)]
    assert not Enrolment.objects.active().exists()


def test_nobody_withdraws_somebody_else(sign_in: SignIn) -> None:
    session = make_session()
    make_confirmed(session)
    sign_in(make_employee()).post(f"/sessions/{session.public_id}/withdraw/")
    assert Enrolment.objects.confirmed().count() == 1


@pytest.mark.parametrize("path", ["", "enrol/", "withdraw/", "calendar.ics"])
def test_a_session_that_one_may_not_see_is_not_found(sign_in: SignIn, path: str) -> None:
    draft, foreign = make_session(published=False), make_session()
    foreign.open_to.add(OrganisationFactory.create())
    client = sign_in(make_employee())
    for session in (draft, foreign, Session(public_id=uuid4())):
        assert client.post(f"/sessions/{session.public_id}/{path}").status_code == 404


def test_the_calendar_file_is_of_one_s_own_seat(sign_in: SignIn) -> None:
    session, learner = make_session(), make_employee()
    enrolment = make_confirmed(session, learner)
    answer = sign_in(learner).get(f"/sessions/{session.public_id}/calendar.ics")
    events = icalendar.Calendar.from_ical(answer.content).events
    assert [event["UID"] for event in events] == [
        f"{enrolment.public_id}.{meeting.public_id}" for meeting in session.meetings.all()
    ]
    assert sign_in(make_employee()).get(f"/sessions/{session.public_id}/calendar.ics").status_code == 404


def test_the_page_of_a_sensitive_session_says_that_nobody_else_sees_it(sign_in: SignIn) -> None:
    session = make_session(version=make_version(sensitive=True))
    page = text(sign_in(make_employee()).get(session.get_absolute_url()))
    assert "Only the trainers see your name. Nobody else sees that you enrol." in page


@pytest.mark.parametrize("others", [1, 30])
def test_the_page_takes_the_same_queries_however_many_take_part(
    sign_in: SignIn, others: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    session = make_session(capacity=40)
    for _ in range(others):
        make_confirmed(session)
        make_session(version=session.version)
    client = sign_in(make_employee())
    with django_assert_num_queries(11):
        client.get(session.get_absolute_url())


def test_only_catalogue_managers_manage_sessions(sign_in: SignIn) -> None:
    draft = make_session(published=False, trainer=make_person_with(Role.TRAINER))
    manager = make_person_with(Role.CATALOGUE_MANAGER)
    for role in Role:
        if role in (Role.CATALOGUE_MANAGER, Role.ADMINISTRATOR):
            continue
        client = sign_in(make_person_with(role))
        assert client.get("/manage/sessions/").status_code == 403, role
        assert client.post(f"/manage/sessions/{draft.public_id}/publish/").status_code == 403, role
    draft.refresh_from_db()
    assert draft.status == "draft"
    page = sign_in(manager).post(f"/manage/sessions/{draft.public_id}/publish/", follow=True)
    assert "The session is published." in text(page)
    draft.refresh_from_db()
    assert draft.status == "published"


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"approval_required": True}, "approval"),
        ({"members_only": True}, "members"),
    ],
)
def test_a_course_with_a_rule_that_is_not_enforced_yet_is_not_published(
    sign_in: SignIn, fields: dict[str, Any], rule: str
) -> None:
    session = make_session(
        version=make_version(**fields), published=False, trainer=make_person_with(Role.TRAINER)
    )
    client = sign_in(make_person_with(Role.CATALOGUE_MANAGER))
    page = text(client.post(f"/manage/sessions/{session.public_id}/publish/", follow=True))
    assert "carries rules that the platform does not enforce yet" in page
    assert rule in page
    session.refresh_from_db()
    assert session.status == "draft"


def test_a_draft_without_all_meetings_or_a_trainer_is_not_published(sign_in: SignIn) -> None:
    client = sign_in(make_person_with(Role.CATALOGUE_MANAGER))
    no_trainer = make_session(published=False)
    page = text(client.post(f"/manage/sessions/{no_trainer.public_id}/publish/", follow=True))
    assert "Missing: Part: a trainer; Part: a trainer." in page
    no_part = make_session(published=False, trainer=make_person_with(Role.TRAINER))
    Meeting.objects.filter(session=no_part, part__position=2).delete()
    page = text(client.post(f"/manage/sessions/{no_part.public_id}/publish/", follow=True))
    assert "These parts have no meeting yet: Part." in page
    past = make_session(
        published=False, starts_in=dt.timedelta(days=-1), trainer=make_person_with(Role.TRAINER)
    )
    page = text(client.post(f"/manage/sessions/{past.public_id}/publish/", follow=True))
    assert "The first meeting must lie in the future." in page
    assert not Session.objects.published().exists()


def test_a_course_without_a_version_of_four_languages_still_shows_a_title() -> None:
    version = CourseVersionFactory.create(title_en="", title_de="")
    assert version.title == "Titel"


def test_a_role_ends_with_its_last_day(sign_in: SignIn) -> None:
    manager = make_person_with(Role.CATALOGUE_MANAGER)
    manager.memberships.update(valid_until=today())
    assert sign_in(manager).get("/manage/sessions/").status_code == 200
    manager.memberships.update(valid_until=today() - dt.timedelta(days=1))
    assert sign_in(manager).get("/manage/sessions/").status_code == 403


def test_a_session_without_a_limit_says_so(sign_in: SignIn) -> None:
    session = make_session(capacity=None)
    page = sign_in(make_employee()).get(session.get_absolute_url())
    assert page.status_code == 200
    assert "No limit on seats" in text(page)
