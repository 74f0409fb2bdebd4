"""Somebody to talk to afterwards: offered to whoever was there, discreetly, and once."""

import datetime as dt

import pytest
import time_machine
from django.db import transaction

from attendance import services
from attendance.enums import MarkState
from attendance.tasks import queue_aftercare
from core.time import BRUSSELS
from courses.models import CourseVersion, Meeting, Session
from enrolment.models import Completion, Enrolment
from enrolment.services.booking import enrol, withdraw
from notifications.delivery import render
from notifications.models import Message
from people.models import User
from tests.attendance.conftest import DAY, at
from tests.attendance.helpers import mark_and_close, seat_of
from tests.factories import make_confirmed, make_employee, make_session, make_version, put_at
from tests.pages import SignIn

pytestmark = pytest.mark.django_db

TOMORROW = DAY + dt.timedelta(days=1)
FOLLOW_UP = DAY + dt.timedelta(weeks=4)


@pytest.fixture
def session(trainer: User) -> Session:
    """An exercise and a debrief on the day, and a follow-up four weeks later for who wants it."""
    version = make_version(parts=3, asking_consent=True)
    version.parts.filter(position=3).update(optional=True)
    session = make_session(version=version, starts_in=dt.timedelta(0), capacity=30, trainer=trainer)
    follow_up = session.meetings.get(part__position=3)
    put_at(follow_up, at(14, day=FOLLOW_UP), at(16, day=FOLLOW_UP))
    session.refresh_from_db()
    return session


def told() -> set[User]:
    return {message.recipient for message in Message.objects.filter(template="aftercare")}


def test_one_mail_on_the_day_after_to_everybody_who_was_there(
    session: Session, trainer: User, clock: time_machine.Traveller
) -> None:
    stayed, left_early, unmarked, missed = (make_confirmed(session) for _ in range(4))
    for meeting in session.meetings.filter(part__optional=False):
        services.mark(seat=seat_of(stayed, meeting), state=MarkState.PRESENT, actor=trainer)
        services.mark(seat=seat_of(left_early, meeting), state=MarkState.ENDED_EARLY, actor=trainer)
        services.mark(seat=seat_of(missed, meeting), state=MarkState.EXCUSED, actor=trainer)

    queue_aftercare()
    assert told() == set()

    clock.move_to(at(9, day=TOMORROW))
    for _beat in range(2):
        queue_aftercare()
    clock.move_to(at(10, day=FOLLOW_UP + dt.timedelta(days=1)))
    queue_aftercare()

    assert told() == {stayed.learner, left_early.learner, unmarked.learner}
    assert Message.objects.filter(template="aftercare").count() == 3


def test_nobody_is_told_who_withdrew_waits_or_whose_session_is_off(
    clock: time_machine.Traveller, trainer: User
) -> None:
    # Days before, when seats still move up.
    ahead = dt.timedelta(days=20)
    clock.move_to(at(8) - ahead)
    version = make_version(parts=1, asking_consent=True)
    one_seat = make_session(version=version, starts_in=ahead, capacity=1)
    learners = [make_employee() for _ in range(3)]
    leaving, _seated, _waiting = (
        enrol(session=one_seat, learner=learner, actor=learner, consent=1) for learner in learners
    )
    withdraw(enrolment=leaving, actor=leaving.learner)
    cancelled = make_confirmed(make_session(version=version, starts_in=ahead))
    Session.objects.filter(pk=cancelled.session_id).update(status="cancelled")
    make_confirmed(make_session(starts_in=ahead))

    clock.move_to(at(9, day=TOMORROW))
    queue_aftercare()

    assert told() == {learners[1]}


def test_whose_account_is_closed_or_erased_breaks_no_mail_of_others(
    session: Session, clock: time_machine.Traveller
) -> None:
    gone, erased, there = (make_confirmed(session) for _ in range(3))
    User.objects.filter(pk=gone.learner_id).update(is_active=False)
    erased.learner.profile.delete()
    User.objects.filter(pk=erased.learner_id).update(erased_at=at(16))

    clock.move_to(at(9, day=TOMORROW))
    queue_aftercare()

    assert told() == {there.learner}


