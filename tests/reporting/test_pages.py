"""The pages of figures and training records: who sees what, and what nobody sees."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from certificates.services import issue_certificate
from core.models import AuditEntry
from core.time import BRUSSELS
from courses.enums import Audience
from courses.models import MandatoryAudience
from enrolment.enums import CompletionSource
from enrolment.services.completions import record_completion
from people.enums import Cadre, Role
from people.models import Organisation, User
from tests.factories import (
    MembershipFactory,
    OrganisationFactory,
    UserFactory,
    make_confirmed,
    make_employee,
    make_person_with,
    make_session,
)
from tests.pages import SignIn
from tests.reporting.helpers import complete, employ, make_training

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 22, 10, 0, tzinfo=BRUSSELS)
MANAGING = {Role.HR, Role.CHIEF, Role.COORDINATOR}


@pytest.fixture(autouse=True)
def _now() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def status(client: Client, path: str) -> int:
    """Of an answer that is read no further."""
    answer = client.get(path)
    if answer.streaming:
        list(answer)
    return answer.status_code


def test_the_title_is_a_sentence_and_the_table_stands_behind_the_plot(
    sign_in: SignIn, zone: Organisation, hr: User
) -> None:
    hpm = make_training()
    make_training("law")
    MandatoryAudience.objects.create(version=hpm, audience=Audience.OPERATIONAL)
    complete(employ(zone, 5)[:3], hpm)
    employ(zone, 2, cadre=Cadre.CALOG)
    page = sign_in(hr).get("/hr/figures/").content.decode()
    assert "3 of 7 people of Rivierenland have completed HPM" in page
    assert '<rect class="plot-value" width="60%"' in page
    assert "3 of 5 · 60 %" in page
    assert ' style="' not in page
    other = sign_in(hr).get("/hr/figures/?course=law&year=2026").content.decode()
    assert "0 of 7 people of Rivierenland have completed LAW" in other


def test_an_unknown_filter_is_the_same_as_none(sign_in: SignIn, zone: Organisation, hr: User) -> None:
    make_training()
    client = sign_in(hr)
    for query in ("course=nothing", "year=1066", "year=x", "course=%00"):
        page = client.get(f"/hr/figures/?{query}")
        assert page.status_code == 200
        assert page.context["chosen"].course.slug == "hpm"


def test_the_year_chooses_a_column_and_changes_no_figure(
    sign_in: SignIn, zone: Organisation, hr: User
) -> None:
    hpm = make_training()
    people = employ(zone, 3)
    complete(people, hpm, dt.date(2025, 4, 1))
    complete(people[:1], hpm, dt.date(2026, 4, 1))
    client = sign_in(hr)
    everything = [text for text, _ in client.get("/hr/figures/").context["columns"]]
    assert everything == ["before 2021", "2021", "2022", "2023", "2024", "2025", "2026", "All years"]
    page = client.get("/hr/figures/?year=2025")
    assert page.context["columns"] == [("2025", 5)]
    assert page.context["chosen"].totals.counts[5] == 3


@pytest.mark.parametrize("role", Role)
def test_figures_are_for_hr_chiefs_and_coordinators_of_their_own_organisation(
    sign_in: SignIn, zone: Organisation, role: Role
) -> None:
    make_training()
    client = sign_in(make_person_with(role, organisation=zone))
    foreign = OrganisationFactory.create(code="5344")
    allowed = role in MANAGING
    for path in ("/hr/figures/", "/hr/exports/figures.csv", "/hr/exports/figures.xlsx"):
        assert status(client, path) == (200 if allowed else 403)
        expected = 404 if allowed else 403
        assert status(client, f"{path}?organisation={foreign.code}") == expected
    nav = client.get("/").content.decode()
    assert ("/hr/figures/" in nav) is allowed


@pytest.mark.parametrize("role", Role)
def test_records_and_rows_are_for_hr_alone(sign_in: SignIn, zone: Organisation, role: Role) -> None:
    (person,) = employ(zone)
    client = sign_in(make_person_with(role, organisation=zone))
    expected = 200 if role == Role.HR else 403
    for path in ("/hr/search/", f"/hr/people/{person.public_id}/", "/hr/exports/completions.csv"):
        assert status(client, path) == expected, path


def test_all_of_it_needs_signing_in(client: Client) -> None:
    for path in ("/hr/figures/", "/hr/search/", f"/hr/people/{uuid.uuid4()}/", "/hr/exports/figures.csv"):
        answer = client.get(path)
        assert (answer.status_code, answer["Location"]) == (302, f"/account/login/?next={path}")


def test_a_role_that_ended_shows_nothing(sign_in: SignIn, zone: Organisation) -> None:
    person = UserFactory.create()
    MembershipFactory.create(user=person, organisation=zone, role=Role.HR, valid_until=dt.date(2026, 11, 21))
    assert sign_in(person).get("/hr/figures/").status_code == 403


def test_who_answers_for_two_organisations_chooses_one(sign_in: SignIn, zone: Organisation, hr: User) -> None:
    hpm = make_training()
    other = OrganisationFactory.create(code="5344", name_en="Brussels North")
    MembershipFactory.create(user=hr, organisation=other, role=Role.CHIEF)
    complete(employ(zone, 1), hpm)
    employ(other, 30)
    complete(employ(other, 1), hpm)
    client = sign_in(hr)
    assert "1 of 1 people of Rivierenland" in client.get("/hr/figures/?organisation=5913").content.decode()
    page = client.get("/hr/figures/?organisation=5344").content.decode()
    assert "Too few people at Brussels North to say how many have completed HPM" in page
    assert client.get("/hr/exports/completions.csv?organisation=5344").status_code == 404


def search(client: Client, text: str) -> list[str]:
    """The staff numbers found."""
    page = client.post("/hr/search/", {"q": text}, follow=True)
    assert page.redirect_chain == [("/hr/search/", 302)]
    return [person.profile.staff_number for person in page.context["people"]]


def test_hr_finds_its_own_people_by_name_and_staff_number_accents_forgiven(
    sign_in: SignIn, zone: Organisation, hr: User
) -> None:
    def named(first: str, last: str, number: str, at: Organisation = zone) -> User:
        return make_employee(
            zone=at, profile__first_name=first, profile__last_name=last, profile__staff_number=number
        )

    named("Aïcha", "Toure", "A1")
    named("Jo", "Désiré", "B2")
    named("Aicha", "Elsewhere", "A3", OrganisationFactory.create())
    (gone,) = employ(zone, until=dt.date(2026, 11, 21))
    gone.profile.first_name = "Aicha"
    gone.profile.save()
    client = sign_in(hr)
    assert search(client, "aicha") == ["A1"]
    assert search(client, "TOURÉ aïcha") == ["A1"]
    assert search(client, "desire") == ["B2"]
    assert search(client, "b2") == ["B2"]
    assert search(client, "nobody") == []
    assert search(client, "\x00 %_") == []


def test_a_search_shows_twenty_five_and_says_that_there_are_more(
    sign_in: SignIn, zone: Organisation, hr: User
) -> None:
    employ(zone, 26)
    client = sign_in(hr)
    assert len(search(client, "peeters")) == 25
    assert "There are more" in client.get("/hr/search/").content.decode()


def test_a_record_holds_completions_and_nothing_of_what_is_nobody_s_business(
    sign_in: SignIn, zone: Organisation, hr: User
) -> None:
    (person,) = employ(zone)
    hpm = make_training(counts_for_pay_scale=True, recognition_number="REC-7")
    complete([person], make_training("bebe", sensitive=True))
    complete([person], make_training("charter", members_only=True))
    (completion,) = [
        record_completion(
            person=person,
            version=hpm,
            completed_on=dt.date(2026, 3, 2),
            sessions=[],
            source=CompletionSource.ATTENDANCE,
            actor=None,
        )
    ]
    certificate = issue_certificate(completion=completion)
    assert certificate is not None
    booked = make_session(version=make_training("booked"))
    make_confirmed(booked, person)
    withdrawn = make_session(version=make_training("withdrawn"))
    withdrawn.enrolments.create(learner=person, status="withdrawn")
    page = sign_in(hr).get(f"/hr/people/{person.public_id}/").content.decode()
    assert "HPM" in page
    assert "REC-7" in page
    assert "Valid" in page
    hidden = ["BEBE", "Sensitive theme", "Diversity training", "CHARTER", "BOOKED", "WITHDRAWN"]
    assert [text for text in [*hidden, certificate.code, certificate.name_code] if text in page] == []


def test_a_foreign_person_one_who_left_and_an_erased_one_are_not_found(
    sign_in: SignIn, zone: Organisation, hr: User
) -> None:
    (foreign,) = employ(OrganisationFactory.create())
    (gone,) = employ(zone, until=dt.date(2026, 11, 21))
    (erased,) = employ(zone)
    erased.erased_at = NOW
    erased.save(update_fields=["erased_at"])
    client = sign_in(hr)
    for person in (foreign, gone, erased):
        assert client.get(f"/hr/people/{person.public_id}/").status_code == 404
    assert client.get(f"/hr/people/{uuid.uuid4()}/").status_code == 404
    assert not AuditEntry.objects.filter(action="record.read").exists()


def test_each_look_is_kept_and_the_person_sees_it_without_a_name(
    sign_in: SignIn, zone: Organisation, hr: User
) -> None:
    person, other = employ(zone, 2)
    client = sign_in(hr)
    client.get(f"/hr/people/{person.public_id}/")
    (entry,) = AuditEntry.objects.filter(action="record.read")
    assert (entry.actor_id, entry.subject_id) == (hr.pk, person.pk)
    assert entry.data == {"role": "hr", "organisation": zone.pk}
    with time_machine.travel(NOW + dt.timedelta(days=1), tick=False):
        status(sign_in(hr), "/hr/exports/completions.csv")
    seen = sign_in(person).get("/my/profile/")
    assert [(r.day, r.role, r.organisation, r.is_file) for r in seen.context["readings"]] == [
        (dt.date(2026, 11, 23), "HR", zone, True),
        (dt.date(2026, 11, 22), "HR", zone, False),
    ]
    assert hr.profile.last_name not in seen.content.decode()
    assert [r.is_file for r in sign_in(other).get("/my/profile/").context["readings"]] == [True]
    assert sign_in(make_employee()).get("/my/profile/").context["readings"] == []


@pytest.mark.parametrize("rows", [1, 30])
def test_pages_take_the_same_queries_for_1_and_30(
    sign_in: SignIn,
    zone: Organisation,
    hr: User,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    people = employ(zone, rows)
    for number in range(rows):
        complete(people[: number + 1], make_training(f"course-{number}"), dt.date(2026, 3, 2))
    client = sign_in(hr)
    with django_assert_num_queries(9):
        client.get("/hr/figures/")
    client.post("/hr/search/", {"q": "peeters"})
    with django_assert_num_queries(2):
        client.get("/hr/search/")
    with django_assert_num_queries(8):
        client.get(f"/hr/people/{people[0].public_id}/")


def test_a_zone_of_fewer_than_five_has_no_sentence_and_no_leak_for_its_chief(
    sign_in: SignIn, zone: Organisation
) -> None:
    complete(employ(zone, 3), make_training())
    page = sign_in(make_person_with(Role.CHIEF, organisation=zone)).get("/hr/figures/")
    assert "Too few people at Rivierenland to say how many have completed HPM" in page.content.decode()
    shown = page.context["chosen"]
    assert {(row.completed, row.to_do, row.people) for row in [*shown.standings, shown.total]} == {
        (None, None, None)
    }
