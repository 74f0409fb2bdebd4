"""What somebody needs to take part: the organiser alone reads it, and it goes when it is needed no more."""

import datetime as dt
import json
import logging
import sys
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.signals import got_request_exception
from django.db import connection
from django.test import Client
from django.views.debug import ExceptionReporter
from pytest_django import DjangoAssertNumQueries

from core.models import AuditEntry
from core.time import BRUSSELS
from courses.models import Session
from enrolment.enums import EnrolmentStatus
from enrolment.errors import NothingToAskFor, Overlapping
from enrolment.models import AccessibilityRequest, Enrolment
from enrolment.services import accessibility
from enrolment.services.accessibility import ask_organiser, forget_needless_requests, mark_arranged
from enrolment.services.booking import enrol, withdraw
from enrolment.services.on_behalf import enrol_on_behalf, take_back
from enrolment.tasks import forget_what_is_private
from notifications.delivery import deliver_batch, render
from notifications.models import Message
from people.enums import Role
from people.models import Organisation, User
from tests.enrolment.conftest import DAY, NOON
from tests.factories import (
    OrganisationFactory,
    make_confirmed,
    make_employee,
    make_person_with,
    make_session,
    make_version,
)
from tests.mail import Mailbox
from tests.pages import SignIn, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

SECRET = "Rolstoelhelling, zwarteklaver"
REQUEST = AccessibilityRequest._meta.db_table


@pytest.fixture
def zone() -> Organisation:
    zone: Organisation = OrganisationFactory.create()
    return zone


@pytest.fixture
def learner(zone: Organisation) -> User:
    return make_employee(zone=zone, profile__last_name="Zoekmij")


@pytest.fixture
def organiser() -> User:
    return make_person_with(Role.CATALOGUE_MANAGER)


@pytest.fixture
def session() -> Session:
    return make_session(trainer=make_person_with(Role.TRAINER))


@pytest.fixture
def asked(session: Session, learner: User, organiser: User) -> AccessibilityRequest:
    return ask_organiser(enrolment=make_confirmed(session, learner), text=SECRET)


def page_of(session: Session) -> str:
    return f"/manage/sessions/{session.public_id}/accessibility/"


# -- Asking ----------------------------------------------------------------------------------------


def test_it_is_told_with_the_enrolment_in_one_act(sign_in: SignIn, session: Session, learner: User) -> None:
    page = sign_in(learner).post(f"/sessions/{session.public_id}/enrol/", {"needs": SECRET}, follow=True)
    assert "You have a seat" in text(page)
    assert "What you asked the organiser" in text(page)
    request = AccessibilityRequest.objects.get()
    assert (request.text, request.enrolment.learner) == (SECRET, learner)


def test_who_needs_nothing_leaves_no_request(sign_in: SignIn, session: Session, learner: User) -> None:
    sign_in(learner).post(f"/sessions/{session.public_id}/enrol/", {"needs": "  \n "})
    assert Enrolment.objects.confirmed().count() == 1
    assert not AccessibilityRequest.objects.exists()


def test_it_can_be_told_from_the_queue_as_well(session: Session, learner: User) -> None:
    session.meetings.update(capacity=0)
    enrolment = enrol(session=session, learner=learner, actor=learner, needs=SECRET)
    assert enrolment.status == EnrolmentStatus.QUEUED
    assert AccessibilityRequest.objects.get().enrolment == enrolment


def test_a_refusal_enrols_nobody_and_keeps_what_was_typed(
    sign_in: SignIn, session: Session, learner: User
) -> None:
    make_confirmed(make_session(version=make_version(title_en="Other")), learner)
    page = sign_in(learner).post(f"/sessions/{session.public_id}/enrol/", {"needs": SECRET})
    assert "You have Other at that time." in text(page)
    assert SECRET in text(page)
    assert not AccessibilityRequest.objects.exists()
    with pytest.raises(Overlapping):
        enrol(session=session, learner=learner, actor=learner, needs=SECRET)


def test_a_text_that_is_too_long_is_refused_at_the_field_and_kept(
    sign_in: SignIn, session: Session, learner: User
) -> None:
    client = sign_in(learner)
    page = client.post(f"/sessions/{session.public_id}/enrol/", {"needs": "x" * 501})
    assert page.context["form"].errors.keys() == {"needs"}
    assert "x" * 501 in text(page)
    assert '<details class="more" open>' in text(page)
    assert not Enrolment.objects.exists()
    make_confirmed(session, learner)
    page = client.post(f"/sessions/{session.public_id}/needs/", {"needs": "x" * 501})
    assert (page.status_code, "x" * 501 in text(page)) == (200, True)
    assert not AccessibilityRequest.objects.exists()


