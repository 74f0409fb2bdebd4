"""Marks on an open roster."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from attendance import errors, rules, services
from attendance.enums import MarkState
from attendance.models import Mark
from core.models import AuditEntry
from courses.enums import SessionStatus
from courses.models import Meeting, Session
from people.models import User
from tests.attendance.conftest import at
from tests.attendance.helpers import seat_of, states_now
from tests.factories import UserFactory, make_confirmed, make_session, make_version

pytestmark = pytest.mark.django_db


def test_a_mark_is_a_fact_of_the_day_of_the_meeting(theory: Meeting, trainer: User) -> None:
    seat = seat_of(make_confirmed(theory.session), theory)

    mark = services.mark(seat=seat, state=MarkState.LATE, actor=trainer)

    assert Mark.objects.get() == mark
    assert (mark.seat, mark.state, mark.recorded_by) == (seat, MarkState.LATE, trainer)
    assert mark.valid_from == dt.date(2027, 1, 14)
    assert (mark.superseded_at, mark.amendment_reason) == (None, "")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject_type, entry.subject_id, entry.actor_id, entry.data) == (
        "attendance.marked",
        "attendance.mark",
        mark.pk,
        trainer.pk,
        {},
    )


def test_another_state_supersedes_and_the_chain_has_no_gap(theory: Meeting, trainer: User) -> None:
    seat = seat_of(make_confirmed(theory.session), theory)

    first = services.mark(seat=seat, state=MarkState.PRESENT, actor=trainer)
    second = services.mark(seat=seat, state=MarkState.ABSENT, actor=trainer)
    third = services.mark(seat=seat, state=MarkState.PRESENT, actor=trainer)

    chain = list(Mark.objects.order_by("recorded_at"))
    assert chain == [first, second, third]
    assert [mark.state for mark in chain] == ["present", "absent", "present"]
    assert [mark.superseded_at for mark in chain] == [second.recorded_at, third.recorded_at, None]
    assert list(Mark.objects.as_known_at(second.recorded_at)) == [second]
    assert list(Mark.objects.just_replaced()) == [second]


def test_a_double_tap_has_one_effect(theory: Meeting, trainer: User) -> None:
    seat = seat_of(make_confirmed(theory.session), theory)

    first = services.mark(seat=seat, state=MarkState.PRESENT, actor=trainer)
    again = services.mark(seat=seat, state=MarkState.PRESENT, actor=trainer)

    assert again == first
    assert Mark.objects.count() == 1
    assert AuditEntry.objects.filter(action="attendance.marked").count() == 1


def test_a_cleared_mark_leaves_none_and_clearing_again_does_nothing(theory: Meeting, trainer: User) -> None:
    seat = seat_of(make_confirmed(theory.session), theory)
    mark = services.mark(seat=seat, state=MarkState.PRESENT, actor=trainer)

    services.clear_mark(seat=seat, actor=trainer)
    cleared_at = Mark.objects.get(pk=mark.pk).superseded_at
    services.clear_mark(seat=seat, actor=trainer)

    assert states_now(theory) == {}
    assert Mark.objects.get(pk=mark.pk).superseded_at == cleared_at
    assert AuditEntry.objects.filter(action="attendance.cleared").count() == 1


def test_a_mark_after_a_gap_replaces_nothing(theory: Meeting, trainer: User) -> None:
    seat = seat_of(make_confirmed(theory.session), theory)
    services.mark(seat=seat, state=MarkState.PRESENT, actor=trainer)
    services.clear_mark(seat=seat, actor=trainer)

    services.mark(seat=seat, state=MarkState.ABSENT, actor=trainer)

    assert list(Mark.objects.just_replaced()) == []


@pytest.mark.parametrize(
    "moment",
    [at(23, 59, day=dt.date(2027, 1, 13)), at(8, day=dt.date(2026, 12, 20))],
    ids=["eve", "weeks before"],
)
def test_before_the_day_nobody_is_marked(
    theory: Meeting, trainer: User, clock: time_machine.Traveller, moment: dt.datetime
) -> None:
    seat = seat_of(make_confirmed(theory.session), theory)
    clock.move_to(moment)

    with pytest.raises(errors.NotOpenYet, match=r"from the day itself: Jan\. 14, 2027"):
        services.mark(seat=seat, state=MarkState.PRESENT, actor=trainer)
    with pytest.raises(errors.NotOpenYet):
        services.mark_rest(meeting=theory, state=MarkState.PRESENT, actor=trainer)

    assert not Mark.objects.exists()


def test_the_roster_opens_at_midnight_in_brussels(
    theory: Meeting, trainer: User, clock: time_machine.Traveller
) -> None:
    seat = seat_of(make_confirmed(theory.session), theory)
    clock.move_to(at(0, 1))

    services.mark(seat=seat, state=MarkState.PRESENT, actor=trainer)

    assert list(states_now(theory).values()) == ["present"]


@pytest.mark.parametrize("status", [SessionStatus.DRAFT, SessionStatus.CANCELLED])
def test_a_session_that_is_not_on_has_nobody_to_mark(
    theory: Meeting, trainer: User, status: SessionStatus
) -> None:
    seat = seat_of(make_confirmed(theory.session), theory)
    Session.objects.update(status=status)

    with pytest.raises(errors.NotPublished):
        services.mark(seat=seat, state=MarkState.PRESENT, actor=trainer)
    with pytest.raises(errors.NotPublished):
        services.close_roster(meeting=theory, actor=trainer)


def test_a_released_seat_is_not_marked(theory: Meeting, trainer: User) -> None:
    seat = seat_of(make_confirmed(theory.session), theory)
    type(seat).objects.filter(pk=seat.pk).update(released_at=timezone.now())

    with pytest.raises(errors.SeatReleased):
        services.mark(seat=seat, state=MarkState.PRESENT, actor=trainer)
    assert services.mark_rest(meeting=theory, state=MarkState.PRESENT, actor=trainer) == 0

    assert not Mark.objects.exists()


def test_a_closed_roster_refuses_marks(theory: Meeting, trainer: User) -> None:
    seat = seat_of(make_confirmed(theory.session), theory)
    services.mark(seat=seat, state=MarkState.PRESENT, actor=trainer)
    services.close_roster(meeting=theory, actor=trainer)

    with pytest.raises(errors.RosterClosed):
        services.mark(seat=seat, state=MarkState.ABSENT, actor=trainer)
    with pytest.raises(errors.RosterClosed):
        services.clear_mark(seat=seat, actor=trainer)
    with pytest.raises(errors.RosterClosed):
        services.mark_rest(meeting=theory, state=MarkState.ABSENT, actor=trainer)

    assert list(states_now(theory).values()) == ["present"]


def test_ended_early_exists_only_where_leaving_early_is_allowed(theory: Meeting, trainer: User) -> None:
    seat = seat_of(make_confirmed(theory.session), theory)

    with pytest.raises(errors.StateNotOffered):
        services.mark(seat=seat, state=MarkState.ENDED_EARLY, actor=trainer)
    with pytest.raises(errors.StateNotOffered):
        services.mark_rest(meeting=theory, state=MarkState.ENDED_EARLY, actor=trainer)

    gentle = make_session(version=make_version(early_exit_allowed=True), starts_in=dt.timedelta(0))
    meeting = gentle.meetings.first()
    assert meeting is not None
    services.mark(seat=seat_of(make_confirmed(gentle), meeting), state=MarkState.ENDED_EARLY, actor=trainer)
    assert list(states_now(meeting).values()) == ["ended_early"]
    assert states_now(theory) == {}


@pytest.mark.parametrize(
    ("state", "counts", "counts_with_early_exit"),
    [
        (MarkState.PRESENT, True, True),
        (MarkState.LATE, True, True),
        (MarkState.PARTIAL, False, False),
        (MarkState.ABSENT, False, False),
        (MarkState.EXCUSED, False, False),
        (MarkState.ENDED_EARLY, False, True),
    ],
)
def test_what_counts_as_attended(state: MarkState, counts: bool, counts_with_early_exit: bool) -> None:
    assert rules.counts_as_attended(state, make_version()) is counts
    assert rules.counts_as_attended(state, make_version(early_exit_allowed=True)) is counts_with_early_exit


def test_marking_the_rest_leaves_what_was_marked(theory: Meeting, practice: Meeting, trainer: User) -> None:
    late, first, second = (make_confirmed(theory.session) for _ in range(3))
    services.mark(seat=seat_of(late, theory), state=MarkState.LATE, actor=trainer)

    assert services.mark_rest(meeting=theory, state=MarkState.PRESENT, actor=trainer) == 2
    assert services.mark_rest(meeting=theory, state=MarkState.ABSENT, actor=trainer) == 0

    assert states_now(theory) == {late.pk: "late", first.pk: "present", second.pk: "present"}
    assert states_now(practice) == {}
    entry = AuditEntry.objects.get(action="attendance.rest_marked")
    marks = Mark.objects.filter(seat__enrolment__in=[first, second])
    assert set(entry.data["marks"]) == {mark.pk for mark in marks}


@pytest.mark.parametrize("people", [1, 30])
def test_marking_the_rest_costs_the_same_for_one_and_for_thirty(
    theory: Meeting, trainer: User, people: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(people):
        make_confirmed(theory.session)

    # Savepoint and its release around: the lock, the meeting, the seats, the marks, the audit entry.
    with django_assert_num_queries(7):
        assert services.mark_rest(meeting=theory, state=MarkState.PRESENT, actor=trainer) == people


def test_the_list_is_in_the_order_of_a_belgian_directory(theory: Meeting, trainer: User) -> None:
    names = ["Van den Berghe", "Émond", "vandenbosch", "De Smet", "d'Hondt", "Emmers", "Zeebroek", "Desmedt"]
    for name in names:
        make_confirmed(theory.session, UserFactory.create(profile__last_name=name))

    lines = services.read_roster(session=theory.session, meeting=theory, reader=trainer)

    assert [line.last_name for line in lines if line.meeting_id == theory.pk] == [
        "Desmedt",
        "De Smet",
        "d'Hondt",
        "Emmers",
        "Émond",
        "Van den Berghe",
        "vandenbosch",
        "Zeebroek",
    ]


def test_of_a_sensitive_course_it_is_kept_who_looked(theory: Meeting, trainer: User) -> None:
    sensitive = make_session(version=make_version(sensitive=True), starts_in=dt.timedelta(0))
    meeting = sensitive.meetings.first()
    assert meeting is not None

    services.read_roster(session=theory.session, meeting=theory, reader=trainer)
    services.read_roster(session=sensitive, meeting=meeting, reader=trainer)

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject_type, entry.subject_id, entry.actor_id) == (
        "roster.read",
        "courses.meeting",
        meeting.pk,
        trainer.pk,
    )
