"""Closing an edition of a programme: one completion for each who was there, and none of a workshop."""

import datetime as dt

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries

from attendance import services
from attendance.enums import AmendmentReason, MarkState
from attendance.errors import NotOnOffer, NotOverYet
from attendance.tasks import close_finished_programmes
from certificates.models import Certificate
from certificates.querysets import due_completions
from certificates.services import issue_certificate
from core.models import AuditEntry
from courses.models import CourseVersion, Programme, Session
from enrolment.models import Completion, Enrolment
from people.enums import Role
from people.models import User
from tests.attendance.conftest import DAY, at
from tests.attendance.helpers import mark_and_close, seat_of
from tests.factories import make_confirmed, make_employee, make_person_with, make_programme
from tests.pages import SignIn

pytestmark = pytest.mark.django_db

PRESENT, ABSENT = MarkState.PRESENT, MarkState.ABSENT
LAST = DAY + dt.timedelta(days=13)


@pytest.fixture
def programme(trainer: User) -> Programme:
    """Two workshops on the first day, one on the second; the edition ends in two weeks."""
    return make_programme((0, 9, "Islam"), (0, 13, "Poverty"), (1, 9, "Gender"), starts_on=DAY)


@pytest.fixture
def manager() -> User:
    return make_person_with(Role.CATALOGUE_MANAGER)


def workshop(programme: Programme, title: str) -> Session:
    session: Session = programme.sessions.get(version__title_en=title)
    return session


def attend(programme: Programme, states: dict[str, dict[Enrolment, MarkState]], trainer: User) -> None:
    for title, marks in states.items():
        mark_and_close(workshop(programme, title).meetings.get(), marks, trainer)


def enrol(programme: Programme, learner: User, *titles: str) -> list[Enrolment]:
    return [make_confirmed(workshop(programme, title), learner) for title in titles]


def records() -> dict[User, tuple[int, set[str]]]:
    current = Completion.objects.current().prefetch_related("sessions__version")
    return {
        each.person: (each.minutes, {str(session.version.title) for session in each.sessions.all()})
        for each in current
    }


def test_each_participant_gets_one_completion_with_the_minutes_of_what_they_attended(
    programme: Programme, trainer: User, clock: time_machine.Traveller
) -> None:
    one, all_three, absent = (make_employee() for _ in range(3))
    (a1,) = enrol(programme, one, "Islam")
    b1, b2, b3 = enrol(programme, all_three, "Islam", "Poverty", "Gender")
    c1, c2 = enrol(programme, absent, "Islam", "Gender")
    clock.move_to(at(18, day=DAY + dt.timedelta(days=1)))
    attend(
        programme,
        {
            "Islam": {a1: PRESENT, b1: MarkState.LATE, c1: ABSENT},
            "Poverty": {b2: PRESENT},
            "Gender": {b3: PRESENT, c2: MarkState.EXCUSED},
        },
        trainer,
    )
    assert records() == {}

    clock.move_to(at(9, day=LAST))
    services.close_programme(programme=programme, actor=trainer)

    assert records() == {one: (150, {"Islam"}), all_three: (450, {"Islam", "Poverty", "Gender"})}
    completion = Completion.objects.get(person=one)
    assert (completion.version, completion.completed_on) == (programme.version, LAST)
    assert completion.source == "attendance"
    programme.refresh_from_db()
    assert programme.status == "closed"


def test_closing_twice_has_one_effect(
    programme: Programme, trainer: User, clock: time_machine.Traveller
) -> None:
    (enrolment,) = enrol(programme, make_employee(), "Islam")
    attend(programme, {"Islam": {enrolment: PRESENT}}, trainer)
    clock.move_to(at(9, day=LAST))
    for _ in range(2):
        services.close_programme(programme=programme, actor=trainer)
    close_finished_programmes()
    assert Completion.objects.count() == 1
    assert AuditEntry.objects.filter(action="programme.closed").count() == 1
    assert AuditEntry.objects.filter(action="completion.recorded").count() == 1


