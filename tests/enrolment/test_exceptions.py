"""Exceptions to what comes first: asked for without a word too many, decided by the organisers alone."""

import datetime as dt
import json
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from core.models import AuditEntry
from courses.models import CourseVersion, Prerequisite, Session
from enrolment.enums import CompletionSource, ExceptionReason, ExceptionStatus
from enrolment.errors import (
    Closed,
    DecidedMeanwhile,
    NothingToExcept,
    NotStaff,
    PrerequisiteMissing,
    TakenBack,
)
from enrolment.models import PrerequisiteException
from enrolment.services.booking import enrol
from enrolment.services.completions import record_completion
from enrolment.services.exceptions import ask_exception, decide_exception, take_back_exception
from enrolment.tasks import forget_what_is_private
from notifications.delivery import render
from notifications.models import Message
from people.enums import Role
from people.models import User
from tests.enrolment.conftest import DAY, NOON
from tests.factories import (
    OrganisationFactory,
    UserFactory,
    in_four_languages,
    make_confirmed,
    make_employee,
    make_person_with,
    make_session,
    make_version,
)
from tests.pages import SignIn, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

FIRST_DAY = NOON.date() + 30 * DAY
LIST = "/manage/exceptions/"


@pytest.fixture
def first() -> CourseVersion:
    return make_titled("Basics")


@pytest.fixture
def version(first: CourseVersion) -> CourseVersion:
    version = make_titled("Deepening")
    Prerequisite.objects.create(version=version, course=first.course)
    return version


@pytest.fixture
def session(version: CourseVersion) -> Session:
    return make_session(version=version)


@pytest.fixture
def organiser() -> User:
    return make_person_with(Role.CATALOGUE_MANAGER)


@pytest.fixture
def learner(organiser: User) -> User:
    return make_employee(profile__first_name="Zoë", profile__last_name="Zoekmij")


@pytest.fixture
def asked(session: Session, learner: User) -> PrerequisiteException:
    return ask(session, learner)


def ask(
    session: Session, person: User, reason: ExceptionReason = ExceptionReason.EXPERIENCE
) -> PrerequisiteException:
    before = session.version.prerequisites.get()
    return ask_exception(session=session, prerequisite=before.course, person=person, reason=reason)


def grant(exception: PrerequisiteException, organiser: User, **fields: Any) -> PrerequisiteException:
    return decide_exception(exception=exception, status=ExceptionStatus.GRANTED, actor=organiser, **fields)


def decline(exception: PrerequisiteException, organiser: User) -> PrerequisiteException:
    return decide_exception(exception=exception, status=ExceptionStatus.DECLINED, actor=organiser)


def asking(session: Session) -> str:
    return f"/sessions/{session.public_id}/exception/{session.version.prerequisites.get().course.slug}/"


def make_titled(title: str) -> CourseVersion:
    texts: dict[str, Any] = in_four_languages("title", title)
    return make_version(**texts)


# -- Asking ----------------------------------------------------------------------------------------


def test_one_asks_with_a_reason_of_a_list(sign_in: SignIn, session: Session, learner: User) -> None:
    client = sign_in(learner)
    form = text(client.get(asking(session)))
    assert "To follow Deepening (en) without Basics (en), which comes first." in form
    assert "Your HR and the trainers don" in form
    page = text(client.post(asking(session), {"reason": "elsewhere"}, follow=True))
    assert "You asked for an exception. You get a mail with the answer." in page
    assert "On Monday 2 March 2026." in page
    assert "Ask for an exception" not in page
    asked = PrerequisiteException.objects.get()
    assert (asked.person, asked.session, asked.course, asked.prerequisite) == (
        learner,
        session,
        session.version.course,
        session.version.prerequisites.get().course,
    )
    assert (asked.reason, asked.status) == (ExceptionReason.ELSEWHERE, ExceptionStatus.ASKED)


