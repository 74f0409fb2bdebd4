"""Who is asked to approve, by mail and on a page; what they see, and what they decide."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.core import signing
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from core.models import AuditEntry
from core.time import BRUSSELS, today
from courses.models import OrganisationRule, Session
from courses.services.organisation_rules import end_rule, require_approval
from enrolment.enums import EnrolmentStatus
from enrolment.links import APPROVAL, approval_token
from enrolment.models import Enrolment
from enrolment.reminders import queue_approval_reminders
from enrolment.services.approving import approve, disapprove
from enrolment.services.booking import enrol, withdraw
from notifications.delivery import render
from notifications.models import Message
from people.enums import Role
from people.models import Organisation, User
from people.rules import deciders_of
from people.services.memberships import set_last_day
from tests.enrolment.conftest import DAY, NOON
from tests.factories import (
    OrganisationFactory,
    make_confirmed,
    make_employee,
    make_person_with,
    make_session,
    make_version,
)
from tests.pages import SignIn, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
YES = {"answer": "yes"}

# A Monday.
LIST = "/hr/approvals/"
OFFERED, QUEUED, CONFIRMED = EnrolmentStatus.OFFERED, EnrolmentStatus.QUEUED, EnrolmentStatus.CONFIRMED
CANCELLED = EnrolmentStatus.CANCELLED


@pytest.fixture
def client() -> Client:
    """Somebody's browser, signed in or not."""
    return Client(headers={"accept-language": "en"})


@pytest.fixture
def zone() -> Organisation:
    zone: Organisation = OrganisationFactory.create(name_en="Zone North")
    return zone


@pytest.fixture
def approver(zone: Organisation) -> User:
    return make_person_with(
        Role.APPROVER, organisation=zone, profile__first_name="An", profile__last_name="Maes"
    )


@pytest.fixture
def session(zone: Organisation, approver: User) -> Session:
    """One seat, in a course that the zone wants to approve."""
    session = make_session(version=make_version(title_en="Human rights"), capacity=1)
    require_approval(organisation=zone, course=session.version.course, valid_from=today(), actor=approver)
    return session


def book(session: Session, zone: Organisation, name: str = "Asker") -> Enrolment:
    learner = make_employee(zone=zone, profile__last_name=name)
    return enrol(session=session, learner=learner, actor=learner)


def link(enrolment: Enrolment, approver: User) -> str:
    return f"/approvals/{approval_token(enrolment, approver)}/"


def asked(template: str = "approval_asked") -> list[User]:
    messages = Message.objects.filter(template=template).exclude(status="cancelled")
    return [message.recipient for message in messages.order_by("pk")]


def status(enrolment: Enrolment) -> str:
    enrolment.refresh_from_db()
    return enrolment.status


# -- The rule of the organisation binds an enrolment -------------------------------------------------


def test_the_zone_s_rule_holds_a_seat_for_its_people_and_for_nobody_else(
    session: Session, zone: Organisation
) -> None:
    other = book(session, OrganisationFactory.create())
    assert status(other) == CONFIRMED
    withdraw(enrolment=other, actor=other.learner)
    own = book(session, zone)
    assert (status(own), own.approval_needed, own.approver) == (OFFERED, True, zone)


def test_a_rule_that_ends_leaves_bound_who_enrolled_before(
    session: Session, zone: Organisation, approver: User, clock: time_machine.Traveller
) -> None:
    before = book(session, zone)
    end_rule(rule=OrganisationRule.objects.get(), last_day=today(), actor=approver)
    clock.shift(DAY)
    after = book(session, zone)
    assert (before.lacks_approval, after.lacks_approval) == (True, False)
    assert (status(before), status(after)) == (OFFERED, QUEUED)


# -- Asking by mail ----------------------------------------------------------------------------------


def test_approvers_are_asked_once_each_and_not_about_themselves(
    session: Session, zone: Organisation, approver: User
) -> None:
    second = make_person_with(Role.APPROVER, organisation=zone)
    make_person_with(Role.DEPUTY_APPROVER, organisation=zone)
    make_person_with(Role.HR, organisation=zone)
    make_person_with(Role.APPROVER)
    learner = make_employee(zone=zone)
    for _ in range(2):
        enrol(session=session, learner=learner, actor=learner)
    assert asked() == [approver, second]


