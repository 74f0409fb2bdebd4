"""One of an office's people takes the seat of another: who gets it, who is told, what refuses it."""

import datetime as dt
from typing import Any

import pytest

from core.models import AuditEntry
from courses.enums import SessionAudience
from courses.models import Session
from enrolment.enums import EnrolmentSource, EnrolmentStatus
from enrolment.errors import ApprovalFirst, NobodyToTell, NothingToReplace, NotPossible, OwnChoice
from enrolment.models import Enrolment, SeatPool
from enrolment.services.booking import enrol, withdraw
from enrolment.services.on_behalf import enrol_on_behalf
from enrolment.services.pools import reserve_seats
from enrolment.services.substituting import substitute
from notifications.delivery import render
from notifications.models import Message
from people.enums import Role
from people.models import Organisation, User
from tests.enrolment.conftest import DAY, NOON
from tests.factories import (
    make_confirmed,
    make_employee,
    make_person_with,
    make_session,
    make_version,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("audited")]

CONFIRMED, QUEUED, CANCELLED = EnrolmentStatus.CONFIRMED, EnrolmentStatus.QUEUED, EnrolmentStatus.CANCELLED


@pytest.fixture
def session() -> Session:
    return make_session(version=make_version(parts=1), capacity=1)


@pytest.fixture
def hr(zone: Organisation) -> User:
    return make_person_with(Role.HR, organisation=zone, profile__last_name="Vandamme")


@pytest.fixture
def bert(zone: Organisation) -> User:
    return make_employee(zone=zone, profile__first_name="Bert", profile__last_name="Maes")


@pytest.fixture
def made(session: Session, zone: Organisation, hr: User, anna: User) -> Enrolment:
    return enrol_on_behalf(session=session, learner=anna, organisation=zone, actor=hr)


def replace(made: Enrolment, by: User, hr: User) -> Enrolment:
    organisation = made.enrolled_by
    assert organisation
    return substitute(enrolment=made, by=by, organisation=organisation, actor=hr)


def book(session: Session, learner: User | None = None) -> Enrolment:
    learner = learner or make_employee()
    return enrol(session=session, learner=learner, actor=learner)


def states(session: Session) -> dict[int, str]:
    return dict(session.enrolments.values_list("learner", "status"))


def test_the_seat_goes_to_the_other_and_not_to_the_queue(
    made: Enrolment, session: Session, zone: Organisation, hr: User, bert: User, clock: Any
) -> None:
    waiting = book(session)
    clock.shift(DAY)
    successor = replace(made, bert, hr)
    assert states(session) == {
        made.learner_id: CANCELLED,
        waiting.learner_id: QUEUED,
        bert.pk: CONFIRMED,
    }
    assert (successor.enrolled_at, successor.enrolled_by) == (NOON + DAY, zone)
    assert successor.source == EnrolmentSource.ON_BEHALF
    assert session.meetings.get().taken == 1


def test_both_are_told_and_neither_reads_of_the_other(
    made: Enrolment, hr: User, anna: User, bert: User
) -> None:
    Message.objects.all().delete()
    replace(made, bert, hr)
    ended = render(Message.objects.get(recipient=anna))
    begun = render(Message.objects.get(recipient=bert))
    for mail, others in ((ended, ("Bert", "Maes")), (begun, ("Anna", "Claes"))):
        whole = f"{mail.subject} {mail.body}"
        assert not [name for name in (*others, "Vandamme") if name in whole]
        assert [part.get_filename() for part in mail.attachments] == ["session.ics"]
    assert Message.objects.get(recipient=anna).context["calendar"]["method"] == "CANCEL"
    assert Message.objects.get(recipient=bert).context["calendar"]["method"] == "REQUEST"


def test_the_same_again_has_one_effect(made: Enrolment, session: Session, hr: User, bert: User) -> None:
    assert replace(made, bert, hr) == replace(made, bert, hr)
    assert session.meetings.get().taken == 1
    assert Message.objects.filter(recipient=bert).count() == 1


def test_who_waits_there_gets_the_seat_with_the_date_that_they_have(
    made: Enrolment, session: Session, hr: User, bert: User, clock: Any
) -> None:
    ahead, waiting = book(session), book(session, bert)
    clock.shift(DAY)
    assert replace(made, bert, hr) == waiting
    waiting.refresh_from_db()
    assert (waiting.status, waiting.enrolled_at, waiting.enrolled_by) == (CONFIRMED, NOON, made.enrolled_by)
    ahead.refresh_from_db()
    assert ahead.status == QUEUED


def test_it_holds_after_the_deadlines_and_until_the_session_begins(
    zone: Organisation, hr: User, anna: User, bert: User, clock: Any
) -> None:
    session = make_session(
        version=make_version(parts=1), enrol_until=dt.date(2026, 3, 5), withdraw_until=dt.date(2026, 3, 5)
    )
    made = enrol_on_behalf(session=session, learner=anna, organisation=zone, actor=hr)
    starts_at = session.starts_at
    assert starts_at
    clock.move_to(starts_at - dt.timedelta(minutes=1))
    successor = replace(made, bert, hr)
    assert successor.status == CONFIRMED
    clock.move_to(starts_at)
    with pytest.raises(NothingToReplace):
        replace(successor, make_employee(zone=zone), hr)