def test_it_closes_neither_as_a_draft_nor_before_its_last_day_nor_while_a_workshop_is_on(
    programme: Programme, manager: User, clock: time_machine.Traveller
) -> None:
    with pytest.raises(NotOnOffer):
        services.close_programme(programme=make_programme(published=False), actor=manager)
    clock.move_to(at(23, 59, day=LAST - dt.timedelta(days=1)))
    with pytest.raises(NotOverYet, match=r"on Jan. 27, 2027, once the last workshop is over"):
        services.close_programme(programme=programme, actor=manager)
    clock.move_to(at(9, day=LAST))
    Session.objects.filter(pk=workshop(programme, "Gender").pk).update(ends_at=at(10, day=LAST))
    with pytest.raises(NotOverYet):
        services.close_programme(programme=programme, actor=manager)
    assert not Programme.objects.filter(status="closed").exists()


def test_the_job_waits_for_the_rosters_but_not_for_those_without_people(
    programme: Programme, trainer: User, clock: time_machine.Traveller
) -> None:
    islam, gender = enrol(programme, make_employee(), "Islam", "Gender")
    clock.move_to(at(18, day=DAY + dt.timedelta(days=1)))
    attend(programme, {"Islam": {islam: PRESENT}}, trainer)
    clock.move_to(at(9, day=LAST))
    close_finished_programmes()
    assert records() == {}

    attend(programme, {"Gender": {gender: PRESENT}}, trainer)
    clock.move_to(at(9, day=LAST - dt.timedelta(days=1)))
    close_finished_programmes()
    assert records() == {}

    clock.move_to(at(9, day=LAST))
    close_finished_programmes()
    assert records() == {islam.learner: (300, {"Islam", "Gender"})}
    assert AuditEntry.objects.get(action="programme.closed").actor_id is None


def test_a_roster_that_closes_later_and_a_corrected_mark_correct_the_completion(
    programme: Programme, trainer: User, clock: time_machine.Traveller
) -> None:
    islam, gender = enrol(programme, make_employee(), "Islam", "Gender")
    learner = islam.learner
    attend(programme, {"Islam": {islam: PRESENT}}, trainer)
    clock.move_to(at(9, day=LAST))
    services.close_programme(programme=programme, actor=trainer)
    first = Completion.objects.get()
    assert records() == {learner: (150, {"Islam"})}

    attend(programme, {"Gender": {gender: PRESENT}}, trainer)
    assert records() == {learner: (300, {"Islam", "Gender"})}
    first.refresh_from_db()
    assert first.superseded_at is not None

    for enrolment, minutes in ((islam, 150), (gender, None)):
        meeting = enrolment.session.meetings.get()
        services.amend_mark(
            seat=seat_of(enrolment, meeting),
            state=ABSENT,
            reason=AmendmentReason.WRONG_PERSON,
            actor=trainer,
        )
        assert records() == ({learner: (minutes, {"Gender"})} if minutes else {})


def test_a_correction_that_changes_nothing_keeps_the_completion(
    programme: Programme, trainer: User, clock: time_machine.Traveller
) -> None:
    (enrolment,) = enrol(programme, make_employee(), "Islam")
    attend(programme, {"Islam": {enrolment: PRESENT}}, trainer)
    clock.move_to(at(9, day=LAST))
    services.close_programme(programme=programme, actor=trainer)
    services.amend_mark(
        seat=seat_of(enrolment, enrolment.session.meetings.get()),
        state=MarkState.LATE,
        reason=AmendmentReason.TYPING_ERROR,
        actor=trainer,
    )
    assert Completion.objects.count() == 1
    assert Completion.objects.current().count() == 1


def test_before_it_is_closed_a_correction_records_nothing(programme: Programme, trainer: User) -> None:
    (enrolment,) = enrol(programme, make_employee(), "Islam")
    attend(programme, {"Islam": {enrolment: ABSENT}}, trainer)
    services.amend_mark(
        seat=seat_of(enrolment, enrolment.session.meetings.get()),
        state=PRESENT,
        reason=AmendmentReason.PROOF_RECEIVED,
        actor=trainer,
    )
    assert not Completion.objects.exists()


