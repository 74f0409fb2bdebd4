"""Workshops that are chosen twice at once, and an edition that is closed while somebody acts in it."""

import datetime as dt
from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock

import pytest
import time_machine

from attendance import services
from attendance.enums import AmendmentReason, MarkState
from core.models import AuditEntry
from core.time import BRUSSELS
from courses.models import Meeting, Programme, Session
from courses.services import programmes
from enrolment.errors import ChoiceRefused
from enrolment.models import Completion, Enrolment, Seat
from enrolment.services import booking, choosing
from enrolment.services.choosing import Choice, choose_workshops
from enrolment.services.publishing import publish_programme
from people.enums import Role
from people.models import User
from tests.attendance.helpers import mark_and_close, seat_of
from tests.concurrency.conftest import AtOnce
from tests.factories import make_confirmed, make_employee, make_person_with, make_programme, make_workshop

pytestmark = pytest.mark.django_db(transaction=True)

NOON = dt.datetime(2027, 3, 1, 12, tzinfo=BRUSSELS)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON) as traveller:
        yield traveller


def workshop(programme: Programme, title: str) -> Session:
    session: Session = programme.sessions.select_related("programme").get(version__title_en=title)
    return session


def choose(programme: Programme, learner: User, *titles: str) -> list[Enrolment]:
    take = [workshop(programme, title) for title in titles]
    return choose_workshops(programme=programme, learner=learner, choice=Choice(take=take), actor=learner)


# -- Choosing --------------------------------------------------------------------------------------


@pytest.fixture
def scarce() -> Programme:
    """Two workshops with one seat each; the one that starts later was made first."""
    return make_programme((1, 9, "Gender"), (0, 9, "Islam"), capacity=1)


def test_two_who_pick_the_same_wait_for_each_other_and_the_second_has_nothing_half(
    scarce: Programme, at_once: AtOnce
) -> None:
    first, second = make_employee(), make_employee()
    outcomes = at_once(
        lambda: choose(scarce, first, "Islam", "Gender"), lambda: choose(scarce, second, "Gender", "Islam")
    )
    assert isinstance(outcomes[1], ChoiceRefused)
    assert set(outcomes[1].refusals) == {workshop(scarce, title).pk for title in ("Islam", "Gender")}
    assert {each.learner for each in Enrolment.objects.all()} == {first}
    assert set(Meeting.objects.values_list("taken", flat=True)) == {1}


def test_one_person_in_two_windows_has_each_workshop_once(scarce: Programme, at_once: AtOnce) -> None:
    learner = make_employee()
    both, one = at_once(
        lambda: choose(scarce, learner, "Islam", "Gender"), lambda: choose(scarce, learner, "Islam")
    )
    assert both == one
    assert Seat.objects.held().count() == 2


@pytest.fixture
def _without_the_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "lock_sessions", lambda ids: None)
    monkeypatch.setattr(choosing, "lock_learners", lambda ids: None)
    monkeypatch.setattr(booking, "lock_learners", lambda ids: None)
    monkeypatch.setattr(
        booking,
        "lock_session",
        lambda pk: Session.objects.with_open_to().select_related("version", "programme").get(pk=pk),
    )


@pytest.mark.usefixtures("_without_the_locks")
def test_without_the_locks_the_second_runs_into_the_constraint(scarce: Programme, at_once: AtOnce) -> None:
    """The negative control: the locks are what gives the second person reasons instead of an error."""
    first, second = make_employee(), make_employee()
    outcomes = at_once(
        lambda: choose(scarce, first, "Islam", "Gender"), lambda: choose(scarce, second, "Islam", "Gender")
    )
    assert not isinstance(outcomes[1], ChoiceRefused | list)
    assert {each.learner for each in Enrolment.objects.all()} == {first}


# -- Closing ---------------------------------------------------------------------------------------


@pytest.fixture
def trainer() -> User:
    return make_person_with(Role.TRAINER)


