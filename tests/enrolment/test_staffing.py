"""Asking people to give a session: only those who may and are free, and what publishing asks for."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from core.errors import DomainError
from core.models import AuditEntry
from courses.enums import SessionStatus, StaffAnswer, StaffRole
from courses.errors import (
    AlreadyAsked,
    BookedElsewhere,
    MeetingBegun,
    NotAccredited,
    NotFree,
    NoTrainer,
    SessionCancelled,
    StaffGone,
)
from courses.models import Accreditation, MeetingStaff, Session
from enrolment.candidates import bench_of
from enrolment.enums import EnrolmentStatus
from enrolment.errors import CannotPublish, GivesItThemselves, TeachingThen
from enrolment.models import Enrolment
from enrolment.services.booking import enrol, withdraw
from enrolment.services.publishing import publish
from enrolment.services.staffing import invite, replace
from notifications.models import Message
from people.enums import Role
from people.models import Membership, User
from tests.factories import (
    AccreditationFactory,
    MembershipFactory,
    make_confirmed,
    make_employee,
    make_person_with,
    make_session,
    make_staff,
    make_trainer,
    make_version,
)

pytestmark = pytest.mark.django_db

TRAINER, ASSISTANT = StaffRole.TRAINER, StaffRole.ASSISTANT


@pytest.fixture
def session() -> Session:
    return make_session(published=False)


@pytest.fixture
def trainer(session: Session) -> User:
    return make_trainer(session.version.course)


def ask(session: Session, person: User, *, role: StaffRole = TRAINER, **other: Any) -> list[MeetingStaff]:
    meetings = list(other.pop("meetings", session.meetings.all()))
    actor = other.pop("actor", None) or make_person_with(Role.CATALOGUE_MANAGER)
    return invite(session=session, meetings=meetings, person=person, role=role, actor=actor)


def told(person: User) -> list[str]:
    return list(Message.objects.filter(recipient=person).order_by("pk").values_list("template", flat=True))


def refusal(session: Session, person: User, **other: Any) -> DomainError:
    with pytest.raises(DomainError) as refused:
        ask(session, person, **other)
    assert not MeetingStaff.objects.filter(meeting__session=session, person=person).exists()
    return refused.value


# -- Asking ----------------------------------------------------------------------------------------


def test_one_act_asks_for_all_parts_with_one_mail(session: Session, trainer: User, manager: User) -> None:
    ask(session, trainer, actor=manager)

    rows = MeetingStaff.objects.order_by("meeting__starts_at")
    assert [(row.meeting, row.person, row.role, row.answer) for row in rows] == [
        (meeting, trainer, TRAINER, StaffAnswer.INVITED) for meeting in session.meetings.all()
    ]
    mail = Message.objects.get()
    assert (mail.recipient, mail.template, len(mail.context["when"])) == (trainer, "teaching_invited", 2)
    assert "calendar" not in mail.context
    assert mail.context["invitation_url"].endswith(f"/teach/sessions/{session.public_id}/invitation/")
    entries = AuditEntry.objects.filter(action="staff.invited")
    assert [(entry.actor_id, entry.data) for entry in entries] == [(manager.pk, {"person": trainer.pk})] * 2


def test_asking_again_asks_for_what_is_new(session: Session, trainer: User) -> None:
    morning, afternoon = session.meetings.all()
    ask(session, trainer, meetings=[morning])

    assert [row.meeting for row in ask(session, trainer)] == [afternoon]
    assert ask(session, trainer) == []
    assert told(trainer) == ["teaching_invited"] * 2


def test_a_trainer_assists_and_an_assistant_does_not_train(session: Session, trainer: User) -> None:
    helper = make_trainer(session.version.course, role=ASSISTANT)

    assert len(ask(session, trainer, role=ASSISTANT)) == 2
    assert isinstance(refusal(session, helper), NotAccredited)
    assert len(ask(session, helper, role=ASSISTANT)) == 2


def test_the_reason_names_day_role_and_language(trainer: User, session: Session) -> None:
    Accreditation.objects.update(languages=["fr"])
    reason = str(refusal(session, trainer))
    assert trainer.get_full_name() in reason
    assert "as trainer in this language: Dutch" in reason


def test_who_is_no_trainer_on_that_day_is_refused(session: Session, trainer: User) -> None:
    Membership.objects.filter(user=trainer).update(valid_until=dt.date(2026, 12, 1))
    assert isinstance(refusal(session, trainer), NoTrainer)


def test_who_is_booked_is_refused_with_the_discreet_title(session: Session, trainer: User) -> None:
    sensitive = make_version(sensitive=True)
    AccreditationFactory.create(person=trainer, course=sensitive.course)
    elsewhere = make_session(version=sensitive, published=False)
    ask(elsewhere, trainer)

    reason = refusal(session, trainer)

    assert isinstance(reason, BookedElsewhere)
    assert "is booked at that time by Diversity training" in str(reason)
    assert "Sensitive theme" not in str(reason)


def test_an_overlap_with_one_part_refuses_all_that_was_asked(session: Session, trainer: User) -> None:
    version = make_version(parts=1)
    AccreditationFactory.create(person=trainer, course=version.course)
    ask(make_session(version=version, published=False), trainer)
    morning, afternoon = session.meetings.all()

    assert isinstance(refusal(session, trainer), BookedElsewhere)
    assert isinstance(refusal(session, trainer, meetings=[morning]), BookedElsewhere)
    assert [row.meeting for row in ask(session, trainer, meetings=[afternoon])] == [afternoon]


def test_declined_and_cancelled_sessions_take_no_time(session: Session, trainer: User) -> None:
    other = make_session(version=session.version, published=False)
    make_staff(other.meetings.first(), trainer, answer=StaffAnswer.DECLINED)
    cancelled = make_session(version=session.version, trainer=trainer)
    Session.objects.filter(pk=cancelled.pk).update(status=SessionStatus.CANCELLED)
    assert len(ask(session, trainer)) == 2


@pytest.mark.parametrize("queued", [True, False])
def test_a_participant_does_not_give_the_session_and_is_not_named_as_one(
    session: Session, trainer: User, queued: bool
) -> None:
    enrolment = make_confirmed(session, trainer)
    if queued:
        enrolment.seats.all().delete()
        Enrolment.objects.update(status=EnrolmentStatus.QUEUED)

    reason = refusal(session, trainer)

    assert isinstance(reason, NotFree)
    assert str(reason) == f"{trainer.get_full_name()} is not free at that time. Choose somebody else."


def test_who_follows_another_session_then_is_not_free(session: Session, trainer: User) -> None:
    other = make_session(version=make_version(parts=1))
    enrolment = make_confirmed(other, trainer)
    morning, afternoon = session.meetings.all()

    assert isinstance(refusal(session, trainer, meetings=[morning]), NotFree)
    assert len(ask(session, trainer, meetings=[afternoon])) == 1
    withdraw(enrolment=enrolment, actor=trainer)
    assert len(ask(session, trainer, meetings=[morning])) == 1


def test_who_declined_is_asked_again_once_taken_from_the_list(session: Session, trainer: User) -> None:
    morning = session.meetings.first()
    assert morning is not None
    declined = make_staff(morning, trainer, answer=StaffAnswer.DECLINED)

    with pytest.raises(AlreadyAsked):
        ask(session, trainer, meetings=[morning])
    declined.delete()
    assert len(ask(session, trainer, meetings=[morning])) == 1


def test_nobody_is_asked_for_what_is_cancelled_or_has_begun(trainer: User, session: Session) -> None:
    begun = make_session(version=session.version, starts_in=dt.timedelta(days=-1))
    assert isinstance(refusal(begun, trainer), MeetingBegun)
    Session.objects.update(status=SessionStatus.CANCELLED)
    assert isinstance(refusal(session, trainer), SessionCancelled)


# -- Best first ------------------------------------------------------------------------------------


def test_those_who_may_are_offered_best_first(session: Session) -> None:
    course, meetings = session.version.course, list(session.meetings.all())
    french = make_trainer(course, language="fr")
    busy_lately, fresh = make_trainer(course), make_trainer(course)
    for days in (-30, -20):
        past = make_session(version=session.version, starts_in=dt.timedelta(days=days))
        for meeting in past.meetings.all():
            make_staff(meeting, busy_lately)
    long_ago = make_session(version=session.version, starts_in=dt.timedelta(days=-400))
    make_staff(long_ago.meetings.first(), fresh)
    make_trainer(course, languages=["fr"])
    make_trainer(course, role=ASSISTANT)
    make_staff(meetings[0], make_trainer(course))
    booked = make_trainer(course)
    make_staff(make_session().meetings.first(), booked)

    bench = bench_of(session, at=timezone.now())

    able = bench.able(meetings, TRAINER)
    assert [(each.person, each.given) for each in able] == [(fresh, 0), (busy_lately, 2), (french, 0)]
    assert booked in [each.person for each in bench.able(meetings[1:], TRAINER)]


# -- Replacing -------------------------------------------------------------------------------------


def test_a_replacement_tells_both(session: Session, trainer: User, manager: User) -> None:
    rows = [make_staff(meeting, trainer) for meeting in session.meetings.all()]
    other = make_trainer(session.version.course)

    replace(session=session, staff=rows[0], by=other, actor=manager)

    assert set(MeetingStaff.objects.values_list("person", "answer")) == {(other.pk, StaffAnswer.INVITED)}
    assert MeetingStaff.objects.count() == 2
    assert (told(trainer), told(other)) == (["teaching_released"], ["teaching_invited"])
    assert Message.objects.get(recipient=trainer).context["calendar"]["method"] == "CANCEL"


def test_who_declined_is_replaced_where_they_declined_and_told_nothing(
    session: Session, trainer: User, manager: User
) -> None:
    morning, afternoon = session.meetings.all()
    kept = make_staff(morning, trainer)
    declined = make_staff(afternoon, trainer, answer=StaffAnswer.DECLINED)
    other = make_trainer(session.version.course)

    replace(session=session, staff=declined, by=other, actor=manager)

    assert set(MeetingStaff.objects.values_list("meeting", "person", "answer")) == {
        (morning.pk, trainer.pk, kept.answer),
        (afternoon.pk, trainer.pk, StaffAnswer.DECLINED),
        (afternoon.pk, other.pk, StaffAnswer.INVITED),
    }
    assert told(trainer) == []


def test_a_replacement_who_may_not_leaves_all_as_it_was(
    session: Session, trainer: User, manager: User
) -> None:
    row = make_staff(session.meetings.first(), trainer)
    with pytest.raises(NoTrainer):
        replace(session=session, staff=row, by=make_employee(), actor=manager)
    assert MeetingStaff.objects.get() == row
    assert not Message.objects.exists()


def test_who_was_taken_off_meanwhile_is_not_replaced(session: Session, trainer: User, manager: User) -> None:
    row = make_staff(session.meetings.first(), trainer)
    MeetingStaff.objects.all().delete()
    with pytest.raises(StaffGone):
        replace(session=session, staff=row, by=make_trainer(session.version.course), actor=manager)


# -- Taking part and giving ------------------------------------------------------------------------


def learning_trainer(session: Session) -> User:
    trainer = make_trainer(session.version.course)
    MembershipFactory.create(user=trainer, role=Role.EMPLOYEE)
    return trainer


@pytest.mark.parametrize(
    ("answer", "refused"),
    [(StaffAnswer.INVITED, True), (StaffAnswer.ACCEPTED, True), (StaffAnswer.DECLINED, False)],
)
def test_who_is_asked_to_give_it_does_not_enrol_in_it(answer: StaffAnswer, refused: bool) -> None:
    session = make_session()
    trainer = learning_trainer(session)
    make_staff(session.meetings.first(), trainer, answer=answer)
    if refused:
        with pytest.raises(GivesItThemselves):
            enrol(session=session, learner=trainer, actor=trainer)
    else:
        assert enrol(session=session, learner=trainer, actor=trainer).is_confirmed


def test_who_gives_another_session_then_does_not_enrol() -> None:
    given, wanted = make_session(), make_session()
    trainer = learning_trainer(given)
    make_staff(given.meetings.first(), trainer, answer=StaffAnswer.INVITED)
    with pytest.raises(TeachingThen) as refused:
        enrol(session=wanted, learner=trainer, actor=trainer)
    assert str(refused.value) == "You give Title at that time, or are asked to. Choose another date."


def test_who_gives_another_session_then_is_not_moved_up() -> None:
    session = make_session(version=make_version(parts=1), capacity=1)
    leaving = make_confirmed(session)
    trainer, next_one = learning_trainer(session), make_employee()
    for learner in (trainer, next_one):
        enrol(session=session, learner=learner, actor=learner)
    make_staff(make_session().meetings.first(), trainer)

    withdraw(enrolment=leaving, actor=leaving.learner)

    assert session.enrolments.confirmed().get().learner == next_one
    assert session.enrolments.queued().get().learner == trainer


# -- Publishing ------------------------------------------------------------------------------------


def problem(session: Session, manager: User) -> str:
    with pytest.raises(CannotPublish) as refused:
        publish(session=session, actor=manager)
    session.refresh_from_db()
    assert session.status == SessionStatus.DRAFT
    return str(refused.value)


def test_bebe_needs_a_trainer_and_two_assistants_who_accepted(manager: User) -> None:
    version = make_version(parts=1, min_assistants=2, sensitive=True)
    session = make_session(version=version, published=False)
    meeting, course = session.meetings.get(), version.course
    prefix = "Not enough people have accepted to give it yet. Missing: Part: "
    assert problem(session, manager) == f"{prefix}a trainer, 2 assistants."

    rows = ask(session, make_trainer(course))
    for _ in range(2):
        rows += ask(session, make_trainer(course, role=ASSISTANT), role=ASSISTANT)
    assert problem(session, manager) == f"{prefix}a trainer, 2 assistants."

    MeetingStaff.objects.filter(pk__in=[row.pk for row in rows[:2]]).update(answer=StaffAnswer.ACCEPTED)
    assert problem(session, manager) == f"{prefix}1 assistant."

    MeetingStaff.objects.filter(meeting=meeting).update(answer=StaffAnswer.ACCEPTED)
    assert publish(session=session, actor=manager).is_published


def test_an_accreditation_that_ends_before_the_day_publishes_nothing(
    session: Session, trainer: User, manager: User
) -> None:
    for meeting in session.meetings.all():
        make_staff(meeting, trainer)
    day = session.meetings.get(part__position=1).local_date
    Accreditation.objects.update(valid_until=day - dt.timedelta(days=1))

    assert "Missing: Part: a trainer; Part: a trainer." in problem(session, manager)