def test_what_is_no_training_counts_no_minutes(
    programme: Programme, trainer: User, clock: time_machine.Traveller
) -> None:
    islam, poverty = enrol(programme, make_employee(), "Islam", "Poverty")
    CourseVersion.objects.filter(title_en="Poverty").update(counts_as_training=False)
    clock.move_to(at(18))
    attend(programme, {"Islam": {islam: PRESENT}, "Poverty": {poverty: PRESENT}}, trainer)
    clock.move_to(at(9, day=LAST))
    services.close_programme(programme=programme, actor=trainer)
    assert records() == {islam.learner: (150, {"Islam", "Poverty"})}


def test_a_cancelled_workshop_counts_for_nobody_and_stops_nothing(
    programme: Programme, trainer: User, clock: time_machine.Traveller
) -> None:
    islam, gender = enrol(programme, make_employee(), "Islam", "Gender")
    attend(programme, {"Islam": {islam: PRESENT}}, trainer)
    Session.objects.filter(pk=gender.session_id).update(status="cancelled")
    Enrolment.objects.filter(pk=gender.pk).update(status="cancelled")
    clock.move_to(at(9, day=LAST))
    close_finished_programmes()
    assert records() == {islam.learner: (150, {"Islam"})}


def test_one_certificate_for_all_of_it_that_tells_no_theme_day_or_place(
    programme: Programme, trainer: User, clock: time_machine.Traveller
) -> None:
    islam, gender = enrol(programme, make_employee(), "Islam", "Gender")
    clock.move_to(at(18, day=DAY + dt.timedelta(days=1)))
    attend(programme, {"Islam": {islam: PRESENT}, "Gender": {gender: PRESENT}}, trainer)
    assert not due_completions().exists()

    clock.move_to(at(9, day=LAST))
    services.close_programme(programme=programme, actor=trainer)
    (due,) = due_completions()
    issue_certificate(completion=due)

    snapshot = Certificate.objects.get().snapshot
    assert {key: snapshot[key] for key in ("title", "minutes", "parts", "city")} == {
        "title": "Veertiendaagse",
        "minutes": 300,
        "parts": [],
        "city": "",
    }
    # The days of the edition, the same for everybody.
    assert (snapshot["first_day"], snapshot["completed_on"]) == (DAY.isoformat(), LAST.isoformat())
    assert "Islam" not in str(snapshot)
    assert "Gender" not in str(snapshot)


@pytest.mark.parametrize("people", [1, 10])
def test_closing_costs_the_same_for_each_participant(
    programme: Programme,
    trainer: User,
    people: int,
    clock: time_machine.Traveller,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    marks = {enrol(programme, make_employee(), "Islam")[0]: PRESENT for _ in range(people)}
    attend(programme, {"Islam": marks}, trainer)
    clock.move_to(at(9, day=LAST))
    with django_assert_num_queries(9 + people * 10):
        services.close_programme(programme=programme, actor=trainer)


# -- The page --------------------------------------------------------------------------------------


def test_a_manager_is_told_what_closing_does_and_closes(
    programme: Programme, trainer: User, manager: User, sign_in: SignIn, clock: time_machine.Traveller
) -> None:
    islam, _ = enrol(programme, make_employee(), "Islam", "Gender")
    attend(programme, {"Islam": {islam: PRESENT}}, trainer)
    address = f"/manage/programmes/{programme.public_id}/close/"
    client = sign_in(manager)
    assert "You can close it on Jan. 27, 2027" in client.get(address).content.decode()

    clock.move_to(at(9, day=LAST))
    client = sign_in(manager)
    page = client.get(address).content.decode()
    assert "1 person was at a workshop: one completion and one certificate" in page
    assert "The attendance list of Gender, Fri 15 Jan 2027, is still open" in page
    assert records() == {}

    page = client.post(address, follow=True).content.decode()
    assert "The edition is closed." in page
    assert records() == {islam.learner: (150, {"Islam"})}
    assert "It is closed already." in client.get(address).content.decode()


def test_nobody_else_closes_an_edition(
    programme: Programme, trainer: User, sign_in: SignIn, clock: time_machine.Traveller
) -> None:
    clock.move_to(at(9, day=LAST))
    for person in (trainer, make_employee(), make_person_with(Role.HR), make_person_with(Role.PARTNER)):
        address = f"/manage/programmes/{programme.public_id}/close/"
        assert sign_in(person).post(address).status_code == 403
        assert sign_in(person).get(address).status_code == 403
    programme.refresh_from_db()
    assert programme.status == "published"
