"""Spreading a class over sessions on the page: choose, look, move, book; all or nobody."""

import datetime as dt
from typing import Any

import pytest

from courses.models import CourseVersion, Meeting, Session, Track
from enrolment.models import Enrolment
from notifications.models import Message
from people.models import User
from tests.factories import OrganisationFactory, make_confirmed, make_employee, make_session
from tests.pages import SignIn
from tests.tracks.conftest import TODAY
from tests.tracks.helpers import assign, complete, join, make_class, make_school, make_training
from tracks.enums import ExemptionReason
from tracks.models import Cohort
from tracks.progress.matrices import people_of
from tracks.services.exemptions import grant_exemption

pytestmark = pytest.mark.django_db


@pytest.fixture
def big_class(school: Any, track: Track, coordinator: User) -> Cohort:
    cohort = make_class(school, 5)
    assign(track, cohort, actor=coordinator)
    return cohort


@pytest.fixture
def sessions(hpm: CourseVersion) -> list[Session]:
    return [make_session(version=hpm, capacity=3, starts_in=dt.timedelta(days=day)) for day in (20, 30)]


def address(cohort: Cohort, *sessions: Session) -> str:
    query = "&".join(f"session={session.public_id}" for session in sessions)
    return f"{cohort.get_absolute_url()}plan/hpm/?{query}"


def members(cohort: Cohort) -> list[User]:
    return people_of([cohort], on=TODAY)[cohort.pk]


def form_of(page: Any) -> dict[str, Any]:
    """What the browser would send: where the page puts everybody, and what it showed."""
    form, plan = page.context["form"], page.context["plan"]
    placed = {f"person-{person.public_id}": str(session.public_id) for person, session in plan.placed.items()}
    decided = {f"person-{person.public_id}": "" for person, _obstacle in plan.to_decide}
    return placed | decided | {field.html_name: field.value() for field in form.hidden_fields()}


def booked(session: Session) -> int:
    return session.enrolments.confirmed().count()


@pytest.mark.usefixtures("sessions")
def test_a_plan_without_sessions_says_what_to_do(
    sign_in: SignIn, coordinator: User, big_class: Cohort
) -> None:
    client = sign_in(coordinator)
    page = f"{big_class.get_absolute_url()}plan/hpm/"
    assert "Choose at least one session." not in client.get(page).content.decode()
    assert "Choose at least one session." in client.get(f"{page}?plan=1").content.decode()


def test_a_class_is_spread_over_the_chosen_sessions(
    sign_in: SignIn, coordinator: User, big_class: Cohort, sessions: list[Session]
) -> None:
    client = sign_in(coordinator)
    page = client.get(f"{big_class.get_absolute_url()}plan/hpm/").content.decode()
    assert "Choose sessions for 5 people" in page
    assert page.count("3 of 3 seats left") == 2
    plan = client.get(address(big_class, *sessions))
    assert "Book 5 people" in plan.content.decode()
    assert not Enrolment.objects.exists()
    done = client.post(address(big_class, *sessions), form_of(plan) | {"confirm": "yes"}, follow=True)
    assert "5 people have a seat and get a mail." in done.content.decode()
    assert [booked(session) for session in sessions] == [3, 2]
    assert {enrolment.is_mandatory for enrolment in Enrolment.objects.all()} == {True}
    assert (
        Message.objects.filter(template="enrolment_confirmed", recipient__in=members(big_class)).count() == 5
    )
    assert done.content.decode().count('class="mark mark-booked"') == 5 + 1


def test_who_needs_no_seat_is_listed_with_the_reason(
    sign_in: SignIn, coordinator: User, big_class: Cohort, sessions: list[Session], hpm: CourseVersion
) -> None:
    done, seated, exempt, busy, free = members(big_class)
    french, silent = join(big_class, language="fr"), join(big_class)
    User.objects.filter(pk=silent.pk).update(email=None)
    complete(done, hpm)
    make_confirmed(make_session(version=hpm, starts_in=dt.timedelta(days=50)), seated)
    grant_exemption(
        person=exempt,
        course=hpm.course,
        school=big_class.school,
        reason=ExemptionReason.EQUIVALENT,
        valid_from=TODAY,
        actor=coordinator,
    )
    secret = make_session(starts_in=dt.timedelta(days=20), version=make_training("secret"))
    make_confirmed(secret, busy)
    answer = sign_in(coordinator).get(address(big_class, sessions[0]))
    plan = answer.context["plan"]
    assert {person.pk: obstacle.value for person, obstacle in plan.left_out} == {
        done.pk: "completed",
        seated.pk: "booked",
        busy.pk: "overlapping",
        french.pk: "other_language",
        silent.pk: "nobody_to_tell",
    }
    assert list(plan.placed) == [free]
    assert "1 of 4 people has a place in this plan." in answer.content.decode()
    page = answer.content.decode()
    assert "is exempt" in page
    assert "is not free at that time" in page
    assert "SECRET" not in page


