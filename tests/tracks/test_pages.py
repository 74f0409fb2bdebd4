"""The academy's pages: what they say, to whom, and at what cost."""

import datetime as dt
from io import BytesIO
from typing import cast

import openpyxl
import pytest
from django.db import connection
from django.http import FileResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.models import AuditEntry
from courses.models import CourseVersion, Track
from notifications.models import Message
from people.enums import Role
from people.models import Organisation, User
from tests.factories import make_confirmed, make_employee, make_person_with, make_session
from tests.pages import SignIn
from tests.tracks.conftest import TODAY
from tests.tracks.helpers import (
    assign,
    complete,
    join,
    make_class,
    make_coordinator,
    make_school,
    make_track,
    make_training,
)
from tracks.models import Assignment, Cohort, Exemption
from tracks.progress.matrices import people_of
from tracks.services.assignments import set_due_days
from tracks.tasks import queue_academy_digests, queue_step_reminders

pytestmark = pytest.mark.django_db


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def content_of(client: Client, path: str) -> str:
    """All that a page or a file says."""
    answer = client.get(path)
    assert answer.status_code == 200, path
    raw = b"".join(cast(FileResponse, answer)) if answer.streaming else answer.content
    if path.endswith(".xlsx"):
        book = openpyxl.load_workbook(BytesIO(raw))
        return str([[*sheet.values] for sheet in book])
    return raw.decode()


def members(cohort: Cohort) -> list[User]:
    return people_of([cohort], on=TODAY)[cohort.pk]


@pytest.fixture
def late_class(cohort: Cohort, track: Track, law: CourseVersion, coordinator: User) -> Cohort:
    """A class that is late with the first step and has not planned the second."""
    assignment = assign(track, cohort, actor=coordinator)
    yesterday = TODAY - dt.timedelta(days=1)
    set_due_days(assignment=assignment, due_days={law.course_id: yesterday}, actor=coordinator)
    return cohort


def test_the_academy_begins_with_what_is_late_and_what_must_be_planned(
    sign_in: SignIn, coordinator: User, late_class: Cohort
) -> None:
    page = text_of(sign_in(coordinator), "/academy/")
    assert "3 of 3 are late" in page
    assert page.count("3 people to plan") == 2
    assert 'aria-current="page">Academy' in page
    assert "LAW (en)" in page


def test_the_academy_names_the_classes_that_have_no_track(
    sign_in: SignIn, coordinator: User, late_class: Cohort, school: Organisation
) -> None:
    new = make_class(school, 2, name="INP-NEW")
    page = text_of(sign_in(coordinator), "/academy/")
    assert "Assign a track to INP-NEW" in page
    assert f'href="{new.get_absolute_url()}tracks/"' in page
    assert f"Assign a track to {late_class.name}" not in page


def test_an_academy_without_classes_is_told_what_to_do(
    sign_in: SignIn, coordinator: User, school: Organisation
) -> None:
    client = sign_in(coordinator)
    assert "Bring in class lists" in text_of(client, "/academy/")
    assert "Bring in class lists" in text_of(client, "/academy/cohorts/")
    make_person_with(Role.ASPIRANT, organisation=school)
    assert "1 aspirant of your academy is in no class" in text_of(client, "/academy/")


def test_classes_are_those_of_today_and_the_earlier_ones_without_people(
    sign_in: SignIn, coordinator: User, late_class: Cohort
) -> None:
    past = make_class(late_class.school, 1, name="OLD", ends_on=TODAY - dt.timedelta(days=1))
    make_class(make_school(), 1, name="FOREIGN")
    client = sign_in(coordinator)
    page = text_of(client, "/academy/cohorts/")
    assert "3 people" in page
    assert "OLD" not in page
    assert "FOREIGN" not in page
    page = text_of(client, "/academy/cohorts/?past")
    assert past.name in page
    assert "1A" not in page


def test_the_matrix_has_a_letter_a_colour_and_a_title_for_each(
    sign_in: SignIn, coordinator: User, late_class: Cohort, law: CourseVersion, hpm: CourseVersion
) -> None:
    first, second, _third = members(late_class)
    complete(first, law)
    make_confirmed(make_session(version=hpm, starts_in=dt.timedelta(days=10)), second)
    page = text_of(sign_in(coordinator), late_class.get_absolute_url())
    cell = '<td title="{title}"><span class="mark mark-{state}" aria-hidden="true">{letter}</span>'
    for title, state, letter, number in (
        ("Done on Sun 22 Nov 2026", "done", "D", 1),
        ("Booked on Wed 2 Dec 2026", "booked", "B", 1),
        ("Late: was due on Sat 21 Nov 2026", "late", "L", 2),
        ("Open: due on Thu 21 Jan 2027", "open", "–", 2),
    ):
        assert page.count(cell.format(title=title, state=state, letter=letter)) == number
    assert "1 done, 2 late" in page
    assert page.index(second.profile.last_name) < page.index(first.profile.last_name)
    assert page.count("Plan these") == 2


