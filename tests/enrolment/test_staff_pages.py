"""The page on which a manager asks people to give a session."""

import datetime as dt
import re
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from core.time import today
from courses.enums import SessionStatus, StaffAnswer, StaffRole
from courses.models import Accreditation, MeetingStaff, Session
from notifications.models import Message
from people.enums import Role
from people.models import User
from tests.factories import (
    make_employee,
    make_person_with,
    make_session,
    make_staff,
    make_trainer,
    make_version,
)
from tests.pages import SignIn, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def session() -> Session:
    return make_session(published=False)


@pytest.fixture
def desk(sign_in: SignIn) -> Client:
    return sign_in(make_person_with(Role.CATALOGUE_MANAGER))


def page_of(session: Session) -> str:
    return f"/manage/sessions/{session.public_id}/staff/"


def row_page(row: MeetingStaff, act: str) -> str:
    return f"{page_of(row.meeting.session)}{row.public_id}/{act}/"


def named(person: User, role: StaffRole = StaffRole.TRAINER) -> str:
    return f"{role}:{person.public_id}"


# -- Who may open it -------------------------------------------------------------------------------


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.CATALOGUE_MANAGER, Role.ADMINISTRATOR}))
def test_nobody_else_opens_or_changes_it(sign_in: SignIn, session: Session, role: Role) -> None:
    trainer = make_trainer(session.version.course)
    row = make_staff(session.meetings.first(), trainer)
    visitor = sign_in(make_person_with(role))
    # A partner follows its own sessions; to them the others are not there.
    refused = 404 if role == Role.PARTNER else 403

    for address in (page_of(session), row_page(row, "replace"), row_page(row, "remove")):
        asked = visitor.post(address, {"all-who": named(trainer), "who": trainer.public_id})
        assert visitor.get(address).status_code == asked.status_code == refused
    assert MeetingStaff.objects.get() == row


def test_who_is_not_signed_in_is_asked_to(client: Client, session: Session) -> None:
    assert client.get(page_of(session)).status_code == 302


def test_a_session_or_row_that_does_not_exist_is_not_found(desk: Client, session: Session) -> None:
    other = make_staff(make_session().meetings.first(), make_employee())
    foreign = f"{page_of(session)}{other.public_id}/remove/"
    assert desk.get(f"/manage/sessions/{uuid4()}/staff/").status_code == 404
    assert desk.post(foreign).status_code == 404
    assert MeetingStaff.objects.filter(pk=other.pk).exists()


# -- Asking ----------------------------------------------------------------------------------------


def test_only_those_who_may_are_offered(desk: Client, session: Session) -> None:
    course = session.version.course
    able = make_trainer(course)
    not_offered = [
        make_trainer(course, languages=["fr"]),
        make_trainer(course, valid_until=today()),
        make_person_with(Role.TRAINER),
        make_employee(),
    ]
    booked = make_trainer(course)
    make_staff(make_session().meetings.first(), booked)

    page = text(desk.get(page_of(session)))

    # For all parts and for each of the two; as trainer and as assistant.
    assert page.count(str(able.public_id)) == 6
    for person in not_offered:
        assert str(person.public_id) not in page
    # In the morning they are booked.
    assert page.count(str(booked.public_id)) == 2


def test_one_click_asks_for_all_parts(desk: Client, session: Session) -> None:
    trainer = make_trainer(session.version.course)

    page = text(desk.post(page_of(session), {"all-who": named(trainer)}, follow=True))

    assert f"{trainer.get_full_name()} is asked by mail." in page
    assert MeetingStaff.objects.count() == 2
    assert page.count("No answer yet") == 2


def test_one_part_gets_an_assistant(desk: Client, session: Session) -> None:
    afternoon = session.meetings.get(part__position=2)
    helper = make_trainer(session.version.course, role=StaffRole.ASSISTANT)
    field = f"{afternoon.public_id.hex}-who"

    desk.post(page_of(session), {field: named(helper, StaffRole.ASSISTANT)})

    row = MeetingStaff.objects.get()
    assert (row.meeting, row.person, row.role) == (afternoon, helper, StaffRole.ASSISTANT)


def test_who_may_not_is_refused_with_the_reason_beside_the_field(desk: Client, session: Session) -> None:
    french = make_trainer(session.version.course, languages=["fr"])

    answer = desk.post(page_of(session), {"all-who": named(french)})

    assert answer.status_code == 200
    (reason,) = answer.context["for_all"].errors["who"]
    assert reason.startswith(f"{french.get_full_name()} has no accreditation for this course")
    assert 'aria-invalid="true"' in text(answer)
    assert not MeetingStaff.objects.exists()


@pytest.mark.parametrize("who", ["", "trainer:", "trainer:x", "chief:{}", "{}", "trainer:{}\x00"])
def test_nonsense_is_told_so(desk: Client, session: Session, who: str) -> None:
    trainer = make_trainer(session.version.course)
    answer = desk.post(page_of(session), {"all-who": who.format(trainer.public_id)})
    assert answer.status_code == 200
    assert answer.context["for_all"].errors["who"]
    assert not MeetingStaff.objects.exists()


