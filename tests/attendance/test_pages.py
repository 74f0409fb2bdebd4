"""The trainer's pages: who sees them, and what they say."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from attendance import services
from attendance.enums import MarkState
from attendance.models import Mark, Roster
from core.models import AuditEntry
from courses.enums import SessionStatus, StaffRole
from courses.models import Meeting, MeetingStaff, Session
from enrolment.models import Seat
from people.enums import Role
from people.models import User
from tests.attendance.conftest import at
from tests.attendance.helpers import mark_and_close, named, post_to, roster_of, seat_of, tap, text_of
from tests.factories import (
    OrganisationFactory,
    make_confirmed,
    make_employee,
    make_person_with,
    make_session,
    make_version,
)
from tests.pages import SignIn

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


# -- Who sees and who may --------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.TRAINER, Role.HR, Role.CATALOGUE_MANAGER, Role.ADMINISTRATOR])
def test_who_does_not_give_the_session_finds_nothing(
    client: Client, session: Session, theory: Meeting, sign_in: SignIn, role: Role
) -> None:
    enrolment = named(session, "Peeters")
    stranger = sign_in(make_person_with(role))

    assert stranger.get(roster_of(theory)).status_code == 404
    assert tap(stranger, theory, enrolment, "present").status_code == 404
    for name in ("mark_rest", "close", "amend"):
        assert stranger.post(post_to(name, theory), {"state": "present"}).status_code == 404
    assert not Mark.objects.exists()
    assert not Roster.objects.exists()


def test_a_participant_does_not_see_the_list(session: Session, theory: Meeting, sign_in: SignIn) -> None:
    enrolment = named(session, "Peeters")

    assert sign_in(enrolment.learner).get(roster_of(theory)).status_code == 404


def test_who_is_not_signed_in_is_asked_to(client: Client, theory: Meeting) -> None:
    answers = [client.get("/teach/"), client.get(roster_of(theory)), client.post(post_to("close", theory))]

    assert [answer.status_code for answer in answers] == [302, 302, 302]
    assert all("login" in answer["Location"] for answer in answers)


def test_the_trainer_of_one_part_reads_the_other_and_marks_only_the_own(
    session: Session, theory: Meeting, practice: Meeting, desk: Client, trainer: User
) -> None:
    enrolment = named(session, "Peeters")
    MeetingStaff.objects.filter(meeting=practice).delete()

    page = desk.get(roster_of(practice))
    assert page.status_code == 200
    assert "Peeters Jo" in text_of(page)
    assert b'name="state"' not in page.content
    assert tap(desk, practice, enrolment, "present").status_code == 403
    assert desk.post(post_to("mark_rest", practice), {"state": "present"}).status_code == 403
    assert desk.post(post_to("close", practice)).status_code == 403
    assert tap(desk, theory, enrolment, "present").status_code == 302
    assert list(Mark.objects.values_list("seat__meeting", "state")) == [(theory.pk, "present")]


def test_an_assistant_marks_and_does_not_close_or_correct(
    session: Session, theory: Meeting, desk: Client, trainer: User
) -> None:
    MeetingStaff.objects.filter(meeting=theory).update(role=StaffRole.ASSISTANT)
    enrolment = named(session, "Peeters")

    assert tap(desk, theory, enrolment, "present").status_code == 302
    assert "Close roster" not in text_of(desk.get(roster_of(theory)))
    assert desk.post(post_to("close", theory)).status_code == 403
    data = {"seat": str(enrolment.public_id), "state": "absent", "reason": "typing_error"}
    assert desk.post(post_to("amend", theory), data).status_code == 403
    assert not Roster.objects.exists()


@pytest.mark.parametrize("name", ["mark", "amend"])
def test_a_seat_of_elsewhere_is_not_found(
    session: Session, theory: Meeting, desk: Client, trainer: User, name: str
) -> None:
    """Of another session, of another trainer, of nobody: nothing of it is written (case 17)."""
    own_elsewhere = make_session(version=session.version, starts_in=dt.timedelta(0), trainer=trainer)
    others = make_session(version=session.version, starts_in=dt.timedelta(0))
    foreign = [make_confirmed(own_elsewhere).public_id, make_confirmed(others).public_id, uuid.uuid4()]
    if name == "amend":
        mark_and_close(theory, {named(session, "Peeters"): MarkState.PRESENT}, trainer)
    before = Mark.objects.count()

    for seat in foreign:
        data = {"seat": str(seat), "state": "late", "reason": "typing_error"}
        assert desk.post(post_to(name, theory), data).status_code == 404

    assert Mark.objects.count() == before


@pytest.mark.parametrize("name", ["mark", "mark_rest", "close", "amend"])
def test_a_part_of_another_session_is_not_found(
    session: Session, desk: Client, trainer: User, name: str
) -> None:
    elsewhere = make_session(version=session.version, starts_in=dt.timedelta(0), trainer=trainer)
    enrolment = make_confirmed(elsewhere)
    foreign = elsewhere.meetings.first()
    assert foreign is not None
    address = reverse(f"attendance:{name}", args=[session.public_id, foreign.public_id])
    data = {"seat": str(enrolment.public_id), "state": "present", "reason": "typing_error"}

    assert desk.post(address, data).status_code == 404
    page = reverse("attendance:roster", args=[session.public_id])
    assert desk.get(page, {"part": str(foreign.public_id)}).status_code == 404
    assert desk.get(page, {"part": "nonsense"}).status_code == 404
    assert not Mark.objects.exists()


@pytest.mark.parametrize("state", ["", "nonsense"])
def test_a_mark_that_is_none_is_a_bad_request_for_the_rest(
    session: Session, theory: Meeting, desk: Client, state: str
) -> None:
    named(session, "Peeters")

    assert desk.post(post_to("mark_rest", theory), {"state": state}).status_code == 400
    assert tap(desk, theory, make_confirmed(session), "nonsense").status_code == 400
    assert not Mark.objects.exists()


@pytest.mark.parametrize("name", ["mark", "mark_rest", "close", "amend"])
def test_acts_are_posted(theory: Meeting, desk: Client, name: str) -> None:
    assert desk.get(post_to(name, theory)).status_code == 405


# -- What the list says ----------------------------------------------------------------------------


def test_the_list_shows_names_and_nothing_else_about_people(
    session: Session, theory: Meeting, desk: Client
) -> None:
    zone = OrganisationFactory.create(code="7777")
    person = make_employee(zone=zone, profile__last_name="Peeters", profile__first_name="Zoé")
    make_confirmed(session, person)

    page = desk.get(roster_of(theory)).content.decode()

    assert "Peeters Zoé" in page
    for private in (person.email, person.profile.staff_number, person.public_id, "PZ 7777"):
        assert str(private) not in page


def test_who_withdrew_is_not_on_the_list(session: Session, theory: Meeting, desk: Client) -> None:
    stays, left = named(session, "Stays"), named(session, "Left")
    Seat.objects.filter(enrolment=left).update(released_at=at(9))

    page = text_of(desk.get(roster_of(theory)))

    assert "Stays Jo" in page
    assert "Left" not in page
    assert stays.is_confirmed


def test_the_header_counts_who_was_there(
    session: Session, theory: Meeting, practice: Meeting, desk: Client, trainer: User
) -> None:
    people = [make_confirmed(session) for _ in range(5)]
    for enrolment, state in zip(people, ["present", "late", "absent", "partial"], strict=False):
        services.mark(seat=seat_of(enrolment, theory), state=MarkState(state), actor=trainer)

    page = desk.get(roster_of(theory))

    assert (page.context["attended"], page.context["missing"]) == (2, 1)
    assert "1 person has no mark yet" in text_of(page)
    assert "Close roster" not in text_of(page)


@pytest.mark.parametrize(
    ("moment", "closed", "expected"),
    [
        (at(7), [], 1),
        (at(9), [], 1),
        (at(12), [], 2),
        (at(13), [2], 1),
        (at(18), [], 1),
        (at(18), [1], 2),
        (at(18), [1, 2], 1),
    ],
)
def test_it_opens_on_the_part_that_is_on_or_next_or_still_to_close(
    session: Session,
    desk: Client,
    trainer: User,
    clock: time_machine.Traveller,
    moment: dt.datetime,
    closed: list[int],
    expected: int,
) -> None:
    for position in closed:
        services.close_roster(meeting=session.meetings.get(part__position=position), actor=trainer)
    clock.move_to(moment)

    page = desk.get(reverse("attendance:roster", args=[session.public_id]))

    assert page.context["meeting"].part.position == expected


def test_before_the_day_it_says_from_when(
    session: Session, theory: Meeting, desk: Client, clock: time_machine.Traveller
) -> None:
    named(session, "Peeters")
    clock.move_to(at(9, day=dt.date(2027, 1, 10)))

    page = desk.get(roster_of(theory))

    assert "You can mark from the day itself: Jan. 14, 2027" in text_of(page)
    assert "Peeters Jo" in text_of(page)
    assert b'name="state"' not in page.content


def test_a_session_that_was_cancelled_says_so(session: Session, theory: Meeting, desk: Client) -> None:
    named(session, "Peeters")
    Session.objects.update(status=SessionStatus.CANCELLED)

    page = desk.get(roster_of(theory))

    assert "This session is not on" in text_of(page)
    assert b'name="state"' not in page.content


def test_ended_early_is_offered_only_where_it_exists(
    session: Session, theory: Meeting, desk: Client, trainer: User
) -> None:
    gentle = make_session(
        version=make_version(early_exit_allowed=True), starts_in=dt.timedelta(0), trainer=trainer
    )
    make_confirmed(session)
    make_confirmed(gentle)
    meeting = gentle.meetings.first()
    assert meeting is not None

    assert b"ended_early" not in desk.get(roster_of(theory)).content
    assert b"ended_early" in desk.get(roster_of(meeting)).content


def test_each_read_of_a_sensitive_roster_is_kept_once(desk: Client, trainer: User) -> None:
    sensitive = make_session(version=make_version(sensitive=True), starts_in=dt.timedelta(0), trainer=trainer)
    make_confirmed(sensitive)
    meeting = sensitive.meetings.first()
    assert meeting is not None

    desk.get(roster_of(meeting))
    desk.get(roster_of(meeting))

    entries = AuditEntry.objects.filter(action="roster.read")
    assert [(entry.actor_id, entry.subject_id) for entry in entries] == [(trainer.pk, meeting.pk)] * 2


def test_the_paper_list_has_a_place_for_each_part(
    session: Session, theory: Meeting, practice: Meeting, desk: Client, trainer: User
) -> None:
    both, one = named(session, "Both"), named(session, "One")
    Seat.objects.filter(enrolment=one, meeting=practice).update(released_at=at(9))
    services.mark(seat=seat_of(both, theory), state=MarkState.LATE, actor=trainer)

    sheet = desk.get(roster_of(theory)).context["sheet"]

    assert [(name, [line and line.state for line in cells]) for name, cells in sheet] == [
        ("Both Jo", [MarkState.LATE, None]),
        ("One Jo", [None, None]),
    ]
    assert [[cell is None for cell in cells] for _, cells in sheet] == [[False, False], [False, True]]


@pytest.mark.parametrize("people", [1, 30])
def test_the_list_costs_the_same_for_one_and_for_thirty(
    desk: Client, trainer: User, people: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    sensitive = make_session(
        version=make_version(sensitive=True), starts_in=dt.timedelta(0), capacity=30, trainer=trainer
    )
    enrolments = [make_confirmed(sensitive) for _ in range(people)]
    meeting = sensitive.meetings.first()
    assert meeting is not None
    tap(desk, meeting, enrolments[0], "present")

    with django_assert_num_queries(8):
        page = desk.get(f"{roster_of(meeting)}&marked={enrolments[0].public_id}")

    assert len(page.context["lines"]) == people


@pytest.mark.parametrize("people", [1, 30])
def test_a_tap_costs_the_same_for_one_and_for_thirty(
    session: Session,
    theory: Meeting,
    desk: Client,
    people: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    enrolments = [make_confirmed(session) for _ in range(people)]

    with django_assert_num_queries(15):
        tap(desk, theory, enrolments[0], "present", headers=HTMX)