@pytest.mark.parametrize("reason", ["", "I was ill"])
def test_no_other_reason_is_taken(sign_in: SignIn, session: Session, learner: User, reason: str) -> None:
    page = sign_in(learner).post(asking(session), {"reason": reason})
    assert page.status_code == 200
    assert "There is a problem" in text(page)
    assert not PrerequisiteException.objects.exists()


def test_asking_twice_has_one_effect(session: Session, asked: PrerequisiteException, learner: User) -> None:
    assert ask(session, learner, ExceptionReason.PLANNED) == asked
    assert PrerequisiteException.objects.get().reason == ExceptionReason.EXPERIENCE
    assert Message.objects.filter(template="exception_asked").count() == 1
    assert list(AuditEntry.objects.filter(action__startswith="exception.").values_list("action", "data")) == [
        ("exception.asked", {"reason": "experience"})
    ]


def test_from_another_session_of_the_course_it_is_the_same_request(
    session: Session, asked: PrerequisiteException, learner: User
) -> None:
    assert ask(make_session(version=session.version), learner) == asked


def test_the_database_keeps_one_open_request(asked: PrerequisiteException) -> None:
    asked.pk = None
    asked.public_id = PrerequisiteException().public_id
    with pytest.raises(IntegrityError, match="exception_asked_once"), transaction.atomic():
        asked.save(force_insert=True)


def test_who_has_what_comes_first_has_nothing_to_ask(
    sign_in: SignIn, session: Session, first: CourseVersion, learner: User
) -> None:
    complete(first, learner)
    page = text(sign_in(learner).post(asking(session), {"reason": "planned"}, follow=True))
    assert "need an exception any more" in page
    assert not PrerequisiteException.objects.exists()


def complete(version: CourseVersion, person: User) -> None:
    record_completion(
        person=person,
        version=version,
        completed_on=NOON.date(),
        sessions=[],
        source=CompletionSource.IMPORT,
        actor=None,
    )


def test_what_is_only_recommended_needs_no_exception(session: Session, learner: User) -> None:
    session.version.prerequisites.update(required=False)
    with pytest.raises(NothingToExcept):
        ask(session, learner)


def test_who_can_t_enrol_anyway_is_told_that_instead(session: Session, learner: User) -> None:
    with pytest.raises(NotStaff):
        ask(session, UserFactory.create())
    Session.objects.update(enrol_until=NOON.date() - DAY)
    session.refresh_from_db()
    with pytest.raises(Closed):
        ask(session, learner)
    assert not PrerequisiteException.objects.exists()


def test_a_course_that_doesn_t_come_first_is_not_found(
    sign_in: SignIn, session: Session, learner: User
) -> None:
    address = f"/sessions/{session.public_id}/exception/{make_version().course.slug}/"
    assert sign_in(learner).get(address).status_code == 404


# -- Who hears of it -------------------------------------------------------------------------------


def test_the_organisers_are_told_that_somebody_asks_not_who_nor_why(
    asked: PrerequisiteException, organiser: User
) -> None:
    make_person_with(Role.ADMINISTRATOR)
    message = Message.objects.get(template="exception_asked")
    assert message.recipient == organiser
    mail = render(message)
    assert "http://localhost:8000/manage/exceptions/" in mail.body
    whole = json.dumps([message.context, message.dedupe_key, message.topic, mail.body, mail.subject])
    told = ("Zoekmij", "Zoë", "experience", "ervaring", str(asked.person.public_id))
    assert [word for word in told if word in whole] == []


def test_only_the_organiser_s_own_managers_are_asked_where_it_has_any(
    sign_in: SignIn, session: Session, organiser: User, learner: User
) -> None:
    network = OrganisationFactory.create()
    own = make_person_with(Role.CATALOGUE_MANAGER, organisation=network)
    Session.objects.update(organiser=network)
    session.refresh_from_db()
    exception = ask(session, learner)
    assert [each.recipient for each in Message.objects.filter(template="exception_asked")] == [own]
    client = sign_in(organiser)
    assert "Zoekmij" not in text(client.get(LIST))
    assert client.post(f"{LIST}{exception.public_id}/grant/").status_code == 404
    assert "Zoekmij" in text(sign_in(own).get(LIST))