def test_a_colleague_who_never_gave_anything_is_not_named(desk: Client, session: Session) -> None:
    colleague = make_employee(profile__last_name="Unheard")
    answer = desk.post(page_of(session), {"all-who": named(colleague)})
    assert answer.context["for_all"].errors["who"] == ["Choose somebody from the list."]
    assert "Unheard" not in text(answer)


# -- What it shows ---------------------------------------------------------------------------------


def test_answers_and_what_is_missing_are_shown(desk: Client) -> None:
    version = make_version(parts=1, min_assistants=2)
    session = make_session(version=version, published=False)
    meeting, course = session.meetings.get(), version.course
    make_staff(meeting, make_trainer(course))
    make_staff(meeting, make_trainer(course), role=StaffRole.ASSISTANT, answer=StaffAnswer.INVITED)
    make_staff(meeting, make_trainer(course), role=StaffRole.ASSISTANT, answer=StaffAnswer.DECLINED)

    page = text(desk.get(page_of(session)))

    assert "Still needed, accepted: 2 assistants." in page
    states = re.findall(r'class="state [^>]*>.*?</svg>\s*([^<]*)</span>', page)
    assert sorted(states) == ["Accepted", "Declined", "No answer yet"]


def test_who_may_no_longer_give_it_is_marked_with_the_reason(desk: Client, session: Session) -> None:
    trainer = make_trainer(session.version.course)
    for meeting in session.meetings.all():
        make_staff(meeting, trainer)
    assert "Everybody whom this part needs has accepted." in text(desk.get(page_of(session)))

    Accreditation.objects.update(valid_until=today())
    page = text(desk.get(page_of(session)))

    assert page.count("May not give it") == 2
    assert "Still needed, accepted: a trainer." in page


def test_without_meetings_the_page_says_what_comes_first(desk: Client) -> None:
    session = make_session(published=False)
    session.meetings.all().delete()
    assert "Plan the parts of the session first" in text(desk.get(page_of(session)))


@pytest.mark.parametrize("cancelled", [True, False])
def test_what_is_over_is_only_shown(desk: Client, cancelled: bool) -> None:
    session = make_session(starts_in=dt.timedelta(days=5 if cancelled else -5))
    trainer = make_trainer(session.version.course)
    make_staff(session.meetings.first(), make_trainer(session.version.course))
    if cancelled:
        Session.objects.update(status=SessionStatus.CANCELLED)

    page = text(desk.get(page_of(session)))
    assert "Nothing can be changed here any more" in page
    assert "Find a replacement" not in page
    desk.post(page_of(session), {f"{session.meetings.first().public_id.hex}-who": named(trainer)})
    assert MeetingStaff.objects.count() == 1


# -- Replacing and taking off ----------------------------------------------------------------------


def test_a_replacement_is_one_click(desk: Client, session: Session) -> None:
    course = session.version.course
    row = make_staff(session.meetings.first(), make_trainer(course))
    other = make_trainer(course)
    page = text(desk.get(row_page(row, "replace")))
    assert f'value="{other.public_id}"' in page
    assert str(row.person.public_id) not in page

    desk.post(row_page(row, "replace"), {"who": str(other.public_id)})

    assert [staff.person for staff in MeetingStaff.objects.all()] == [other]
    assert Message.objects.count() == 2


def test_where_nobody_is_free_the_page_says_what_to_do(desk: Client, session: Session) -> None:
    row = make_staff(session.meetings.first(), make_trainer(session.version.course))
    page = text(desk.get(row_page(row, "replace")))
    assert "Nobody is free" in page
    assert f"/manage/trainers/?course={session.version.course.slug}" in page


def test_a_refused_replacement_says_why(desk: Client, session: Session) -> None:
    row = make_staff(session.meetings.first(), make_trainer(session.version.course))
    french = make_trainer(session.version.course, languages=["fr"])
    page = text(desk.post(row_page(row, "replace"), {"who": str(french.public_id)}))
    assert "has no accreditation for this course" in page
    assert desk.post(row_page(row, "replace"), {"who": "x"}).status_code == 404
    assert MeetingStaff.objects.get() == row


def test_taking_off_asks_once(desk: Client, session: Session) -> None:
    row = make_staff(session.meetings.first(), make_trainer(session.version.course))
    assert "They are told by mail" in text(desk.get(row_page(row, "remove")))
    assert MeetingStaff.objects.exists()
    desk.post(row_page(row, "remove"))
    assert not MeetingStaff.objects.exists()


@pytest.mark.parametrize("people", [1, 30])
def test_the_page_costs_the_same_however_many_may_give_it(
    desk: Client, session: Session, people: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    course, meeting = session.version.course, session.meetings.first()
    for _ in range(people):
        make_staff(meeting, make_trainer(course), answer=StaffAnswer.INVITED)
        make_staff(make_session(version=session.version).meetings.first(), make_trainer(course))
        make_trainer(course)
    with django_assert_num_queries(8):
        desk.get(page_of(session))
    row = MeetingStaff.objects.filter(meeting=meeting).first()
    assert row is not None
    replacement = row_page(row, "replace")
    with django_assert_num_queries(8):
        desk.get(replacement)