def test_the_mail_fits_a_lock_screen_and_says_nothing_of_what_it_is_about(
    session: Session, clock: time_machine.Traveller
) -> None:
    CourseVersion.objects.update(aftercare_contact="talk@police.example")
    make_confirmed(session)
    clock.move_to(at(9, day=TOMORROW))
    queue_aftercare()

    message = Message.objects.get(template="aftercare")
    mail = render(message)
    assert mail.subject == "Vorming diversiteit: een contactpersoon voor jou"
    whole = mail.message().as_string()
    for secret in ("Gevoelig thema", "Iemand luistert", "talk@police.example", "deelgenomen", "sessions/"):
        assert secret not in whole
    assert "/my/training/" in str(mail.body)
    assert message.expires_at == at(15, 30, day=DAY + dt.timedelta(days=7))


def test_the_person_s_own_page_says_whom_to_contact_from_the_start_on(
    sign_in: SignIn, session: Session, clock: time_machine.Traveller
) -> None:
    clock.move_to(at(8))
    seated, outsider = make_confirmed(session).learner, make_employee()
    assert "Somebody listens." not in sign_in(seated).get("/my/training/").content.decode()

    clock.move_to(at(9))
    page = sign_in(seated).get("/my/training/").content.decode()
    assert "Somebody listens." in page
    assert "to be confirmed" in page
    Session.objects.update(contact_email="organiser@police.example")
    assert "organiser@police.example" in sign_in(seated).get("/my/training/").content.decode()
    CourseVersion.objects.update(aftercare_contact="talk@police.example")
    page = sign_in(seated).get("/my/training/").content.decode()
    assert 'href="mailto:talk@police.example"' in page
    assert "organiser@police.example" not in page
    assert "Somebody listens." not in sign_in(outsider).get("/my/training/").content.decode()


def test_the_follow_up_has_its_own_seat_and_decides_nothing(
    session: Session, trainer: User, clock: time_machine.Traveller
) -> None:
    """Booked with the rest, for who wants to come; the learning record follows from the other parts."""
    clock.move_to(at(8))
    learner = make_employee()
    enrolment = enrol(session=session, learner=learner, actor=learner, consent=1)
    exercise, debrief, follow_up = session.meetings.all()
    assert enrolment.meetings == [exercise, debrief, follow_up]

    clock.move_to(at(16))
    mark_and_close(exercise, {enrolment: MarkState.PRESENT}, trainer)
    assert not Completion.objects.exists()
    mark_and_close(debrief, {enrolment: MarkState.ENDED_EARLY}, trainer)
    recorded = Completion.objects.get()
    assert (recorded.completed_on, recorded.minutes) == (DAY, 480)

    clock.move_to(at(17, day=FOLLOW_UP))
    mark_and_close(follow_up, {enrolment: MarkState.ABSENT}, trainer)
    assert list(Completion.objects.all()) == [recorded]
    recorded.refresh_from_db()
    assert recorded.superseded_at is None


def test_a_list_says_when_the_first_day_ends_and_that_there_is_another(
    sign_in: SignIn, session: Session
) -> None:
    learner = make_confirmed(session).learner
    assert (session.first_day_ends_at, session.more_days) == (at(15, 30), 1)
    for path in ("/my/training/", session.get_absolute_url()):
        page = " ".join(sign_in(learner).get(path).content.decode().split())
        assert "08:30–15:30 + 1 day" in page, path
        assert "Feb 2027 16:00" not in page


def test_a_full_follow_up_keeps_nobody_out(session: Session, clock: time_machine.Traveller) -> None:
    clock.move_to(at(8))
    Meeting.objects.filter(part__optional=True).update(capacity=1)
    learners = [make_employee() for _ in range(2)]
    first, second = (
        enrol(session=session, learner=learner, actor=learner, consent=1) for learner in learners
    )
    assert (len(first.meetings), len(second.meetings)) == (3, 2)
    assert Enrolment.objects.confirmed().count() == 2


def test_the_end_that_counts_is_that_of_the_parts_for_everybody(
    session: Session, clock: time_machine.Traveller
) -> None:
    make_confirmed(session)
    clock.move_to(dt.datetime.combine(DAY, dt.time(23, 59), BRUSSELS))
    with transaction.atomic():
        queue_aftercare()
    assert told() == set()
    clock.move_to(dt.datetime.combine(TOMORROW, dt.time(0), BRUSSELS))
    queue_aftercare()
    assert len(told()) == 1