@pytest.fixture
def over(trainer: User, clock: time_machine.Traveller) -> Programme:
    """An edition on its last day, with one participant, whose roster is closed."""
    programme = make_programme((0, 9, "Islam"), (1, 9, "Gender"))
    learner = make_employee()
    clock.move_to(dt.datetime.combine(programme.ends_on, dt.time(9), BRUSSELS))
    for title in ("Islam", "Gender"):
        session = workshop(programme, title)
        enrolment = make_confirmed(session, learner)
        mark_and_close(session.meetings.get(), {enrolment: MarkState.PRESENT}, trainer)
    return programme


def close(programme: Programme) -> Programme:
    return services.close_programme(programme=programme, actor=None)


def correct(title: str, trainer: User) -> Any:
    enrolment = Enrolment.objects.get(session__version__title_en=title)
    seat = seat_of(enrolment, enrolment.session.meetings.get())
    reason = AmendmentReason.WRONG_PERSON
    return services.amend_mark(seat=seat, state=MarkState.ABSENT, reason=reason, actor=trainer)


@pytest.fixture
def _without_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(which: Any) -> list[Session]:
        return list(Session.objects.filter(which).select_related("version__course").order_by("pk"))

    monkeypatch.setattr(programmes, "_lock_sessions", read)
    unlocked = Programme.objects.select_related("version__course")
    monkeypatch.setattr(programmes, "_locked", lambda programme: unlocked.get(pk=programme.pk))


def test_two_who_close_an_edition_close_it_once(over: Programme, at_once: AtOnce) -> None:
    at_once(lambda: close(over), lambda: close(over))
    assert AuditEntry.objects.filter(action="programme.closed").count() == 1
    assert Completion.objects.count() == 1


@pytest.mark.usefixtures("_without_the_lock")
def test_without_the_lock_it_is_closed_twice(over: Programme, at_once: AtOnce) -> None:
    """The negative control; the constraint on completions stands behind."""
    at_once(lambda: close(over), lambda: close(over))
    assert AuditEntry.objects.filter(action="programme.closed").count() == 2
    assert Completion.objects.count() == 1


def test_a_correction_and_the_closing_wait_for_each_other(
    over: Programme, trainer: User, at_once: AtOnce
) -> None:
    at_once(lambda: correct("Islam", trainer), lambda: close(over))
    assert Completion.objects.current().get().minutes == 150


def test_the_closing_and_a_correction_wait_for_each_other(
    over: Programme, trainer: User, at_once: AtOnce
) -> None:
    at_once(lambda: close(over), lambda: correct("Islam", trainer))
    assert Completion.objects.current().get().minutes == 150


def _correct_both(over: Programme, trainer: User, at_once: AtOnce, monkeypatch: pytest.MonkeyPatch) -> None:
    close(over)
    # The first pauses only once it corrects the completion.
    monkeypatch.setattr(services, "AuditEntry", Mock())
    at_once(lambda: correct("Islam", trainer), lambda: correct("Gender", trainer))


def test_two_corrections_in_two_workshops_leave_no_completion(
    over: Programme, trainer: User, at_once: AtOnce, monkeypatch: pytest.MonkeyPatch
) -> None:
    _correct_both(over, trainer, at_once, monkeypatch)
    assert not Completion.objects.current().exists()


def test_without_the_locked_rows_the_second_counts_what_the_first_took_back(
    over: Programme, trainer: User, at_once: AtOnce, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control."""

    def unlocked(enrolments: Any) -> Any:
        rows = enrolments.confirmed().select_related("session__version", "learner")
        return rows.prefetch_related("session__version__parts")

    monkeypatch.setattr(services, "_locked_rows", unlocked)
    _correct_both(over, trainer, at_once, monkeypatch)
    assert Completion.objects.current().get().minutes == 150


def test_two_who_publish_an_edition_publish_its_drafts_once(at_once: AtOnce, trainer: User) -> None:
    programme = make_programme(published=False)
    make_workshop(programme, 0, 9, "Islam", published=False, trainer=trainer)
    at_once(
        lambda: publish_programme(programme=programme, actor=trainer),
        lambda: publish_programme(programme=programme, actor=trainer),
    )
    assert AuditEntry.objects.filter(action="programme.published").count() == 1
    assert AuditEntry.objects.filter(action="session.published").count() == 1
