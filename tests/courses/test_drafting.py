"""Drafts: made, edited and thrown away; and what stays open to change afterwards."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from core.models import AuditEntry
from courses.errors import CannotPlan, IsCancelled, NotADraft
from courses.models import Meeting, MeetingStaff, Session
from courses.services.drafting import create_draft, delete_draft, edit_draft, edit_published, facts_of
from courses.services.scheduling import plan_of
from notifications.models import Message
from people.enums import Role
from people.models import User
from tests.courses.helpers import facts, plan
from tests.factories import (
    OrganisationFactory,
    VenueFactory,
    make_person_with,
    make_session,
    make_trainer,
    make_version,
)

pytestmark = pytest.mark.django_db


def refusals(act: Any, **arguments: Any) -> set[tuple[str, int | None]]:
    with pytest.raises(CannotPlan) as refused:
        act(**arguments)
    return {(problem.field, problem.part) for problem in refused.value.problems}


def test_a_draft_is_made_with_all_that_was_typed(manager: User) -> None:
    version, zone, venue = make_version(parts=2), OrganisationFactory.create(), VenueFactory.create()
    first, second = version.parts.all()
    typed = facts(
        open_to=[zone],
        organiser=zone,
        enrol_until=dt.date(2027, 1, 10),
        directions="Tram 3",
        contact_email="hpm@dossin.example",
    )

    draft = create_draft(
        version=version,
        facts=typed,
        plans=[plan(second, venue, "2027-01-15 13:00"), plan(first, venue, capacity=14)],
        actor=manager,
    )

    draft = Session.objects.get(pk=draft.pk)
    assert facts_of(draft) == typed
    assert draft.status == "draft"
    assert [(m.part, m.local_start, m.capacity) for m in draft.meetings.all()] == [
        (first, "2027-01-14T09:00", 14),
        (second, "2027-01-15T13:00", None),
    ]
    assert draft.starts_at == dt.datetime(2027, 1, 14, 8, tzinfo=dt.UTC)
    assert draft.ends_at == dt.datetime(2027, 1, 15, 15, tzinfo=dt.UTC)
    assert AuditEntry.objects.get().action == "session.drafted"


def test_every_problem_is_told_at_once_and_nothing_is_written(manager: User) -> None:
    version, venue = make_version(parts=2, languages=["nl"]), VenueFactory.create()
    first, second = version.parts.all()
    typed = facts(
        language="fr",
        enrol_from=dt.date(2027, 1, 9),
        enrol_until=dt.date(2027, 1, 8),
        withdraw_until=dt.date(2027, 1, 15),
    )
    plans = [plan(first, venue), plan(second, venue, "2027-01-14 11:00")]

    found = refusals(create_draft, version=version, facts=typed, plans=plans, actor=manager)

    assert found == {
        ("language", None),
        ("enrol_until", None),
        ("withdraw_until", None),
        ("start", second.pk),
    }
    assert not Session.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_deadline_may_be_the_first_day_itself(manager: User) -> None:
    version = make_version(parts=1)
    typed = facts(enrol_until=dt.date(2027, 1, 14), withdraw_until=dt.date(2027, 1, 14))
    plans = [plan(version.parts.get(), VenueFactory.create())]
    assert create_draft(version=version, facts=typed, plans=plans, actor=manager).is_draft


def test_a_draft_is_edited_in_place_and_its_trainers_stay(manager: User) -> None:
    trainer = make_person_with(Role.TRAINER)
    draft = make_session(published=False, trainer=trainer)
    first, second = draft.meetings.all()
    moved = plan(first.part, first.venue, "2027-02-01 09:00", capacity=5)

    edit_draft(session=draft, facts=facts(practical="Kaart"), plans=[moved], actor=manager)

    draft.refresh_from_db()
    assert draft.practical == "Kaart"
    assert [(m.pk, m.local_start, m.capacity) for m in draft.meetings.all()] == [
        (first.pk, "2027-02-01T09:00", 5)
    ]
    assert MeetingStaff.objects.get().meeting_id == first.pk
    assert draft.starts_at == dt.datetime(2027, 2, 1, 8, tzinfo=dt.UTC)
    assert AuditEntry.objects.get(action="session.edited").data == {"fields": ["practical", "meetings"]}
    assert not Meeting.objects.filter(pk=second.pk).exists()
    # Who gives it is told of the new time, and of the part that is gone.
    told = Message.objects.filter(recipient=trainer).order_by("id").values_list("template", flat=True)
    assert list(told) == ["teaching_released", "teaching_moved"]


def test_saving_a_draft_unchanged_leaves_no_trace(manager: User) -> None:
    draft = make_session(published=False)
    plans = [plan_of(meeting) for meeting in draft.meetings.all()]
    edit_draft(session=draft, facts=facts_of(draft), plans=plans, actor=manager)
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("status", ["published", "cancelled"])
def test_what_is_no_draft_is_not_changed_behind_peoples_backs(manager: User, status: str) -> None:
    session = make_session()
    before = [plan_of(meeting) for meeting in session.meetings.all()]
    Session.objects.update(status=status)

    with pytest.raises(NotADraft):
        edit_draft(session=session, facts=facts(language="fr"), plans=[], actor=manager)
    with pytest.raises(NotADraft):
        delete_draft(session=session, actor=manager)

    assert [plan_of(meeting) for meeting in session.meetings.all()] == before
    assert Session.objects.get().language == "nl"


def test_of_a_published_session_changes_what_binds_nobody(manager: User) -> None:
    session, zone = make_session(), OrganisationFactory.create()
    typed = facts(language="fr", audience="aspirants", practical="Kaart", open_to=[zone])

    edit_published(session=session, facts=typed, actor=manager)

    session.refresh_from_db()
    assert (session.language, session.audience, session.practical) == ("nl", "mixed", "Kaart")
    assert list(session.open_to.all()) == [zone]
    assert AuditEntry.objects.get().data == {"fields": ["practical", "open_to"]}


def test_a_deadline_after_the_start_is_refused_once_published(manager: User) -> None:
    session = make_session()
    assert session.first_day is not None
    late = facts(withdraw_until=session.first_day + dt.timedelta(days=1))
    assert refusals(edit_published, session=session, facts=late, actor=manager) == {("withdraw_until", None)}


def test_a_cancelled_session_stays_as_it_was(manager: User) -> None:
    session = make_session()
    Session.objects.update(status="cancelled")
    with pytest.raises(IsCancelled):
        edit_published(session=session, facts=facts(practical="Kaart"), actor=manager)


def test_a_draft_is_thrown_away_with_all_that_belongs_to_it(manager: User) -> None:
    draft = make_session(published=False, trainer=make_person_with(Role.TRAINER))
    delete_draft(session=draft, actor=manager)
    assert not Session.objects.exists()
    assert not Meeting.objects.exists()
    assert AuditEntry.objects.filter(action="session.deleted").count() == 1
    assert Message.objects.get().template == "teaching_released"


def test_who_gives_it_is_not_told_of_more_seats(manager: User) -> None:
    draft = make_session(published=False, trainer=make_person_with(Role.TRAINER))
    plans = [replace(plan_of(meeting), capacity=99) for meeting in draft.meetings.all()]
    edit_draft(session=draft, facts=facts_of(draft), plans=plans, actor=manager)
    assert not Message.objects.exists()
    draft.refresh_from_db()
    assert draft.sequence == 0


def test_a_draft_is_not_planned_when_its_trainer_is_elsewhere(manager: User) -> None:
    trainer = make_trainer(make_version().course)
    make_session(version=make_version(title_en="Law"), trainer=trainer)
    draft = make_session(published=False, starts_in=dt.timedelta(days=31), trainer=trainer)
    plans = [plan_of(meeting) for meeting in draft.meetings.all()]
    day = dt.timedelta(days=1)
    earlier = [replace(plan, start=plan.start - day, end=plan.end - day) for plan in plans]
    with pytest.raises(CannotPlan, match="is booked at that time by Law"):
        edit_draft(session=draft, facts=facts_of(draft), plans=earlier, actor=manager)


def test_a_draft_whose_day_has_passed_can_be_thrown_away(manager: User) -> None:
    past = dt.timedelta(days=-3)
    draft = make_session(published=False, starts_in=past, trainer=make_person_with(Role.TRAINER))
    delete_draft(session=draft, actor=manager)
    assert not Session.objects.exists()
    assert not Message.objects.exists()
