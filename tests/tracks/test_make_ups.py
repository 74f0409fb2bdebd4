"""A class in which somebody missed a part: the matrix says so, and a coordinator gives them another date."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance.enums import MarkState
from attendance.models import Mark
from core.time import BRUSSELS
from courses.models import CourseVersion, Session, Track
from enrolment.enums import Obstacle
from enrolment.models import Enrolment, Seat
from people.models import User
from tests.attendance.helpers import mark_and_close
from tests.factories import UserFactory, make_confirmed, make_session
from tests.pages import SignIn
from tests.tracks.conftest import NOON
from tests.tracks.helpers import assign, join
from tracks.enums import StepState
from tracks.models import AssignedStep, Cohort
from tracks.progress.counts import with_late_people
from tracks.progress.matrices import matrices_of
from tracks.progress.standings import Standing

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def half_done(cohort: Cohort, track: Track, hpm: CourseVersion) -> Enrolment:
    assign(track, cohort)
    trainer: User = UserFactory.create()
    session = make_session(version=hpm, starts_in=-3 * DAY)
    first, second = session.meetings.all()
    enrolment = make_confirmed(session, join(cohort))
    with time_machine.travel(NOON - 2 * DAY):
        mark_and_close(first, {enrolment: MarkState.PRESENT}, trainer)
        mark_and_close(second, {enrolment: MarkState.EXCUSED}, trainer)
    return enrolment


@pytest.fixture
def later(hpm: CourseVersion) -> Session:
    return make_session(version=hpm, starts_in=20 * DAY)


def standing_of(enrolment: Enrolment, cohort: Cohort) -> Standing:
    (matrix,) = matrices_of([cohort], at=dt.datetime.now(BRUSSELS))
    (row,) = (row for row in matrix.rows if row.person == enrolment.learner)
    (standing,) = (cell for cell in row.cells if cell and cell.course.slug == "hpm")
    return standing


def page_of(enrolment: Enrolment, cohort: Cohort) -> str:
    session = enrolment.session.public_id
    return f"{cohort.get_absolute_url()}people/{enrolment.learner.public_id}/make-up/{session}/2/"


def practice_of(session: Session) -> str:
    return str(session.meetings.get(part__position=2).public_id)


def test_a_missed_part_shows_and_its_date_books_the_step(
    sign_in: SignIn, cohort: Cohort, half_done: Enrolment, later: Session, coordinator: User
) -> None:
    client = sign_in(coordinator)
    before = standing_of(half_done, cohort)
    assert before.state == StepState.OPEN
    assert before.text.endswith("to make up: Part (en)") or before.text.endswith("to make up: Part")
    person = f"{cohort.get_absolute_url()}people/{half_done.learner.public_id}/"
    assert page_of(half_done, cohort) in client.get(person).content.decode()
    assert practice_of(later) in client.get(page_of(half_done, cohort)).content.decode()

    for _click in range(2):
        answer = client.post(page_of(half_done, cohort), {"meeting": practice_of(later)})
        assert (answer.status_code, answer.headers["Location"]) == (302, person)

    assert Seat.objects.make_ups().get().enrolment == half_done
    after = standing_of(half_done, cohort)
    assert (after.state, after.day, after.session) == (StepState.BOOKED, later.first_day, later)
    # Nothing is left to choose.
    assert client.get(page_of(half_done, cohort)).status_code == 302


def test_who_makes_up_for_a_part_is_not_late(
    cohort: Cohort, half_done: Enrolment, later: Session, sign_in: SignIn, coordinator: User
) -> None:
    sign_in(coordinator).post(page_of(half_done, cohort), {"meeting": practice_of(later)})
    AssignedStep.objects.filter(course=later.version.course).update(due_on=NOON.date() - DAY)
    (matrix,) = matrices_of([cohort], at=NOON)

    assert standing_of(half_done, cohort).state == StepState.BOOKED
    assert matrix.late_people == len(matrix.rows) - 1
    assert with_late_people(Cohort.objects.filter(pk=cohort.pk), at=NOON).get().late == matrix.late_people


def test_a_coordinator_reads_nothing_of_what_else_somebody_does(
    sign_in: SignIn, cohort: Cohort, half_done: Enrolment, later: Session, coordinator: User
) -> None:
    elsewhere = make_session(starts_in=20 * DAY)
    make_confirmed(elsewhere, half_done.learner)
    client = sign_in(coordinator)
    # It stays on offer, or its absence would tell.
    assert practice_of(later) in client.get(page_of(half_done, cohort)).content.decode()

    answer = client.post(page_of(half_done, cohort), {"meeting": practice_of(later)}, follow=True)

    said = answer.content.decode()
    assert "This person can\u2019t take part" in said or "This person can&#x27;t take part" in said
    assert str(elsewhere.version.title) not in said
    assert not Seat.objects.make_ups().exists()


def test_own_page_offers_the_dates_and_takes_one(
    sign_in: SignIn, half_done: Enrolment, later: Session
) -> None:
    client = sign_in(half_done.learner)
    path = f"/sessions/{half_done.session.public_id}/make-up/2/"
    for page in ("/", "/my/training/"):
        assert path in client.get(page).content.decode(), page
    assert practice_of(later) in client.get(path).content.decode()

    for _click in range(2):
        client.post(path, {"meeting": practice_of(later)})

    assert Seat.objects.make_ups().count() == 1
    give_back = f"/sessions/{later.public_id}/make-up/{practice_of(later)}/cancel/"
    for page in ("/my/training/", later.get_absolute_url()):
        assert give_back in client.get(page).content.decode(), page
    assert path not in client.get("/my/training/").content.decode()
    assert client.get(give_back).status_code == 200

    client.post(give_back)

    assert not Seat.objects.make_ups().exists()
    assert path in client.get("/my/training/").content.decode()


def test_a_page_without_a_date_says_what_to_do(sign_in: SignIn, half_done: Enrolment) -> None:
    page = sign_in(half_done.learner).get(f"/sessions/{half_done.session.public_id}/make-up/2/")
    assert "No date has a free seat at the moment" in page.content.decode()


@pytest.mark.parametrize("dates", [1, 30])
def test_the_pages_cost_the_same_however_many_dates_there_are(
    sign_in: SignIn,
    cohort: Cohort,
    half_done: Enrolment,
    coordinator: User,
    dates: int,
) -> None:
    for days in range(20, 20 + dates):
        make_session(version=half_done.session.version, starts_in=days * DAY)
    costs = []
    for person, path in (
        (half_done.learner, f"/sessions/{half_done.session.public_id}/make-up/2/"),
        (coordinator, page_of(half_done, cohort)),
    ):
        client = sign_in(person)
        client.get(path)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(path).content.decode()
        assert page.count("Take this date") == dates
        costs.append(len(queries))
    assert costs == [9, 9]


def test_the_planner_proposes_no_whole_session_to_who_lacks_only_a_part(
    sign_in: SignIn, cohort: Cohort, half_done: Enrolment, later: Session, coordinator: User
) -> None:
    client, address = sign_in(coordinator), f"{cohort.get_absolute_url()}plan/hpm/?session={later.public_id}"
    page = client.get(address)
    assert dict(page.context["plan"].to_decide) == {half_done.learner: Obstacle.ONE_PART}
    assert half_done.learner not in page.context["plan"].placed

    # By hand it can still be all of it; and with a date for the rest nothing else is proposed.
    shown = {field.html_name: field.value() for field in page.context["form"]}
    typed = {name: value for name, value in shown.items() if value is not None}
    typed |= {f"person-{half_done.learner.public_id}": str(later.public_id)}
    assert half_done.learner in client.post(address, typed).context["plan"].placed
    client.post(page_of(half_done, cohort), {"meeting": practice_of(later)})
    other = make_session(version=later.version, starts_in=30 * DAY)
    plan = client.get(address.replace(str(later.public_id), str(other.public_id))).context["plan"]
    assert dict(plan.to_decide) == {half_done.learner: Obstacle.ONE_PART}


def test_who_followed_nothing_of_it_is_planned_anew(
    sign_in: SignIn, cohort: Cohort, half_done: Enrolment, later: Session, coordinator: User
) -> None:
    Mark.objects.filter(state=MarkState.PRESENT).update(state=MarkState.ABSENT)
    address = f"{cohort.get_absolute_url()}plan/hpm/?session={later.public_id}"
    assert half_done.learner in sign_in(coordinator).get(address).context["plan"].placed