@pytest.mark.parametrize("role", set(Role) - {Role.CATALOGUE_MANAGER})
def test_nobody_else_reads_the_list(sign_in: SignIn, asked: PrerequisiteException, role: Role) -> None:
    client = sign_in(make_person_with(role))
    for path in (LIST, f"{LIST}{asked.public_id}/grant/", f"{LIST}{asked.public_id}/decline/"):
        answer = client.post(path)
        assert answer.status_code == 403
        assert "Zoekmij" not in text(answer)
    asked.refresh_from_db()
    assert asked.is_asked


def test_nobody_decides_about_themselves(sign_in: SignIn, session: Session) -> None:
    manager = make_employee()
    manager.memberships.create(
        organisation=OrganisationFactory.create(),
        role=Role.CATALOGUE_MANAGER,
        valid_from=dt.date(2020, 1, 1),
    )
    exception = ask(session, manager)
    assert not Message.objects.filter(template="exception_asked").exists()
    client = sign_in(manager)
    assert "Nobody waits for an answer" in text(client.get(LIST))
    assert client.post(f"{LIST}{exception.public_id}/grant/").status_code == 404


def test_sensitive_titles_are_not_shown_to_the_organisers(
    sign_in: SignIn, first: CourseVersion, asked: PrerequisiteException, organiser: User
) -> None:
    CourseVersion.objects.filter(pk=first.pk).update(
        sensitivity="sensitive", **in_four_languages("generic_title", "Training")
    )
    client = sign_in(organiser)
    for path in (LIST, f"{LIST}{asked.public_id}/grant/", f"{LIST}{asked.public_id}/decline/"):
        page = text(client.get(path))
        assert "without Training (en)" in page
        assert "Basics" not in page


def test_the_mails_about_what_is_sensitive_bear_the_generic_title(
    session: Session, first: CourseVersion, learner: User, organiser: User
) -> None:
    for version in (first, session.version):
        CourseVersion.objects.filter(pk=version.pk).update(
            sensitivity="sensitive", **in_four_languages("generic_title", "Training")
        )
    decline(ask(Session.objects.get(pk=session.pk), learner), organiser)
    whole = "".join(
        f"{render(each).subject}{render(each).body}{each.context}" for each in Message.objects.all()
    )
    assert Message.objects.count() == 2
    assert "Training (nl)" in whole
    assert [title for title in ("Basics", "Deepening") if title in whole] == []


# -- Deciding --------------------------------------------------------------------------------------


def test_who_is_granted_one_enrols(
    sign_in: SignIn, session: Session, asked: PrerequisiteException, organiser: User, learner: User
) -> None:
    desk = sign_in(organiser)
    page = text(desk.get(LIST))
    assert "Zoekmij" in page
    assert "Deepening (en), without Basics (en)" in page
    assert "Equivalent experience" in page
    assert "for the session of Wed 1 Apr 2026" in page
    confirm = text(desk.get(f"{LIST}{asked.public_id}/grant/"))
    assert "Grant Zoë Zoekmij an exception?" in confirm
    assert (
        "Zoë can enrol in every session of the course, as if they had followed what comes first." in confirm
    )
    answer = desk.post(f"{LIST}{asked.public_id}/grant/", follow=True)
    assert "Decided. The person gets a mail." in text(answer)
    assert "Nobody waits for an answer" in text(answer)
    asked.refresh_from_db()
    assert (asked.status, asked.decided_by, asked.decided_at) == (ExceptionStatus.GRANTED, organiser, NOON)
    assert "comes first" not in text(sign_in(learner).get(session.get_absolute_url()))
    assert enrol(session=session, learner=learner, actor=learner).is_confirmed
    entry = AuditEntry.objects.get(action="exception.granted")
    assert (entry.actor_id, entry.subject_id, entry.data) == (organiser.pk, asked.pk, {})


