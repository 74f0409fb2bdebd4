"""A missed part is made up for in another session: one seat, one completion, one certificate."""

import datetime as dt
from contextlib import suppress
from typing import Any

import pytest
import time_machine

from attendance import services
from attendance.enums import AmendmentReason, MarkState
from attendance.make_ups import Missed, was_missed
from certificates.querysets import due_completions
from core.models import AuditEntry
from courses.enums import CancelReason, SessionAudience
from courses.models import Meeting, Session
from courses.services.documents import add_document
from enrolment import errors
from enrolment.errors import EverybodyToldAlready
from enrolment.make_ups import dates_to_make_up, when_free
from enrolment.models import Completion, Enrolment
from enrolment.services.booking import enrol, withdraw
from enrolment.services.cancelling import cancel_session
from enrolment.services.capacity import change_capacity
from enrolment.services.messaging import send_message
from notifications.enums import MessageStatus
from notifications.models import Message
from people.enums import Role
from people.models import User
from tests.attendance.conftest import at
from tests.attendance.helpers import mark_and_close, seat_of
from tests.attendance.making_up import (
    book,
    day_of,
    found_by_the_audit,
    mails_to,
    missed_by,
    practice_of,
    taken,
)
from tests.factories import (
    OrganisationFactory,
    PartFactory,
    make_confirmed,
    make_employee,
    make_offer,
    make_person_with,
    make_session,
    make_staff,
    make_version,
)
from tests.pages import SignIn

pytestmark = pytest.mark.django_db

PRESENT, LATE, PARTIAL, ABSENT, EXCUSED, _ENDED_EARLY = MarkState
DAY = dt.timedelta(days=1)


def refusal_to_book(enrolment: Enrolment, meeting: Meeting) -> type[Exception]:
    before = taken(meeting.session)
    with pytest.raises(errors.EnrolmentRefused) as refused:
        book(enrolment, meeting)
    assert taken(meeting.session) == before
    return refused.type


def dates(enrolment: Enrolment) -> list[Meeting]:
    (missed,) = missed_by([enrolment.learner_id], at=at(15))
    return when_free(enrolment.learner, dates_to_make_up(missed.enrolment, missed.part, at=at(15)))


# -- Who missed what -------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [ABSENT, EXCUSED, PARTIAL])
def test_a_part_that_was_not_followed_is_missed_once_its_roster_is_closed(
    theory: Meeting, practice: Meeting, trainer: User, state: MarkState
) -> None:
    enrolment, other = make_confirmed(theory.session), make_confirmed(theory.session)
    mark_and_close(theory, {enrolment: PRESENT, other: LATE}, trainer)
    services.mark(seat=seat_of(enrolment, practice), state=state, actor=trainer)
    people = [enrolment.learner_id, other.learner_id]
    assert missed_by(people, at=at(15)) == []

    mark_and_close(practice, {other: PRESENT}, trainer)

    assert missed_by(people, at=at(15)) == [Missed(enrolment, practice.part)]
    assert missed_by([other.learner_id], at=at(15)) == []


def test_who_followed_nothing_of_it_enrols_anew(theory: Meeting, practice: Meeting, trainer: User) -> None:
    enrolment = make_confirmed(theory.session)
    mark_and_close(theory, {enrolment: ABSENT}, trainer)
    assert [missed.part for missed in missed_by([enrolment.learner_id], at=at(15))] == [theory.part]

    mark_and_close(practice, {enrolment: ABSENT}, trainer)

    assert missed_by([enrolment.learner_id], at=at(15)) == []


def test_an_optional_part_is_not_missed(theory: Meeting, practice: Meeting, trainer: User) -> None:
    practice.part.optional = True
    practice.part.save()
    enrolment = make_confirmed(theory.session)
    mark_and_close(theory, {enrolment: PRESENT}, trainer)
    mark_and_close(practice, {enrolment: ABSENT}, trainer)

    assert missed_by([enrolment.learner_id], at=at(15)) == []


def test_who_completed_it_elsewhere_and_what_is_long_past_is_left_alone(half_done: Enrolment) -> None:
    people = [half_done.learner_id]
    assert len(missed_by(people, at=at(15) + 364 * DAY)) == 1
    assert missed_by(people, at=at(15) + 366 * DAY) == []

    Completion.objects.create(
        person=half_done.learner,
        version=half_done.session.version,
        completed_on=at(15).date(),
        minutes=480,
        source="import",
    )
    assert missed_by(people, at=at(15)) == []


