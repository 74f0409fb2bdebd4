"""The demo's data: true, whole, and made once."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from django.apps import apps
from django.conf import global_settings, settings
from django.core.management import call_command
from django.db import transaction
from django.db.models import Count, F, Q
from django.test import override_settings
from pytest_django import DjangoDbBlocker
from pytest_django.fixtures import Settings

from attendance.make_ups import coming_or_to_make_up, missed_in
from attendance.models import Roster
from certificates.querysets import due_completions
from core.time import BRUSSELS
from courses.catalogue.reading import read_catalogue
from courses.enums import SessionStatus
from courses.models import Meeting, Session, SessionDocument
from courses.services.catalogue import load_catalogue
from demo.data import build
from demo.jobs import JOBS, PASSWORD
from enrolment.demand import demand
from enrolment.enums import CompletionSource, OfferKind
from enrolment.make_ups import dates_to_make_up
from enrolment.models import (
    AccessibilityRequest,
    Completion,
    Enrolment,
    Offer,
    PrerequisiteException,
    SeatPool,
)
from enrolment.prerequisites import read_learned
from enrolment.rules import seats_left
from enrolment.services.auditing import faults_of, find_faults
from enrolment.sessions import with_too_few
from notifications.enums import MessageStatus
from notifications.models import Message
from people.models import StaffImport, User
from tracks.enums import StepState
from tracks.models import Cohort
from tracks.planner import places_for
from tracks.progress.matrices import matrices_of

pytestmark = pytest.mark.django_db

CATALOGUE = Path(settings.BASE_DIR) / "courses" / "catalogue.yaml"
NOW = dt.datetime(2027, 3, 17, 11, 0, tzinfo=BRUSSELS)


def load() -> None:
    load_catalogue(catalogue=read_catalogue(CATALOGUE))


@pytest.fixture(scope="module")
def _data(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Made once for all tests here, which read it, and rolled back."""
    files = override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media"))
    with django_db_blocker.unblock(), transaction.atomic(), files:
        with time_machine.travel(NOW, tick=False):
            load()
            assert build()
        yield
        transaction.set_rollback(True)


def _rows() -> dict[str, int]:
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}


@pytest.mark.usefixtures("_data")
def test_a_second_run_changes_nothing_on_whatever_day() -> None:
    before = _rows()

    for later in (dt.timedelta(hours=1), dt.timedelta(days=40)):
        with time_machine.travel(NOW + later, tick=False):
            call_command("demo_data", verbosity=0)

    assert _rows() == before


@pytest.mark.usefixtures("_data")
def test_every_place_that_counts_as_taken_is_a_seat_that_somebody_holds() -> None:
    held = Meeting.objects.annotate(held=Count("seats", filter=Q(seats__released_at=None)))

    assert not held.exclude(taken=F("held"))
    assert held.filter(held__gt=0).count() == 38
    assert not Meeting.objects.filter(taken__gt=F("capacity"))


@pytest.mark.usefixtures("_data")
def test_an_audit_finds_no_fault() -> None:
    assert faults_of(find_faults(most_ids=10)) == {}


@pytest.mark.usefixtures("_data")
def test_nothing_with_unenforced_rules_is_on_offer() -> None:
    drafts = Session.objects.drafts().values_list("version__course__slug", flat=True)

    assert sorted(drafts) == ["brown-eyes-blue-eyes", "hpm"]
    assert set(Session.objects.published().values_list("version__course__slug", flat=True).distinct()) == {
        "hpm",
        "hpm-trainer",
        "unia-law",
        "registration-of-checks",
        "theatre-debate",
        "brown-eyes-blue-eyes",
        "quinzaine-islam",
        "quinzaine-poverty",
        "quinzaine-gender",
        "quinzaine-antisemitism",
        "quinzaine-lgb",
        "quinzaine-reintegration",
    }


@pytest.mark.usefixtures("_data")
def test_plans_have_changed() -> None:
    moved = Session.objects.get(moved_at__isnull=False)
    assert moved.enrolments.confirmed().count() == 3
    assert moved.enrol_until is not None
    assert moved.first_day is not None
    assert moved.enrol_until < moved.first_day
    assert Session.objects.get(status=SessionStatus.CANCELLED).enrolments.count() == 3
    document = SessionDocument.objects.get()
    assert document.session.version.course.slug == "registration-of-checks"


@pytest.mark.usefixtures("_data")
def test_a_manager_has_something_to_decide_and_sees_who_waits_for_a_date() -> None:
    (undecided,) = with_too_few(Session.objects.to_decide(at=NOW))
    assert undecided.enrolments.confirmed().count() == 6
    assert undecided.min_participants == 8
    assert [row.course.slug for row in demand()] == ["auschwitz", "hpm-managers"]


@pytest.mark.usefixtures("_data")
def test_the_past_is_closed_but_for_one_roster() -> None:
    past = Meeting.objects.filter(ends_at__lt=NOW - dt.timedelta(hours=12))

    assert past.filter(roster=None).count() == 1
    assert Roster.objects.filter(closed_at__isnull=False).count() == past.count() - 1
    assert Completion.objects.filter(source=CompletionSource.ATTENDANCE).count() == 22
    assert Completion.objects.filter(source=CompletionSource.IMPORT).count() == 79
    assert not Completion.objects.filter(recorded_at__gt=NOW)


