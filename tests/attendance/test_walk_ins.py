"""Who comes to the door without a booking: found by a number typed in full, added while a seat is free."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attendance import services
from attendance.enums import MarkState
from attendance.errors import NotOpenYet, PartIsOver, RosterClosed
from attendance.models import Mark
from core.models import AuditEntry
from core.throttle import FAILURES_ALLOWED
from courses.enums import StaffRole
from courses.models import Meeting, MeetingStaff, Session
from enrolment.enums import EnrolmentSource, EnrolmentStatus
from enrolment.errors import ApprovalAtTheDoor, ConsentIsPersonal, NoChairLeft, NotAtTheDoor, NotByTheDoor
from enrolment.models import Enrolment
from enrolment.services.auditing import faults_of, find_faults
from notifications.models import Message
from people.enums import Role
from people.models import User
from tests.attendance.helpers import mark_and_close
from tests.factories import (
    UserFactory,
    make_confirmed,
    make_employee,
    make_person_with,
    make_session,
    make_staff,
    make_version,
)
from tests.pages import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> User:
    return make_employee(
        email="anna.claes@police.example",
        profile__first_name="Anna",
        profile__last_name="Claes",
        profile__staff_number="440011223",
    )


def admit(meeting: Meeting, person: User, trainer: User) -> Enrolment:
    enrolment = services.admit(meeting=meeting, learner=person, actor=trainer)
    assert faults_of(find_faults(most_ids=1)) == {}
    return enrolment


def make_trainer_of(meeting: Meeting) -> User:
    """Who gives it as well, behind the same address."""
    trainer = make_person_with(Role.TRAINER)
    make_staff(meeting, trainer)
    return trainer


def door(meeting: Meeting) -> str:
    return reverse("attendance:at_the_door", args=[meeting.session.public_id, meeting.public_id])


def waiting(session: Session, person: User, **fields: Any) -> Enrolment:
    enrolment: Enrolment = Enrolment.objects.create(
        session=session, learner=person, status=EnrolmentStatus.QUEUED, **fields
    )
    return enrolment


def test_whoever_comes_has_a_seat_in_every_part_and_a_mail(
    theory: Meeting, session: Session, anna: User, trainer: User
) -> None:
    enrolment = admit(theory, anna, trainer)
    assert (enrolment.status, enrolment.source) == (EnrolmentStatus.CONFIRMED, EnrolmentSource.WALK_IN)
    assert list(session.meetings.values_list("taken", flat=True)) == [1, 1]
    assert Message.objects.get(recipient=anna).template == "enrolment_confirmed"
    (entry,) = AuditEntry.objects.filter(subject_type="enrolment.enrolment")
    assert (entry.action, entry.actor_id, entry.data) == ("enrolment.walked_in", trainer.pk, {})


def test_the_same_again_has_one_effect(theory: Meeting, anna: User, trainer: User) -> None:
    assert admit(theory, anna, trainer) == admit(theory, anna, trainer)
    assert Message.objects.filter(recipient=anna).count() == 1


def test_who_waits_and_came_keeps_that_enrolment_with_its_date(
    theory: Meeting, session: Session, anna: User, trainer: User
) -> None:
    long_ago = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
    waits = waiting(session, anna, enrolled_at=long_ago)
    assert admit(theory, anna, trainer) == waits
    waits.refresh_from_db()
    assert (waits.status, waits.enrolled_at, waits.source) == ("confirmed", long_ago, EnrolmentSource.SELF)


def test_without_a_free_seat_nobody_is_added(
    theory: Meeting, session: Session, anna: User, trainer: User
) -> None:
    session.meetings.update(capacity=1)
    make_confirmed(session)
    with pytest.raises(NoChairLeft):
        admit(theory, anna, trainer)
    assert not Enrolment.objects.filter(learner=anna).exists()


def test_what_stands_in_the_way_is_said_in_one_sentence(
    theory: Meeting, session: Session, trainer: User
) -> None:
    busy, waits_and_is_busy, stranger = make_employee(), make_employee(), UserFactory.create()
    elsewhere = make_session(version=make_version(), starts_in=dt.timedelta(0))
    for person in (busy, waits_and_is_busy):
        make_confirmed(elsewhere, person)
    waiting(session, waits_and_is_busy)
    for person in (busy, waits_and_is_busy, stranger, trainer):
        with pytest.raises(NotAtTheDoor):
            admit(theory, person, trainer)


def test_consent_is_given_by_the_person_and_an_approval_beforehand(anna: User, trainer: User) -> None:
    asking = make_session(
        version=make_version(asking_consent=True), starts_in=dt.timedelta(0), trainer=trainer
    )
    to_approve = make_session(
        version=make_version(approval_required=True), starts_in=dt.timedelta(0), trainer=trainer
    )
    for session, refusal in ((asking, ConsentIsPersonal), (to_approve, ApprovalAtTheDoor)):
        meeting = session.first_meeting
        assert meeting
        with pytest.raises(refusal):
            admit(meeting, anna, trainer)
    assert not Enrolment.objects.exists()


def test_who_waits_has_consented_already(anna: User, trainer: User) -> None:
    version = make_version(asking_consent=True)
    session = make_session(version=version, starts_in=dt.timedelta(0), trainer=trainer)
    waits = waiting(session, anna, consented_to=version, consented_at=timezone.now())
    assert session.first_meeting
    assert admit(session.first_meeting, anna, trainer) == waits
    waits.refresh_from_db()
    assert (waits.status, waits.consented_to) == (EnrolmentStatus.CONFIRMED, version)


def test_the_door_opens_on_the_day_and_closes_with_the_first_roster(
    theory: Meeting, practice: Meeting, session: Session, anna: User, trainer: User
) -> None:
    tomorrow = make_session(version=make_version(), starts_in=dt.timedelta(days=1), trainer=trainer)
    meeting = tomorrow.first_meeting
    assert meeting
    with pytest.raises(NotOpenYet):
        admit(meeting, anna, trainer)
    mark_and_close(theory, {make_confirmed(session): MarkState.PRESENT}, trainer)
    with pytest.raises(RosterClosed):
        admit(theory, anna, trainer)
    with pytest.raises(PartIsOver):
        admit(practice, anna, trainer)


@pytest.mark.parametrize("who", ["440011223", "Anna.Claes@police.example", " 440011223 "])
def test_from_the_number_to_the_list_in_two_steps(
    desk: Client, theory: Meeting, session: Session, anna: User, who: str
) -> None:
    assert door(theory) in text(
        desk.get(reverse("attendance:roster", args=[session.public_id]), {"part": str(theory.public_id)})
    )
    page = text(desk.post(door(theory), {"who": who}))
    assert "Add Anna Claes?" in page
    assert not Enrolment.objects.exists()
    page = text(desk.post(door(theory), {"who": who, "sure": "on"}, follow=True))
    assert "Anna Claes is on the list." in page
    assert "Claes Anna" in page


@pytest.mark.parametrize("who", ["44001122", "4400112233", "Claes", "anna", "anna.claes@police", "%"])
def test_a_part_of_a_name_or_number_finds_nobody_and_keeps_what_was_typed(
    desk: Client, theory: Meeting, anna: User, who: str
) -> None:
    for data in ({"who": who}, {"who": who, "sure": "on"}):
        page = text(desk.post(door(theory), data))
        assert "Nobody is known here by that." in page
        assert "Anna" not in page
        assert f'value="{who}"' in page


def test_a_refusal_is_read_on_the_roster(desk: Client, theory: Meeting, anna: User) -> None:
    make_confirmed(make_session(version=make_version(), starts_in=dt.timedelta(0)), anna)
    page = text(desk.post(door(theory), {"who": "440011223", "sure": "on"}, follow=True))
    assert "take part in this session. Ask them" in page


def test_numbers_are_no_way_to_names(desk: Client, theory: Meeting, anna: User) -> None:
    for _ in range(FAILURES_ALLOWED):
        assert desk.post(door(theory), {"who": "440011223"}).status_code == 200
    answer = desk.post(door(theory), {"who": "440011223"})
    assert answer.status_code == 429
    assert "Anna" not in text(answer)


def test_a_refusal_counts_as_well(desk: Client, theory: Meeting, anna: User) -> None:
    """Else whoever skips the question learns which numbers there are."""
    make_confirmed(make_session(version=make_version(), starts_in=dt.timedelta(0)), anna)
    for _ in range(FAILURES_ALLOWED):
        assert desk.post(door(theory), {"who": "440011223", "sure": "on"}).status_code == 302
    assert desk.post(door(theory), {"who": "440011223", "sure": "on"}).status_code == 429


def test_who_looks_for_too_many_is_stopped_wherever_they_are_and_stops_nobody_else(
    sign_in: Callable[[User], Client], desk: Client, theory: Meeting, anna: User
) -> None:
    colleague = make_trainer_of(theory)
    for _ in range(FAILURES_ALLOWED):
        desk.post(door(theory), {"who": "440011223"})
    assert desk.post(door(theory), {"who": "440011223"}, REMOTE_ADDR="192.0.2.7").status_code == 429
    page = sign_in(colleague).post(door(theory), {"who": "440011223"})
    assert "Add Anna Claes?" in text(page)


def test_the_door_is_the_trainers_and_no_assistants(
    sign_in: Callable[[User], Client], theory: Meeting, trainer: User, anna: User
) -> None:
    MeetingStaff.objects.filter(meeting=theory).update(role=StaffRole.ASSISTANT)
    client = sign_in(trainer)
    assert client.get(door(theory)).status_code == 403
    assert client.post(door(theory), {"who": "440011223", "sure": "on"}).status_code == 403
    assert door(theory) not in text(client.get(reverse("attendance:roster", args=[theory.session.public_id])))


def undo(meeting: Meeting, enrolment: Enrolment) -> str:
    ids = [meeting.session.public_id, meeting.public_id, enrolment.public_id]
    return reverse("attendance:undo_at_the_door", args=ids)


def test_who_was_added_by_mistake_is_taken_off_again(
    desk: Client, theory: Meeting, session: Session, anna: User, trainer: User
) -> None:
    enrolment = admit(theory, anna, trainer)
    services.mark(seat=enrolment.seats.get(meeting=theory), state=MarkState.PRESENT, actor=trainer)
    roster = f"{reverse('attendance:roster', args=[session.public_id])}?part={theory.public_id}"
    assert undo(theory, enrolment) in text(desk.get(roster))
    assert "Take Anna Claes off the list?" in text(desk.get(undo(theory, enrolment)))
    for _click in range(2):
        desk.post(undo(theory, enrolment))
    page = text(desk.get(roster))
    assert "Claes Anna" not in page
    enrolment.refresh_from_db()
    assert enrolment.status == EnrolmentStatus.CANCELLED
    assert list(session.meetings.values_list("taken", flat=True)) == [0, 0]
    assert not Mark.objects.current().exists()
    told = Message.objects.filter(recipient=anna).exclude(status="cancelled")
    assert [mail.template for mail in told] == ["enrolment_ended"]
    assert "bij vergissing op de lijst" in told[0].context["what_happened"]
    assert faults_of(find_faults(most_ids=1)) == {}
    # It can be done again, for whoever does come.
    assert admit(theory, anna, trainer) != enrolment


def test_who_waited_waits_again(theory: Meeting, session: Session, anna: User, trainer: User) -> None:
    waits = waiting(session, anna)
    admit(theory, anna, trainer)
    services.undo_admission(meeting=theory, enrolment=waits, actor=trainer)
    waits.refresh_from_db()
    assert (waits.status, waits.confirmed_at) == (EnrolmentStatus.QUEUED, None)
    assert faults_of(find_faults(most_ids=1)) == {}


def test_who_had_booked_is_not_taken_off_at_the_door(
    desk: Client, theory: Meeting, session: Session, trainer: User
) -> None:
    booked = make_confirmed(session)
    assert desk.get(undo(theory, booked)).status_code == 404
    with pytest.raises(NotByTheDoor):
        services.undo_admission(meeting=theory, enrolment=booked, actor=trainer)


def test_once_a_roster_is_closed_a_mark_is_corrected_instead(
    theory: Meeting, practice: Meeting, anna: User, trainer: User
) -> None:
    enrolment = admit(theory, anna, trainer)
    mark_and_close(theory, {enrolment: MarkState.PRESENT}, trainer)
    for meeting, refusal in ((theory, RosterClosed), (practice, PartIsOver)):
        with pytest.raises(refusal):
            services.undo_admission(meeting=meeting, enrolment=enrolment, actor=trainer)
