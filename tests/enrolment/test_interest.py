"""Waiting for a date of a course: who can, who hears of what and how often, and what others see of it."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from core.models import AuditEntry
from core.time import today
from courses.enums import CourseKind, SessionAudience
from courses.models import Course, CourseVersion, Session
from enrolment.demand import demand
from enrolment.enums import CompletionSource
from enrolment.errors import NothingToAwait
from enrolment.models import Interest
from enrolment.services.booking import enrol, withdraw
from enrolment.services.completions import record_completion
from enrolment.services.interest import await_dates, take_off_list
from enrolment.tasks import forget_what_is_private, queue_new_dates
from notifications import delivery
from notifications.models import Message
from people.enums import Role
from people.models import User
from tests.enrolment.conftest import DAY
from tests.factories import (
    OrganisationFactory,
    make_aspirant,
    make_employee,
    make_person_with,
    make_session,
    make_staff,
    make_version,
)
from tests.mail import Mailbox, text_of
from tests.pages import SignIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

BUTTON = "Tell me when a date is set"


@pytest.fixture
def version() -> CourseVersion:
    return make_version(parts=1)


def wait(version: CourseVersion, *people: User) -> User:
    for person in people or (make_employee(),):
        await_dates(person=person, course=version.course)
    return person


def told() -> list[User]:
    return [mail.recipient for mail in Message.objects.filter(template="new_dates").order_by("id")]


def addresses(person: User) -> list[list[str]]:
    """Of the sessions in each mail of somebody."""
    mails = Message.objects.filter(template="new_dates", recipient=person).order_by("id")
    return [
        [each["session_url"].rpartition("/sessions/")[2] for each in mail.context["dates"]] for mail in mails
    ]


def address(session: Session) -> str:
    return f"{session.public_id}/"


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


# -- Who hears of what -----------------------------------------------------------------------------


def test_whoever_waits_hears_of_a_date_once(version: CourseVersion, clock: Any) -> None:
    person = wait(version)
    wait(make_version(parts=1))
    queue_new_dates()
    assert told() == []

    session = make_session(version=version)
    make_session(version=version, published=False)
    for _beat in range(2):
        queue_new_dates()
    clock.shift(DAY)
    queue_new_dates()
    assert addresses(person) == [[address(session)]]
    assert told() == [person]


def test_there_is_one_mail_a_day_and_nothing_is_lost(version: CourseVersion, clock: Any) -> None:
    other = make_version(parts=1)
    person = wait(version)
    wait(other, person)
    first = make_session(version=version)
    queue_new_dates()
    second, third = (
        make_session(version=other, starts_in=40 * DAY),
        make_session(version=version, starts_in=41 * DAY),
    )
    queue_new_dates()
    assert addresses(person) == [[address(first)]]

    # Not even if they ask anew in between.
    take_off_list(person=person, course=other.course)
    wait(other, person)
    queue_new_dates()
    clock.shift(DAY)
    queue_new_dates()
    assert addresses(person) == [[address(first)], [address(second), address(third)]]


def test_only_what_is_open_to_a_person_is_told(version: CourseVersion) -> None:
    zone, other_zone = OrganisationFactory.create(), OrganisationFactory.create()
    own, others, aspirant = (
        make_employee(zone=zone),
        make_employee(zone=other_zone),
        make_aspirant(OrganisationFactory.create()),
    )
    giver = make_employee(zone=zone)
    wait(version, own, others, aspirant, giver)
    session = make_session(version=version)
    session.open_to.add(zone)
    make_staff(session.first_meeting, giver)
    for_aspirants = make_session(version=version, starts_in=31 * DAY, audience=SessionAudience.ASPIRANTS)
    closed = make_session(version=version, starts_in=32 * DAY, enrol_until=today() - DAY)
    past = make_session(version=version, starts_in=-DAY)
    cancelled = make_session(version=version, starts_in=33 * DAY)
    Session.objects.filter(pk=cancelled.pk).update(status="cancelled")

    queue_new_dates()

    assert told() == [own, aspirant]
    assert (addresses(own), addresses(aspirant)) == ([[address(session)]], [[address(for_aspirants)]])
    assert {closed, past} & set(
        Session.objects.filter(pk__in=Interest.told.through.objects.values("session"))
    ) == set()


def test_what_opens_to_a_person_later_is_told_then(version: CourseVersion) -> None:
    person, zone = wait(version), OrganisationFactory.create()
    session = make_session(version=version)
    session.open_to.add(zone)
    queue_new_dates()
    assert told() == []
    session.open_to.clear()
    queue_new_dates()
    assert told() == [person]


def test_a_date_of_which_enrolment_opens_later_is_told_with_that_day(version: CourseVersion) -> None:
    wait(version)
    make_session(version=version, enrol_from=today() + 3 * DAY)
    queue_new_dates()
    (date,) = Message.objects.get(template="new_dates").context["dates"]
    assert date["opens_iso"] == "2026-03-05"


def test_leavers_and_who_has_no_account_any_more_hear_nothing(version: CourseVersion) -> None:
    leaver, inactive = make_employee(), make_employee()
    wait(version, leaver, inactive)
    leaver.memberships.update(valid_until=today() - DAY)
    User.objects.filter(pk=inactive.pk).update(is_active=False)
    make_session(version=version)
    queue_new_dates()
    assert told() == []


def test_who_enrols_or_completes_it_hears_no_more_until_they_ask_again(
    version: CourseVersion, clock: Any
) -> None:
    enrolled, completed = make_employee(), make_employee()
    wait(version, enrolled, completed)
    clock.shift(DAY)
    session = make_session(version=version)
    seat = enrol(session=session, learner=enrolled, actor=enrolled)
    record_completion(
        person=completed,
        version=version,
        completed_on=today(),
        sessions=[],
        source=CompletionSource.IMPORT,
        actor=None,
    )
    clock.shift(DAY)
    queue_new_dates()
    assert told() == []

    withdraw(enrolment=seat, actor=enrolled)
    clock.shift(DAY)
    wait(version, enrolled)
    queue_new_dates()
    assert told() == [enrolled]


def test_what_was_completed_before_one_asked_does_not_matter(version: CourseVersion, clock: Any) -> None:
    person = make_employee()
    record_completion(
        person=person,
        version=version,
        completed_on=today(),
        sessions=[],
        source=CompletionSource.IMPORT,
        actor=None,
    )
    clock.shift(DAY)
    wait(version, person)
    make_session(version=version)
    queue_new_dates()
    assert told() == [person]


def test_the_mail_is_in_one_s_language_and_discreet(mailbox: Mailbox) -> None:
    version = make_version(parts=1, sensitive=True)
    person = make_employee(language="fr")
    wait(version, person)
    session = make_session(version=version)
    queue_new_dates()
    delivery.deliver_batch()
    (mail,) = mailbox.to(person.email)
    assert mail["Subject"] == "De nouvelles dates, comme demandé"
    assert "Formation diversité" in text_of(mail)
    assert address(session) in text_of(mail)
    assert "sensible" not in mail.as_string()
    assert "Formation" not in mail["Subject"]


def test_of_many_dates_the_first_ten_are_in_the_mail(version: CourseVersion) -> None:
    person = wait(version)
    sessions = [make_session(version=version, starts_in=(30 + day) * DAY) for day in range(12)]
    queue_new_dates()
    assert addresses(person) == [[address(session) for session in sessions[:10]]]
    assert Message.objects.get(template="new_dates").context["more"] == 2


@pytest.mark.parametrize(("people", "queries"), [(1, 1 + 9), (3, 1 + 3 * 9)])
def test_a_mail_costs_the_same_for_one_and_for_many(
    django_assert_num_queries: DjangoAssertNumQueries, version: CourseVersion, people: int, queries: int
) -> None:
    for _ in range(people):
        wait(version)
    for days in range(30, 30 + people):
        make_session(version=version, starts_in=days * DAY)
    with django_assert_num_queries(queries):
        queue_new_dates()


# -- What is kept ----------------------------------------------------------------------------------


def test_it_leaves_no_trace_when_it_is_taken_back(version: CourseVersion) -> None:
    person = wait(version)
    make_session(version=version)
    queue_new_dates()
    take_off_list(person=person, course=version.course)
    assert not Interest.objects.exists()
    assert not Interest.told.through.objects.exists()
    assert not AuditEntry.objects.exclude(action="session.published").exists()


def test_it_is_forgotten_after_two_years_and_once_it_is_fulfilled(version: CourseVersion, clock: Any) -> None:
    old, fulfilled = wait(version), make_employee()
    clock.shift(729 * DAY)
    young = wait(version)
    wait(version, fulfilled)
    enrol(session=make_session(version=version), learner=fulfilled, actor=fulfilled)
    forget_what_is_private()
    assert set(Interest.objects.values_list("person", flat=True)) == {old.pk, young.pk}
    clock.shift(2 * DAY)
    forget_what_is_private()
    assert Interest.objects.get().person == young


@pytest.mark.parametrize(
    "fields",
    [
        {"members_only": True},
        {"course__kind": CourseKind.PROGRAMME},
        {"course__kind": CourseKind.INFORMATION},
    ],
)
def test_there_is_nothing_to_wait_for_in_a_network_or_what_has_no_sessions(fields: dict[str, Any]) -> None:
    with pytest.raises(NothingToAwait):
        wait(make_version(parts=1, **fields))


def test_who_is_no_staff_waits_for_nothing(version: CourseVersion) -> None:
    with pytest.raises(NothingToAwait):
        wait(version, make_person_with(Role.TRAINER))


# -- Pages -----------------------------------------------------------------------------------------


def test_one_button_on_and_off_again(sign_in: SignIn, version: CourseVersion) -> None:
    person = make_employee()
    client = sign_in(person)
    page = version.course.get_absolute_url()
    assert BUTTON in text(client, page)

    for _click in range(2):
        answer = client.post(f"{page}await/", follow=True)
        assert "Only you know of it." in answer.content.decode()
    assert Interest.objects.get().person == person
    assert BUTTON not in text(client, page)
    assert "Take me off the list" in text(client, page)
    assert "You hear of new dates" in text(client, "/my/profile/")

    assert BUTTON in client.post(f"{page}await/stop/", follow=True).content.decode()
    assert not Interest.objects.exists()
    assert "You hear of new dates" not in text(client, "/my/profile/")
    assert client.get(f"{page}await/").status_code == 405


def test_the_button_is_there_as_long_as_no_date_is_for_the_person(
    sign_in: SignIn, version: CourseVersion
) -> None:
    client = sign_in(make_employee())
    page = version.course.get_absolute_url()
    make_session(version=version, audience=SessionAudience.ASPIRANTS)
    assert BUTTON in text(client, page)
    make_session(version=version, starts_in=31 * DAY, enrol_from=today() + DAY)
    assert BUTTON not in text(client, page)
    assert BUTTON not in text(
        sign_in(make_person_with(Role.TRAINER)), make_version().course.get_absolute_url()
    )


def test_who_is_no_staff_reads_why_not(sign_in: SignIn, version: CourseVersion) -> None:
    client = sign_in(make_person_with(Role.PARTNER))
    answer = client.post(f"{version.course.get_absolute_url()}await/", follow=True)
    assert "Only staff and aspirants hear of new dates" in answer.content.decode()


# -- What managers see -----------------------------------------------------------------------------


def shown() -> dict[str, list[int]]:
    return {row.course.slug: [each.shown for each in row.waiting] for row in demand()}


def wait_in(language: str, version: CourseVersion, count: int) -> None:
    for _ in range(count):
        wait(version, make_employee(language=language))


def test_managers_see_how_many_per_language_and_small_numbers_not_at_all(version: CourseVersion) -> None:
    few, most, sensitive = make_version(), make_version(), make_version(sensitive=True)
    wait_in("nl", version, 5)
    wait_in("fr", version, 4)
    wait_in("nl", few, 4)
    wait_in("fr", most, 6)
    wait_in("nl", sensitive, 9)
    assert shown() == {most.course.slug: [0, 6, 0], version.course.slug: [5, 0, 0]}

    wait_in("nl", sensitive, 5)
    assert shown()[sensitive.course.slug] == [10, 0, 0]


def test_the_page_of_managers_names_nobody_and_leads_to_a_new_session(
    sign_in: SignIn, version: CourseVersion
) -> None:
    wait_in("nl", version, 5)
    page = text(sign_in(make_person_with(Role.CATALOGUE_MANAGER)), "/manage/awaited/")
    assert "<strong>5</strong>" in page
    assert page.count("fewer than 5") == 2
    assert f"/manage/sessions/new/?course={version.course.slug}" in page
    for person in User.objects.filter(interests__isnull=False).select_related("profile"):
        for private in (
            person.email,
            person.profile.last_name,
            person.profile.staff_number,
            person.public_id,
        ):
            assert str(private) not in page


@pytest.mark.parametrize("courses", [1, 4])
def test_the_page_of_managers_takes_the_same_queries_however_many_courses(
    sign_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries, courses: int
) -> None:
    client = sign_in(make_person_with(Role.CATALOGUE_MANAGER))
    for _ in range(courses):
        wait_in("nl", make_version(), 5)
    assert Course.objects.count() == courses
    with django_assert_num_queries(5):
        client.get("/manage/awaited/")
