"""The timetable of a programme, and the pages that keep its editions, as people with rights meet them."""

import datetime as dt
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from core.time import BRUSSELS
from courses.models import Meeting, Prerequisite, Programme, Session
from enrolment.errors import CannotPublish
from enrolment.models import Enrolment
from enrolment.services.booking import enrol
from enrolment.services.publishing import publish, publish_programme
from people.enums import Role
from people.models import User
from tests.factories import (
    OrganisationFactory,
    in_four_languages,
    make_confirmed,
    make_employee,
    make_person_with,
    make_programme,
    make_session,
    make_version,
    make_workshop,
)
from tests.pages import SignIn, text

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2027, 3, 1, 12, tzinfo=BRUSSELS)


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def programme() -> Programme:
    return make_programme((0, 9, "Islam"), (0, 9, "Poverty"), (1, 9, "Reintegration"))


def workshop(programme: Programme, title: str) -> Session:
    session: Session = programme.sessions.get(version__title_en=title)
    return session


def ids(programme: Programme, *titles: str) -> list[str]:
    return [str(workshop(programme, title).public_id) for title in titles]


def boxes(response: Any) -> dict[str, tuple[str, bool]]:
    """Each workshop that can be changed: what its box is called, and whether it is ticked."""
    return {
        str(row.session.version.title): (row.field, row.is_ticked)
        for day in response.context["days"]
        for slot in day.slots
        for row in slot.rows
        if not row.obstacle
    }


def chosen(learner: User) -> dict[str, str]:
    active = Enrolment.objects.active().filter(learner=learner).select_related("session__version")
    return {str(each.session.version.title): each.status for each in active}


# -- Choosing --------------------------------------------------------------------------------------


def test_one_page_shows_the_workshops_by_day_and_slot_and_one_button_books(
    sign_in: SignIn, programme: Programme
) -> None:
    learner = make_employee()
    client = sign_in(learner)
    page = client.get(programme.get_absolute_url())
    assert [
        (str(day.day), [[str(row.session.version.title) for row in slot.rows] for slot in day.slots])
        for day in page.context["days"]
    ] == [("2027-03-15", [["Islam", "Poverty"]]), ("2027-03-16", [["Reintegration"]])]
    assert boxes(page) == dict.fromkeys(("Islam", "Poverty", "Reintegration"), ("take", False))
    assert "12 of 12 seats left" in text(page)
    assert "Only the trainers see your name. Nobody else sees that you enrol." in text(page)

    page = client.post(
        programme.get_absolute_url(), {"take": ids(programme, "Islam", "Reintegration")}, follow=True
    )
    assert page.redirect_chain == [(programme.get_absolute_url(), 302)]
    assert "You have a seat in 2 workshops." in text(page)
    assert chosen(learner) == {"Islam": "confirmed", "Reintegration": "confirmed"}
    assert boxes(page)["Islam"] == ("keep", True)


def test_what_comes_first_is_told_before_anything_is_ticked(sign_in: SignIn, programme: Programme) -> None:
    basics = make_version(parts=1, **in_four_languages("title", "Basics"))
    for title in ("Islam", "Poverty"):
        Prerequisite.objects.create(version=workshop(programme, title).version, course=basics.course)
    learner = make_employee()
    page = sign_in(learner).get(programme.get_absolute_url())
    assert set(boxes(page)) == {"Reintegration"}
    assert text(page).count("You have not completed Basics (en) yet.") == 2


def test_what_is_refused_stands_at_its_row_and_what_was_ticked_stays_ticked(
    sign_in: SignIn, programme: Programme
) -> None:
    learner = make_employee()
    page = sign_in(learner).post(
        programme.get_absolute_url(), {"take": ids(programme, "Islam", "Poverty", "Reintegration")}
    )
    assert page.status_code == 200
    assert {row.session.version.title: row.error for row in page.context["errors"]} == {
        "Poverty": "It is at the same time as Islam."
    }
    (poverty,) = ids(programme, "Poverty")
    assert f'href="#box-{poverty}"' in text(page)
    assert f'id="error-{poverty}"' in text(page)
    assert boxes(page) == dict.fromkeys(("Islam", "Poverty", "Reintegration"), ("take", True))
    assert chosen(learner) == {}


