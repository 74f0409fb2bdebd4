"""Enrolling, withdrawing, moving up."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import AuditEntry
from core.templatetags.traject import times
from core.time import BRUSSELS
from courses.enums import Audience, SessionAudience
from courses.models import MandatoryAudience, Meeting
from courses.services.scheduling import place_meeting, plan_of
from enrolment.enums import EnrolmentStatus
from enrolment.errors import (
    Closed,
    ForAspirantsOnly,
    GivesItThemselves,
    NotForAspirants,
    NotForYourOrganisation,
    NotOpenYet,
    NotPublished,
    NotStaff,
    Overlapping,
    WithdrawalClosed,
)
from enrolment.models import Enrolment, Seat
from enrolment.services.booking import enrol, withdraw
from enrolment.services.waiting_list import fill_free_seats
from notifications.models import Message
from people.enums import Cadre, Role
from tests.enrolment.conftest import NOON
from tests.factories import (
    MembershipFactory,
    OrganisationFactory,
    UserFactory,
    make_employee,
    make_person_with,
    make_session,
    make_version,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def book(session: Any, learner: Any = None) -> Enrolment:
    learner = learner or make_employee()
    return enrol(session=session, learner=learner, actor=learner)


def taken(session: Any) -> list[int]:
    return list(session.meetings.values_list("taken", flat=True))


def templates_to(learner: Any) -> list[str]:
    return list(Message.objects.filter(recipient=learner).order_by("id").values_list("template", flat=True))


def test_a_free_seat_is_held_in_every_meeting_and_confirmed_by_mail() -> None:
    session = make_session(capacity=2)
    learner = make_employee()
    enrolment = book(session, learner)
    assert enrolment.status == EnrolmentStatus.CONFIRMED
    assert enrolment.enrolled_at == enrolment.confirmed_at == NOON
    assert enrolment.seats.held().count() == 2
    assert taken(session) == [1, 1]
    assert templates_to(learner) == ["enrolment_confirmed"]


def test_employer_school_and_cadre_are_stamped_as_they_are_on_the_day() -> None:
    zone, school = OrganisationFactory.create(), OrganisationFactory.create(kind="school")
    learner = UserFactory.create()
    MembershipFactory.create(user=learner, organisation=zone, cadre=Cadre.OPERATIONAL)
    MembershipFactory.create(user=learner, organisation=school, role=Role.ASPIRANT)
    MembershipFactory.create(user=learner, valid_until=dt.date(2025, 12, 31))
    enrolment = book(make_session(), learner)
    assert (enrolment.employer, enrolment.school, enrolment.cadre) == (zone, school, "operational")


def test_whoever_comes_after_the_last_seat_queues_in_order_and_is_told_the_place() -> None:
    session = make_session(capacity=1)
    book(session)
    second, third = make_employee(), make_employee()
    assert book(session, second).status == book(session, third).status == EnrolmentStatus.QUEUED
    assert taken(session) == [1, 1]
    positions = {
        message.recipient_id: message.context["position"]
        for message in Message.objects.filter(template="enrolment_queued")
    }
    assert positions == {second.pk: 1, third.pk: 2}


def test_a_repeated_sign_up_has_one_effect() -> None:
    session, learner = make_session(), make_employee()
    assert book(session, learner) == book(session, learner)
    assert taken(session) == [1, 1]
    assert templates_to(learner) == ["enrolment_confirmed"]
    assert AuditEntry.objects.filter(subject_type="enrolment.enrolment").count() == 1


@pytest.mark.parametrize(("capacity", "expected"), [(12, 10), (1, 9)])
def test_a_sign_up_takes_ten_statements_inside_its_transaction_and_nine_to_the_queue(
    capacity: int, expected: int
) -> None:
    session = make_session(capacity=capacity)
    for _ in range(3):
        book(session)
    learner = make_employee()
    with CaptureQueriesContext(connection) as queries:
        book(session, learner)
    statements = [query["sql"] for query in queries.captured_queries]
    start = next(index for index, sql in enumerate(statements) if sql.startswith("SAVEPOINT"))
    end = next(index for index, sql in enumerate(statements) if sql.startswith("RELEASE"))
    assert end - start - 1 == expected


def test_unlimited_meetings_never_fill() -> None:
    session = make_session(capacity=None)
    assert {book(session).status for _ in range(20)} == {EnrolmentStatus.CONFIRMED}
    assert taken(session) == [20, 20]


def test_a_full_optional_part_keeps_nobody_out() -> None:
    version = make_version(parts=2)
    version.parts.filter(position=2).update(optional=True)
    session = make_session(version=version, capacity=5)
    Meeting.objects.filter(part__optional=True).update(capacity=1)
    first, second = book(session), book(session)
    assert second.status == EnrolmentStatus.CONFIRMED
    assert (first.seats.count(), second.seats.count()) == (2, 1)
    assert taken(session) == [2, 1]
    withdraw(enrolment=second, actor=second.learner)
    told = Message.objects.filter(recipient=second.learner).order_by("id").values_list("context", flat=True)
    # Told of the part in which there was a seat, in words and in the calendar, and of no other.
    assert [len(context["when"]) for context in told] == [1, 1]
    assert [len(context["calendar"]["events"]) for context in told] == [1, 1]


def test_a_full_second_part_makes_the_session_full() -> None:
    session = make_session(capacity=5)
    Meeting.objects.filter(part__position=2).update(capacity=1)
    assert [book(session).status for _ in range(2)] == [EnrolmentStatus.CONFIRMED, EnrolmentStatus.QUEUED]
    assert taken(session) == [1, 1]


def test_withdrawing_moves_the_first_of_the_queue_up_in_the_same_step() -> None:
    session = make_session(capacity=1)
    leaver, first, second = make_employee(), make_employee(), make_employee()
    enrolment = book(session, leaver)
    waiting = book(session, first)
    book(session, second)
    withdraw(enrolment=enrolment, actor=leaver)
    enrolment.refresh_from_db()
    waiting.refresh_from_db()
    assert (enrolment.status, waiting.status) == (EnrolmentStatus.WITHDRAWN, EnrolmentStatus.CONFIRMED)
    assert waiting.enrolled_at == NOON
    assert taken(session) == [1, 1]
    assert Seat.objects.held().filter(meeting__session=session).count() == 2
    assert templates_to(first)[-1] == "enrolment_moved_up"
    assert templates_to(second) == ["enrolment_queued"]
    assert templates_to(leaver) == ["enrolment_confirmed", "enrolment_withdrawn"]


def test_a_promoted_person_who_withdraws_frees_the_seat_and_is_never_offered_again() -> None:
    """cases: pretix 1163 and 1405."""
    session = make_session(capacity=1)
    first, second, third = (book(session) for _ in range(3))
    withdraw(enrolment=first, actor=first.learner)
    withdraw(enrolment=second, actor=second.learner)
    third.refresh_from_db()
    second.refresh_from_db()
    assert (second.status, third.status) == (EnrolmentStatus.WITHDRAWN, EnrolmentStatus.CONFIRMED)
    withdraw(enrolment=third, actor=third.learner)
    assert taken(session) == [0, 0]
    assert not Enrolment.objects.active().exists()


def test_withdrawing_twice_has_one_effect() -> None:
    session = make_session(capacity=2)
    enrolment = book(session)
    book(session)
    for _ in range(2):
        withdraw(enrolment=enrolment, actor=enrolment.learner)
    assert taken(session) == [1, 1]
    assert AuditEntry.objects.filter(action="enrolment.withdrawn").count() == 1


def test_coming_back_after_withdrawing_starts_at_the_end_of_the_queue() -> None:
    session = make_session(capacity=1)
    book(session)
    early, late = book(session), book(session)
    withdraw(enrolment=early, actor=early.learner)
    again = book(session, early.learner)
    assert list(session.enrolments.queued().in_queue_order()) == [late, again]


def test_withdrawing_closes_after_the_day_that_held_when_enrolling(clock: Any) -> None:
    session = make_session(withdraw_until=dt.date(2026, 3, 20), contact_email="hpm@dossin.example")
    enrolment = book(session)
    session.withdraw_until = dt.date(2026, 3, 3)
    session.save()
    clock.move_to(dt.datetime(2026, 3, 20, 23, 59, tzinfo=BRUSSELS))
    withdraw(enrolment=enrolment, actor=enrolment.learner)
    late = Enrolment.objects.get(pk=book(session).pk)
    late.withdraw_until = dt.date(2026, 3, 20)
    late.save()
    clock.move_to(dt.datetime(2026, 3, 21, 0, 0, tzinfo=BRUSSELS))
    with pytest.raises(WithdrawalClosed, match=r"Contact the organiser: hpm@dossin\.example"):
        withdraw(enrolment=late, actor=late.learner)
    late.refresh_from_db()
    assert late.status == EnrolmentStatus.CONFIRMED


def test_leaving_the_queue_is_always_possible(clock: Any) -> None:
    session = make_session(capacity=1, withdraw_until=dt.date(2026, 3, 3))
    book(session)
    waiting = book(session)
    clock.move_to(dt.datetime(2026, 3, 30, 12, tzinfo=BRUSSELS))
    assert withdraw(enrolment=waiting, actor=waiting.learner).status == EnrolmentStatus.WITHDRAWN


def test_nobody_moves_up_once_it_has_started(clock: Any) -> None:
    session = make_session(capacity=1)
    confirmed, waiting = book(session), book(session)
    Enrolment.objects.filter(pk=confirmed.pk).update(withdraw_until=None)
    Meeting.objects.filter(session=session).update(capacity=5)
    clock.move_to(session.starts_at)
    assert fill_free_seats(session=session) == 0
    waiting.refresh_from_db()
    assert waiting.status == EnrolmentStatus.QUEUED


def test_nobody_is_promoted_into_an_overlap_and_the_next_is_taken() -> None:
    session, other = make_session(capacity=1), make_session(capacity=5)
    leaver, busy, free = make_employee(), make_employee(), make_employee()
    enrolment = book(session, leaver)
    waiting_busy = book(session, busy)
    book(other, busy)
    waiting_free = book(session, free)
    withdraw(enrolment=enrolment, actor=leaver)
    waiting_busy.refresh_from_db()
    waiting_free.refresh_from_db()
    assert (waiting_busy.status, waiting_free.status) == (EnrolmentStatus.QUEUED, EnrolmentStatus.CONFIRMED)


def test_while_somebody_waits_a_newcomer_queues_and_whoever_can_come_gets_the_free_seat() -> None:
    session, other = make_session(capacity=1), make_session(capacity=5)
    enrolment = book(session)
    busy = make_employee()
    waiting = book(session, busy)
    book(other, busy)
    withdraw(enrolment=enrolment, actor=enrolment.learner)
    newcomer = book(session)
    waiting.refresh_from_db()
    assert (waiting.status, newcomer.status) == (EnrolmentStatus.QUEUED, EnrolmentStatus.CONFIRMED)
    assert templates_to(newcomer.learner) == ["enrolment_moved_up"]


def test_seats_that_come_free_by_hand_are_filled_in_the_order_of_the_queue() -> None:
    session = make_session(capacity=1)
    book(session)
    second, third, fourth = (book(session) for _ in range(3))
    Enrolment.objects.filter(pk=fourth.pk).update(priority=10)
    Meeting.objects.filter(session=session).update(capacity=3)
    assert fill_free_seats(session=session) == 2
    statuses = {e.pk: e.status for e in Enrolment.objects.filter(pk__in=[second.pk, third.pk, fourth.pk])}
    assert statuses == {second.pk: "confirmed", third.pk: "queued", fourth.pk: "confirmed"}
    assert fill_free_seats(session=session) == 0


def test_two_sessions_at_the_same_time_are_refused_with_the_name_of_the_other() -> None:
    learner = make_employee()
    book(make_session(version=make_version(title_en="Unia law")), learner)
    with pytest.raises(Overlapping, match="You have Unia law at that time"):
        book(make_session(), learner)
    assert Enrolment.objects.filter(learner=learner).count() == 1


def test_sessions_that_touch_do_not_overlap() -> None:
    learner = make_employee()
    version = make_version(parts=1)
    morning = make_session(version=version)
    afternoon = make_session(version=version)
    first = morning.meetings.get()
    afternoon.meetings.update(starts_at=first.ends_at, ends_at=first.ends_at + dt.timedelta(hours=2))
    book(morning, learner)
    assert book(afternoon, learner).status == EnrolmentStatus.CONFIRMED


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"published": False}, NotPublished),
        ({"enrol_until": dt.date(2026, 3, 1)}, Closed),
        ({"enrol_from": dt.date(2026, 3, 3)}, NotOpenYet),
        ({"starts_in": dt.timedelta(days=-1)}, Closed),
        ({"audience": SessionAudience.ASPIRANTS}, ForAspirantsOnly),
    ],
)
def test_a_sign_up_is_refused_with_a_reason_and_leaves_nothing(fields: Any, refusal: Any) -> None:
    session = make_session(**fields)
    with pytest.raises(refusal):
        book(session)
    assert not Enrolment.objects.exists()
    assert not Message.objects.exists()
    assert taken(session) == [0, 0]


def test_the_first_and_the_last_day_count() -> None:
    book(make_session(enrol_from=dt.date(2026, 3, 2), enrol_until=dt.date(2026, 3, 2)))


def test_aspirants_do_not_sign_up_for_sessions_of_experienced_staff() -> None:
    with pytest.raises(NotForAspirants):
        book(make_session(audience=SessionAudience.EXPERIENCED), make_person_with(Role.ASPIRANT))


def test_only_staff_and_aspirants_sign_up() -> None:
    with pytest.raises(NotStaff):
        book(make_session(), make_person_with(Role.PARTNER))


def test_a_session_for_one_zone_is_for_its_people_only() -> None:
    ours, theirs = OrganisationFactory.create(), OrganisationFactory.create()
    session = make_session()
    session.open_to.add(ours)
    assert book(session, make_employee(zone=ours)).status == EnrolmentStatus.CONFIRMED
    with pytest.raises(NotForYourOrganisation):
        book(session, make_employee(zone=theirs))


def test_what_is_mandatory_for_an_aspirant_is_voluntary_for_a_colleague() -> None:
    version = make_version()
    MandatoryAudience.objects.create(version=version, audience=Audience.ASPIRANT)
    session = make_session(version=version)
    assert book(session, make_person_with(Role.ASPIRANT)).is_mandatory is True
    assert book(session, make_employee()).is_mandatory is False


def test_withdrawing_takes_back_the_mails_that_still_wait() -> None:
    session = make_session(capacity=1)
    enrolment = book(session)
    withdraw(enrolment=enrolment, actor=enrolment.learner)
    states = dict(Message.objects.filter(recipient=enrolment.learner).values_list("template", "status"))
    assert states == {"enrolment_confirmed": "cancelled", "enrolment_withdrawn": "pending"}


def test_a_meeting_of_several_days_says_on_which_it_ends() -> None:
    session = make_session(version=make_version(parts=1))
    meeting = session.meetings.get()
    end = meeting.ends_at + dt.timedelta(days=4)
    place_meeting(meeting, replace(plan_of(meeting), end=dt.datetime(2026, 4, 5, 11, 30)))  # noqa: DTZ001
    enrolment = book(session)
    (when,) = Message.objects.get(recipient=enrolment.learner).context["when"]
    assert (when["date_iso"], when["end_date_iso"]) == ("2026-04-01", "2026-04-05")
    assert times(meeting.starts_at, end) == "08:30–Sun 5 Apr 2026 11:30"


def test_trainers_do_not_take_part_in_what_they_give() -> None:
    trainer = make_employee()
    with pytest.raises(GivesItThemselves):
        book(make_session(trainer=trainer), trainer)


def test_nobody_whose_account_is_closed_moves_up() -> None:
    session = make_session(capacity=1)
    leaver, gone, waiting = (book(session) for _ in range(3))
    gone.learner.is_active = False
    gone.learner.save()
    withdraw(enrolment=leaver, actor=leaver.learner)
    assert list(session.enrolments.confirmed()) == [waiting]