def test_a_class_page_never_tells_of_what_is_voluntary(
    sign_in: SignIn, coordinator: User, late_class: Cohort, track: Track
) -> None:
    secret = make_training("eyes", obligation="never_mandatory", sensitivity="sensitive")
    track.suggestions.add(secret.course)
    person = members(late_class)[0]
    complete(person, secret)
    make_confirmed(make_session(version=secret, starts_in=dt.timedelta(days=3)), person)
    client = sign_in(coordinator)
    make_session(version=secret, starts_in=dt.timedelta(days=9))
    of_class = late_class.get_absolute_url()
    for path in (
        "/",
        "/academy/",
        "/academy/cohorts/",
        of_class,
        f"{of_class}people/{person.public_id}/",
        f"{of_class}tracks/",
        f"{of_class}plan/law/",
        f"/academy/people/{person.public_id}/enrol/",
    ):
        assert "EYES" not in text_of(client, path), path
    assert client.get(f"{of_class}plan/eyes/").status_code == 404
    files = (f"{of_class}class.csv", f"{of_class}class.xlsx", "/hr/exports/figures.csv", "/hr/figures/")
    for path in files:
        assert "EYES" not in content_of(client, path), path
    queue_academy_digests()
    queue_step_reminders()
    assert not Message.objects.filter(context__icontains="eyes").exists()
    with CaptureQueriesContext(connection) as queries:
        client.get(late_class.get_absolute_url())
    assert not [query for query in queries.captured_queries if "suggest" in query["sql"]]


def test_a_track_is_assigned_moved_and_ended(
    sign_in: SignIn, coordinator: User, cohort: Cohort, track: Track
) -> None:
    client = sign_in(coordinator)
    page = text_of(client, f"{cohort.get_absolute_url()}tracks/")
    assert page.count('<em class="tbc">') == 4
    form = {"track": track.pk, "due_on": "2027-06-30", "whom": "class"}
    page = client.post(f"{cohort.get_absolute_url()}tracks/", form, follow=True).content.decode()
    assert "The track is assigned." in page
    again = client.post(f"{cohort.get_absolute_url()}tracks/", form).content.decode()
    assert "This track is assigned already." in again
    assert 'value="2027-06-30"' in again

    assignment = Assignment.objects.get()
    dates = f"{cohort.get_absolute_url()}tracks/{assignment.public_id}/"
    assert 'value="2027-06-30"' in text_of(client, dates)
    page = client.post(dates, {"law": "2020-01-01", "hpm": "2027-06-30"}).content.decode()
    assert "Choose a day from today on" in page
    client.post(dates, {"law": "2027-02-01", "hpm": "2027-06-30"})
    moved = Assignment.objects.current().get()
    assert [step.due_on.isoformat() for step in moved.steps.all()] == ["2027-02-01", "2027-06-30"]

    end = f"{cohort.get_absolute_url()}tracks/{moved.public_id}/end/"
    assert "3 people need not complete it any more" in text_of(client, end)
    assert "The track has ended." in client.post(end, follow=True).content.decode()
    assert not Assignment.objects.current(on=TODAY).exists()


def test_a_track_for_some_people_alone(
    sign_in: SignIn, coordinator: User, cohort: Cohort, track: Track
) -> None:
    client, chosen = sign_in(coordinator), members(cohort)[1]
    form = {"track": track.pk, "due_on": "2027-06-30", "whom": "people"}
    assign_url = f"{cohort.get_absolute_url()}tracks/"
    assert "Choose at least one person." in client.post(assign_url, form).content.decode()
    stranger = join(make_class(make_school()))
    foreign = client.post(assign_url, form | {"people": [stranger.public_id]})
    assert "Select a valid choice" in foreign.content.decode()
    client.post(assign_url, form | {"people": [chosen.public_id]})
    assert Assignment.objects.get().person == chosen
    assert chosen.get_full_name() in text_of(client, cohort.get_absolute_url())


