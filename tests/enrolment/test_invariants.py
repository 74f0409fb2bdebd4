"""Each invariant, broken behind the services' back, is found under its name, and nothing else is."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from courses.enums import CancelReason, Obligation, SessionStatus
from courses.models import Meeting, MeetingStaff, Session
from courses.rules import Deadlines
from courses.services.scheduling import plan_of
from enrolment.enums import CompletionSource, EnrolmentSource, EnrolmentStatus, Fault, OfferKind
from enrolment.invariants import INVARIANTS
from enrolment.models import Completion, Enrolment, Offer
from enrolment.services.auditing import find_faults
from enrolment.services.booking import enrol, withdraw
from enrolment.services.cancelling import cancel_session
from enrolment.services.completions import record_completion
from enrolment.services.moving import move
from people.enums import Role
from people.models import User
from tests.factories import (
    make_confirmed,
    make_employee,
    make_offer,
    make_person_with,
    make_session,
    make_staff,
    make_version,
)

pytestmark = pytest.mark.django_db

TWENTY_DAYS = dt.timedelta(days=20)
Rows = Enrolment | Meeting | MeetingStaff | Completion


@pytest.fixture
def session() -> Session:
    """Two parts of three hours, two people on two seats, one who waits."""
    session = make_session(capacity=2)
    for _ in range(3):
        sign_up(session)
    return session


def sign_up(session: Session, learner: User | None = None, consent: int | None = None) -> Enrolment:
    learner = learner or make_employee()
    return enrol(session=session, learner=learner, actor=learner, consent=consent)


def complete(person: User, session: Session, source: CompletionSource) -> Completion:
    return record_completion(
        person=person,
        version=session.version,
        completed_on=dt.date(2026, 1, 15),
        sessions=[session],
        source=source,
        actor=None,
    )


def run(statement: str, *values: Any) -> None:
    """As somebody would who mends a database by hand."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def without(table: str, constraint: str) -> None:
    # PostgreSQL changes no table of which foreign keys are still to be checked.
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")


def without_index(name: str) -> None:
    run(f"DROP INDEX {name}")


def found() -> dict[Fault, list[str]]:
    return {each.fault: each.public_ids for each in find_faults(most_ids=10) if each.count}


def only(fault: Fault, *rows: Rows) -> dict[Fault, list[str]]:
    return {fault: sorted(str(row.public_id) for row in rows)}


def confirmed_of(session: Session) -> Enrolment:
    enrolment: Enrolment = session.enrolments.confirmed().earliest("pk")
    return enrolment


def queued_of(session: Session) -> Enrolment:
    enrolment: Enrolment = session.enrolments.queued().earliest("pk")
    return enrolment


def test_every_fault_has_its_invariant() -> None:
    assert set(INVARIANTS) == set(Fault)


def test_whatever_the_services_do_is_in_order(session: Session) -> None:
    manager = make_person_with(Role.CATALOGUE_MANAGER)
    withdraw(enrolment=confirmed_of(session), actor=manager)
    gone, later = (make_session(starts_in=dt.timedelta(days=days)) for days in (40, 50))
    for each in (gone, later):
        sign_up(each, confirmed_of(session).learner)
    cancel_session(session=gone, reason=CancelReason.TRAINER, actor=manager)
    to_the_same_day = [
        replace(plan, start=plan.start - TWENTY_DAYS, end=plan.end - TWENTY_DAYS)
        for plan in map(plan_of, later.meetings.all())
    ]
    assert move(session=later, plans=to_the_same_day, deadlines=Deadlines(), actor=manager).elsewhere == 1
    complete(confirmed_of(session).learner, session, CompletionSource.ATTENDANCE)

    assert found() == {}


def test_more_seats_held_than_there_are(session: Session) -> None:
    without("courses_meeting", "meeting_never_overbooked")
    meeting = session.meetings.earliest("starts_at")
    run("UPDATE courses_meeting SET capacity = 1 WHERE id = %s", meeting.pk)

    assert found() == only(Fault.OVERBOOKED, meeting)


def test_a_count_that_is_too_high_or_too_low(session: Session) -> None:
    first, second = session.meetings.all()
    run("UPDATE courses_meeting SET taken = taken - 1 WHERE id = %s", first.pk)
    assert found() == only(Fault.MISCOUNTED, first)

    without("courses_meeting", "meeting_never_overbooked")
    run("UPDATE courses_meeting SET taken = taken + 7 WHERE id = %s", second.pk)
    assert found() == only(Fault.MISCOUNTED, first, second)


def test_an_empty_meeting_that_counts_somebody() -> None:
    meeting = make_session().meetings.earliest("starts_at")
    run("UPDATE courses_meeting SET taken = 1 WHERE id = %s", meeting.pk)

    assert found() == only(Fault.MISCOUNTED, meeting)


