"""Placing a class: who can go where, in groups of one size, and all of them or nobody."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import AuditEntry
from courses.enums import StaffAnswer
from courses.models import CourseVersion, Meeting, MeetingStaff, Session
from courses.services.organisation_rules import require_approval
from enrolment.block import Proposal, Wanted, propose, read_block, read_places
from enrolment.enums import CompletionSource, EnrolmentSource, EnrolmentStatus, Obstacle
from enrolment.errors import BlockRefused
from enrolment.models import Enrolment, Seat
from enrolment.services.block_booking import book_block
from enrolment.services.booking import enrol
from enrolment.services.completions import record_completion
from enrolment.services.pools import reserve_seats
from notifications.models import Message
from people.enums import OrganisationKind, Role
from people.models import Organisation, User
from tests.enrolment.conftest import NOON
from tests.factories import (
    OrganisationFactory,
    make_aspirant,
    make_confirmed,
    make_employee,
    make_session,
    make_version,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def school() -> Organisation:
    school: Organisation = OrganisationFactory.create(kind=OrganisationKind.SCHOOL)
    return school


@pytest.fixture
def version() -> CourseVersion:
    return make_version()


@pytest.fixture
def coordinator() -> User:
    return make_employee()


def on_days(version: CourseVersion, *days: int, **fields: Any) -> list[Session]:
    return [make_session(version=version, starts_in=dt.timedelta(days=day), **fields) for day in days]


def plan(sessions: list[Session], people: list[User], wanted: Wanted | None = None) -> Proposal:
    places = read_places(Session.objects.filter(pk__in=[session.pk for session in sessions]))
    return propose(read_block(places, people, at=NOON), wanted=wanted or {})


def sizes(proposal: Proposal) -> list[int]:
    return [len(group) for group in proposal.groups.values()]


def reasons(proposal: Proposal) -> dict[int, Obstacle]:
    return {learner.pk: obstacle for learner, obstacle in proposal.left_out}


def book(sessions: list[Session], people: list[User], actor: User) -> list[Enrolment]:
    proposal = plan(sessions, people)
    placements = {learner.pk: pk for pk, group in proposal.groups.items() for learner in group}
    shown = {session.pk: session.sequence for session in sessions}
    school = people[0].memberships.get(role=Role.ASPIRANT).organisation
    return book_block(placements=placements, shown=shown, organisation=school, actor=actor)


def test_forty_people_fill_three_sessions_evenly_and_the_same_again(
    school: Organisation, version: CourseVersion
) -> None:
    sessions, people = on_days(version, 10, 20, 30, capacity=16), [make_aspirant(school) for _ in range(40)]
    first, second = plan(sessions, people), plan(sessions, people)
    assert sorted(sizes(first)) == [13, 13, 14]
    assert first == second
    assert first.left_out == []
    in_order = [people.index(learner) for learner in next(iter(first.groups.values()))]
    assert in_order == sorted(in_order)


def test_what_others_took_counts_and_whoever_finds_no_seat_is_named(
    school: Organisation, version: CourseVersion
) -> None:
    small, large = on_days(version, 10, capacity=3) + on_days(version, 20, capacity=6)
    for _ in range(2):
        make_confirmed(large)
    people = [make_aspirant(school) for _ in range(8)]
    proposal = plan([small, large], people)
    assert sizes(proposal) == [3, 4]
    assert reasons(proposal) == {people[7].pk: Obstacle.FULL}


def test_who_can_go_to_one_session_only_gets_the_place_of_who_can_go_to_another(
    school: Organisation, version: CourseVersion
) -> None:
    early, late = on_days(version, 10, 20, capacity=1)
    elsewhere = make_session(starts_in=dt.timedelta(days=20))
    free, bound = make_aspirant(school), make_aspirant(school)
    make_confirmed(elsewhere, bound)
    proposal = plan([early, late], [free, bound])
    assert {pk: [p.pk for p in group] for pk, group in proposal.groups.items()} == {
        early.pk: [bound.pk],
        late.pk: [free.pk],
    }


def test_who_needs_no_seat_or_can_take_none_is_listed_with_the_reason(
    school: Organisation, version: CourseVersion
) -> None:
    (session,) = on_days(version, 10)
    done, booked, busy, french, outsider, fine = (
        make_aspirant(school),
        make_aspirant(school),
        make_aspirant(school),
        make_aspirant(school, language="fr"),
        make_employee(),
        make_aspirant(school),
    )
    record_completion(
        person=done,
        version=make_version(course=version.course, number=2),
        completed_on=dt.date(2026, 2, 1),
        sessions=[],
        source=CompletionSource.IMPORT,
        actor=None,
    )
    make_confirmed(make_session(version=version, starts_in=dt.timedelta(days=40)), booked)
    make_confirmed(make_session(starts_in=dt.timedelta(days=10)), busy)
    session.open_to.add(school)
    proposal = plan([session], [done, booked, busy, french, outsider, fine])
    assert reasons(proposal) == {
        done.pk: Obstacle.COMPLETED,
        booked.pk: Obstacle.BOOKED,
        busy.pk: Obstacle.OVERLAPPING,
        french.pk: Obstacle.OTHER_LANGUAGE,
        outsider.pk: Obstacle.OTHER_ORGANISATION,
    }
    assert sizes(proposal) == [1]


def test_what_somebody_gives_takes_their_time_until_they_decline(
    school: Organisation, version: CourseVersion
) -> None:
    giver, elsewhere, declined = (make_aspirant(school) for _ in range(3))
    (session,) = on_days(version, 10, trainer=giver)
    make_session(starts_in=dt.timedelta(days=10), trainer=elsewhere)
    make_session(starts_in=dt.timedelta(days=10), trainer=declined)
    MeetingStaff.objects.filter(person=declined).update(answer=StaffAnswer.DECLINED)
    proposal = plan([session], [giver, elsewhere, declined])
    assert reasons(proposal) == {giver.pk: Obstacle.GIVES_IT, elsewhere.pk: Obstacle.OVERLAPPING}


def test_an_expired_completion_and_a_session_that_is_over_stand_in_nobody_s_way(
    school: Organisation, clock: Any
) -> None:
    version, person = make_version(valid_months=12), make_aspirant(school)
    record_completion(
        person=person,
        version=version,
        completed_on=dt.date(2025, 2, 1),
        sessions=[],
        source=CompletionSource.IMPORT,
        actor=None,
    )
    make_confirmed(make_session(version=version, starts_in=dt.timedelta(days=-10)), person)
    assert sizes(plan(on_days(version, 10), [person])) == [1]


def test_the_hand_decides_while_it_is_possible(school: Organisation, version: CourseVersion) -> None:
    first, second = on_days(version, 10, 20, capacity=2)
    a, b, c = (make_aspirant(school) for _ in range(3))
    french = make_aspirant(school, language="fr")
    wanted = {a.pk: first.pk, b.pk: first.pk, c.pk: first.pk, french.pk: second.pk}
    proposal = plan([first, second], [a, b, c, french], wanted)
    assert {pk: {p.pk for p in group} for pk, group in proposal.groups.items()} == {
        first.pk: {a.pk, b.pk},
        # The third found no room; the hand goes before the language.
        second.pk: {c.pk, french.pk},
    }
    assert reasons(plan([first], [a, b], {a.pk: None})) == {a.pk: Obstacle.LEFT_OUT}


@pytest.mark.parametrize("status", [EnrolmentStatus.QUEUED, EnrolmentStatus.WITHDRAWN])
def test_who_lost_a_seat_and_waits_again_is_enrolled_and_who_left_is_not(
    school: Organisation, version: CourseVersion, status: EnrolmentStatus
) -> None:
    session, other = on_days(version, 10, 20)
    learner = make_aspirant(school)
    lost = make_confirmed(session, learner)
    Seat.objects.filter(enrolment=lost).update(released_at=NOON)
    Enrolment.objects.filter(pk=lost.pk).update(status=status)
    waits = status == EnrolmentStatus.QUEUED
    assert reasons(plan([other], [learner])) == ({learner.pk: Obstacle.QUEUED} if waits else {})


def test_a_seat_that_is_free_while_somebody_waits_is_for_nobody_else(
    school: Organisation, version: CourseVersion
) -> None:
    (session,) = on_days(version, 10, capacity=1)
    make_confirmed(session)
    waiting, person = make_employee(), make_aspirant(school)
    enrol(session=session, learner=waiting, actor=waiting)
    Meeting.objects.filter(session=session).update(capacity=5)
    assert reasons(plan([session], [person])) == {person.pk: Obstacle.HAS_QUEUE}


def test_all_get_a_seat_and_one_mail(school: Organisation, version: CourseVersion, coordinator: User) -> None:
    sessions, people = on_days(version, 10, 20, capacity=4), [make_aspirant(school) for _ in range(7)]
    enrolments = book(sessions, people, coordinator)
    assert {enrolment.learner_id for enrolment in enrolments} == {person.pk for person in people}
    assert sorted(Meeting.objects.values_list("taken", flat=True)) == [3, 3, 4, 4]
    assert Seat.objects.held().count() == 14
    for enrolment in enrolments:
        assert (enrolment.status, enrolment.source) == (EnrolmentStatus.CONFIRMED, EnrolmentSource.BLOCK)
        assert (enrolment.is_imposed, enrolment.school_id, enrolment.enrolled_by_id) == (
            True,
            school.pk,
            school.pk,
        )
        assert enrolment.enrolled_at == enrolment.confirmed_at == NOON
    assert sorted(Message.objects.values_list("recipient", "template")) == sorted(
        (person.pk, "enrolment_confirmed") for person in people
    )
    entries = AuditEntry.objects.filter(action="enrolment.confirmed")
    assert {(entry.actor_id, entry.subject_id) for entry in entries} == {
        (coordinator.pk, enrolment.pk) for enrolment in enrolments
    }


@pytest.mark.parametrize("what", ["seats", "person", "moved", "queue"])
def test_whatever_changed_since_the_preview_refuses_all_of_it(
    school: Organisation, version: CourseVersion, coordinator: User, what: str
) -> None:
    sessions, people = on_days(version, 10, 20, capacity=2), [make_aspirant(school) for _ in range(4)]
    proposal = plan(sessions, people)
    placements = {learner.pk: pk for pk, group in proposal.groups.items() for learner in group}
    shown = {session.pk: session.sequence for session in sessions}
    if what == "seats":
        make_confirmed(sessions[0])
    elif what == "person":
        make_confirmed(make_session(starts_in=dt.timedelta(days=20)), proposal.groups[sessions[1].pk][0])
    elif what == "moved":
        Session.objects.filter(pk=sessions[0].pk).update(sequence=1)
    else:
        make_confirmed(sessions[0])
        waiting = make_employee()
        Enrolment.objects.create(session=sessions[0], learner=waiting, status=EnrolmentStatus.QUEUED)
    before = Enrolment.objects.count(), Seat.objects.count()
    with pytest.raises(BlockRefused) as refusal:
        book_block(placements=placements, shown=shown, organisation=school, actor=coordinator)
    found = {
        (change.obstacle, change.session and change.session.pk, change.learner is not None)
        for change in refusal.value.changes
    }
    assert (
        found
        == {
            "seats": {(Obstacle.FULL, sessions[0].pk, False)},
            "person": {(Obstacle.OVERLAPPING, sessions[1].pk, True)},
            "moved": {(Obstacle.MOVED, sessions[0].pk, False)},
            "queue": {(Obstacle.HAS_QUEUE, sessions[0].pk, True)},
        }[what]
    )
    assert (Enrolment.objects.count(), Seat.objects.count()) == before
    assert not Message.objects.filter(template="enrolment_confirmed", recipient__in=people).exists()


def test_the_statements_do_not_grow_with_the_people(
    school: Organisation, version: CourseVersion, coordinator: User
) -> None:
    costs = {}
    for number in (2, 40):
        sessions, people = (
            on_days(version, 10, 20, capacity=20),
            [make_aspirant(school) for _ in range(number)],
        )
        shown = {session.pk: session.sequence for session in sessions}
        placements = {person.pk: sessions[place % 2].pk for place, person in enumerate(people)}
        with CaptureQueriesContext(connection) as queries:
            book_block(placements=placements, shown=shown, organisation=school, actor=coordinator)
        costs[number] = len(queries) - 2
    assert costs == {2: 14, 40: 14}


def test_nor_where_seats_are_reserved(
    school: Organisation, version: CourseVersion, coordinator: User
) -> None:
    costs = {}
    for number in (2, 12):
        (session,) = on_days(version, number + 10, capacity=20)
        reserve_seats(
            session=session, seats=10, release_on=NOON.date(), organisation=school, actor=coordinator
        )
        people = [make_aspirant(school) for _ in range(number)]
        with CaptureQueriesContext(connection) as queries:
            book_block(
                placements={person.pk: session.pk for person in people},
                shown={session.pk: session.sequence},
                organisation=school,
                actor=coordinator,
            )
        costs[number] = len(queries)
        pool = session.pools.get()
        assert (pool.taken, pool.enrolments.count()) == (min(number, 10), min(number, 10))
        assert {(each.taken, each.reserved) for each in session.meetings.all()} == {
            (number, 10 - min(number, 10))
        }
    # Two more are not of the reserved seats, so that the meetings gain them apart.
    assert costs[12] <= costs[2] + 1


def test_a_class_waits_for_no_approval_of_the_employers(
    school: Organisation, version: CourseVersion, coordinator: User
) -> None:
    """What a zone wants to be asked about is what its people choose; a class must follow this."""
    people = [make_aspirant(school, zone=OrganisationFactory.create()) for _ in range(2)]
    for person in people:
        zone = person.memberships.get(role=Role.EMPLOYEE).organisation
        require_approval(organisation=zone, course=version.course, valid_from=NOON.date(), actor=coordinator)
    booked = book(on_days(version, 10), people, coordinator)
    assert {(each.status, each.approval_needed) for each in booked} == {(EnrolmentStatus.CONFIRMED, False)}
