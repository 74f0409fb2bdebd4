"""A make-up that is booked: given back, lost, moved; its mails; by an academy."""

import datetime as dt
from typing import Any

import icalendar
import pytest
import time_machine

from attendance.enums import MarkState
from attendance.make_ups import was_missed
from core.models import AuditEntry
from courses.enums import CancelReason
from courses.models import Meeting, Session
from courses.rules import Deadlines
from courses.services.scheduling import plan_of
from enrolment import errors
from enrolment.models import Enrolment, Seat
from enrolment.services.booking import enrol
from enrolment.services.cancelling import cancel_session
from enrolment.services.capacity import change_capacity
from enrolment.services.leaving import free_bookings_of_leavers
from enrolment.services.make_ups import book_make_up_on_behalf, cancel_make_up
from enrolment.services.moving import foresee_move, move
from enrolment.tasks import queue_session_reminders
from notifications import delivery
from notifications.models import Message
from people.enums import Role
from people.models import Organisation, User
from tests.attendance.conftest import at
from tests.attendance.helpers import mark_and_close
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
    make_aspirant,
    make_confirmed,
    make_employee,
    make_person_with,
    make_session,
    put_at,
)
from tests.mail import Mailbox

pytestmark = pytest.mark.django_db

PRESENT, ABSENT = MarkState.PRESENT, MarkState.ABSENT
DAY = dt.timedelta(days=1)


# -- Given back, lost, moved -----------------------------------------------------------------------


def test_it_can_be_given_back_until_it_begins_and_booked_again(
    half_done: Enrolment, later: Session, clock: time_machine.Traveller, mailbox: Mailbox
) -> None:
    seat = book(half_done, practice_of(later))
    for _ in range(2):
        cancel_make_up(seat=seat, actor=half_done.learner)

    assert taken(later) == [0, 0]
    assert AuditEntry.objects.filter(action="enrolment.make_up_cancelled").count() == 1
    assert half_done.seats.filter(released_at=None).count() == 2
    clock.shift(60)
    again = book(half_done, practice_of(later))
    assert again != seat
    delivery.deliver_batch()
    events = [(file["METHOD"], file.events[0]["UID"]) for file in calendars(mailbox)]
    # The first was never sent, so that its cancellation says nothing of it; the second is another event.
    assert [method for method, _uid in events] == ["CANCEL", "REQUEST"]
    assert len(set(events)) == 2

    clock.move_to(practice_of(later).starts_at)
    with pytest.raises(errors.MakeUpBegun):
        cancel_make_up(seat=again, actor=half_done.learner)
    assert taken(later) == [0, 1]
    assert found_by_the_audit() == {}


def calendars(mailbox: Mailbox) -> list[Any]:
    parts = [part for mail in mailbox.mails for part in mail.walk()]
    return [
        icalendar.Calendar.from_ical(part.get_content())
        for part in parts
        if part.get_content_type() == "text/calendar"
    ]


def test_the_seat_that_comes_free_goes_to_the_queue_only_if_every_part_has_room(
    half_done: Enrolment, later: Session
) -> None:
    seat = book(half_done, practice_of(later))
    make_confirmed(later)
    waiting = enrol(session=later, learner=make_employee(), actor=half_done.learner)
    assert (waiting.status, taken(later)) == ("queued", [1, 2])

    cancel_make_up(seat=seat, actor=half_done.learner)

    waiting.refresh_from_db()
    assert (waiting.status, taken(later)) == ("confirmed", [2, 2])

    later.meetings.filter(part__position=2).update(capacity=4)
    seat = book(half_done, practice_of(later))
    still = enrol(session=later, learner=make_employee(), actor=half_done.learner)
    cancel_make_up(seat=seat, actor=half_done.learner)
    still.refresh_from_db()
    assert (still.status, taken(later)) == ("queued", [2, 2])


def test_a_cancelled_session_frees_it_and_tells_who_had_it(
    half_done: Enrolment, later: Session, trainer: User
) -> None:
    book(half_done, practice_of(later))
    manager = make_person_with(Role.CATALOGUE_MANAGER)
    Message.objects.all().delete()

    cancel_session(session=later, reason=CancelReason.VENUE, actor=manager)

    assert taken(later) == [0, 0]
    (mail,) = Message.objects.filter(recipient=half_done.learner)
    assert (mail.template, mail.context["calendar"]["method"]) == ("make_up_lost", "CANCEL")
    assert "Opleider" in mail.context["what_happened"] or "locatie" in mail.context["what_happened"]
    assert Message.objects.get(template="session_cancelled_digest").context["seats"] == 1
    half_done.refresh_from_db()
    assert half_done.is_confirmed
    assert [missed.part.position for missed in missed_by([half_done.learner_id], at=at(15))] == [2]
    assert found_by_the_audit() == {}


def move_to(session: Session, days: int, manager: User) -> Any:
    plans = [plan_of(meeting) for meeting in session.meetings.all()]
    delta = days * DAY
    moved = [
        plan.__class__(**{**vars(plan), "start": plan.start + delta, "end": plan.end + delta})
        for plan in plans
    ]
    foreseen = foresee_move(session=session, plans=moved, deadlines=Deadlines())
    assert move(session=session, plans=moved, deadlines=Deadlines(), actor=manager) == foreseen
    return foreseen