def test_one_that_filled_up_meanwhile_then_offers_its_queue(sign_in: SignIn, programme: Programme) -> None:
    client = sign_in(make_employee())
    assert boxes(client.get(programme.get_absolute_url()))["Islam"] == ("take", False)
    for _ in range(12):
        make_confirmed(workshop(programme, "Islam"))
    page = client.post(programme.get_absolute_url(), {"take": ids(programme, "Islam")})
    assert "It is full by now." in text(page)
    assert boxes(page)["Islam"] == ("wait", False)
    assert "Wait for a seat in Islam" in text(page)

    page = client.post(programme.get_absolute_url(), {"wait": ids(programme, "Islam")}, follow=True)
    assert "You wait for a seat in 1 workshop." in text(page)
    assert "Number 1 in the queue" in text(page)


def test_only_what_was_seen_ticked_and_is_not_any_more_is_given_up(
    sign_in: SignIn, programme: Programme
) -> None:
    learner = make_employee()
    client = sign_in(learner)
    client.post(programme.get_absolute_url(), {"take": ids(programme, "Islam")})
    # A window from before that, in which nothing was ticked.
    client.post(programme.get_absolute_url(), {"take": ids(programme, "Reintegration")})
    assert set(chosen(learner)) == {"Islam", "Reintegration"}

    held = ids(programme, "Islam", "Reintegration")
    client.post(programme.get_absolute_url(), {"held": held, "keep": held[:1]})
    assert set(chosen(learner)) == {"Islam"}


@pytest.mark.parametrize("field", ["take", "wait", "keep", "held"])
def test_a_workshop_of_another_programme_is_not_found(
    sign_in: SignIn, programme: Programme, field: str
) -> None:
    other, plain = make_programme((0, 9, "Other")), make_session()
    hidden = make_workshop(programme, 2, 9, "Draft", published=False)
    closed_to_them = workshop(programme, "Poverty")
    closed_to_them.open_to.add(OrganisationFactory.create())
    client = sign_in(make_employee())
    for session in (other.sessions.get(), plain, hidden, closed_to_them, Session(public_id=uuid4())):
        answer = client.post(programme.get_absolute_url(), {field: str(session.public_id)})
        assert answer.status_code == 404
    assert client.post(programme.get_absolute_url(), {field: "nonsense"}).status_code == 404
    assert not Enrolment.objects.exists()


def test_what_stands_in_the_way_is_said_in_place_of_the_box(
    sign_in: SignIn, programme: Programme, clock: Any
) -> None:
    learner = make_employee()
    elsewhere = make_session(starts_in=dt.timedelta(days=15))
    make_confirmed(elsewhere, learner)
    own = make_confirmed(workshop(programme, "Islam"), learner)
    Enrolment.objects.filter(pk=own.pk).update(withdraw_until=dt.date(2027, 2, 1))
    page = sign_in(learner).get(programme.get_absolute_url())
    assert set(boxes(page)) == {"Poverty"}
    assert "You have Title at that time." in text(page)
    assert "You have a seat" in text(page)


def test_what_holds_for_all_is_said_once_and_there_is_no_button(sign_in: SignIn) -> None:
    programme = make_programme((0, 9, "Islam"), (1, 9, "Poverty"), enrol_from=dt.date(2027, 3, 8))
    page = sign_in(make_employee()).get(programme.get_absolute_url())
    assert text(page).count("Enrolment opens on March 8, 2027.") == 1
    assert "Save my choice" not in text(page)
    assert boxes(page) == {}


def test_an_edition_without_workshops_says_so(sign_in: SignIn) -> None:
    page = sign_in(make_employee()).get(make_programme().get_absolute_url())
    assert "No workshops yet" in text(page)