def test_the_person_changes_it_and_deletes_it(
    sign_in: SignIn, session: Session, learner: User, asked: AccessibilityRequest
) -> None:
    client, path = sign_in(learner), f"/sessions/{session.public_id}/needs/"
    mark_arranged(request=asked)
    assert SECRET in text(client.get(path))
    assert "The organiser has arranged it." in text(client.get(path))
    client.post(path, {"needs": "A chair"})
    changed = AccessibilityRequest.objects.get()
    assert (changed.text, changed.arranged_at) == ("A chair", None)
    page = client.post(path, {"needs": ""}, follow=True)
    assert "Deleted." in text(page)
    assert not AccessibilityRequest.objects.exists()


def test_the_same_text_again_changes_nothing(asked: AccessibilityRequest) -> None:
    mark_arranged(request=asked)
    again = ask_organiser(enrolment=asked.enrolment, text=SECRET)
    assert (again.pk, again.arranged_at) == (asked.pk, NOON)
    assert Message.objects.filter(template="request_received").count() == 1


def test_nobody_asks_for_somebody_else(
    sign_in: SignIn, session: Session, asked: AccessibilityRequest
) -> None:
    for other in (make_employee(), make_person_with(Role.ADMINISTRATOR), make_person_with(Role.HR)):
        path = f"/sessions/{session.public_id}/needs/"
        assert sign_in(other).get(path).status_code == 404
        assert sign_in(other).post(path, {"needs": ""}).status_code == 404
    assert AccessibilityRequest.objects.get() == asked


def test_there_is_nothing_to_ask_of_what_is_over(session: Session, learner: User, clock: Any) -> None:
    enrolment = make_confirmed(session, learner)
    clock.move_to(session.ends_at)
    with pytest.raises(NothingToAskFor):
        ask_organiser(enrolment=enrolment, text=SECRET)
    clock.move_to(NOON)
    withdraw(enrolment=enrolment, actor=learner)
    with pytest.raises(NothingToAskFor):
        ask_organiser(enrolment=enrolment, text=SECRET)
    assert not AccessibilityRequest.objects.exists()


# -- Reading ---------------------------------------------------------------------------------------


def test_the_organiser_is_told_that_there_is_one_not_what_nor_whose(
    organiser: User, asked: AccessibilityRequest, session: Session
) -> None:
    make_person_with(Role.ADMINISTRATOR)
    message = Message.objects.get(template="request_received")
    assert message.recipient == organiser
    mail = render(message)
    assert f"http://localhost:8000{page_of(session)}" in mail.body
    assert "woensdag 1 april 2026" in mail.body
    whole = json.dumps([message.context, message.dedupe_key, message.topic, mail.body, mail.subject])
    assert [word for word in (SECRET, "Zoekmij", str(asked.enrolment.public_id)) if word in whole] == []


def test_the_organiser_s_own_managers_are_told_where_it_has_any(session: Session, learner: User) -> None:
    network = OrganisationFactory.create()
    own = make_person_with(Role.CATALOGUE_MANAGER, organisation=network)
    foreign = make_person_with(Role.CATALOGUE_MANAGER)
    Session.objects.update(organiser=network)
    session.refresh_from_db()
    ask_organiser(enrolment=make_confirmed(session, learner), text=SECRET)
    assert [each.recipient for each in Message.objects.filter(template="request_received")] == [own]
    organised = {
        user: list(Session.objects.answered_for_by(user, on=NOON.date())) for user in (own, foreign, learner)
    }
    assert organised == {own: [session], foreign: [], learner: []}


def test_all_managers_answer_for_what_has_no_organiser_or_one_without_managers(
    session: Session, organiser: User
) -> None:
    assert list(Session.objects.answered_for_by(organiser, on=NOON.date())) == [session]
    Session.objects.update(organiser=OrganisationFactory.create())
    assert list(Session.objects.answered_for_by(organiser, on=NOON.date())) == [session]


@pytest.mark.parametrize("role", Role)
def test_the_organiser_alone_reads_it(
    sign_in: SignIn, session: Session, asked: AccessibilityRequest, role: Role
) -> None:
    client = sign_in(make_person_with(role))
    answer = client.get(page_of(session))
    assert answer.status_code == (200 if role == Role.CATALOGUE_MANAGER else 403)
    assert (SECRET in text(answer)) is (role == Role.CATALOGUE_MANAGER)
    arranging = client.post(f"{page_of(session)}{asked.public_id}/")
    assert arranging.status_code == (302 if role == Role.CATALOGUE_MANAGER else 403)


def test_a_manager_of_another_organiser_reads_nothing(
    sign_in: SignIn, session: Session, asked: AccessibilityRequest
) -> None:
    network = OrganisationFactory.create()
    make_person_with(Role.CATALOGUE_MANAGER, organisation=network)
    Session.objects.update(organiser=network)
    foreign = make_person_with(Role.CATALOGUE_MANAGER)
    assert sign_in(foreign).get(page_of(session)).status_code == 403