def test_a_queue_asks_as_well_and_again_when_a_seat_is_held(
    session: Session, zone: Organisation, approver: User
) -> None:
    seated = make_confirmed(session)
    enrolment = book(session, zone)
    assert status(enrolment) == QUEUED
    assert asked() == [approver]
    # What had not been sent yet is replaced by what holds now.
    withdraw(enrolment=seated, actor=seated.learner)
    assert status(enrolment) == OFFERED
    assert asked() == [approver]
    assert Message.objects.filter(template="approval_asked").count() == 2


def test_who_withdraws_takes_a_mail_back_that_is_not_sent_yet(session: Session, zone: Organisation) -> None:
    enrolment = book(session, zone)
    withdraw(enrolment=enrolment, actor=enrolment.learner)
    assert asked() == []


def test_the_mail_names_who_asks_for_what_and_when_and_nothing_else(
    session: Session, zone: Organisation, approver: User
) -> None:
    enrolment = book(session, zone)
    message = Message.objects.get(template="approval_asked")
    message.language = "en"
    mail = render(message)
    body = str(mail.body)

    assert mail.to == [approver.email]
    assert mail.subject == "Do you approve? Titel"
    assert "Jo Asker enrolled. This training needs your approval." in body
    assert "A seat is held until Saturday 7 March 2026, 20:00; after that it is free again." in body
    assert "Wednesday 1 April 2026, 08:30–11:30" in body
    assert f"http://localhost:8000{link(enrolment, approver)}" in body
    for private in ("Venue", "Mechelen", str(session.public_id), enrolment.learner.email or ""):
        assert private not in body + str(mail.alternatives[0].content)


def test_of_what_is_sensitive_an_approver_reads_the_general_title_alone(
    sign_in: SignIn, zone: Organisation, approver: User
) -> None:
    session = make_session(version=make_version(sensitive=True, approval_required=True))
    enrolment = book(session, zone)
    mail = render(Message.objects.get(template="approval_asked"))
    said = f"{mail.subject} {mail.body} {mail.alternatives[0].content}"
    client = sign_in(approver)
    pages = [client.get(path) for path in (LIST, f"{LIST}{enrolment.public_id}/", link(enrolment, approver))]

    assert "Vorming diversiteit" in said
    assert all("Diversity training" in text(page) for page in pages)
    for shown in [said, *map(text, pages)]:
        for secret in ("Gevoelig thema", "Sensitive theme", "Mechelen", "Deel", str(session.public_id)):
            assert secret not in shown


# -- The list ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
def test_who_opens_the_list(sign_in: SignIn, zone: Organisation, role: Role) -> None:
    client = sign_in(make_person_with(role, organisation=zone))
    answer = client.get(LIST)
    if role == Role.CHIEF:
        assert answer["Location"] == f"{LIST}rules/"
    else:
        may = role in (Role.APPROVER, Role.DEPUTY_APPROVER, Role.HR)
        assert answer.status_code == (200 if may else 403)


def test_the_list_tells_who_waits_the_oldest_first_and_until_when(
    sign_in: SignIn, session: Session, zone: Organisation, approver: User, clock: time_machine.Traveller
) -> None:
    book(session, zone, "Zwart")
    clock.shift(60)
    book(session, zone, "Aerts")
    page = text(sign_in(approver).get(LIST))

    assert page.index("Zwart") < page.index("Aerts")
    assert "Seat held until Sat 7 Mar 2026, 20:00" in page
    assert "Number 1 in the queue" in page


def test_how_many_wait_for_what_is_sensitive_is_not_told_to_an_approver(
    sign_in: SignIn, zone: Organisation, approver: User
) -> None:
    session = make_session(version=make_version(sensitive=True, approval_required=True), capacity=1)
    make_confirmed(session)
    book(session, zone)
    page = text(sign_in(approver).get(LIST))
    assert "In the queue" in page
    assert "Number 1" not in page