def test_the_hand_moves_people_and_leaves_them_out(
    sign_in: SignIn, coordinator: User, big_class: Cohort, sessions: list[Session]
) -> None:
    client, people = sign_in(coordinator), members(big_class)
    french = join(big_class, language="fr")
    form = form_of(client.get(address(big_class, *sessions)))
    early, late = (str(session.public_id) for session in sessions)
    form |= {f"person-{people[0].public_id}": "", f"person-{french.public_id}": late}
    form |= {f"person-{person.public_id}": early for person in people[1:4]}
    form[f"person-{people[4].public_id}"] = late
    again = client.post(address(big_class, *sessions), form)
    assert again.status_code == 200
    assert "Book 5 people" in again.content.decode()
    assert not Enrolment.objects.exists()
    assert form_of(again) == form
    client.post(address(big_class, *sessions), form_of(again) | {"confirm": "yes"})
    placed = dict(Enrolment.objects.values_list("learner", "session"))
    assert placed == {
        people[1].pk: sessions[0].pk,
        people[2].pk: sessions[0].pk,
        people[3].pk: sessions[0].pk,
        people[4].pk: sessions[1].pk,
        french.pk: sessions[1].pk,
    }


def test_what_changed_meanwhile_is_named_and_the_plan_made_anew(
    sign_in: SignIn, coordinator: User, big_class: Cohort, sessions: list[Session]
) -> None:
    client = sign_in(coordinator)
    form = form_of(client.get(address(big_class, *sessions)))
    for _ in range(2):
        make_confirmed(sessions[0])
    before = Enrolment.objects.count()
    answer = client.post(address(big_class, *sessions), form | {"confirm": "yes"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Nobody was planned" in page
    assert "no seat is left." in page
    assert "Book 4 people" in page
    assert Enrolment.objects.count() == before
    done = client.post(address(big_class, *sessions), form_of(answer) | {"confirm": "yes"}, follow=True)
    assert "4 people have a seat" in done.content.decode()


def test_who_left_the_class_meanwhile_stops_all_of_it(
    sign_in: SignIn, coordinator: User, big_class: Cohort, sessions: list[Session]
) -> None:
    client = sign_in(coordinator)
    form = form_of(client.get(address(big_class, *sessions)))
    members(big_class)[0].memberships.filter(role="aspirant").update(valid_until=TODAY - dt.timedelta(days=1))
    answer = client.post(address(big_class, *sessions), form | {"confirm": "yes"})
    assert "Somebody on this plan has left the class" in answer.content.decode()
    assert not Enrolment.objects.exists()


def test_a_session_that_moved_is_named(
    sign_in: SignIn, coordinator: User, big_class: Cohort, sessions: list[Session]
) -> None:
    client = sign_in(coordinator)
    form = form_of(client.get(address(big_class, *sessions)))
    Session.objects.filter(pk=sessions[0].pk).update(sequence=1)
    answer = client.post(address(big_class, *sessions), form | {"confirm": "yes"})
    assert "the session was changed." in answer.content.decode()
    assert not Enrolment.objects.exists()


def test_an_empty_plan_books_nobody(
    sign_in: SignIn, coordinator: User, big_class: Cohort, sessions: list[Session]
) -> None:
    client = sign_in(coordinator)
    form = form_of(client.get(address(big_class, *sessions)))
    empty = {name: "" if name.startswith("person-") else value for name, value in form.items()}
    answer = client.post(address(big_class, *sessions), empty | {"confirm": "yes"})
    assert "Nobody has a place in this plan." in answer.content.decode()


def test_sessions_that_cannot_be_planned_say_why_and_those_of_others_are_not_shown(
    sign_in: SignIn, coordinator: User, big_class: Cohort, hpm: CourseVersion
) -> None:
    def coming(**fields: Any) -> Session:
        return make_session(version=hpm, starts_in=dt.timedelta(days=20), **fields)

    full, waited, closed, draft, foreign, staff = (
        coming(capacity=1),
        coming(capacity=1),
        coming(enrol_until=TODAY - dt.timedelta(days=1)),
        coming(published=False),
        coming(),
        coming(audience="experienced"),
    )
    make_confirmed(full)
    make_confirmed(waited)
    Enrolment.objects.create(session=waited, learner=make_employee(), status="queued")
    Meeting.objects.filter(session=waited).update(capacity=5)
    foreign.open_to.add(OrganisationFactory.create())
    client = sign_in(coordinator)
    answer = client.get(f"{big_class.get_absolute_url()}plan/hpm/")
    shown = {place.session.pk: obstacle and obstacle.value for place, obstacle in answer.context["places"]}
    assert shown == {full.pk: "full", waited.pk: "has_queue", closed.pk: "closed"}
    assert 'type="checkbox"' not in answer.content.decode()
    for session in (full, closed, draft, foreign, staff):
        refused = client.get(address(big_class, session), follow=True)
        assert "Choose again." in refused.content.decode()


def test_only_what_the_class_must_complete_can_be_planned(
    sign_in: SignIn, coordinator: User, big_class: Cohort, sessions: list[Session], law: CourseVersion
) -> None:
    client = sign_in(coordinator)
    other = make_session()
    assert client.get(f"{big_class.get_absolute_url()}plan/{other.version.course.slug}/").status_code == 404
    path = f"{big_class.get_absolute_url()}plan/{other.version.course.slug}/?session={other.public_id}"
    assert client.get(path).status_code == 404
    wrong = client.get(
        f"{big_class.get_absolute_url()}plan/law/?session={sessions[0].public_id}", follow=True
    )
    assert "Choose again." in wrong.content.decode()
    elsewhere = make_class(make_school(), 1)
    assert client.get(address(elsewhere, sessions[0])).status_code == 404
    assert client.post(address(elsewhere, sessions[0]), {"confirm": "yes"}).status_code == 404