def test_who_is_declined_is_told_what_to_do_and_may_ask_again(
    sign_in: SignIn, session: Session, asked: PrerequisiteException, organiser: User, learner: User
) -> None:
    sign_in(organiser).post(f"{LIST}{asked.public_id}/decline/")
    asked.refresh_from_db()
    assert (asked.status, asked.decided_by) == (ExceptionStatus.DECLINED, organiser)
    with pytest.raises(PrerequisiteMissing):
        enrol(session=session, learner=learner, actor=learner)
    page = text(sign_in(learner).get(session.get_absolute_url()))
    assert "Your request for an exception was declined on Monday 2 March 2026." in page
    assert "Ask for an exception" in page
    assert ask(session, learner) != asked


def test_the_person_gets_the_answer_by_mail(
    asked: PrerequisiteException, organiser: User, session: Session, first: CourseVersion, learner: User
) -> None:
    decline(asked, organiser)
    again = grant(ask(session, learner), organiser, valid_until=FIRST_DAY)
    declined, granted = (
        render(Message.objects.get(template="exception_decided", dedupe_key__contains=str(each.public_id)))
        for each in (asked, again)
    )
    assert f"http://localhost:8000{first.course.get_absolute_url()}#dates" in declined.body
    assert f"http://localhost:8000{session.get_absolute_url()}" in granted.body
    assert "woensdag 1 april 2026" in granted.body
    for mail in (declined, granted):
        assert mail.to == [learner.email]
        assert organiser.get_full_name() not in mail.body


@pytest.mark.parametrize(("until", "counts"), [(FIRST_DAY, True), (FIRST_DAY - DAY, False)])
def test_an_exception_counts_until_its_last_day(
    session: Session,
    asked: PrerequisiteException,
    organiser: User,
    learner: User,
    until: dt.date,
    counts: bool,
) -> None:
    grant(asked, organiser, valid_until=until)
    if counts:
        assert enrol(session=session, learner=learner, actor=learner).is_confirmed
    else:
        with pytest.raises(PrerequisiteMissing):
            enrol(session=session, learner=learner, actor=learner)


def test_an_exception_that_was_granted_counts_while_a_longer_one_is_asked_for(
    session: Session, asked: PrerequisiteException, organiser: User, learner: User
) -> None:
    grant(asked, organiser, valid_until=FIRST_DAY)
    ask(make_session(version=session.version, starts_in=60 * DAY), learner)
    assert enrol(session=session, learner=learner, actor=learner).is_confirmed


def test_an_exception_is_of_one_person_one_course_and_one_that_comes_first(
    session: Session, first: CourseVersion, asked: PrerequisiteException, organiser: User, learner: User
) -> None:
    grant(asked, organiser)
    another = make_version()
    Prerequisite.objects.create(version=another, course=first.course)
    for refused, person in ((session, make_employee()), (make_session(version=another), learner)):
        with pytest.raises(PrerequisiteMissing):
            enrol(session=refused, learner=person, actor=person)
    second = make_titled("Law")
    Prerequisite.objects.create(version=session.version, course=second.course)
    with pytest.raises(PrerequisiteMissing, match="Law"):
        enrol(session=Session.objects.get(pk=session.pk), learner=learner, actor=learner)


def test_the_same_decision_twice_has_one_effect(asked: PrerequisiteException, organiser: User) -> None:
    grant(asked, organiser)
    grant(asked, make_person_with(Role.CATALOGUE_MANAGER))
    asked.refresh_from_db()
    assert asked.decided_by == organiser
    assert Message.objects.filter(template="exception_decided").count() == 1
    assert AuditEntry.objects.filter(action="exception.granted").count() == 1