def test_an_offer_of_a_seat_is_no_seat_to_make_up(later: Session) -> None:
    offer = make_offer(later)
    assert missed_by([offer.enrolment.learner_id], at=at(15)) == []
    assert not was_missed(
        offer.enrolment, PartFactory.create(version=later.version, position=9, optional=True)
    )


# -- One seat --------------------------------------------------------------------------------------


def test_only_the_missed_part_is_booked_for_the_same_enrolment(half_done: Enrolment, later: Session) -> None:
    seat = book(half_done, practice_of(later))

    assert (seat.enrolment, seat.meeting) == (half_done, practice_of(later))
    assert taken(later) == [0, 1]
    assert not later.enrolments.exists()
    entry = AuditEntry.objects.get(action="enrolment.make_up_booked")
    assert (entry.subject_id, entry.actor_id) == (half_done.pk, half_done.learner_id)
    assert missed_by([half_done.learner_id], at=at(15)) == []
    assert found_by_the_audit() == {}


def test_booked_again_it_is_the_same_seat(half_done: Enrolment, later: Session) -> None:
    assert book(half_done, practice_of(later)) == book(half_done, practice_of(later))

    assert taken(later) == [0, 1]
    assert mails_to(half_done.learner) == ["make_up_booked"]


def test_nothing_else_than_what_was_missed_is_booked(half_done: Enrolment, later: Session) -> None:
    theory = later.meetings.get(part__position=1)
    assert refusal_to_book(half_done, theory) == errors.NothingToMakeUp
    assert refusal_to_book(half_done, practice_of(make_session())) == errors.AnotherPart
    assert refusal_to_book(half_done, practice_of(half_done.session)) == errors.AnotherPart

    book(half_done, practice_of(later))

    other = make_session(version=later.version, starts_in=20 * DAY)
    assert refusal_to_book(half_done, practice_of(other)) == errors.NothingToMakeUp


def test_who_was_there_or_has_no_seat_makes_up_for_nothing(
    theory: Meeting, practice: Meeting, trainer: User, later: Session
) -> None:
    there, gone = make_confirmed(theory.session), make_confirmed(theory.session)
    mark_and_close(theory, {there: PRESENT, gone: PRESENT}, trainer)
    mark_and_close(practice, {there: PRESENT, gone: ABSENT}, trainer)
    Enrolment.objects.filter(pk=gone.pk).update(status="cancelled")

    assert refusal_to_book(there, practice_of(later)) == errors.NothingToMakeUp
    assert refusal_to_book(gone, practice_of(later)) == errors.NothingToMakeUp


@pytest.mark.parametrize(("minutes", "is_possible"), [(240, True), (300, True), (239, False), (None, False)])
def test_the_part_of_another_version_counts_if_it_is_not_shorter(
    half_done: Enrolment, minutes: int | None, is_possible: bool
) -> None:
    version = make_version(course=half_done.session.version.course, number=2)
    version.parts.filter(position=2).update(minutes=minutes)
    newer = make_session(version=version)

    assert dates(half_done) == ([practice_of(newer)] if is_possible else [])
    if is_possible:
        assert book(half_done, practice_of(newer)).meeting == practice_of(newer)
    else:
        assert refusal_to_book(half_done, practice_of(newer)) == errors.AnotherPart


def test_an_optional_part_of_another_version_replaces_nothing(half_done: Enrolment) -> None:
    version = make_version(course=half_done.session.version.course, number=2)
    version.parts.filter(position=2).update(optional=True)

    assert refusal_to_book(half_done, practice_of(make_session(version=version))) == errors.AnotherPart


def test_the_rules_of_the_other_session_hold(half_done: Enrolment, later: Session) -> None:
    def with_(**fields: Any) -> type[Exception]:
        session = make_session(version=later.version, starts_in=20 * DAY, **fields)
        assert practice_of(session) not in dates(half_done)
        return refusal_to_book(half_done, practice_of(session))

    today = at(15).date()
    assert with_(published=False) == errors.NotPublished
    assert with_(audience=SessionAudience.ASPIRANTS) == errors.ForAspirantsOnly
    assert with_(enrol_from=today + DAY) == errors.NotOpenYet
    assert with_(enrol_until=today - DAY) == errors.Closed
    later.open_to.add(OrganisationFactory.create())
    assert dates(half_done) == []
    assert refusal_to_book(half_done, practice_of(later)) == errors.NotForYourOrganisation