def test_somebody_who_has_a_seat_and_waits_for_one(session: Session) -> None:
    without_index("one_active_enrolment")
    again = queued_of(session)
    run(
        "UPDATE enrolment_enrolment SET learner_id = %s WHERE id = %s",
        confirmed_of(session).learner_id,
        again.pk,
    )

    assert found() == only(Fault.ENROLLED_TWICE, again)


@pytest.mark.parametrize("hours", [0, 1, -1])
def test_two_seats_at_one_time(hours: int) -> None:
    """The same hours, the second half of them, the first."""
    version = make_version(parts=1)
    here, elsewhere = make_session(version=version), make_session(version=version)
    run("UPDATE courses_meeting SET starts_at = starts_at + %s, ends_at = ends_at + %s WHERE session_id = %s",
        dt.timedelta(hours=hours), dt.timedelta(hours=hours), elsewhere.pk)  # fmt: skip
    learner = make_employee()
    enrolments = [make_confirmed(here, learner), make_confirmed(elsewhere, learner)]

    assert found() == only(Fault.OVERLAPPING, enrolments[0 if hours < 0 else 1])


def test_a_seat_within_a_longer_one_that_began_two_seats_before() -> None:
    """Not only its neighbour in time is looked at."""
    day = make_session(version=make_version(parts=1))
    run("UPDATE courses_meeting SET ends_at = starts_at + interval '9 hours' WHERE session_id = %s", day.pk)
    version, learner = make_version(parts=3), make_employee()
    inside = make_session(version=version)
    make_confirmed(day, learner)
    within = make_confirmed(inside, learner)
    run(
        "DELETE FROM enrolment_seat WHERE enrolment_id = %s AND meeting_id = %s",
        within.pk,
        inside.meetings.earliest("starts_at").pk,
    )
    run("UPDATE courses_part SET optional = true WHERE id = %s", version.parts.earliest("position").pk)
    run("UPDATE courses_meeting SET taken = 0 WHERE id = %s", inside.meetings.earliest("starts_at").pk)

    assert found() == only(Fault.OVERLAPPING, within)


def test_seats_that_touch_are_in_order() -> None:
    version = make_version(parts=1)
    here, after = make_session(version=version), make_session(version=version)
    run("UPDATE courses_meeting SET starts_at = ends_at, ends_at = ends_at + interval '1 hour'"
        " WHERE session_id = %s", after.pk)  # fmt: skip
    learner = make_employee()
    make_confirmed(here, learner)
    make_confirmed(after, learner)

    assert found() == {}


def test_a_seat_held_twice_in_one_meeting(session: Session) -> None:
    without_index("one_held_seat")
    seat = confirmed_of(session).seats.earliest("pk")
    other = session.enrolments.confirmed().latest("pk").seats.get(meeting=seat.meeting)
    # So that the count stays right: one seat changes hands.
    run("UPDATE enrolment_seat SET enrolment_id = %s WHERE id = %s", seat.enrolment_id, other.pk)

    assert found() == only(Fault.OVERLAPPING, seat.enrolment) | only(Fault.WITHOUT_SEAT, other.enrolment)


@pytest.mark.parametrize("answer", ["invited", "accepted"])
def test_somebody_who_gives_a_session_at_the_time_of_their_seat(session: Session, answer: str) -> None:
    elsewhere = make_session(version=session.version)
    staff = make_staff(elsewhere.meetings.earliest("starts_at"), confirmed_of(session).learner)
    run("UPDATE courses_meetingstaff SET answer = %s WHERE id = %s", answer, staff.pk)

    assert found() == only(Fault.TEACHING_THEN, staff)


def test_who_declined_or_was_to_give_what_is_cancelled_is_free(session: Session) -> None:
    declined, cancelled = make_session(version=session.version), make_session(version=session.version)
    for each, answer in ((declined, "declined"), (cancelled, "accepted")):
        staff = make_staff(each.meetings.earliest("starts_at"), confirmed_of(session).learner)
        run("UPDATE courses_meetingstaff SET answer = %s WHERE id = %s", answer, staff.pk)
    run("UPDATE courses_session SET status = 'cancelled' WHERE id = %s", cancelled.pk)

    assert found() == {}


def test_somebody_who_gives_two_sessions_at_one_time() -> None:
    version, trainer = make_version(parts=1), make_employee()
    rows = [make_staff(make_session(version=version).first_meeting, trainer) for _ in range(2)]

    assert found() == only(Fault.GIVING_TWO, rows[1])


def test_two_who_wait_with_the_same_priority_and_date(session: Session) -> None:
    first, second = queued_of(session), sign_up(session)
    run("UPDATE enrolment_enrolment SET enrolled_at = %s WHERE id = %s", first.enrolled_at, second.pk)
    assert found() == only(Fault.TIED_IN_QUEUE, second)

    run("UPDATE enrolment_enrolment SET priority = 50 WHERE id = %s", second.pk)
    assert found() == {}