def test_an_exemption_is_granted_with_a_reason_and_a_day_and_taken_back(
    sign_in: SignIn, coordinator: User, late_class: Cohort, law: CourseVersion
) -> None:
    client, person = sign_in(coordinator), members(late_class)[0]
    own = f"{late_class.get_absolute_url()}people/{person.public_id}/"
    assert text_of(client, own).count("Grant the exemption") == 2
    form = {"course": "law", "reason": "equivalent", "valid_from": "2026-11-02"}
    for wrong in ({"reason": ""}, {"valid_from": "2026-11-23"}, {"course": "nothing"}):
        assert "There is a problem" in client.post(own, form | wrong).content.decode()
    page = client.post(own, form, follow=True).content.decode()
    assert "Exempt since Mon 2 Nov 2026" in page
    assert "equivalent course, proof seen" in page
    exemption = Exemption.objects.get()
    assert (exemption.person, exemption.school) == (person, late_class.school)
    entry = AuditEntry.objects.get(action="exemption.granted")
    assert (entry.actor_id, entry.data) == (coordinator.pk, {"reason": "equivalent"})

    page = client.post(f"{own}exemptions/{exemption.public_id}/revoke/", follow=True).content.decode()
    assert "The exemption is taken back." in page
    assert "Late: was due on" in page
    assert not Exemption.objects.current().exists()


def test_pages_are_for_the_coordinators_of_the_academy_alone(
    sign_in: SignIn, coordinator: User, late_class: Cohort
) -> None:
    person = members(late_class)[0]
    assignment = Assignment.objects.current().get()
    cohort = late_class.get_absolute_url()
    of_class = [
        cohort,
        f"{cohort}tracks/",
        f"{cohort}tracks/{assignment.public_id}/",
        f"{cohort}tracks/{assignment.public_id}/end/",
        f"{cohort}people/{person.public_id}/",
        f"{cohort}plan/law/",
        f"{cohort}class.csv",
    ]
    of_academy = ["/academy/", "/academy/cohorts/", "/academy/lists/"]
    client = sign_in(coordinator)
    assert {client.get(path).status_code for path in [*of_class[:-1], *of_academy]} == {200}

    foreign = make_coordinator(make_school())
    client = sign_in(foreign)
    assert {path: client.get(path).status_code for path in of_class} == dict.fromkeys(of_class, 404)
    assert {client.post(path).status_code for path in of_class[1:-1]} == {404}
    assert {client.get(path).status_code for path in of_academy} == {200}

    school = late_class.school
    roles = (Role.HR, Role.TRAINER, Role.CHIEF, Role.ADMINISTRATOR)
    others = [person, make_employee(), *(make_person_with(role, organisation=school) for role in roles)]
    for other in others:
        client = sign_in(other)
        assert {client.get(path).status_code for path in [*of_class, *of_academy]} == {403}
    client.logout()
    assert {client.get(path).status_code for path in [*of_class, *of_academy]} == {302}


def test_people_and_exemptions_of_another_class_are_not_found(
    sign_in: SignIn, coordinator: User, late_class: Cohort, law: CourseVersion
) -> None:
    other = make_class(late_class.school, 1, name="1B")
    stranger, person = members(other)[0], members(late_class)[0]
    client = sign_in(coordinator)
    path = f"{late_class.get_absolute_url()}people/"
    assert client.get(f"{path}{stranger.public_id}/").status_code == 404
    form = {"course": "law", "reason": "equivalent", "valid_from": "2026-11-02"}
    assert client.post(f"{path}{stranger.public_id}/", form).status_code == 404
    client.post(f"{path}{person.public_id}/", form)
    exemption = Exemption.objects.get().public_id
    elsewhere = f"{other.get_absolute_url()}people/{stranger.public_id}/exemptions/{exemption}/revoke/"
    assert client.post(elsewhere).status_code == 404
    assert Exemption.objects.current().exists()
    # Who left the class is no longer the academy's to read.
    person.memberships.filter(role=Role.ASPIRANT).update(valid_until=TODAY - dt.timedelta(days=1))
    assert client.get(f"{path}{person.public_id}/").status_code == 404


def test_pages_cost_the_same_for_1_and_40_people(
    sign_in: SignIn, coordinator: User, school: Organisation, hpm: CourseVersion
) -> None:
    versions = [hpm, *(make_training(f"course-{number}") for number in range(4))]
    track = make_track(*versions)
    costs = []
    for name, size in (("1A", 1), ("1B", 40)):
        cohort = make_class(school, size, name=name)
        assign(track, cohort, actor=coordinator)
        session = make_session(version=hpm, capacity=None, starts_in=dt.timedelta(days=10))
        people = members(cohort)
        make_confirmed(session, people[0])
        complete(people[-1], versions[1])
        client, cohort_url = sign_in(coordinator), cohort.get_absolute_url()
        cost = []
        for path in (
            "/academy/",
            "/academy/cohorts/",
            cohort_url,
            f"{cohort_url}people/{people[0].public_id}/",
            f"{cohort_url}tracks/",
            f"{cohort_url}plan/hpm/",
            f"{cohort_url}plan/hpm/?session={session.public_id}",
        ):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(path).status_code == 200
            cost.append(len(queries))
        costs.append(cost)
    assert costs[0] == costs[1] == [8, 7, 8, 7, 9, 9, 10]