def test_a_draft_edition_is_not_found(sign_in: SignIn, manager: User) -> None:
    draft = make_programme((0, 9, "Islam"), published=False)
    for person in (make_employee(), make_person_with(Role.TRAINER), make_person_with(Role.HR)):
        assert sign_in(person).get(draft.get_absolute_url()).status_code == 404
        assert sign_in(person).post(draft.get_absolute_url()).status_code == 404
    assert sign_in(manager).get(draft.get_absolute_url()).status_code == 200


@pytest.mark.parametrize("workshops", [1, 30])
def test_the_timetable_takes_the_same_queries_however_many_workshops(
    sign_in: SignIn, workshops: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    programme, learner = make_programme(), make_employee()
    programme.ends_on += dt.timedelta(days=60)
    programme.save()
    for day in range(workshops):
        session = make_workshop(programme, day, 9, f"Theme {day}")
        make_confirmed(session)
        make_confirmed(session, learner)
    client = sign_in(learner)
    with django_assert_num_queries(9):
        client.get(programme.get_absolute_url())


def test_the_catalogue_the_course_and_each_workshop_lead_to_the_edition(
    sign_in: SignIn, client: Client, programme: Programme
) -> None:
    link = f'href="{programme.get_absolute_url()}"'
    course = programme.version.course
    islam = workshop(programme, "Islam")
    assert link not in text(client.get("/catalogue/"))
    assert link not in text(client.get(course.get_absolute_url()))
    signed_in = sign_in(make_employee())
    assert "Nobody else sees that you enrol." in text(signed_in.get(course.get_absolute_url()))
    for path in ("/catalogue/", course.get_absolute_url(), islam.get_absolute_url()):
        assert link in text(signed_in.get(path)), path


# -- Managing --------------------------------------------------------------------------------------


def test_an_edition_is_made_filled_and_published(sign_in: SignIn, manager: User) -> None:
    trainer = make_person_with(Role.TRAINER)
    maker = make_programme(published=False)
    islam = make_workshop(maker, 0, 9, "Islam", published=False, trainer=trainer)
    Session.objects.update(programme=None)
    Programme.objects.all().delete()
    client = sign_in(manager)
    assert "No editions yet" in text(client.get("/manage/programmes/"))
    assert "No draft of a workshop is left to add" not in text(client.get("/manage/programmes/new/"))

    data = {"version": maker.version_id, "starts_on": "2027-03-15", "ends_on": "2027-03-26"}
    page = client.post("/manage/programmes/new/", data | {"sessions": str(islam.public_id)}, follow=True)
    edition = Programme.objects.get()
    assert page.redirect_chain == [(f"/manage/programmes/{edition.public_id}/", 302)]
    assert "Publish with 1 workshop" in text(page)
    assert "No draft of a workshop is left to add" in text(client.get("/manage/programmes/new/"))
    managed = f"/manage/sessions/{islam.public_id}/"
    assert f'href="{managed}"' in text(page)
    assert f'href="{edition.get_absolute_url()}"' in text(client.get(managed))
    assert [str(session.version.title) for session in edition.sessions.all()] == ["Islam"]

    page = client.post(f"/manage/programmes/{edition.public_id}/publish/", follow=True)
    assert "The edition is on offer." in text(page)
    edition.refresh_from_db()
    islam.refresh_from_db()
    assert (edition.status, islam.status) == ("published", "published")
    assert "1 workshop" in text(client.get("/manage/programmes/"))


def test_errors_stand_at_their_field_and_what_was_typed_stays(sign_in: SignIn, manager: User) -> None:
    edition = make_programme(published=False)
    outside = make_workshop(edition, 20, 9, "Islam", published=False)
    client = sign_in(manager)
    address = f"/manage/programmes/{edition.public_id}/"
    wrong = {
        "starts_on": "2027-03-15",
        "ends_on": "2027-03-01",
        "enrol_from": "2027-03-10",
        "enrol_until": "2027-03-09",
    }
    form = client.post(address, wrong).context["form"]
    assert form.errors == {
        "ends_on": ["The last day must not be earlier than the first."],
        "enrol_until": ["Enrolment closes before it opens. Change one of the two."],
        "enrol_from": ["It would open only after the last day."],
    }
    assert form["ends_on"].value() == "2027-03-01"

    days = {"starts_on": "2027-03-15", "ends_on": "2027-03-26", "sessions": str(outside.public_id)}
    form = client.post(address, days).context["form"]
    assert list(form.errors) == ["ends_on"]
    assert "Islam, Sun 4 Apr 2027 lies outside the days" in form.errors["ends_on"][0]
    edition.refresh_from_db()
    assert edition.ends_on == dt.date(2027, 3, 28)


def test_publishing_tells_what_is_missing_workshop_by_workshop_and_publishes_nothing(
    manager: User,
) -> None:
    edition = make_programme(published=False)
    make_workshop(edition, 0, 9, "Islam", published=False, trainer=make_person_with(Role.TRAINER))
    make_workshop(edition, 1, 9, "Poverty", published=False)
    incomplete = make_workshop(edition, 2, 9, "Gender", published=False)
    Meeting.objects.filter(session=incomplete).delete()
    with pytest.raises(CannotPublish) as error:
        publish_programme(programme=edition, actor=manager)
    assert "Poverty, Tue 16 Mar 2027: Not enough people have accepted to give it yet." in str(error.value)
    assert "Gender, Wed 17 Mar 2027: These parts have no meeting yet: Part." in str(error.value)
    assert "Islam" not in str(error.value)
    edition.refresh_from_db()
    assert edition.status == "draft"
    assert not Session.objects.published().exists()


def test_an_empty_edition_is_not_published(manager: User) -> None:
    with pytest.raises(CannotPublish, match="has no workshops yet"):
        publish_programme(programme=make_programme(published=False), actor=manager)


def test_a_workshop_goes_on_offer_with_its_edition_or_after_it(manager: User) -> None:
    trainer = make_person_with(Role.TRAINER)
    edition = make_programme(published=False)
    first = make_workshop(edition, 0, 9, "Islam", published=False, trainer=trainer)
    alone = make_workshop(edition, 1, 9, "Poverty", published=False, trainer=trainer)
    Session.objects.filter(pk=alone.pk).update(programme=None)
    for session in (first, alone):
        with pytest.raises(CannotPublish, match="add it to an edition, and publish that"):
            publish(session=session, actor=manager)
    publish_programme(programme=edition, actor=manager)
    Session.objects.filter(pk=alone.pk).update(programme=edition)
    assert publish(session=alone, actor=manager).is_published
    assert publish_programme(programme=edition, actor=manager).is_published


def test_only_catalogue_managers_manage_programmes(sign_in: SignIn, programme: Programme) -> None:
    paths = [
        "/manage/programmes/",
        "/manage/programmes/new/",
        f"/manage/programmes/{programme.public_id}/",
        f"/manage/programmes/{programme.public_id}/publish/",
    ]
    for role in Role:
        client = sign_in(make_person_with(role))
        for path in paths:
            allowed = role in (Role.CATALOGUE_MANAGER, Role.ADMINISTRATOR)
            answer = client.post(path)
            assert (answer.status_code == 403) is not allowed, (role, path)
    assert Programme.objects.count() == 1


@pytest.mark.parametrize("rows", [1, 30])
def test_the_editions_take_the_same_queries_for_1_and_30_rows(
    sign_in: SignIn, manager: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    edition = make_programme()
    for day in range(rows):
        make_workshop(edition, day % 13, 9, f"Theme {day}", published=False)
        Programme.objects.create(
            version=edition.version,
            starts_on=edition.starts_on,
            ends_on=edition.ends_on + dt.timedelta(days=day + 1),
        )
    client = sign_in(manager)
    with django_assert_num_queries(2):
        client.get("/manage/programmes/")
    with django_assert_num_queries(6):
        client.get(f"/manage/programmes/{edition.public_id}/")


def test_a_direct_enrolment_from_the_page_of_a_workshop_is_the_same(
    sign_in: SignIn, programme: Programme
) -> None:
    learner = make_employee()
    enrol(session=workshop(programme, "Islam"), learner=learner, actor=learner)
    page = sign_in(learner).get(programme.get_absolute_url())
    assert boxes(page)["Islam"] == ("keep", True)