def test_a_class_that_was_placed_in_one_act_may_wait_with_one_date(session: Session) -> None:
    sign_up(session)
    session.enrolments.queued().update(enrolled_at=timezone.now(), source=EnrolmentSource.BLOCK)

    assert found() == {}


def test_a_confirmed_enrolment_that_lacks_a_seat(session: Session) -> None:
    enrolment = confirmed_of(session)
    seat = enrolment.seats.latest("pk")
    run("UPDATE enrolment_seat SET released_at = now() WHERE id = %s", seat.pk)
    run("UPDATE courses_meeting SET taken = taken - 1 WHERE id = %s", seat.meeting_id)

    assert found() == only(Fault.WITHOUT_SEAT, enrolment)


def test_a_live_offer_for_which_no_seat_is_held() -> None:
    offer = make_offer(make_session(version=make_version(parts=1)))
    assert found() == {}

    run("UPDATE enrolment_seat SET released_at = now() WHERE enrolment_id = %s", offer.enrolment_id)
    run("UPDATE courses_meeting SET taken = 0")
    assert found() == only(Fault.WITHOUT_SEAT, offer.enrolment)


def test_a_seat_in_a_part_that_is_optional_may_be_missing(session: Session) -> None:
    seat = confirmed_of(session).seats.latest("pk")
    run("UPDATE enrolment_seat SET released_at = now() WHERE id = %s", seat.pk)
    run("UPDATE courses_meeting SET taken = taken - 1 WHERE id = %s", seat.meeting_id)
    run("UPDATE courses_part SET optional = true WHERE id = %s", seat.meeting.part_id)

    assert found() == {}


@pytest.mark.parametrize("status", [EnrolmentStatus.WITHDRAWN, EnrolmentStatus.QUEUED])
def test_a_seat_of_somebody_who_is_not_confirmed(session: Session, status: str) -> None:
    enrolment = confirmed_of(session)
    run("UPDATE enrolment_enrolment SET status = %s WHERE id = %s", status, enrolment.pk)

    assert found() == only(Fault.STRAY_SEAT, enrolment)


@pytest.mark.parametrize("status", [SessionStatus.CANCELLED, SessionStatus.DRAFT])
def test_somebody_enrolled_in_what_is_not_on_offer(session: Session, status: str) -> None:
    run("UPDATE courses_session SET status = %s WHERE id = %s", status, session.pk)

    assert found() == only(Fault.NOT_ON_OFFER, *session.enrolments.active())


def test_an_offer_without_a_seat_on_offer_and_the_other_way_round(session: Session) -> None:
    waiting, seated = queued_of(session), confirmed_of(session)
    now = timezone.now()
    Offer.objects.create(enrolment=waiting, kind=OfferKind.SEAT, made_at=now, expires_at=now)
    run("UPDATE enrolment_enrolment SET status = 'offered' WHERE id = %s", seated.pk)

    assert found() == only(Fault.OFFER_ADRIFT, waiting, seated)


def test_somebody_confirmed_who_needs_approval(session: Session) -> None:
    enrolment = confirmed_of(session)
    without("enrolment_enrolment", "confirmed_is_approved")
    run(
        "UPDATE enrolment_enrolment SET approval_needed = true WHERE id IN (%s, %s)",
        enrolment.pk,
        queued_of(session).pk,
    )

    assert found() == only(Fault.UNAPPROVED, enrolment)


def test_somebody_enrolled_without_consent_or_with_that_to_another_text() -> None:
    version = make_version(obligation=Obligation.NEVER_MANDATORY, consent_required=True)
    session = make_session(version=version, capacity=2)
    first, second, third = (sign_up(session, consent=version.number) for _ in range(3))
    assert found() == {}

    run("UPDATE enrolment_enrolment SET consented_to_id = %s WHERE id = %s", make_version().pk, first.pk)
    run(
        "UPDATE enrolment_enrolment SET consented_to_id = NULL, consented_at = NULL WHERE id IN (%s, %s)",
        second.pk,
        third.pk,
    )
    assert found() == only(Fault.WITHOUT_CONSENT, first, second, third)


def test_a_completion_that_no_session_shows(session: Session) -> None:
    completion = complete(confirmed_of(session).learner, session, CompletionSource.ATTENDANCE)
    imported = complete(make_employee(), session, CompletionSource.IMPORT)
    run(
        "DELETE FROM enrolment_completion_sessions WHERE completion_id IN (%s, %s)",
        completion.pk,
        imported.pk,
    )
    assert found() == only(Fault.WITHOUT_EVIDENCE, completion)

    Completion.objects.update(superseded_at=timezone.now())
    assert found() == {}


def test_a_completion_by_a_session_in_which_somebody_else_was(session: Session) -> None:
    completion = complete(queued_of(session).learner, session, CompletionSource.ATTENDANCE)

    assert found() == only(Fault.WITHOUT_EVIDENCE, completion)
