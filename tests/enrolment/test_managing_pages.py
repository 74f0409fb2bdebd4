"""The pages on which sessions are kept: who may, and the list of them."""

import datetime as dt
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from core.models import AuditEntry
from core.time import today
from courses.models import Session, SessionDocument
from courses.services.documents import add_document
from enrolment.models import SeatPool
from enrolment.services.booking import enrol
from enrolment.services.pools import release_pool, reserve_seats
from people.enums import Role
from people.models import Organisation, User
from tests.enrolment.helpers import managed
from tests.factories import (
    OrganisationFactory,
    ProviderFactory,
    VenueFactory,
    make_confirmed,
    make_employee,
    make_person_with,
    make_session,
    make_version,
)
from tests.pages import SignIn, text

pytestmark = pytest.mark.django_db

# Every page and act on one session, under the method that it takes.
PATHS = {
    "": "get",
    "edit/": "post",
    "delete/": "post",
    "publish/": "post",
    "move/": "post",
    "seats/": "post",
    "cancel/": "post",
    "take-place/": "post",
    "message/": "post",
    "duplicate/": "post",
    "repeat/": "post",
    "documents/": "post",
}


def statuses(client: Client, session: Session) -> set[int]:
    """What a person is answered, whatever they ask about a session."""
    asked = ((getattr(client, method), managed(session, path)) for path, method in PATHS.items())
    return {ask(address).status_code for ask, address in asked}


# -- Who may ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "new/"])
def test_the_list_needs_signing_in(client: Client, path: str) -> None:
    assert client.get(f"/manage/sessions/{path}")["Location"].startswith("/account/login/")


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_only_managers_act_on_sessions(sign_in: SignIn, role: Role) -> None:
    session = make_session()
    document = add_document(session=session, name="plan.pdf", content=b"%PDF-", actor=make_employee())
    deleting = managed(session, f"documents/{document.public_id}/delete/")
    client = sign_in(make_person_with(role))
    if role == Role.CATALOGUE_MANAGER:
        assert statuses(client, session) == {200, 302}
        assert client.get("/manage/sessions/new/").status_code == 200
        assert client.post(deleting).status_code == 302
        return
    # A partner follows sessions, but not this one: to them it is not there.
    refused = 404 if role == Role.PARTNER else 403
    assert statuses(client, session) == {refused}
    assert client.post(deleting).status_code == refused
    assert client.get("/manage/sessions/new/").status_code == 403
    assert client.get("/manage/sessions/").status_code == (200 if role == Role.PARTNER else 403)
    assert SessionDocument.objects.exists()


def test_what_does_not_exist_is_not_found(desk: Client) -> None:
    assert statuses(desk, Session(public_id=uuid4())) == {404}
    session, other = make_session(), make_session()
    document = add_document(session=other, name="plan.pdf", content=b"%PDF-", actor=make_employee())
    assert desk.post(managed(session, f"documents/{document.public_id}/delete/")).status_code == 404
    assert SessionDocument.objects.exists()


def test_a_partner_sees_dates_headcount_and_language_of_its_own(sign_in: SignIn) -> None:
    partner = make_person_with(Role.PARTNER)
    unia = ProviderFactory.create(organisation=partner.memberships_today[0].organisation)
    own = make_version(parts=1, course__provider=unia, title_en="Unia law")
    session = make_session(version=own, venue=VenueFactory.create(name="Secret venue"), language="fr")
    learner = make_employee(profile__last_name="Verstraeten")
    make_confirmed(session, learner)
    draft = make_session(version=own, published=False, starts_in=dt.timedelta(days=50))
    make_session(version=make_version(title_en="HPM"))
    client = sign_in(partner)

    page = text(client.get("/manage/sessions/"))

    results = page.split('id="results"')[1]
    assert "1 session<" in results
    assert "Unia law" in results
    assert "1 of 12 seats taken" in results
    assert "08:30–11:30" in results
    for hidden in ("HPM", "Verstraeten", "Secret venue", str(session.public_id), "Draft", "New session"):
        assert hidden not in results
    assert statuses(client, session) == {403}
    assert statuses(client, draft) == {404}
    assert Session.objects.filter(status="published").count() == 2


def test_a_role_ends_with_its_last_day(sign_in: SignIn, manager: User) -> None:
    manager.memberships.update(valid_until=today())
    assert sign_in(manager).get("/manage/sessions/").status_code == 200
    manager.memberships.update(valid_until=today() - dt.timedelta(days=1))
    assert sign_in(manager).get("/manage/sessions/").status_code == 403


# -- The list --------------------------------------------------------------------------------------


def listed(client: Client, query: str = "") -> list[Session]:
    page = client.get(f"/manage/sessions/?{query}")
    return [item.session for item in page.context["items"]]


