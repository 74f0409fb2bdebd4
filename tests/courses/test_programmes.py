"""Editions of a programme: which workshops they group, and within which days."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from core.models import AuditEntry
from core.time import BRUSSELS
from courses.enums import ProgrammeStatus
from courses.models import Programme, Session
from courses.services.programmes import (
    NotAWorkshop,
    OutsideItsDays,
    ProgrammeClosed,
    move_programme,
    save_programme,
)
from people.models import User
from tests.factories import make_employee, make_programme, make_session, make_workshop

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2027, 3, 1, 12, tzinfo=BRUSSELS)


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def programme() -> Programme:
    return make_programme(published=False)


def loose(programme: Programme, day: int, title: str) -> Session:
    """A draft of a workshop that is in no edition yet."""
    session = make_workshop(programme, day, 9, title, published=False)
    Session.objects.filter(pk=session.pk).update(programme=None)
    session.refresh_from_db()
    return session


def grouped(programme: Programme) -> set[str]:
    return {str(session.version.title) for session in programme.sessions.select_related("version")}


def test_drafts_join_and_leave_an_edition(programme: Programme, manager: User) -> None:
    islam, poverty = loose(programme, 0, "Islam"), loose(programme, 1, "Poverty")
    save_programme(programme=programme, sessions=[islam, poverty], actor=manager)
    assert grouped(programme) == {"Islam", "Poverty"}

    save_programme(programme=programme, sessions=[poverty], actor=manager)
    assert grouped(programme) == {"Poverty"}
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.data) == ("programme.saved", {"sessions": [poverty.pk]})


def test_what_is_on_offer_stays_in_its_edition(manager: User) -> None:
    programme = make_programme((0, 9, "Islam"))
    save_programme(programme=programme, sessions=[], actor=manager)
    assert grouped(programme) == {"Islam"}


def test_an_edition_takes_only_drafts_of_its_own_workshops(programme: Programme, manager: User) -> None:
    stranger = make_session(published=False)
    other = make_programme((0, 9, "Elsewhere"), published=False, starts_on=dt.date(2027, 5, 3))
    taken = make_workshop(programme, 0, 9, "Taken", published=False)
    elsewhere = Programme.objects.create(
        version=programme.version, starts_on=dt.date(2027, 3, 1), ends_on=dt.date(2027, 6, 1)
    )
    published = loose(programme, 2, "Published")
    Session.objects.filter(pk=published.pk).update(status="published")

    for target, session in (
        (programme, stranger),
        (programme, other.sessions.get()),
        (elsewhere, taken),
        (programme, published),
    ):
        with pytest.raises(NotAWorkshop, match=str(session.version.title)):
            save_programme(programme=target, sessions=[session], actor=manager)
    assert grouped(programme) == {"Taken"}
    assert grouped(elsewhere) == set()


@pytest.mark.parametrize("day", [-1, 14])
def test_a_workshop_lies_within_the_days(programme: Programme, manager: User, day: int) -> None:
    outside = loose(programme, day, "Islam")
    with pytest.raises(OutsideItsDays, match=r"Islam, \w{3} \d+ Mar 2027 lies outside the days"):
        save_programme(programme=programme, sessions=[outside], actor=manager)
    assert grouped(programme) == set()


def test_the_first_and_the_last_day_count(programme: Programme, manager: User) -> None:
    sessions = [loose(programme, 0, "First"), loose(programme, 13, "Last")]
    save_programme(programme=programme, sessions=sessions, actor=manager)
    assert grouped(programme) == {"First", "Last"}


def test_a_cancelled_workshop_stands_in_the_way_of_no_new_days(manager: User) -> None:
    programme = make_programme((13, 9, "Islam"))
    Session.objects.update(status="cancelled")
    programme.ends_on = programme.starts_on + dt.timedelta(days=5)
    save_programme(programme=programme, sessions=[], actor=manager)
    assert Programme.objects.get().ends_on == programme.ends_on


def test_a_closed_edition_stays_as_it_is(manager: User) -> None:
    programme = make_programme((0, 9, "Islam"))
    move_programme(programme=programme, status=ProgrammeStatus.CLOSED, actor=manager)
    with pytest.raises(ProgrammeClosed):
        save_programme(programme=programme, sessions=[], actor=manager)


def test_its_days_can_be_saved_while_somebody_else_publishes_it(programme: Programme, manager: User) -> None:
    opened_before = Programme.objects.get()
    move_programme(programme=programme, status=ProgrammeStatus.PUBLISHED, actor=manager)
    opened_before.ends_on += dt.timedelta(days=1)
    save_programme(programme=opened_before, sessions=[], actor=manager)
    saved = Programme.objects.get()
    assert (saved.status, saved.ends_on) == (ProgrammeStatus.PUBLISHED, opened_before.ends_on)


def test_an_edition_goes_one_way(programme: Programme, manager: User) -> None:
    with pytest.raises(ValueError, match="can't move from draft to closed"):
        move_programme(programme=programme, status=ProgrammeStatus.CLOSED, actor=manager)
    move_programme(programme=programme, status=ProgrammeStatus.DRAFT, actor=manager)
    assert not AuditEntry.objects.exists()


def test_two_editions_never_end_on_one_day(programme: Programme) -> None:
    """Their completions would be one."""
    with pytest.raises(IntegrityError, match="programme_ends_once_a_day"), transaction.atomic():
        Programme.objects.create(
            version=programme.version, starts_on=programme.ends_on, ends_on=programme.ends_on
        )


def test_drafts_are_seen_by_those_who_manage_them_alone(programme: Programme, manager: User) -> None:
    on_offer = make_programme((0, 9, "Islam"))
    assert set(Programme.objects.visible_to(make_employee())) == {on_offer}
    assert set(Programme.objects.visible_to(manager)) == {programme, on_offer}
    assert set(Programme.objects.offered(on=on_offer.ends_on)) == {on_offer}
    assert not Programme.objects.offered(on=on_offer.ends_on + dt.timedelta(days=1))
