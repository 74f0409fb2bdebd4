"""Correcting a closed roster, and the learning record with it."""

import datetime as dt

import pytest
import time_machine
from pytest_django import DjangoCaptureOnCommitCallbacks

from attendance import errors, services
from attendance.enums import AmendmentReason, MarkState
from attendance.models import Mark
from core.models import AuditEntry
from courses.enums import SessionStatus
from courses.models import Meeting, Session
from enrolment.models import Completion, Enrolment, Seat
from enrolment.signals import completion_changed
from people.models import User
from tests.attendance.conftest import at
from tests.attendance.helpers import completed, mark_and_close, seat_of, states_now
from tests.factories import make_confirmed, make_session

pytestmark = pytest.mark.django_db

PRESENT, LATE, PARTIAL, ABSENT, EXCUSED, ENDED_EARLY = MarkState
BY_MISTAKE = AmendmentReason.TYPING_ERROR


@pytest.fixture
def there(session: Session) -> Enrolment:
    return make_confirmed(session)


@pytest.fixture
def away(session: Session) -> Enrolment:
    return make_confirmed(session)


@pytest.fixture
def _closed(theory: Meeting, practice: Meeting, there: Enrolment, away: Enrolment, trainer: User) -> None:
    mark_and_close(theory, {there: PRESENT, away: PRESENT}, trainer)
    mark_and_close(practice, {there: PRESENT, away: ABSENT}, trainer)


def amend(enrolment: Enrolment, meeting: Meeting, state: MarkState, actor: User) -> Mark:
    return services.amend_mark(seat=seat_of(enrolment, meeting), state=state, reason=BY_MISTAKE, actor=actor)


@pytest.mark.usefixtures("_closed")
def test_a_correction_is_a_mark_with_a_reason_that_supersedes(
    practice: Meeting, away: Enrolment, there: Enrolment, trainer: User
) -> None:
    before = Mark.objects.current().get(seat=seat_of(away, practice))

    mark = amend(away, practice, LATE, trainer)

    assert (mark.state, mark.amendment_reason, mark.recorded_by) == (LATE, BY_MISTAKE, trainer)
    before.refresh_from_db()
    assert (before.state, before.superseded_at) == (ABSENT, mark.recorded_at)
    assert states_now(practice) == {away.pk: "late", there.pk: "present"}
    entry = AuditEntry.objects.get(action="attendance.amended")
    assert (entry.subject_id, entry.actor_id, entry.data) == (mark.pk, trainer.pk, {})


@pytest.mark.usefixtures("_closed")
def test_who_turns_out_to_have_been_there_completes(
    practice: Meeting, away: Enrolment, there: Enrolment, trainer: User
) -> None:
    assert completed() == {there.learner}

    amend(away, practice, PRESENT, trainer)

    assert completed() == {there.learner, away.learner}


@pytest.mark.usefixtures("_closed")
def test_who_turns_out_to_have_been_away_loses_the_completion_and_others_hear_of_it(
    theory: Meeting,
    there: Enrolment,
    trainer: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    completion = Completion.objects.get(person=there.learner)
    heard: list[int] = []

    def hear(completion_id: int, **kwargs: object) -> None:
        heard.append(completion_id)

    completion_changed.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            amend(there, theory, PARTIAL, trainer)
    finally:
        completion_changed.disconnect(hear)

    assert completed() == set()
    completion.refresh_from_db()
    assert completion.superseded_at is not None
    assert heard == [completion.pk]


@pytest.mark.usefixtures("_closed")
def test_a_correction_that_changes_nothing_for_the_record_leaves_it(
    theory: Meeting, there: Enrolment, trainer: User
) -> None:
    before = Completion.objects.get()

    amend(there, theory, LATE, trainer)

    assert list(Completion.objects.values_list("pk", "superseded_at")) == [(before.pk, None)]


@pytest.mark.usefixtures("_closed")
def test_there_and_back_again_ends_with_one_record(theory: Meeting, there: Enrolment, trainer: User) -> None:
    amend(there, theory, ABSENT, trainer)
    amend(there, theory, PRESENT, trainer)

    first, second = Completion.objects.order_by("recorded_at")
    assert (first.superseded_at is None, second.superseded_at is None) == (False, True)
    assert first.completed_on == second.completed_on


@pytest.mark.usefixtures("_closed")
def test_the_same_state_again_is_no_correction(theory: Meeting, there: Enrolment, trainer: User) -> None:
    amend(there, theory, PRESENT, trainer)

    assert not AuditEntry.objects.filter(action="attendance.amended").exists()
    assert not Mark.objects.exclude(amendment_reason="").exists()


def test_an_open_roster_is_marked_not_corrected(theory: Meeting, there: Enrolment, trainer: User) -> None:
    with pytest.raises(errors.RosterStillOpen):
        amend(there, theory, PRESENT, trainer)

    assert not Mark.objects.exists()


@pytest.mark.usefixtures("_closed")
def test_what_can_not_be_marked_can_not_be_corrected(
    theory: Meeting, there: Enrolment, away: Enrolment, trainer: User
) -> None:
    with pytest.raises(errors.StateNotOffered):
        amend(there, theory, ENDED_EARLY, trainer)
    Seat.objects.filter(enrolment=away).update(released_at=at(16))
    with pytest.raises(errors.SeatReleased):
        amend(away, theory, ABSENT, trainer)
    Session.objects.update(status=SessionStatus.CANCELLED)
    with pytest.raises(errors.NotPublished):
        amend(there, theory, ABSENT, trainer)

    assert completed() == {there.learner}


@pytest.mark.usefixtures("_closed")
def test_a_correction_can_move_the_day_of_the_record(
    practice: Meeting, away: Enrolment, trainer: User, clock: time_machine.Traveller
) -> None:
    elsewhere = make_session(version=away.session.version, starts_in=dt.timedelta(days=7))
    made_up = elsewhere.meetings.get(part=practice.part)
    Seat.objects.create(enrolment=away, meeting=made_up)
    clock.move_to(at(16, day=dt.date(2027, 1, 21)))
    mark_and_close(made_up, {away: PRESENT}, trainer)
    of_away = Completion.objects.current().filter(person=away.learner)
    assert of_away.get().completed_on == dt.date(2027, 1, 21)

    amend(away, practice, PRESENT, trainer)

    assert of_away.get().completed_on == dt.date(2027, 1, 14)