def test_hr_reads_the_same_words_whatever_stands_in_the_way(
    made: Enrolment, session: Session, zone: Organisation, hr: User, anna: User
) -> None:
    busy, waits_and_is_busy, has_seat = (make_employee(zone=zone) for _ in range(3))
    same_time = make_session(version=make_version(parts=1))
    make_confirmed(same_time, busy)
    book(session, waits_and_is_busy)
    make_confirmed(same_time, waits_and_is_busy)
    session.meetings.update(capacity=2)
    make_confirmed(session, has_seat)
    before = (states(session), AuditEntry.objects.count(), Message.objects.count())
    said = set()
    for person in (busy, waits_and_is_busy, has_seat, anna):
        with pytest.raises(NotPossible) as refused:
            replace(made, person, hr)
        said.add(str(refused.value))
    assert len(said) == 1
    assert (states(session), AuditEntry.objects.count(), Message.objects.count()) == before


def test_a_session_for_others_is_not_for_the_substitute(
    made: Enrolment, session: Session, hr: User, bert: User
) -> None:
    Session.objects.filter(pk=session.pk).update(audience=SessionAudience.ASPIRANTS)
    with pytest.raises(NotPossible):
        replace(made, bert, hr)


def test_who_needs_an_approval_cant_step_in(made: Enrolment, session: Session, hr: User, bert: User) -> None:
    session.version.approval_required = True
    session.version.save()
    made = Enrolment.objects.get(pk=made.pk)
    with pytest.raises(ApprovalFirst):
        replace(Enrolment.objects.get(pk=made.pk), bert, hr)
    made.refresh_from_db()
    assert made.is_confirmed
    assert not Enrolment.objects.filter(learner=bert).exists()


def test_whoever_waits_has_no_seat_to_give(
    session: Session, zone: Organisation, hr: User, anna: User, bert: User
) -> None:
    book(session)
    waiting = enrol_on_behalf(session=session, learner=anna, organisation=zone, actor=hr)
    with pytest.raises(NothingToReplace):
        replace(waiting, bert, hr)


def test_a_seat_that_was_declined_has_gone_to_the_queue(
    made: Enrolment, session: Session, hr: User, anna: User, bert: User
) -> None:
    waiting = book(session)
    withdraw(enrolment=made, actor=anna)
    with pytest.raises(NothingToReplace):
        replace(made, bert, hr)
    assert states(session) == {anna.pk: EnrolmentStatus.WITHDRAWN, waiting.learner_id: CONFIRMED}


def test_nobody_is_enrolled_who_cant_be_told(made: Enrolment, zone: Organisation, hr: User) -> None:
    with pytest.raises(NobodyToTell):
        replace(made, make_employee(zone=zone, email=None), hr)


def test_what_became_sensitive_is_everybodys_own_choice(
    zone: Organisation, hr: User, anna: User, bert: User
) -> None:
    session = make_session(version=make_version(parts=1, sensitive=True))
    made = make_confirmed(session, anna)
    made.enrolled_by = zone
    made.save()
    with pytest.raises(OwnChoice):
        replace(made, bert, hr)


def test_a_reserved_seat_stays_reserved_for_the_zone(
    session: Session, zone: Organisation, hr: User, anna: User, bert: User
) -> None:
    reserve_seats(session=session, seats=1, release_on=dt.date(2026, 3, 20), actor=hr, organisation=zone)
    made = enrol_on_behalf(session=session, learner=anna, organisation=zone, actor=hr)
    successor = replace(made, bert, hr)
    pool = SeatPool.objects.get()
    assert (successor.pool, pool.taken) == (pool, 1)
    meeting = session.meetings.get()
    assert (meeting.taken, meeting.reserved) == (1, 0)


def test_a_seat_that_the_successor_doesnt_need_goes_to_the_queue(
    session: Session, zone: Organisation, made: Enrolment, bert: User, hr: User, clock: Any
) -> None:
    """Theirs is one that was reserved since; the other seat is free in the same act."""
    session.meetings.update(capacity=2)
    reserve_seats(session=session, seats=1, release_on=dt.date(2026, 3, 20), actor=hr, organisation=zone)
    clock.shift(60)
    waiting = book(session)
    successor = replace(made, bert, hr)
    assert successor.pool
    assert states(session) == {made.learner_id: CANCELLED, bert.pk: CONFIRMED, waiting.learner_id: CONFIRMED}


def test_a_seat_that_is_kept_for_a_language_goes_to_nobody_of_another(
    session: Session, zone: Organisation, hr: User, anna: User
) -> None:
    reserve_seats(session=session, seats=1, release_on=dt.date(2026, 3, 20), actor=hr, language="nl")
    made = enrol_on_behalf(session=session, learner=anna, organisation=zone, actor=hr)
    with pytest.raises(NotPossible):
        replace(made, make_employee(zone=zone, language="fr"), hr)


def test_the_trail_has_ids_alone(made: Enrolment, hr: User, bert: User) -> None:
    successor = replace(made, bert, hr)
    entries = AuditEntry.objects.filter(subject_type="enrolment.enrolment").order_by("pk")
    assert [(entry.action, entry.subject_id, entry.data) for entry in entries][1:] == [
        ("enrolment.substituted", made.pk, {"by": successor.pk}),
        ("enrolment.confirmed", successor.pk, {}),
    ]