def test_a_request_of_another_session_is_not_found(
    sign_in: SignIn, organiser: User, asked: AccessibilityRequest
) -> None:
    other = make_session(starts_in=40 * DAY)
    assert sign_in(organiser).post(f"{page_of(other)}{asked.public_id}/").status_code == 404
    asked.refresh_from_db()
    assert asked.arranged_at is None


def test_each_look_is_kept_and_the_person_sees_it(
    sign_in: SignIn, session: Session, organiser: User, learner: User, asked: AccessibilityRequest
) -> None:
    sign_in(organiser).get(page_of(session))
    (entry,) = AuditEntry.objects.filter(actor_id=organiser.pk)
    organisation = organiser.memberships_today[0].organisation
    assert (entry.action, entry.subject_type, entry.subject_id) == (
        "person.read_by_organiser",
        "people.user",
        learner.pk,
    )
    assert entry.data == {"role": "catalogue_manager", "organisation": organisation.pk}
    profile = sign_in(learner).get("/my/profile/")
    assert [(r.role, r.organisation, r.is_by_organiser) for r in profile.context["readings"]] == [
        ("catalogue manager", organisation, True)
    ]
    assert "an enrolment, as its organiser" in text(profile)
    assert organiser.profile.last_name not in text(profile)


def test_what_is_arranged_is_told_in_neutral_words_once(
    sign_in: SignIn, session: Session, organiser: User, learner: User, asked: AccessibilityRequest
) -> None:
    client = sign_in(organiser)
    for _click in range(2):
        client.post(f"{page_of(session)}{asked.public_id}/")
    message = Message.objects.get(recipient=learner)
    assert message.template == "request_arranged"
    mail = render(message)
    assert mail.subject == "Van de organisator van Titel"
    assert "Wat je vroeg is geregeld" in mail.body
    assert SECRET not in mail.body