def test_a_decision_is_not_turned_round(
    sign_in: SignIn, asked: PrerequisiteException, organiser: User
) -> None:
    decline(asked, organiser)
    with pytest.raises(DecidedMeanwhile):
        grant(asked, organiser)
    client = sign_in(organiser)
    page = text(client.post(f"{LIST}{asked.public_id}/grant/", follow=True))
    assert "Somebody else decided about this meanwhile. Nothing was changed." in page
    assert "Decided already" in text(client.get(f"{LIST}{asked.public_id}/grant/"))
    asked.refresh_from_db()
    assert asked.status == ExceptionStatus.DECLINED


def test_a_last_day_that_has_passed_is_refused(
    sign_in: SignIn, asked: PrerequisiteException, organiser: User
) -> None:
    page = sign_in(organiser).post(f"{LIST}{asked.public_id}/grant/", {"valid_until": "2026-03-01"})
    assert "That day has passed. Choose a later one, or none." in text(page)
    asked.refresh_from_db()
    assert asked.is_asked


@pytest.mark.parametrize("people", [1, 30])
def test_the_list_takes_the_same_queries_however_many_ask(
    sign_in: SignIn,
    session: Session,
    organiser: User,
    people: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(people):
        ask(session, make_employee())
    client = sign_in(organiser)
    with django_assert_num_queries(2):
        page = client.get(LIST)
    assert text(page).count("Equivalent experience") == people


def test_who_has_a_seat_already_sees_nothing_of_it(sign_in: SignIn, session: Session, learner: User) -> None:
    make_confirmed(session, learner)
    assert "comes first" not in text(sign_in(learner).get(session.get_absolute_url()))


# -- Taking back and forgetting --------------------------------------------------------------------


def test_what_one_asked_for_can_be_taken_back(
    sign_in: SignIn, session: Session, learner: User, asked: PrerequisiteException
) -> None:
    client, address = sign_in(learner), f"{asking(session)}take-back/"
    assert address in text(client.get(session.get_absolute_url()))
    for _click in range(2):
        page = client.post(address, follow=True)
    assert "ask for an exception any more." in text(page)
    assert asking(session) in text(page)
    assert not PrerequisiteException.objects.exists()
    # The organisers hear of it no more, if they haven't yet.
    assert set(Message.objects.values_list("status", flat=True)) == {"cancelled"}
    assert AuditEntry.objects.filter(action="exception.taken_back").count() == 1


def test_what_is_decided_stays_decided(
    sign_in: SignIn, session: Session, learner: User, asked: PrerequisiteException, organiser: User
) -> None:
    decline(asked, organiser)
    sign_in(learner).post(f"{asking(session)}take-back/")
    assert PrerequisiteException.objects.get().status == ExceptionStatus.DECLINED


def test_nobody_takes_back_what_another_asked_for(
    sign_in: SignIn, session: Session, asked: PrerequisiteException
) -> None:
    sign_in(make_employee()).post(f"{asking(session)}take-back/")
    assert PrerequisiteException.objects.get().is_asked


def test_who_decides_about_what_was_taken_back_reads_so(
    sign_in: SignIn, learner: User, asked: PrerequisiteException, organiser: User
) -> None:
    take_back_exception(exception=asked, actor=learner)
    with pytest.raises(TakenBack):
        decline(asked, organiser)


def test_what_is_of_no_use_any_more_is_forgotten(
    session: Session, version: CourseVersion, organiser: User, clock: time_machine.Traveller
) -> None:
    declined, ended, lasting, _unanswered = (ask(session, make_employee()) for _ in range(4))
    decline(declined, organiser)
    grant(ended, organiser, valid_until=NOON.date() + 10 * DAY)
    grant(lasting, organiser)
    clock.shift(180 * DAY)
    forget_what_is_private()
    assert PrerequisiteException.objects.count() == 4
    clock.shift(31 * DAY)
    forget_what_is_private()
    # What still counts is kept, as long as it does.
    assert list(PrerequisiteException.objects.all()) == [lasting]