def test_a_moved_session_keeps_it_and_tells_the_new_time(half_done: Enrolment, later: Session) -> None:
    book(half_done, practice_of(later))
    manager = make_person_with(Role.CATALOGUE_MANAGER)
    Message.objects.all().delete()

    impact = move_to(later, 3, manager)

    assert (impact.told, impact.making_up, impact.make_ups_lost) == (1, 1, 0)
    (mail,) = Message.objects.filter(recipient=half_done.learner)
    assert (mail.template, mail.context["calendar"]["method"]) == ("session_moved", "REQUEST")
    assert [each["date_iso"] for each in mail.context["when"]] == ["2027-01-31"]
    assert [each["date_iso"] for each in mail.context["was"]] == ["2027-01-28"]
    assert taken(later) == [0, 1]


def test_who_is_elsewhere_at_the_new_time_loses_it(half_done: Enrolment, later: Session) -> None:
    book(half_done, practice_of(later))
    make_confirmed(make_session(starts_in=17 * DAY), half_done.learner)
    manager = make_person_with(Role.CATALOGUE_MANAGER)
    Message.objects.all().delete()

    impact = move_to(later, 3, manager)

    assert (impact.told, impact.making_up, impact.make_ups_lost) == (1, 0, 1)
    assert mails_to(half_done.learner) == ["make_up_lost"]
    assert taken(later) == [0, 0]
    assert found_by_the_audit() == {}


def test_its_own_session_does_not_move_onto_it(theory: Meeting, practice: Meeting, trainer: User) -> None:
    """The theory was missed, the practice comes weeks later: it can't move to the day of the make-up."""
    start = at(9, day=at(9).date() + 30 * DAY)
    put_at(practice, start, start + dt.timedelta(hours=3))
    enrolment = make_confirmed(theory.session)
    mark_and_close(theory, {enrolment: ABSENT}, trainer)
    elsewhere = make_session(version=theory.session.version, starts_in=20 * DAY)
    seat = book(enrolment, elsewhere.meetings.get(part__position=1))
    plan = plan_of(Meeting.objects.get(pk=practice.pk))
    day = seat.meeting.local_date
    onto = plan.__class__(
        **{
            **vars(plan),
            "start": dt.datetime.combine(day, dt.time(9)),
            "end": dt.datetime.combine(day, dt.time(11)),
        }
    )
    session = Session.objects.get(pk=theory.session_id)
    with pytest.raises(errors.CannotMove, match="has begun this one"):
        foresee_move(session=session, plans=[onto], deadlines=Deadlines())


def test_fewer_seats_than_make_ups_are_refused(half_done: Enrolment, later: Session) -> None:
    practice = practice_of(later)
    book(half_done, practice)
    with pytest.raises(errors.TooFewSeats):
        change_capacity(session=later, capacities={practice.pk: 0}, actor=half_done.learner)


def test_a_leaver_leaves_the_make_up_to_others(half_done: Enrolment, later: Session) -> None:
    book(half_done, practice_of(later))
    half_done.learner.memberships.update(valid_until=at(15).date() - DAY)

    free_bookings_of_leavers()

    assert taken(later) == [0, 0]
    assert mails_to(half_done.learner) == ["make_up_booked", "make_up_lost"]


# -- Mails -----------------------------------------------------------------------------------------


def test_whoever_makes_up_for_a_part_is_reminded_once_of_that_part_alone(
    half_done: Enrolment, later: Session, clock: time_machine.Traveller
) -> None:
    seat = book(half_done, practice_of(later))
    Message.objects.all().delete()
    clock.move_to(at(15, day=day_of(later)) - 2 * DAY)
    for _beat in range(2):
        queue_session_reminders()

    (mail,) = Message.objects.all()
    assert (mail.recipient, mail.template) == (half_done.learner, "session_reminder")
    assert len(mail.context["when"]) == 1
    assert mail.expires_at == seat.meeting.starts_at

    cancel_make_up(seat=seat, actor=half_done.learner)
    Message.objects.all().delete()
    queue_session_reminders()
    assert not Message.objects.exists()


def test_the_mail_has_a_calendar_file_for_that_part(
    half_done: Enrolment, later: Session, mailbox: Mailbox
) -> None:
    seat = book(half_done, practice_of(later))
    delivery.deliver_batch()

    (calendar,) = calendars(mailbox)
    (event,) = calendar.events
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (seat.meeting.starts_at, seat.meeting.ends_at)


# -- By an academy ---------------------------------------------------------------------------------


@pytest.fixture
def school() -> Organisation:
    school: Organisation = OrganisationFactory.create(kind="school")
    return school


def test_an_academy_books_it_and_the_person_is_told_by_which(
    theory: Meeting, practice: Meeting, trainer: User, later: Session, school: Organisation
) -> None:
    coordinator = make_person_with(Role.COORDINATOR, organisation=school)
    enrolment = make_confirmed(theory.session, make_aspirant(school))
    mark_and_close(theory, {enrolment: PRESENT}, trainer)
    mark_and_close(practice, {enrolment: ABSENT}, trainer)
    make_confirmed(make_session(starts_in=14 * DAY), enrolment.learner)

    def on_behalf(meeting: Meeting) -> Seat:
        return book_make_up_on_behalf(
            enrolment=enrolment,
            meeting=meeting,
            was_missed=was_missed,
            organisation=school,
            actor=coordinator,
        )

    with pytest.raises(errors.NotPossible) as refused:
        on_behalf(practice_of(later))
    assert (
        str(refused.value) == "This person can't take part in that session. Choose another date, or ask them."
    )

    on_behalf(practice_of(make_session(version=later.version, starts_in=20 * DAY)))
    mail = Message.objects.get(template="make_up_booked")
    assert mail.context["booked_by"] == f"De coördinatoren van {school.name_nl} kozen deze datum voor jou."