def test_each_finds_what_is_theirs_to_decide(
    sign_in: SignIn, session: Session, zone: Organisation, approver: User
) -> None:
    deputy = make_person_with(Role.DEPUTY_APPROVER, organisation=zone)
    hr = make_person_with(Role.HR, organisation=zone)
    foreign = make_person_with(Role.APPROVER)
    enrolment = book(session, zone)
    own = f"{LIST}{enrolment.public_id}/"
    for person, answer in ((approver, 200), (deputy, 200), (hr, 404), (foreign, 404)):
        client = sign_in(person)
        assert client.get(own).status_code == answer
        assert ("Asker" in text(client.get(LIST))) == (answer == 200)
        if answer == 404:
            assert client.post(own, {"answer": "yes"}).status_code == 404
    assert status(enrolment) == OFFERED


def test_the_list_and_the_links_agree_on_who_decides(
    sign_in: SignIn, session: Session, zone: Organisation, approver: User
) -> None:
    """HR decides about the only approver, and about nobody else."""
    hr = make_person_with(Role.HR, organisation=zone)
    by_somebody = book(session, zone)
    make_employee_of(approver, zone)
    by_approver = enrol(session=session, learner=approver, actor=approver)
    for person in (approver, hr):
        person = User.objects.get(pk=person.pk)
        listed = set(Enrolment.objects.decidable_by(person, on=today()))
        deciders = deciders_of([zone.pk], on=today())[zone.pk]
        held = (by_somebody, by_approver)
        assert listed == {each for each in held if person.pk in deciders.about(each.learner_id)}
    assert sign_in(approver).get(f"{LIST}{by_approver.public_id}/").status_code == 404
    assert sign_in(hr).get(f"{LIST}{by_approver.public_id}/").status_code == 200


def make_employee_of(person: User, zone: Organisation) -> None:
    person.memberships.create(organisation=zone, role=Role.EMPLOYEE, valid_from=dt.date(2020, 1, 1))


@pytest.mark.parametrize("rows", [1, 30])
def test_the_list_costs_the_same_for_1_and_30_rows(
    sign_in: SignIn,
    session: Session,
    zone: Organisation,
    approver: User,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(rows):
        book(session, zone)
    client = sign_in(approver)
    with django_assert_num_queries(4):
        page = client.get(LIST)
    assert len(page.context["waiting"]) == rows


# -- Deciding ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "becomes", "said"),
    [("yes", CONFIRMED, "It is approved,"), ("no", CANCELLED, "It is not approved,")],
)
def test_deciding_on_the_page(
    sign_in: SignIn,
    session: Session,
    zone: Organisation,
    approver: User,
    answer: str,
    becomes: str,
    said: str,
) -> None:
    enrolment = book(session, zone)
    client = sign_in(approver)
    path = f"{LIST}{enrolment.public_id}/"
    assert "Do you approve the enrolment of Jo Asker?" in text(client.get(path))

    page = text(client.post(path, {"answer": answer}, follow=True))

    assert status(enrolment) == becomes
    assert said in page
    assert "Nothing waits for you" in page
    assert said.rstrip(",") in text(client.get(path))


@pytest.mark.parametrize(
    ("answer", "becomes", "said"),
    [("yes", CONFIRMED, "It is approved"), ("no", CANCELLED, "It is not approved")],
)
def test_deciding_by_the_link_of_the_mail_needs_no_signing_in(
    client: Client,
    session: Session,
    zone: Organisation,
    approver: User,
    answer: str,
    becomes: str,
    said: str,
) -> None:
    enrolment = book(session, zone)
    path = link(enrolment, approver)
    page = client.get(path)
    assert status(enrolment) == OFFERED
    assert "You decide as An Maes, for Zone North." in text(page)
    assert page["X-Robots-Tag"] == "noindex"
    assert "no-store" in page["Cache-Control"]

    for _ in range(2):
        assert client.post(path, {"answer": answer})["Location"] == path
    # The first answer counts.
    client.post(path, {"answer": "yes" if answer == "no" else "no"})

    assert status(enrolment) == becomes
    assert said in text(client.get(path))
    entries = AuditEntry.objects.filter(action__in=["enrolment.approved", "enrolment.not_approved"])
    assert [entry.actor_id for entry in entries] == [approver.pk]