@pytest.mark.parametrize("requests", [1, 30])
def test_the_page_takes_the_same_queries_for_1_and_30(
    sign_in: SignIn,
    session: Session,
    organiser: User,
    requests: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    session.meetings.update(capacity=40)
    for _ in range(requests):
        ask_organiser(enrolment=make_confirmed(session), text=SECRET)
    client = sign_in(organiser)
    with django_assert_num_queries(8):
        client.get(page_of(session))


# -- Forgetting ------------------------------------------------------------------------------------


def test_it_is_deleted_the_day_after_the_session(asked: AccessibilityRequest, clock: Any) -> None:
    clock.move_to(dt.datetime(2026, 4, 1, 23, 59, tzinfo=BRUSSELS))
    forget_what_is_private()
    assert AccessibilityRequest.objects.exists()
    clock.move_to(dt.datetime(2026, 4, 2, 0, 0, tzinfo=BRUSSELS))
    forget_what_is_private()
    assert not AccessibilityRequest.objects.exists()


def test_it_goes_with_the_enrolment_and_with_what_still_waits_to_be_mailed(
    learner: User, asked: AccessibilityRequest
) -> None:
    withdraw(enrolment=asked.enrolment, actor=learner)
    assert not AccessibilityRequest.objects.exists()
    assert Message.objects.get(template="request_received").status == "cancelled"


def test_it_goes_on_leaving_the_queue(session: Session, learner: User) -> None:
    session.meetings.update(capacity=0)
    enrolment = enrol(session=session, learner=learner, actor=learner, needs=SECRET)
    withdraw(enrolment=enrolment, actor=learner)
    assert not AccessibilityRequest.objects.exists()


def test_it_goes_when_others_end_the_enrolment(session: Session, learner: User, zone: Organisation) -> None:
    hr = make_person_with(Role.HR, organisation=zone)
    enrolment = enrol_on_behalf(session=session, learner=learner, organisation=zone, actor=hr)
    ask_organiser(enrolment=enrolment, text=SECRET)
    take_back(enrolment=enrolment, actor=hr)
    assert not AccessibilityRequest.objects.exists()


def test_the_nightly_job_mends_what_another_way_of_ending_left(asked: AccessibilityRequest) -> None:
    Enrolment.objects.update(status=EnrolmentStatus.CANCELLED)
    forget_needless_requests()
    assert not AccessibilityRequest.objects.exists()


# -- What it must never reach ----------------------------------------------------------------------


def columns_that_hold(word: str) -> set[str]:
    """Every column of every table in which a text occurs."""
    found = set()
    with connection.cursor() as cursor:
        for model in apps.get_models():
            table = model._meta.db_table
            cursor.execute(f'SELECT count(*) FROM "{table}" AS t WHERE t::text ILIKE %s', [f"%{word}%"])  # noqa: S608
            if cursor.fetchone()[0]:
                found.add(table)
    return found


def test_it_lies_in_one_table_and_goes_from_everywhere(
    sign_in: SignIn,
    session: Session,
    organiser: User,
    learner: User,
    mailbox: Mailbox,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    client = sign_in(learner)
    client.post(f"/sessions/{session.public_id}/enrol/", {"needs": "zwarteklaver one"})
    client.post(f"/sessions/{session.public_id}/needs/", {"needs": "zwarteklaver two"})
    sign_in(organiser).get(page_of(session))
    sign_in(organiser).post(f"{page_of(session)}{AccessibilityRequest.objects.get().public_id}/")
    deliver_batch()
    assert len(mailbox.mails) == 3
    assert [mail for mail in mailbox.mails if "zwarteklaver" in mail.as_string()] == []
    assert columns_that_hold("zwarteklaver") == {REQUEST}
    id_of_request = str(AccessibilityRequest.objects.get().public_id)
    withdraw(enrolment=Enrolment.objects.get(), actor=learner)
    assert columns_that_hold("zwarteklaver") == set()
    # The mails that told of it name an id that points nowhere any more, and nobody.
    assert columns_that_hold(id_of_request) == {Message._meta.db_table}
    assert "zwarteklaver" not in "".join(
        record.getMessage() for record in caplog.records if record.name != "django.db.backends"
    )


def test_the_audit_trail_never_tells_that_somebody_asked(
    session: Session, learner: User, organiser: User
) -> None:
    with_needs = enrol(session=session, learner=learner, actor=learner, needs=SECRET)
    mark_arranged(request=with_needs.accessibility_request)
    other = make_employee()
    without = enrol(session=session, learner=other, actor=other)
    trail = {
        enrolment.pk: list(
            AuditEntry.objects.filter(subject_id=enrolment.pk).values_list("action", "subject_type", "data")
        )
        for enrolment in (with_needs, without)
    }
    assert trail[with_needs.pk] == trail[without.pk] == [("enrolment.confirmed", "enrolment.enrolment", {})]
    assert AuditEntry.objects.count() == 2


def test_no_page_and_no_file_of_others_shows_it(
    sign_in: SignIn, session: Session, zone: Organisation, learner: User, asked: AccessibilityRequest
) -> None:
    hr = make_person_with(Role.HR, organisation=zone)
    trainer = session.meetings.all()[0].staff.get().person
    Session.objects.update(starts_at=NOON - DAY)
    administrator = make_person_with(Role.ADMINISTRATOR, is_staff=True, is_superuser=True)
    paths = {
        hr: [
            f"/hr/people/{learner.public_id}/",
            f"/hr/people/{learner.public_id}/enrol/",
            f"/hr/people/{learner.public_id}/roles/",
            "/hr/leavers/",
            "/hr/figures/",
            "/hr/exports/completions.csv",
            "/hr/exports/completions.xlsx",
            "/hr/exports/figures.csv",
        ],
        trainer: [f"/teach/sessions/{session.public_id}/roster/", "/teach/", session.get_absolute_url()],
        administrator: [
            "/manage/sessions/",
            "/operate/admin/core/auditentry/",
            "/operate/admin/notifications/message/",
        ],
        make_employee(zone=zone): [session.get_absolute_url(), "/"],
    }
    for person, visited in paths.items():
        client = sign_in(person)
        for path in visited:
            answer = client.get(path)
            assert answer.status_code == 200, path
            body = b"".join(answer) if answer.streaming else answer.content
            assert SECRET.encode() not in body, path


def test_the_administration_knows_no_requests() -> None:
    assert AccessibilityRequest not in admin.site._registry
    assert str(AccessibilityRequest(text=SECRET)).count(SECRET) == 0
    assert SECRET not in repr(AccessibilityRequest(text=SECRET))


@pytest.mark.parametrize("act", ["enrol", "needs"])
def test_a_page_that_breaks_reports_no_text(
    client: Client, session: Session, learner: User, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the report's variables nor its POST data hold it."""
    if act == "needs":
        make_confirmed(session, learner)
    reports: list[str] = []

    def break_down(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError

    def note(sender: Any, request: Any, **kwargs: Any) -> None:
        reports.append(ExceptionReporter(request, *sys.exc_info()).get_traceback_text())
        reports.append(ExceptionReporter(request, *sys.exc_info()).get_traceback_html())

    monkeypatch.setattr(accessibility.emails, "tell_request_received", break_down)
    got_request_exception.connect(note)
    client.raise_request_exception = False
    client.force_login(learner)
    try:
        answer = client.post(f"/sessions/{session.public_id}/{act}/", {"needs": SECRET})
    finally:
        got_request_exception.disconnect(note)
    assert answer.status_code == 500
    assert len(reports) == 2
    assert ["zwarteklaver" in report for report in reports] == [False, False]
    assert not AccessibilityRequest.objects.exists()