def test_nobody_is_in_two_places(half_done: Enrolment, later: Session) -> None:
    learner, then = half_done.learner, practice_of(later)
    elsewhere = make_session(starts_in=14 * DAY)
    booked = make_confirmed(elsewhere, learner)
    assert dates(half_done) == []
    assert refusal_to_book(half_done, then) == errors.Overlapping
    withdraw(enrolment=booked, actor=learner)

    staff = make_staff(practice_of(elsewhere), learner)
    assert dates(half_done) == []
    assert refusal_to_book(half_done, then) == errors.TeachingThen
    staff.delete()

    make_staff(later.meetings.get(part__position=1), learner)
    assert dates(half_done) == []
    assert refusal_to_book(half_done, then) == errors.GivesItThemselves


def test_who_makes_up_for_a_part_takes_on_nothing_else_then(half_done: Enrolment, later: Session) -> None:
    learner = half_done.learner
    book(half_done, practice_of(later))
    for other in (make_session(starts_in=14 * DAY), later):
        with pytest.raises(errors.MakingUpThen, match="Give that seat back first"):
            enrol(session=other, learner=learner, actor=learner)


def test_those_who_wait_for_the_whole_session_go_first(half_done: Enrolment, later: Session) -> None:
    """The practice has a seat left that whoever waits can't use yet: the theory is full."""
    practice = practice_of(later)
    later.meetings.filter(part__position=1).update(capacity=1)
    make_confirmed(later)
    waiting = enrol(session=later, learner=make_employee(), actor=half_done.learner)
    assert waiting.is_queued
    assert dates(half_done) == []
    assert refusal_to_book(half_done, practice) == errors.NoSeatToSpare

    change_capacity(session=later, capacities={practice.pk: 3}, actor=half_done.learner)

    assert dates(half_done) == [practice]
    book(half_done, practice)
    assert taken(later) == [1, 2]


def test_a_full_part_is_no_choice_and_a_full_other_part_is_none_of_its_business(
    half_done: Enrolment, later: Session
) -> None:
    later.meetings.filter(part__position=1).update(capacity=0)
    assert dates(half_done) == [practice_of(later)]

    later.meetings.update(capacity=0)
    assert dates(half_done) == []
    assert refusal_to_book(half_done, practice_of(later)) == errors.NoSeatToSpare


def test_who_waits_for_the_session_itself_leaves_it_first(half_done: Enrolment, later: Session) -> None:
    for _ in range(2):
        make_confirmed(later)
    enrol(session=later, learner=half_done.learner, actor=half_done.learner)
    later.meetings.update(capacity=10)

    assert dates(half_done) == []
    assert refusal_to_book(half_done, practice_of(later)) == errors.EnrolledThere


@pytest.mark.parametrize("is_other_text", [False, True])
def test_consent_covers_the_text_to_which_it_was_given(trainer: User, is_other_text: bool) -> None:
    version = make_version(asking_consent=True)
    session = make_session(version=version, starts_in=dt.timedelta(0), trainer=trainer)
    enrolment = make_confirmed(session)
    Enrolment.objects.filter(pk=enrolment.pk).update(consented_to=version, consented_at=at(8))
    first, second = session.meetings.all()
    mark_and_close(first, {enrolment: PRESENT}, trainer)
    mark_and_close(second, {enrolment: EXCUSED}, trainer)
    if is_other_text:
        version = make_version(asking_consent=True, course=version.course, number=2)
    meeting = practice_of(make_session(version=version))

    assert dates(enrolment) == ([] if is_other_text else [meeting])
    if is_other_text:
        assert refusal_to_book(enrolment, meeting) == errors.AnotherText
    else:
        book(enrolment, meeting)
        assert found_by_the_audit() == {}


# -- One completion --------------------------------------------------------------------------------