@pytest.mark.usefixtures("_data")
def test_the_staff_member_has_a_seat_a_place_in_a_queue_and_a_completion() -> None:
    noor = User.objects.get(email=JOBS[0].email)
    coming = Enrolment.objects.visible_to(noor).active().upcoming(at=NOW)

    booked = {each.session.version.course.slug: each.source for each in coming.confirmed()}
    assert booked == {"registration-of-checks": "self", "hpm": "on_behalf"}
    waiting = coming.queued().with_position().get()
    assert (waiting.session.version.course.slug, waiting.position) == ("hpm", 3)
    assert seats_left(waiting.session.meetings.select_related("part")) == 0
    assert Completion.objects.get(person=noor).version.course.slug == "unia-law"


@pytest.mark.usefixtures("_data")
def test_a_colleague_has_an_offer_to_answer_and_a_part_to_make_up_for() -> None:
    yanis = User.objects.get(email=next(job.email for job in JOBS if job.slug == "staff-fr"))
    offer = Offer.objects.live().get(kind=OfferKind.SEAT)
    assert offer.enrolment.learner == yanis
    own = coming_or_to_make_up(Enrolment.objects.visible_to(yanis).active(), at=NOW)
    (missed,) = missed_in(list(own.with_session()))
    assert missed.part.position == 2
    assert dates_to_make_up(missed.enrolment, missed.part, at=NOW)


@pytest.mark.usefixtures("_data")
def test_seats_are_kept_for_a_zone() -> None:
    pool = SeatPool.objects.kept().select_related("organisation").get()
    assert pool.organisation is not None
    # HR enrolled somebody.
    assert (pool.organisation.code, pool.seats, pool.taken) == ("5913", 4, 1)


@pytest.mark.usefixtures("_data")
def test_the_academy_has_a_class_that_is_late_and_one_without_a_track() -> None:
    large, small = matrices_of(list(Cohort.objects.order_by("starts_on")), at=NOW)
    assert (large.people, small.people) == (40, 18)
    law, hpm = large.columns
    assert law.counts == {StepState.DONE: 30, StepState.LATE: 9, StepState.EXEMPT: 1}
    assert hpm.counts == {StepState.DONE: 2, StepState.BOOKED: 6, StepState.OPEN: 32}
    (half_done,) = [standing.missed for standing in hpm.standings if standing.missed]
    assert half_done.part.position == 2
    assert dates_to_make_up(half_done.enrolment, half_done.part, at=NOW)
    assert small.columns == []
    tibo = User.objects.get(email=next(job.email for job in JOBS if job.slug == "aspirant"))
    cells = next(row.cells for row in large.rows if row.person == tibo)
    assert [cell.state for cell in cells if cell] == [StepState.DONE, StepState.BOOKED]
    places = places_for(large.cohort, hpm.course, at=NOW)
    free = [place.seats_left for place, obstacle in places if not obstacle and place.open_to]
    assert free == [16, 16, 16]


@pytest.mark.usefixtures("_data")
def test_hr_has_a_list_to_confirm_and_one_to_correct() -> None:
    hr = next(job for job in JOBS if job.slug == "hr")
    figures = ("status", "new", "changed", "problem_count")
    assert list(
        StaffImport.objects.filter(uploaded_by__email=hr.email).order_by("pk").values_list(*figures)
    ) == [("refused", 0, 0, 4), ("ready", 2, 1, 0)]


@pytest.mark.usefixtures("_data")
def test_hr_has_a_leaver_to_look_over_and_the_organiser_something_to_arrange() -> None:
    hr = User.objects.get(email=next(job.email for job in JOBS if job.slug == "hr"))
    freed = Enrolment.objects.freed_from(hr.memberships_today)

    assert [each.session.version.course.slug for each in freed] == ["hpm"]
    assert AccessibilityRequest.objects.to_arrange(at=NOW).count() == 1


@pytest.mark.usefixtures("_data")
def test_the_staff_member_lacks_what_comes_first_and_the_organiser_has_an_exception_to_decide() -> None:
    noor = User.objects.get(email=JOBS[0].email)
    session = Session.objects.published().get(version__course__slug="hpm-trainer")
    missing = read_learned([session.version], [noor.pk]).missing(session.version, noor, on=session.first_day)

    assert [(each.course.slug, each.required, each.exception) for each in missing] == [("hpm", True, None)]
    assert session.meetings.count() == 5
    assert PrerequisiteException.objects.undecided().count() == 1


@pytest.mark.usefixtures("_data")
def test_a_first_start_sends_few_mails() -> None:
    waiting = Message.objects.filter(status=MessageStatus.PENDING)
    certificates_to_come = due_completions().count()
    reminders_to_come = Enrolment.objects.reminder_due(at=NOW, within=dt.timedelta(days=3)).count()

    assert waiting.count() == 13
    assert (certificates_to_come, reminders_to_come) == (22, 6)
    assert not Message.objects.exclude(pk__in=waiting).exclude(status=MessageStatus.SENT)


@pytest.mark.usefixtures("_data")
def test_only_the_people_by_job_have_the_password_of_the_demo(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS
    assert User.objects.get(email=JOBS[0].email).check_password(PASSWORD)
    with_password = [user.email for user in User.objects.all() if user.has_usable_password()]
    assert set(with_password) == {job.email for job in JOBS}
    assert 130 <= User.objects.count() <= 160
