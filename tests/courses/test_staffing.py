"""Who may give a meeting on its day; what those who are asked answer, and what they are told."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.utils import timezone

from core.models import AuditEntry
from core.time import BRUSSELS, today
from courses.enums import SessionStatus, StaffAnswer, StaffRole
from courses.errors import CannotGiveIt, MeetingBegun, NothingToAnswer, SessionCancelled
from courses.models import Accreditation, Meeting, MeetingStaff, Session
from courses.services.staffing import (
    answer_invitation,
    find_clashes,
    release_staff,
    tell_cancelled,
    tell_moved,
)
from courses.staffing import able, sessions_short_of_staff, short_of_staff, what_lacks
from enrolment.candidates import bench_of
from notifications.models import Message
from people.models import Membership, User
from tests.factories import CourseFactory, UserFactory, make_session, make_staff, make_trainer, make_version

pytestmark = pytest.mark.django_db

ACCEPTED, DECLINED, INVITED = StaffAnswer.ACCEPTED, StaffAnswer.DECLINED, StaffAnswer.INVITED


@pytest.fixture
def session() -> Session:
    return make_session(published=False)


@pytest.fixture
def trainer(session: Session) -> User:
    return make_trainer(session.version.course)


def mails_to(person: User) -> list[Message]:
    return list(Message.objects.filter(recipient=person).order_by("pk"))


# -- Who may ---------------------------------------------------------------------------------------


@dataclass
class Case:
    """Somebody who is asked for a meeting, and what can be changed about them."""

    row: MeetingStaff
    held: Accreditation
    role: Membership
    day: dt.date


def nothing(case: Case) -> None:
    pass


def accreditation(**fields: Any) -> Callable[[Case], None]:
    def change(case: Case) -> None:
        Accreditation.objects.filter(pk=case.held.pk).update(**fields)

    return change


def accredited_until(days: int) -> Callable[[Case], None]:
    """So many days after the meeting."""
    return lambda case: accreditation(valid_until=case.day + dt.timedelta(days=days))(case)


def accredited_from(days: int) -> Callable[[Case], None]:
    return lambda case: accreditation(valid_from=case.day + dt.timedelta(days=days))(case)


def trainer_until(days: int) -> Callable[[Case], None]:
    def end(case: Case) -> None:
        Membership.objects.filter(pk=case.role.pk).update(valid_until=case.day + dt.timedelta(days=days))

    return end


def role_revoked(case: Case) -> None:
    Membership.objects.filter(pk=case.role.pk).update(superseded_at=timezone.now())


def account_closed(case: Case) -> None:
    User.objects.filter(pk=case.row.person_id).update(is_active=False)


def for_another_course(case: Case) -> None:
    accreditation(course=CourseFactory.create())(case)


def to_assist(case: Case) -> None:
    MeetingStaff.objects.filter(pk=case.row.pk).update(role=StaffRole.ASSISTANT)


@pytest.mark.parametrize(
    ("changes", "may"),
    [
        ([nothing], True),
        ([accredited_until(0)], True),
        ([accredited_until(-1)], False),
        ([accredited_from(0)], True),
        ([accredited_from(1)], False),
        ([accreditation(languages=["fr"])], False),
        ([accreditation(role=StaffRole.ASSISTANT)], False),
        ([accreditation(role=StaffRole.ASSISTANT), to_assist], True),
        ([to_assist], True),
        ([for_another_course], False),
        ([accreditation(superseded_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))], False),
        ([trainer_until(0)], True),
        ([trainer_until(-1)], False),
        ([role_revoked], False),
        ([account_closed], False),
    ],
)
def test_who_may_give_a_meeting_on_its_day(changes: list[Callable[[Case], None]], may: bool) -> None:
    """Asked of those who stand, and asked of one person with the reason: one answer."""
    session = make_session(version=make_version(parts=1), language="nl")
    meeting = session.meetings.get()
    trainer = make_trainer(session.version.course)
    row = make_staff(meeting, trainer)
    case = Case(row, trainer.accreditations.get(), trainer.memberships.get(), meeting.local_date)
    for change in changes:
        change(case)

    row.refresh_from_db()
    assert able(MeetingStaff.objects.all()).exists() is may
    candidate = bench_of(session, at=timezone.now(), person=User.objects.get()).candidates[trainer.pk]
    assert (candidate.refusal(meeting, row.role) is None) is may


def test_the_day_is_that_of_the_clock_in_the_room() -> None:
    """Half past midnight in Brussels is the day before in UTC."""
    session = make_session(version=make_version(parts=1))
    meeting = session.meetings.get()
    make_staff(meeting, make_trainer(session.version.course, valid_from=meeting.local_date))
    early = dt.datetime.combine(meeting.local_date, dt.time(0, 30), BRUSSELS)
    Meeting.objects.update(starts_at=early, ends_at=early + dt.timedelta(minutes=20))

    assert able(MeetingStaff.objects.all()).count() == 1


# -- What lacks ------------------------------------------------------------------------------------


def lacking(session: Session) -> list[list[str]]:
    return [what_lacks(meeting) for meeting in short_of_staff(session.meetings.all())]


def test_a_meeting_needs_a_trainer_and_its_assistants_who_accepted() -> None:
    session = make_session(version=make_version(parts=1, min_assistants=2), published=False)
    meeting, course = session.meetings.get(), session.version.course
    assert lacking(session) == [["a trainer", "2 assistants"]]

    make_staff(meeting, make_trainer(course))
    make_staff(meeting, make_trainer(course, role=StaffRole.ASSISTANT), role=StaffRole.ASSISTANT)
    assert lacking(session) == [["1 assistant"]]

    second = make_staff(meeting, make_trainer(course), role=StaffRole.ASSISTANT, answer=INVITED)
    make_staff(meeting, make_trainer(course), role=StaffRole.ASSISTANT, answer=DECLINED)
    make_staff(meeting, UserFactory.create(), role=StaffRole.ASSISTANT)
    assert lacking(session) == [["1 assistant"]]

    MeetingStaff.objects.filter(pk=second.pk).update(answer=ACCEPTED)
    assert lacking(session) == []


def test_published_sessions_to_come_that_lack_somebody_are_found() -> None:
    version = make_version(parts=1)
    lacks = make_session(version=version)
    make_session(version=version, published=False)
    make_session(version=version, starts_in=dt.timedelta(days=-1))
    complete = make_session(version=version, trainer=make_trainer(version.course))
    cancelled = make_session(version=version)
    Session.objects.filter(pk=cancelled.pk).update(status=SessionStatus.CANCELLED)

    assert set(sessions_short_of_staff(at=timezone.now())) == {lacks}
    Accreditation.objects.update(valid_until=today())
    assert set(sessions_short_of_staff(at=timezone.now())) == {lacks, complete}


# -- Answers ---------------------------------------------------------------------------------------


def test_accepting_puts_all_parts_into_the_calendar(session: Session, trainer: User) -> None:
    rows = [make_staff(meeting, trainer, answer=INVITED) for meeting in session.meetings.all()]

    answer_invitation(session=session, person=trainer, answer=ACCEPTED)

    assert [row.answer for row in MeetingStaff.objects.order_by("pk")] == [ACCEPTED, ACCEPTED]
    assert MeetingStaff.objects.filter(answered_at=None).count() == 0
    (mail,) = mails_to(trainer)
    assert mail.template == "teaching_accepted"
    calendar = mail.context["calendar"]
    assert calendar["method"] == "REQUEST"
    assert [(event["uid"], event["sequence"]) for event in calendar["events"]] == [
        (str(row.public_id), 0) for row in rows
    ]
    assert list(AuditEntry.objects.values_list("action", "actor_id")) == [("staff.accepted", trainer.pk)] * 2


def test_accepting_twice_is_one_acceptance(session: Session, trainer: User) -> None:
    make_staff(session.meetings.first(), trainer, answer=INVITED)
    answer_invitation(session=session, person=trainer, answer=ACCEPTED)

    assert answer_invitation(session=session, person=trainer, answer=ACCEPTED) == []
    assert len(mails_to(trainer)) == 1


def test_one_part_is_accepted_and_the_other_declined(session: Session, trainer: User) -> None:
    morning, afternoon = session.meetings.all()
    for meeting in (morning, afternoon):
        make_staff(meeting, trainer, answer=INVITED)

    answer_invitation(session=session, person=trainer, answer=ACCEPTED, meetings=[morning])
    answer_invitation(session=session, person=trainer, answer=DECLINED, meetings=[afternoon])

    assert dict(MeetingStaff.objects.values_list("meeting", "answer")) == {
        morning.pk: ACCEPTED,
        afternoon.pk: DECLINED,
    }
    # What was never in the calendar need not leave it.
    assert [mail.template for mail in mails_to(trainer)] == ["teaching_accepted"]


def test_declining_what_was_accepted_clears_the_calendar_and_is_final(
    session: Session, trainer: User
) -> None:
    row = make_staff(session.meetings.first(), trainer)

    answer_invitation(session=session, person=trainer, answer=DECLINED)

    (mail,) = mails_to(trainer)
    assert mail.template == "teaching_declined"
    assert mail.context["calendar"]["method"] == "CANCEL"
    assert [(e["uid"], e["sequence"]) for e in mail.context["calendar"]["events"]] == [
        (str(row.public_id), 1)
    ]
    with pytest.raises(NothingToAnswer):
        answer_invitation(session=session, person=trainer, answer=ACCEPTED)


def test_who_was_not_asked_has_nothing_to_answer(session: Session, trainer: User) -> None:
    make_staff(session.meetings.first(), trainer, answer=INVITED)
    with pytest.raises(NothingToAnswer):
        answer_invitation(session=session, person=UserFactory.create(), answer=ACCEPTED)


def test_nothing_is_answered_once_it_has_begun(trainer: User) -> None:
    session = make_session(starts_in=dt.timedelta(days=-1))
    make_staff(session.meetings.first(), trainer, answer=INVITED)
    with pytest.raises(NothingToAnswer):
        answer_invitation(session=session, person=trainer, answer=DECLINED)


def test_what_one_may_not_give_is_declined_but_not_accepted(session: Session, trainer: User) -> None:
    make_staff(session.meetings.first(), trainer, answer=INVITED)
    Accreditation.objects.update(valid_until=today())

    with pytest.raises(CannotGiveIt):
        answer_invitation(session=session, person=trainer, answer=ACCEPTED)
    answer_invitation(session=session, person=trainer, answer=DECLINED)

    assert MeetingStaff.objects.get().answer == DECLINED


def test_a_cancelled_session_is_not_accepted(session: Session, trainer: User) -> None:
    make_staff(session.meetings.first(), trainer, answer=INVITED)
    Session.objects.update(status=SessionStatus.CANCELLED)
    with pytest.raises(SessionCancelled):
        answer_invitation(session=session, person=trainer, answer=ACCEPTED)


# -- Taken off, moved, cancelled -------------------------------------------------------------------


def test_who_is_taken_off_is_told(session: Session, trainer: User) -> None:
    morning, afternoon = session.meetings.all()
    rows = [make_staff(morning, trainer), make_staff(afternoon, trainer, answer=INVITED)]
    declined = make_staff(morning, make_trainer(session.version.course), answer=DECLINED)

    release_staff(session=session, staff=[*rows, declined], actor=trainer)

    assert not MeetingStaff.objects.exists()
    told = mails_to(trainer)
    assert [(mail.template, "calendar" in mail.context) for mail in told] == [
        ("teaching_released", True),
        ("teaching_released", False),
    ]
    assert mails_to(declined.person) == []
    assert AuditEntry.objects.filter(action="staff.released").count() == 3


def test_nobody_is_taken_off_what_has_begun(trainer: User) -> None:
    session = make_session(starts_in=dt.timedelta(days=-1))
    row = make_staff(session.meetings.first(), trainer)
    with pytest.raises(MeetingBegun):
        release_staff(session=session, staff=[row], actor=trainer)
    assert MeetingStaff.objects.get() == row


def test_who_gives_a_session_that_moves_gets_the_new_time(session: Session, trainer: User) -> None:
    row = make_staff(session.meetings.first(), trainer)
    waiting = make_staff(session.meetings.last(), make_trainer(session.version.course), answer=INVITED)
    session.sequence = 1
    session.save()

    tell_moved(session=session)

    (mail,) = mails_to(trainer)
    assert mail.template == "teaching_moved"
    assert [(e["uid"], e["sequence"]) for e in mail.context["calendar"]["events"]] == [
        (str(row.public_id), 1)
    ]
    (other,) = mails_to(waiting.person)
    assert (other.template, "calendar" in other.context) == ("teaching_moved", False)


def test_who_would_have_given_a_cancelled_session_is_told(session: Session, trainer: User) -> None:
    make_staff(session.meetings.first(), trainer)
    make_staff(session.meetings.first(), make_trainer(session.version.course), answer=DECLINED)

    tell_cancelled(session=session)

    (mail,) = Message.objects.all()
    assert (mail.recipient, mail.template) == (trainer, "teaching_cancelled")
    assert mail.context["calendar"]["method"] == "CANCEL"


def test_a_mail_about_a_sensitive_session_tells_no_theme() -> None:
    session = make_session(version=make_version(sensitive=True), published=False)
    trainer = make_trainer(session.version.course)
    make_staff(session.meetings.first(), trainer, answer=INVITED)

    answer_invitation(session=session, person=trainer, answer=ACCEPTED)

    context = str(mails_to(trainer)[0].context)
    assert "Vorming diversiteit" in context
    for theme in ("Gevoelig", "sensible", "Deel"):
        assert theme not in context


# -- Clashes ---------------------------------------------------------------------------------------


def test_a_move_that_would_book_somebody_twice_is_found(session: Session, trainer: User) -> None:
    morning, afternoon = session.meetings.all()
    make_staff(morning, trainer)
    sensitive = make_session(version=make_version(sensitive=True), starts_in=dt.timedelta(days=40))
    make_staff(sensitive.meetings.first(), trainer, answer=INVITED)
    for meeting in (morning, afternoon):
        meeting.starts_at += dt.timedelta(days=10)
        meeting.ends_at += dt.timedelta(days=10)

    ((part, message),) = find_clashes(session=session, plans=[morning, afternoon])

    assert part == morning.part_id
    assert trainer.get_full_name() in message
    assert "Diversity training" in message
    assert "Sensitive theme" not in message


def test_what_somebody_declined_takes_no_time(session: Session, trainer: User) -> None:
    make_staff(session.meetings.first(), trainer)
    make_staff(make_session().meetings.first(), trainer, answer=DECLINED)
    assert find_clashes(session=session, plans=list(session.meetings.all())) == []


def test_a_cancelled_session_and_one_that_touches_take_no_time(session: Session, trainer: User) -> None:
    morning = session.meetings.first()
    make_staff(morning, trainer)
    cancelled = make_session()
    Session.objects.filter(pk=cancelled.pk).update(status=SessionStatus.CANCELLED)
    make_staff(cancelled.meetings.first(), trainer)
    next_one = make_session(version=make_version(parts=1)).meetings.get()
    Meeting.objects.filter(pk=next_one.pk).update(
        starts_at=morning.ends_at, ends_at=morning.ends_at + dt.timedelta(hours=1)
    )
    make_staff(next_one, trainer)
    assert find_clashes(session=session, plans=list(session.meetings.all())) == []