@pytest.mark.parametrize("answer", ["", "maybe"])
def test_neither_yes_nor_no_decides_nothing(
    client: Client, session: Session, zone: Organisation, approver: User, answer: str
) -> None:
    enrolment = book(session, zone)
    client.post(link(enrolment, approver), {"answer": answer})
    assert status(enrolment) == OFFERED


def test_the_link_of_who_lost_the_role_does_nothing(
    client: Client, session: Session, zone: Organisation, approver: User, clock: time_machine.Traveller
) -> None:
    enrolment = book(session, zone)
    set_last_day(membership=approver.memberships.get(), last_day=today(), actor=approver)
    clock.shift(DAY)
    for answer in (client.get(link(enrolment, approver)), client.post(link(enrolment, approver), YES)):
        assert answer.status_code == 403
        assert "This link doesn't hold any more" in answer.content.decode().replace("&#x27;", "'")
        assert "Asker" not in answer.content.decode()
    assert status(enrolment) == OFFERED


def test_the_link_of_an_approver_does_nothing_for_somebody_else_who_signed_in(
    sign_in: SignIn, session: Session, zone: Organisation, approver: User
) -> None:
    """The mail was passed on, to whoever asks or to a colleague: the trail would name the approver."""
    deputy = make_person_with(Role.DEPUTY_APPROVER, organisation=zone)
    enrolment = book(session, zone)
    for person in (enrolment.learner, deputy):
        client = sign_in(person)
        for answer in (client.get(link(enrolment, approver)), client.post(link(enrolment, approver), YES)):
            assert answer.status_code == 403
            assert "Asker" not in text(answer).partition("<main")[2]
    assert status(enrolment) == OFFERED
    sign_in(approver).post(link(enrolment, approver), YES)
    assert status(enrolment) == CONFIRMED


def test_a_link_ages_and_can_be_neither_changed_nor_made(
    client: Client, session: Session, zone: Organisation, approver: User, clock: time_machine.Traveller
) -> None:
    enrolment, stranger = book(session, zone), make_employee(zone=zone)
    token = approval_token(enrolment, approver)
    forged = signing.dumps([str(enrolment.public_id), str(approver.public_id)], key="x", salt=APPROVAL)
    # Of a kind of its own: the link of an offer is none.
    other_kind = signing.dumps([str(enrolment.public_id), str(approver.public_id)], salt="enrolment.offer")
    for wrong in (token[:-1], f"x{token}", forged, other_kind, approval_token(enrolment, stranger), "x"):
        assert client.post(f"/approvals/{wrong}/", YES).status_code == 403
    clock.shift(31 * DAY)
    assert client.post(f"/approvals/{token}/", YES).status_code == 403
    assert Enrolment.objects.get().lacks_approval


def test_nobody_reads_from_a_link_that_somebody_withdrew_after_the_yes(
    client: Client, session: Session, zone: Organisation, approver: User
) -> None:
    enrolment = book(session, zone)
    approve(enrolment=enrolment, actor=approver)
    before = text(client.get(link(enrolment, approver))).partition("<main")[2]
    assert "It is approved" in before
    withdraw(enrolment=enrolment, actor=enrolment.learner)
    assert text(client.get(link(enrolment, approver))).partition("<main")[2] == before


def test_what_ended_undecided_names_nobody_any_more(
    client: Client, session: Session, zone: Organisation, approver: User, clock: time_machine.Traveller
) -> None:
    withdrawn, begun = book(session, zone), book(session, zone)
    withdraw(enrolment=withdrawn, actor=withdrawn.learner)
    clock.move_to(session.starts_at or NOON)
    for enrolment in (withdrawn, begun):
        path = f"/approvals/{approval_token(enrolment, approver)}/"
        client.post(path, YES)
        page = text(client.get(path))
        assert "There is nothing to decide any more" in page
        assert "Asker" not in page
        assert enrolment.approved_at is None


# -- Reminders ---------------------------------------------------------------------------------------


def remind(clock: time_machine.Traveller, day: int) -> list[User]:
    """Who is reminded on a day of March; asked twice that day."""
    before = len(asked("approval_reminder"))
    clock.move_to(dt.datetime(2026, 3, day, 8, 5, tzinfo=BRUSSELS))
    for _ in range(2):
        queue_approval_reminders(at=dt.datetime(2026, 3, day, 8, 5, tzinfo=BRUSSELS))
    return asked("approval_reminder")[before:]


