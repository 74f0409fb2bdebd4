"""What a trainer gives, on one page: what waits for an answer, today, what comes, what is to be closed."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from attendance import services
from core.time import today
from courses.models import Meeting, Session
from enrolment.models import Seat
from enrolment.services.seats import hold_make_up
from people.models import User
from tests.attendance.helpers import text_of
from tests.factories import (
    UserFactory,
    make_confirmed,
    make_offer,
    make_session,
    make_version,
)

pytestmark = pytest.mark.django_db


def test_the_teaching_page_groups_what_a_trainer_gives(
    session: Session, theory: Meeting, practice: Meeting, desk: Client, trainer: User
) -> None:
    def given(days: int) -> Meeting:
        other = make_session(
            version=make_version(parts=1), starts_in=dt.timedelta(days=days), trainer=trainer
        )
        return other.meetings.get()

    coming, yesterday, last_week, done = given(3), given(-1), given(-7), given(-8)
    services.close_roster(meeting=done, actor=trainer)
    services.close_roster(meeting=theory, actor=trainer)
    make_session(starts_in=dt.timedelta(0), trainer=UserFactory.create())
    make_session(starts_in=dt.timedelta(0), trainer=trainer, published=False)

    page = desk.get(reverse("attendance:teach"))

    assert list(page.context["today"]) == [theory, practice]
    assert list(page.context["coming"]) == [coming]
    assert page.context["to_close"] == [(last_week, True), (yesterday, False)]
    assert list(page.context["past"]) == [done]
    assert "2 rosters wait to be closed" in text_of(page)
    states = re.findall(r'class="state state-(\w+)"', page.content.decode())
    assert states == ["good", "late", "wait", "good"]


def test_the_people_of_a_meeting_are_those_who_take_part_wherever_they_enrolled(
    desk: Client, trainer: User
) -> None:
    session = make_session(
        version=make_version(parts=1), starts_in=dt.timedelta(days=3), trainer=trainer, capacity=9
    )
    meeting = session.meetings.get()
    make_confirmed(session)
    make_offer(session)
    elsewhere = make_confirmed(make_session(version=session.version, starts_in=dt.timedelta(days=-9)))
    hold_make_up(elsewhere, meeting, at=timezone.now())

    meeting.refresh_from_db()
    assert meeting.taken == 3
    (shown,) = desk.get(reverse("attendance:teach")).context["coming"]
    assert shown.people == Seat.objects.attending().filter(meeting=meeting).count() == 2
    assert "2 participants" in text_of(desk.get(reverse("portal:home")))


def test_the_teaching_page_of_who_gives_nothing_says_what_to_expect(desk: Client) -> None:
    assert "No rosters yet" in text_of(desk.get(reverse("attendance:teach")))


@pytest.mark.parametrize("sessions", [1, 30])
def test_the_teaching_page_costs_the_same_for_one_and_for_thirty(
    desk: Client, trainer: User, sessions: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    version = make_version(parts=1)
    for _ in range(sessions):
        for days in (-3, 0, 3):
            meeting = make_session(
                version=version, starts_in=dt.timedelta(days=days), trainer=trainer
            ).meetings.get()
            make_confirmed(meeting.session)

    with django_assert_num_queries(5):
        page = desk.get(reverse("attendance:teach"))

    assert len(page.context["today"]) == sessions


def test_a_roster_closes_to_whoever_is_no_trainer_any_more(
    client: Client, session: Session, trainer: User
) -> None:
    make_confirmed(session)
    client.force_login(trainer)
    address = f"/teach/sessions/{session.public_id}/roster/"
    assert client.get(address).status_code == 200
    trainer.memberships.update(valid_until=today() - dt.timedelta(days=1))
    assert client.get(address).status_code == 404