def test_the_made_up_part_completes_it_once_on_its_own_day(
    half_done: Enrolment, later: Session, trainer: User, clock: time_machine.Traveller
) -> None:
    practice, own = practice_of(later), make_confirmed(later)
    seat = book(half_done, practice)
    clock.move_to(at(15, day=day_of(later)))
    mark_and_close(later.meetings.get(part__position=1), {own: PRESENT}, trainer)
    lines = services.read_roster(session=later, meeting=practice, reader=trainer)
    about = {line.enrolment_id: line.about for line in lines if line.meeting_id == practice.pk}
    assert about == {own.public_id: "", half_done.public_id: "makes up for this part"}

    services.mark(seat=seat, state=LATE, actor=trainer)
    mark_and_close(practice, {own: PRESENT}, trainer)

    assert Completion.objects.current().count() == 2
    completion = Completion.objects.get(person=half_done.learner)
    assert completion.completed_on == later.first_day
    assert completion.version == half_done.session.version
    assert set(completion.sessions.all()) == {half_done.session, later}
    assert list(Completion.objects.get(person=own.learner).sessions.all()) == [later]
    assert due_completions().filter(person=half_done.learner).count() == 1
    assert found_by_the_audit() == {}


def test_a_part_of_another_version_completes_the_one_that_was_begun(
    half_done: Enrolment, trainer: User, clock: time_machine.Traveller
) -> None:
    newer = make_session(
        version=make_version(course=half_done.session.version.course, number=2), trainer=trainer
    )
    practice = practice_of(newer)
    seat = book(half_done, practice)
    clock.move_to(at(15, day=day_of(newer)))
    services.mark(seat=seat, state=PRESENT, actor=trainer)
    services.close_roster(meeting=practice, actor=trainer)

    completion = Completion.objects.get()
    assert (completion.version, completion.minutes) == (half_done.session.version, 480)
    assert set(completion.sessions.all()) == {half_done.session, newer}


def test_a_correction_takes_the_completion_back_and_a_missed_make_up_is_made_up_for(
    half_done: Enrolment, later: Session, trainer: User, clock: time_machine.Traveller
) -> None:
    seat = book(half_done, practice_of(later))
    clock.move_to(at(15, day=day_of(later)))
    services.mark(seat=seat, state=PRESENT, actor=trainer)
    services.close_roster(meeting=practice_of(later), actor=trainer)
    reason = AmendmentReason.TYPING_ERROR
    services.amend_mark(seat=seat, state=ABSENT, reason=reason, actor=trainer)

    assert not Completion.objects.current().exists()
    again = make_session(version=later.version)
    assert book(half_done, practice_of(again)).meeting == practice_of(again)


# -- What the organiser of that date gives and says ------------------------------------------------


def test_who_makes_up_reads_the_documents_and_what_the_organiser_writes(
    sign_in: SignIn, half_done: Enrolment, later: Session
) -> None:
    manager = make_person_with(Role.CATALOGUE_MANAGER)
    Session.objects.update(contact_email="hpm@dossin.example")
    document = add_document(session=later, name="plan.pdf", content=b"%PDF-1.7 ", actor=manager)
    address = f"{later.get_absolute_url()}documents/{document.public_id}/"
    client = sign_in(half_done.learner)
    assert client.get(address).status_code == 404
    seat = book(half_done, practice_of(later))

    assert address in client.get(later.get_absolute_url()).content.decode()
    answer = client.get(address)
    assert b"".join(answer.streaming_content) == b"%PDF-1.7 "
    for _click in range(2):
        with suppress(EverybodyToldAlready):
            send_message(
                session=later, subject="Parkeren", text="Kom met de trein.", to_waiting=False, actor=manager
            )
    mail = Message.objects.get(template="session_message")
    assert mail.recipient == half_done.learner
    # Of the one part that concerns them.
    assert [each["part"] for each in mail.context["when"]] == [seat.meeting.part.title_nl]

    cancel_session(session=later, reason=CancelReason.TRAINER, actor=manager)
    mail.refresh_from_db()
    assert mail.status == MessageStatus.CANCELLED


def test_a_session_that_is_over_leads_to_what_is_left_to_do(sign_in: SignIn, half_done: Enrolment) -> None:
    Session.objects.filter(pk=half_done.session_id).update(ends_at=at(14))
    Enrolment.objects.update(enrolled_at=at(8))
    page = sign_in(half_done.learner).get(half_done.session.get_absolute_url()).content.decode()
    assert "You had a seat" in page
    assert "You have a seat" not in page
    assert "What became of it, and what is left to make up for, is in your training" in page
