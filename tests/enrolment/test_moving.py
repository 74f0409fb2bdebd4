"""A session that people enrolled in moves: they keep seat or place, nobody is in two places, all are told."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from core.models import AuditEntry
from core.time import BRUSSELS
from courses.errors import CannotPlan
from courses.models import Meeting, Session, Venue
from courses.rules import Deadlines
from courses.services.scheduling import Plan, plan_of
from enrolment.enums import EnrolmentStatus
from enrolment.errors import CannotMove, NotOnOffer
from enrolment.models import Enrolment, Seat
from enrolment.services.booking import enrol, withdraw
from enrolment.services.moving import Impact, foresee_move, move
from enrolment.tasks import queue_session_reminders
from notifications.models import Message
from people.enums import Role
from people.models import User
from tests.enrolment.conftest import DAY, NOON
from tests.factories import (
    OrganisationFactory,
    VenueFactory,
    make_confirmed,
    make_employee,
    make_person_with,
    make_programme,
    make_session,
    make_staff,
    make_trainer,
    make_version,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

HOUR = dt.timedelta(hours=1)
CONFIRMED, QUEUED = EnrolmentStatus.CONFIRMED, EnrolmentStatus.QUEUED


def book(session: Session, learner: User | None = None) -> Enrolment:
    learner = learner or make_employee()
    return enrol(session=session, learner=learner, actor=learner)


def later(session: Session, days: int = 7, **fields: Any) -> list[Plan]:
    """Every meeting some days later, at the same hours."""
    plans = [plan_of(meeting) for meeting in session.meetings.all()]
    return [
        replace(plan, start=plan.start + days * DAY, end=plan.end + days * DAY, **fields) for plan in plans
    ]


def statuses(*enrolments: Enrolment) -> list[str]:
    return [Enrolment.objects.get(pk=enrolment.pk).status for enrolment in enrolments]


def told(learner: User, *, status: str = "pending") -> list[str]:
    sent = Message.objects.filter(recipient=learner, status=status).order_by("id")
    return list(sent.values_list("template", flat=True))


def mail(learner: User, template: str) -> dict[str, Any]:
    context: dict[str, Any] = Message.objects.get(recipient=learner, template=template).context
    return context


def problems(session: Session, plans: list[Plan], deadlines: Deadlines | None = None) -> dict[str, str]:
    with pytest.raises(CannotPlan) as refused:
        foresee_move(session=session, plans=plans, deadlines=deadlines or Deadlines())
    return {problem.field: str(problem.message) for problem in refused.value.problems}


def test_everybody_keeps_seat_or_place_and_is_told(manager: User) -> None:
    session = make_session(capacity=1, trainer=make_person_with(Role.TRAINER))
    seated, waiting = book(session), book(session)
    plans, deadlines = later(session), Deadlines(enrol_until=dt.date(2026, 4, 1))

    foreseen = foresee_move(session=session, plans=plans, deadlines=deadlines)
    assert move(session=session, plans=plans, deadlines=deadlines, actor=manager) == foreseen
    assert foreseen == Impact(seated=1, elsewhere=0, waiting=1, trainers=1)
    assert foreseen.told == 2

    session.refresh_from_db()
    assert [plan_of(meeting) for meeting in session.meetings.all()] == plans
    assert session.starts_at == dt.datetime(2026, 4, 8, 8, 30, tzinfo=BRUSSELS)
    assert (session.sequence, session.moved_at, session.enrol_until) == (2, NOON, dt.date(2026, 4, 1))
    assert statuses(seated, waiting) == [CONFIRMED, QUEUED]
    assert [meeting.taken for meeting in session.meetings.all()] == [1, 1]
    assert told(seated.learner) == ["session_moved"]
    assert told(waiting.learner) == ["session_moved_queue"]
    letter = mail(seated.learner, "session_moved")
    assert [when["date_iso"] for when in letter["when"]] == ["2026-04-08"] * 2
    assert [when["date_iso"] for when in letter["was"]] == ["2026-04-01"] * 2
    assert letter["calendar"]["method"] == "REQUEST"
    assert {event["sequence"] for event in letter["calendar"]["events"]} == {2}
    assert mail(waiting.learner, "session_moved_queue")["position"] == 1
    assert "calendar" not in mail(waiting.learner, "session_moved_queue")
    assert (
        Message.objects.get(template="teaching_moved").recipient
        == session.meetings.first().staff.get().person
    )
    entry = AuditEntry.objects.get(action="session.moved")
    assert entry.actor_id == manager.pk
    assert entry.data["told"] == 2
    assert entry.data["meetings"][0][1:] == ["2026-04-01T08:30", "2026-04-08T08:30"]


def test_moving_again_to_the_same_time_does_nothing(manager: User) -> None:
    session = make_session()
    seated = book(session)
    plans = later(session)
    assert move(session=session, plans=plans, deadlines=Deadlines(), actor=manager).told == 1
    assert move(session=session, plans=plans, deadlines=Deadlines(), actor=manager) == Impact()
    assert told(seated.learner) == ["session_moved"]
    session.refresh_from_db()
    assert session.sequence == 2


def test_one_meeting_moves_alone(manager: User) -> None:
    session = make_session()
    seated = book(session)
    first, second = session.meetings.all()
    (_, plan) = later(session, days=1)

    move(session=session, plans=[plan], deadlines=Deadlines(), actor=manager)

    assert [m.local_start for m in session.meetings.all()] == [first.local_start, "2026-04-02T12:30"]
    letter = mail(seated.learner, "session_moved")
    assert [when["start_iso"] for when in letter["was"]] == ["12:30"]
    # The calendar hears of both: an invitation that is repeated with a higher number does no harm.
    assert len(letter["calendar"]["events"]) == 2
    assert second.pk in {m.pk for m in session.meetings.all()}


def test_another_room_is_a_move_too(manager: User) -> None:
    session = make_session()
    seated = book(session)
    plans = [replace(plan, room="Zaal B") for plan in later(session, days=0)]
    move(session=session, plans=plans, deadlines=Deadlines(), actor=manager)
    assert mail(seated.learner, "session_moved")["when"][0]["place"].startswith("Zaal B, ")


def test_whoever_is_elsewhere_then_goes_back_to_the_queue_with_the_original_date(
    manager: User, clock: Any
) -> None:
    session = make_session(capacity=2)
    other = make_session(version=make_version(parts=1), starts_in=37 * DAY)
    busy, free = make_employee(), make_employee()
    early = book(session, busy)
    clock.move_to(NOON + dt.timedelta(hours=1))
    stays = book(session, free)
    book(other, busy)
    waiting = book(session)
    clock.move_to(NOON + DAY)

    impact = move(session=session, plans=later(session), deadlines=Deadlines(), actor=manager)

    assert impact == Impact(seated=1, elsewhere=1, waiting=1, trainers=0)
    assert statuses(early, stays, waiting) == [QUEUED, CONFIRMED, CONFIRMED]
    early.refresh_from_db()
    assert (early.enrolled_at, early.confirmed_at) == (NOON, None)
    assert [meeting.taken for meeting in session.meetings.all()] == [2, 2]
    assert not Seat.objects.held().filter(enrolment=early).exists()
    letter = mail(busy, "session_moved_seat_lost")
    assert letter["position"] == 1
    assert "dan is ze van jou" in letter["next_step"]
    assert letter["calendar"]["method"] == "CANCEL"
    assert {event["sequence"] for event in letter["calendar"]["events"]} == {1}
    # The seat that came free went on in the same step, and its new holder is told of the new date.
    assert told(waiting.learner) == ["enrolment_moved_up"]
    letter = mail(waiting.learner, "enrolment_moved_up")
    assert letter["has_moved"] is True
    assert letter["when"][0]["date_iso"] == "2026-04-08"
    assert {event["sequence"] for event in letter["calendar"]["events"]} == {2}


def test_who_loses_the_seat_when_nobody_moves_up_any_more_is_promised_none(manager: User, clock: Any) -> None:
    session = make_session(version=make_version(parts=1))
    other = make_session(version=make_version(parts=1), starts_in=DAY)
    learner = make_employee()
    book(session, learner)
    book(other, learner)
    clock.move_to(NOON + dt.timedelta(hours=1))
    move(session=session, plans=later(session, days=-29), deadlines=Deadlines(), actor=manager)
    letter = mail(learner, "session_moved_seat_lost")
    assert letter["next_step"].startswith("Het is zo dichtbij dat niemand nog opschuift.")


def test_nobody_ends_up_confirmed_in_two_meetings_at_once(manager: User) -> None:
    """Also those in the queue, whom the move would let overlap when they moved up."""
    session = make_session(capacity=1)
    other = make_session(version=make_version(parts=1), starts_in=37 * DAY, capacity=9)
    seated, waiting = make_employee(), make_employee()
    for learner in (seated, waiting):
        book(session, learner)
        book(other, learner)

    move(session=session, plans=later(session), deadlines=Deadlines(), actor=manager)

    assert not session.enrolments.confirmed().exists()
    for learner in (seated, waiting):
        seats = Seat.objects.held().filter(enrolment__learner=learner)
        assert [seat.meeting.session for seat in seats] == [other]
    assert {m.taken for m in session.meetings.all()} == {0}


def test_who_lost_the_seat_gets_one_again_once_they_are_free(manager: User) -> None:
    session = make_session(capacity=1)
    other = make_session(version=make_version(parts=1), starts_in=37 * DAY)
    learner = make_employee()
    lost, elsewhere = book(session, learner), book(other, learner)
    move(session=session, plans=later(session), deadlines=Deadlines(), actor=manager)
    withdraw(enrolment=elsewhere, actor=learner)

    newcomer = book(session)
    assert statuses(lost, newcomer) == [CONFIRMED, QUEUED]
    # Above the cancellation of the first seat, or a calendar would ignore it.
    first, second = mail(learner, "session_moved_seat_lost"), mail(learner, "enrolment_moved_up")
    assert first["calendar"]["events"][0]["uid"] == second["calendar"]["events"][0]["uid"]
    assert first["calendar"]["events"][0]["sequence"] < second["calendar"]["events"][0]["sequence"]


def test_a_session_that_ends_when_the_other_begins_is_not_in_the_way(manager: User) -> None:
    session = make_session(version=make_version(parts=1))
    learner = make_employee()
    enrolment = book(session, learner)
    book(make_session(version=make_version(parts=1), starts_in=37 * DAY), learner)
    (plan,) = later(session)
    touching = replace(plan, start=plan.end, end=plan.end + dt.timedelta(hours=3))
    move(session=session, plans=[touching], deadlines=Deadlines(), actor=manager)
    assert statuses(enrolment) == [CONFIRMED]


def test_pending_reminders_are_taken_back_and_the_new_date_has_its_own(manager: User, clock: Any) -> None:
    """cases: AMY 1823, 2092, 2721."""
    session = make_session(starts_in=2 * DAY)
    seated = book(session)
    queue_session_reminders()
    assert told(seated.learner) == ["enrolment_confirmed", "session_reminder"]

    move(session=session, plans=later(session), deadlines=Deadlines(), actor=manager)
    queue_session_reminders()
    assert told(seated.learner) == ["session_moved"]
    assert told(seated.learner, status="cancelled") == ["enrolment_confirmed", "session_reminder"]

    clock.move_to(NOON + 7 * DAY)
    for _beat in range(2):
        queue_session_reminders()
    assert told(seated.learner) == ["session_moved", "session_reminder"]


def test_what_is_sent_is_not_sent_again(manager: User) -> None:
    session = make_session(starts_in=2 * DAY)
    seated = book(session)
    queue_session_reminders()
    Message.objects.update(status="sent")
    move(session=session, plans=later(session), deadlines=Deadlines(), actor=manager)
    assert told(seated.learner, status="sent") == ["enrolment_confirmed", "session_reminder"]
    assert told(seated.learner) == ["session_moved"]


def test_after_a_move_one_may_withdraw_up_to_the_day_itself(manager: User, clock: Any) -> None:
    session = make_session(starts_in=10 * DAY, withdraw_until=dt.date(2026, 3, 3))
    seated = book(session)
    clock.move_to(NOON + 5 * DAY)
    move(
        session=session,
        plans=later(session, days=1),
        deadlines=Deadlines(withdraw_until=dt.date(2026, 3, 3)),
        actor=manager,
    )
    assert mail(seated.learner, "session_moved")["withdraw_until_iso"] == "2026-03-13"
    clock.move_to(dt.datetime(2026, 3, 13, 7, tzinfo=BRUSSELS))
    assert withdraw(enrolment=seated, actor=seated.learner).status == EnrolmentStatus.WITHDRAWN


def test_who_moves_up_later_keeps_the_days_that_the_move_gave(manager: User, clock: Any) -> None:
    """Whom others enrolled has a few days from hearing of a seat; a date that nobody chose gives more."""
    session = make_session(capacity=1, starts_in=20 * DAY, withdraw_until=dt.date(2026, 3, 3))
    seated, learner = book(session), make_employee()
    waiting = enrol(session=session, learner=learner, actor=manager, enrolled_by=OrganisationFactory.create())
    plans = later(session, days=1)
    deadlines = Deadlines(withdraw_until=dt.date(2026, 3, 3))
    move(session=session, plans=plans, deadlines=deadlines, actor=manager)
    withdraw(enrolment=seated, actor=seated.learner)

    assert statuses(waiting) == [CONFIRMED]
    clock.move_to(dt.datetime(2026, 3, 23, 7, tzinfo=BRUSSELS))
    assert withdraw(enrolment=waiting, actor=learner).status == EnrolmentStatus.WITHDRAWN


def test_consent_can_be_taken_back_until_it_starts_wherever_it_moves(manager: User, clock: Any) -> None:
    session = make_session(version=make_version(asking_consent=True), starts_in=10 * DAY)
    learner = make_employee()
    seated = enrol(session=session, learner=learner, actor=learner, consent=1)
    move(session=session, plans=later(session, days=1), deadlines=Deadlines(), actor=manager)
    seated.refresh_from_db()
    assert (seated.withdraw_until, seated.consented_to) == (None, session.version)
    assert mail(learner, "session_moved")["withdraw_until_iso"] is None
    first = Meeting.objects.earliest("starts_at")
    clock.move_to(first.starts_at - dt.timedelta(minutes=1))
    assert withdraw(enrolment=seated, actor=learner).status == EnrolmentStatus.WITHDRAWN


def test_a_workshop_stays_within_the_days_of_its_programme(manager: User) -> None:
    edition = make_programme((12, 9, "Islam"))
    workshop = edition.sessions.get()
    outside = (
        "This workshop is in a programme from Mon 16 Mar 2026 to Sun 29 Mar 2026. Choose a day within it."
    )
    assert problems(workshop, later(workshop, days=2)) == {"start": outside}
    assert problems(workshop, later(workshop, days=-13)) == {"start": outside}
    move(session=workshop, plans=later(workshop, days=1), deadlines=Deadlines(), actor=manager)
    assert Session.objects.get().first_day == edition.ends_on


def test_deadlines_after_the_new_start_are_errors_at_their_fields() -> None:
    session = make_session()
    late = Deadlines(enrol_until=dt.date(2026, 3, 30), withdraw_until=dt.date(2026, 3, 27))
    assert problems(session, later(session, days=-4), late) == {
        "enrol_until": "The session has started by then. Choose its first day at the latest."
    }


def test_a_time_that_has_passed_is_refused() -> None:
    session = make_session()
    past = "This has passed. Choose a time that is still to come."
    assert problems(session, later(session, days=-30)) == {"start": past}


def test_a_room_that_is_taken_is_refused() -> None:
    venue: Venue = VenueFactory.create()
    session = make_session()
    make_session(version=make_version(parts=1, title_en="Law"), venue=venue, starts_in=37 * DAY)
    (message,) = problems(session, later(session, venue=venue)).values()
    assert message == f"{venue.name} is taken: Law, Wed 8 Apr 2026, 08:30–11:30."


def test_a_trainer_who_is_elsewhere_then_is_refused() -> None:
    version = make_version(parts=1)
    trainer = make_trainer(version.course)
    session = make_session(version=version, trainer=trainer)
    make_session(version=make_version(parts=1, title_en="Law"), starts_in=37 * DAY, trainer=trainer)
    (message,) = problems(session, later(session)).values()
    assert message == (
        f"{trainer.get_full_name()} is booked at that time by Law (Wed 8 Apr 2026, 08:30–11:30). "
        "Choose somebody else."
    )


def test_a_trainer_who_takes_part_elsewhere_then_is_refused_without_a_word_about_it() -> None:
    version = make_version(parts=1)
    trainer = make_trainer(version.course)
    session = make_session(version=version, trainer=trainer)
    make_confirmed(make_session(version=make_version(parts=1), starts_in=37 * DAY), trainer)
    (message,) = problems(session, later(session)).values()
    assert message == f"{trainer.get_full_name()} is not free at that time. Choose somebody else."


def test_a_trainer_who_may_not_give_it_any_more_on_the_new_day_is_refused(manager: User) -> None:
    version = make_version(parts=1)
    session = make_session(version=version)
    trainer = make_trainer(version.course, valid_until=session.first_day)
    make_staff(session.meetings.get(), trainer)
    (message,) = problems(session, later(session)).values()
    assert message == (
        f"{trainer.get_full_name()} has no accreditation for this course on April 8, 2026 as trainer in this "
        "language: Dutch. Grant it under Trainers, or choose somebody else."
    )
    # On the same day, at another hour, nothing stands in the way.
    (plan,) = later(session, days=0)
    an_hour_later = replace(plan, start=plan.start + HOUR, end=plan.end + HOUR)
    move(session=session, plans=[an_hour_later], deadlines=Deadlines(), actor=manager)


def test_who_lacked_an_accreditation_already_keeps_no_session_where_it_is(manager: User) -> None:
    session = make_session(trainer=make_person_with(Role.TRAINER))
    move(session=session, plans=later(session), deadlines=Deadlines(), actor=manager)


def test_who_gives_another_session_then_is_elsewhere_too(manager: User) -> None:
    session = make_session()
    colleague = make_employee()
    enrolment = book(session, colleague)
    make_session(version=make_version(parts=1), starts_in=37 * DAY, trainer=colleague)
    assert move(session=session, plans=later(session), deadlines=Deadlines(), actor=manager).elsewhere == 1
    assert statuses(enrolment) == [QUEUED]


def test_parts_that_overlap_each_other_are_refused() -> None:
    session = make_session()
    _, second = later(session, days=0)
    early = replace(second, start=second.start - dt.timedelta(hours=3))
    assert list(problems(session, [early])) == ["start"]


def test_nothing_changes_without_a_change() -> None:
    session = make_session()
    with pytest.raises(CannotMove, match="Nothing changes yet"):
        foresee_move(session=session, plans=later(session, days=0), deadlines=Deadlines())


@pytest.mark.parametrize("status", ["draft", "cancelled"])
def test_only_what_is_on_offer_moves(manager: User, status: str) -> None:
    session = make_session()
    Session.objects.update(status=status)
    for act, more in ((foresee_move, {}), (move, {"actor": manager})):
        with pytest.raises(NotOnOffer):
            act(session=Session.objects.get(), plans=later(session), deadlines=Deadlines(), **more)


def test_of_a_session_that_has_begun_the_rest_moves_while_nobody_is_elsewhere(
    manager: User, clock: Any
) -> None:
    session = make_session(starts_in=DAY)
    learner = make_employee()
    enrolment = book(session, learner)
    first, _second = session.meetings.all()
    clock.move_to(first.ends_at)
    assert problems(session, later(session)) == {"start": "This part has begun: it stays where it was."}

    other = make_session(version=make_version(parts=1), starts_in=7 * DAY)
    Meeting.objects.filter(session=other).update(
        starts_at=first.ends_at + 6 * DAY, ends_at=first.ends_at + 7 * DAY
    )
    book_other = make_confirmed(other, learner)
    (_, plan) = later(session, days=6)
    with pytest.raises(CannotMove, match="1 person has another session then, and has begun this one"):
        move(session=session, plans=[plan], deadlines=Deadlines(), actor=manager)
    assert statuses(enrolment, book_other) == [CONFIRMED, CONFIRMED]

    (_, plan) = later(session, days=2)
    move(session=session, plans=[plan], deadlines=Deadlines(), actor=manager)
    assert statuses(enrolment) == [CONFIRMED]
    assert session.meetings.get(part=plan.part).local_start == "2026-03-05T12:30"


@pytest.mark.parametrize("people", [1, 30])
def test_a_move_costs_the_same_however_many_it_concerns(
    people: int, manager: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    session = make_session(capacity=people)
    for _ in range(people):
        make_confirmed(session)
    plans = later(session)
    with django_assert_num_queries(39):
        move(session=session, plans=plans, deadlines=Deadlines(), actor=manager)


def test_a_sensitive_course_keeps_its_generic_title(manager: User) -> None:
    session = make_session(version=make_version(sensitive=True), trainer=make_person_with(Role.TRAINER))
    book(session)
    move(session=session, plans=later(session), deadlines=Deadlines(), actor=manager)
    moved = Message.objects.filter(template__in=["session_moved", "teaching_moved"])
    assert moved.count() == 2
    for message in moved:
        assert "Gevoelig thema" not in str(message.context)
        assert message.context["title"] == "Vorming diversiteit"