def test_drafts_and_what_comes_are_listed_and_the_rest_is_asked_for(desk: Client) -> None:
    coming = make_session()
    undated = make_session(published=False)
    undated.meetings.all().delete()
    Session.objects.filter(pk=undated.pk).update(starts_at=None, ends_at=None)
    past = make_session(starts_in=dt.timedelta(days=-3))
    cancelled = make_session()
    Session.objects.filter(pk=cancelled.pk).update(status="cancelled")

    assert listed(desk) == [undated, coming]
    assert listed(desk, "status=draft") == [undated]
    assert listed(desk, "status=published") == [coming]
    assert listed(desk, "status=past") == [past]
    assert listed(desk, "status=cancelled") == [cancelled]
    # A period holds everything, whatever became of it.
    first = today() - dt.timedelta(days=10)
    assert set(listed(desk, f"from_day={first}")) == {past, coming, cancelled}
    assert listed(desk, f"from_day={first}&until_day={today()}") == [past]


def test_the_list_is_narrowed_by_course_language_and_place(desk: Client) -> None:
    venue = VenueFactory.create()
    law = make_session(version=make_version(title_en="Law"), language="fr")
    hpm = make_session(version=make_version(title_en="Holocaust"), venue=venue)
    assert listed(desk, f"course={law.version.course.slug}") == [law]
    assert listed(desk, "language=nl") == [hpm]
    assert listed(desk, f"place={venue.public_id}") == [hpm]
    assert listed(desk, "q=holocaust") == [hpm]
    assert listed(desk, "q=holocaust&language=fr") == []
    assert set(listed(desk, "language=xx&place=nonsense&page=99")) == {law, hpm}


def test_a_draft_says_all_that_it_lacks_and_a_published_one_who_comes(desk: Client) -> None:
    make_session(version=make_version(members_only=True), published=False)
    full = make_session(capacity=1)
    make_confirmed(full)
    enrol(session=full, learner=make_employee(), actor=make_employee())
    page = text(desk.get("/manage/sessions/"))
    assert "it is for members only" in page
    assert "Missing: Part: a trainer" in page
    assert "1 of 1 seats taken · 1 waits" in page


def test_an_empty_list_leads_to_the_first_session(desk: Client) -> None:
    page = text(desk.get("/manage/sessions/"))
    assert "A new session begins as a draft that nobody else sees." in page
    assert "Nothing matches" in text(desk.get("/manage/sessions/?q=nothing"))


@pytest.mark.parametrize("others", [1, 30])
def test_the_list_takes_the_same_queries_however_long_it_is(
    desk: Client, others: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    trainer = make_person_with(Role.TRAINER)
    for _ in range(others):
        make_confirmed(make_session(trainer=trainer))
        make_session(published=False)
    with django_assert_num_queries(7):
        page = desk.get("/manage/sessions/")
    assert len(page.context["items"]) == min(2 * others, 20)


@pytest.mark.parametrize("people", [1, 30])
def test_a_draft_s_page_takes_the_same_queries_however_much_happened(
    desk: Client, manager: User, people: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    draft = make_session(published=False, trainer=make_person_with(Role.TRAINER), capacity=40)
    for _ in range(people):
        AuditEntry.record(action="session.edited", subject=draft, actor=manager, fields=["practical"])
        make_confirmed(draft)
        draft.open_to.add(OrganisationFactory.create())
    with django_assert_num_queries(8):
        desk.get(managed(draft))


# -- Reserved seats --------------------------------------------------------------------------------


@pytest.fixture
def pool(zone: Organisation, manager: User) -> SeatPool:
    session = make_session(version=make_version(title_en="HPM"), capacity=3)
    return reserve_seats(
        session=session, seats=2, release_on=today(), organisation=zone, language="", actor=manager
    )


def test_whom_seats_are_kept_for_stands_on_the_page_of_the_session(desk: Client, pool: SeatPool) -> None:
    page = text(desk.get(managed(pool.session)))
    assert "Rivierenland" in page
    assert "0 of 2 taken" in page
    release_pool(pool=pool, actor=None)
    assert "0 of 2 taken" not in text(desk.get(managed(pool.session)))


def test_releasing_says_first_what_becomes_of_the_seats(desk: Client, pool: SeatPool) -> None:
    for _ in range(2):
        enrol(session=pool.session, learner=(person := make_employee()), actor=person)
    address = managed(pool.session, f"reserved/{pool.public_id}/release/")
    assert address in text(desk.get(managed(pool.session, "reserved/")))

    page = text(desk.get(address))

    assert "Rivierenland: HPM" in page
    assert "2 seats that nobody took are for everybody then, the queue first." in page
    assert "1 person waits" in page
    assert pool.session.enrolments.queued().count() == 1
    assert "These seats are for everybody now" in text(desk.post(address, follow=True))
    assert pool.session.enrolments.confirmed().count() == 2