def test_after_two_working_days_approvers_and_deputies_are_reminded_and_again_two_days_later(
    session: Session, zone: Organisation, approver: User, clock: time_machine.Traveller
) -> None:
    deputy = make_person_with(Role.DEPUTY_APPROVER, organisation=zone)
    make_person_with(Role.HR, organisation=zone)
    clock.move_to(dt.datetime(2026, 3, 5, 12, tzinfo=BRUSSELS))
    enrolment = book(session, zone)
    # Asked on a Thursday: not on Friday, nor at the weekend.
    assert [remind(clock, day) for day in (6, 7, 8)] == [[], [], []]
    assert set(remind(clock, 9)) == {approver, deputy}
    assert remind(clock, 10) == []
    assert set(remind(clock, 11)) == {approver, deputy}
    approve(enrolment=enrolment, actor=approver)
    assert remind(clock, 16) == []


@pytest.mark.parametrize("act", [lambda e: withdraw(enrolment=e, actor=e.learner), lambda e: disapprove_(e)])
def test_nobody_is_reminded_of_what_ended(
    session: Session, zone: Organisation, clock: time_machine.Traveller, act: Callable[[Enrolment], Any]
) -> None:
    act(book(session, zone))
    assert remind(clock, 9) == []


def disapprove_(enrolment: Enrolment) -> Enrolment:
    return disapprove(enrolment=enrolment, actor=enrolment.learner)


def test_one_reminder_names_all_that_waits_and_only_what_was_asked_long_enough_ago(
    session: Session, zone: Organisation, approver: User, clock: time_machine.Traveller
) -> None:
    book(session, zone, "First")
    book(session, zone, "Second")
    clock.move_to(dt.datetime(2026, 3, 4, 7, tzinfo=BRUSSELS))
    book(session, zone, "Third")
    assert remind(clock, 4) == [approver]
    message = Message.objects.get(template="approval_reminder")
    message.language = "en"
    mail = render(message)
    assert mail.subject == "2 enrolments wait for your approval"
    assert "Jo First" in mail.body
    assert "Jo Second" in mail.body
    assert "Third" not in mail.body


# -- What the person sees ----------------------------------------------------------------------------


def test_the_person_reads_who_approves_before_and_after_enrolling(
    sign_in: SignIn, session: Session, zone: Organisation
) -> None:
    learner = make_employee(zone=zone)
    client = sign_in(learner)
    before = text(client.get(session.get_absolute_url()))
    assert "It needs the approval of Zone North." in before
    assert "Whoever approves for Zone North sees your name, the title and the date." in before
    client.post(f"{session.get_absolute_url()}enrol/")
    after = text(client.get(session.get_absolute_url()))
    assert "Waits for approval" in after
    assert "It is yours as soon as Zone North approves your enrolment." in after
    assert "Whoever approves for Zone North" in after
    assert "Waits for approval" in text(client.get("/my/training/"))

    colleague = sign_in(make_employee())
    assert "approv" not in text(colleague.get(session.get_absolute_url())).casefold()
    assert "approv" not in text(colleague.get(session.version.course.get_absolute_url())).casefold()


def test_the_page_of_a_workshop_says_what_the_organisation_asks_about_its_programme(
    sign_in: SignIn, session: Session, zone: Organisation
) -> None:
    workshop = make_session(version=make_version(course__programme=session.version.course))
    client = sign_in(make_employee(zone=zone))
    assert "It needs the approval of Zone North." in text(client.get(workshop.get_absolute_url()))


def test_of_what_is_sensitive_the_person_reads_that_an_approver_hears_of_it(
    sign_in: SignIn, zone: Organisation
) -> None:
    session = make_session(version=make_version(sensitive=True, approval_required=True))
    client = sign_in(make_employee(zone=zone))
    for path in (session.get_absolute_url(), session.version.course.get_absolute_url()):
        page = text(client.get(path))
        assert "Whoever approves for Zone North sees your name, a general title and the date." in page
        assert "Only the trainers see your name" not in page
