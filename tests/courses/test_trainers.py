"""Accreditations: granted, changed and ended; who opens their pages, and what those cost."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from core.models import AuditEntry
from core.time import today
from courses.enums import StaffRole
from courses.errors import AccreditationOverlaps, AccreditationReplaced
from courses.models import Accreditation, Course
from courses.services.accreditations import change_accreditation, grant_accreditation
from people.enums import Role
from people.models import User
from tests.factories import (
    AccreditationFactory,
    CourseFactory,
    make_person_with,
    make_session,
    make_staff,
    make_trainer,
    make_version,
)
from tests.pages import SignIn, text

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
TRAINER, ASSISTANT = StaffRole.TRAINER, StaffRole.ASSISTANT


@pytest.fixture
def course() -> Course:
    return make_version(title_en="Human rights", languages=["nl", "fr"]).course


def current() -> list[Accreditation]:
    return list(Accreditation.objects.current())


def grant(person: User, course: Course, manager: User, **fields: Any) -> Accreditation:
    defaults: dict[str, Any] = {
        "role": TRAINER,
        "languages": ["nl"],
        "valid_from": today(),
        "valid_until": None,
    }
    return grant_accreditation(person=person, course=course, actor=manager, **defaults | fields)


# -- Services --------------------------------------------------------------------------------------


def test_a_change_replaces_the_fact_and_keeps_what_was_known(course: Course, manager: User) -> None:
    before = grant(make_person_with(Role.TRAINER), course, manager)
    known_at = timezone.now()
    until = today() + 365 * DAY

    change_accreditation(accreditation=before, languages=["fr", "nl"], valid_until=until, actor=manager)

    (now,) = current()
    assert (now.languages, now.valid_until, now.valid_from) == (["fr", "nl"], until, before.valid_from)
    assert Accreditation.objects.as_known_at(known_at).get() == before
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == [
        "accreditation.granted",
        "accreditation.changed",
    ]


def test_saving_what_is_there_writes_nothing(course: Course, manager: User) -> None:
    held = grant(make_person_with(Role.TRAINER), course, manager)
    change_accreditation(accreditation=held, languages=["nl"], valid_until=None, actor=manager)
    assert current() == [held]
    assert Accreditation.objects.count() == 1


def test_a_last_day_before_the_first_takes_it_back(course: Course, manager: User) -> None:
    held = grant(make_person_with(Role.TRAINER), course, manager)
    assert (
        change_accreditation(accreditation=held, languages=["nl"], valid_until=today() - DAY, actor=manager)
        is None
    )
    assert current() == []
    assert AuditEntry.objects.latest("id").action == "accreditation.taken_back"


def test_a_change_of_what_was_replaced_is_refused(course: Course, manager: User) -> None:
    held = grant(make_person_with(Role.TRAINER), course, manager)
    change_accreditation(accreditation=held, languages=["fr"], valid_until=None, actor=manager)
    with pytest.raises(AccreditationReplaced):
        change_accreditation(accreditation=held, languages=["nl"], valid_until=today(), actor=manager)
    assert [row.languages for row in current()] == [["fr"]]


@pytest.mark.parametrize(
    ("first", "last", "overlaps"),
    [(0, None, True), (10, 20, True), (-20, -11, False), (-20, -10, True), (20, None, True), (21, 30, False)],
)
def test_one_accreditation_as_the_same_at_a_time(
    course: Course, manager: User, first: int, last: int | None, overlaps: bool
) -> None:
    person = make_person_with(Role.TRAINER)
    grant(person, course, manager, valid_from=today() - 10 * DAY, valid_until=today() + 20 * DAY)
    dates = {
        "valid_from": today() + first * DAY,
        "valid_until": None if last is None else today() + last * DAY,
    }
    if overlaps:
        with pytest.raises(AccreditationOverlaps):
            grant(person, course, manager, **dates)
    else:
        grant(person, course, manager, **dates)
    grant(person, course, manager, role=ASSISTANT, **dates)
    grant(make_person_with(Role.TRAINER), course, manager, **dates)


def test_an_extension_that_reaches_the_next_one_is_refused_and_leaves_both(
    course: Course, manager: User
) -> None:
    person = make_person_with(Role.TRAINER)
    held = grant(person, course, manager, valid_until=today() + 10 * DAY)
    grant(person, course, manager, valid_from=today() + 20 * DAY)
    with pytest.raises(AccreditationOverlaps):
        change_accreditation(accreditation=held, languages=["nl"], valid_until=None, actor=manager)
    assert len(current()) == 2


# -- Pages -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.CATALOGUE_MANAGER, Role.ADMINISTRATOR}))
def test_nobody_else_opens_or_changes_them(sign_in: SignIn, course: Course, role: Role) -> None:
    held = AccreditationFactory.create(course=course)
    visitor = sign_in(make_person_with(role))
    for address in ("/manage/trainers/", "/manage/trainers/new/", f"/manage/trainers/{held.public_id}/"):
        assert visitor.get(address).status_code == 403
        assert visitor.post(address, {"languages": ["fr"]}).status_code == 403
    assert current() == [held]


def test_the_list_says_who_may_give_what_until_when(desk: Client, course: Course) -> None:
    soon = today() + 30 * DAY
    ending = make_trainer(course, valid_until=soon)
    without_role = AccreditationFactory.create(course=course).person
    ended = make_trainer(course, valid_until=today() - DAY)
    other = make_trainer(CourseFactory.create())

    page = text(desk.get("/manage/trainers/"))
    for person in (ending, without_role):
        assert person.get_full_name() in page
    assert ended.get_full_name() not in page
    assert page.count("No role of trainer") == 1
    assert 'class="state state-wait"' in page

    assert "1 accreditation ends within three months." in page
    only = text(desk.get("/manage/trainers/", {"which": "soon"}))
    assert ending.get_full_name() in only
    assert without_role.get_full_name() not in only
    assert ended.get_full_name() in text(desk.get("/manage/trainers/", {"which": "ended"}))
    assert other.get_full_name() not in text(desk.get("/manage/trainers/", {"course": course.slug}))


def test_the_list_is_searched_by_name_without_accents(desk: Client, course: Course) -> None:
    trainer = make_trainer(course)
    trainer.profile.last_name = "Évrard"
    trainer.profile.save()
    make_trainer(course)
    page = desk.get("/manage/trainers/", {"q": "evrard jo"})
    assert [held.person for held in page.context["page"]] == [trainer]


def test_sessions_that_lack_somebody_stand_on_top(desk: Client, course: Course) -> None:
    lacks = make_session(version=course.current_version)
    make_session(version=course.current_version, trainer=make_trainer(course))
    page = desk.get("/manage/trainers/")
    assert list(page.context["short"]) == [lacks]
    assert f"/manage/sessions/{lacks.public_id}/staff/" in text(page)
    assert "1 published session lacks somebody to give it" in text(desk.get("/"))


def form(person: User, course: Course, **changes: Any) -> dict[str, Any]:
    return {
        "person": str(person.public_id),
        "course": course.slug,
        "role": "trainer",
        "languages": ["nl"],
        "valid_from": today().isoformat(),
        **changes,
    }


def test_somebody_is_accredited_on_the_page(desk: Client, course: Course, manager: User) -> None:
    person = make_person_with(Role.TRAINER)
    page = text(desk.post("/manage/trainers/new/", form(person, course), follow=True))
    assert f"{person.get_full_name()} may give it from now on." in page
    (held,) = current()
    assert (held.person, held.course, held.role, held.languages, held.valid_from, held.given_by) == (
        person,
        course,
        "trainer",
        ["nl"],
        today(),
        manager,
    )


def test_errors_stand_beside_their_fields(desk: Client, course: Course) -> None:
    colleague = make_person_with(Role.EMPLOYEE)
    wrong = form(colleague, course, languages=["de"], valid_until=(today() - DAY).isoformat(), role="chief")
    answer = desk.post("/manage/trainers/new/", wrong)
    assert set(answer.context["form"].errors) == {"person", "languages", "valid_until", "role"}
    assert answer.context["form"].errors["languages"] == ["This course is given in: Nederlands, Français."]
    assert current() == []


def test_who_is_accredited_already_is_told_on_the_form(desk: Client, course: Course) -> None:
    person = make_trainer(course)
    answer = desk.post("/manage/trainers/new/", form(person, course))
    assert "Change that accreditation instead." in text(answer)
    assert len(current()) == 1


def test_an_accreditation_is_ended_on_its_page_which_shows_what_it_is_for(
    desk: Client, course: Course
) -> None:
    trainer = make_trainer(course)
    session = make_session(version=course.current_version, published=False)
    make_staff(session.meetings.first(), trainer)
    address = f"/manage/trainers/{current()[0].public_id}/"
    assert f"/manage/sessions/{session.public_id}/staff/" in text(desk.get(address))

    desk.post(address, {"languages": ["nl"], "valid_until": today().isoformat()})

    assert [(held.languages, held.valid_until) for held in current()] == [(["nl"], today())]
    assert desk.get(address).status_code == 404


@pytest.mark.parametrize("count", [1, 30])
def test_the_list_costs_the_same_for_one_and_for_thirty(
    desk: Client, course: Course, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        make_trainer(course)
        make_session(version=course.current_version)
    with django_assert_num_queries(7):
        desk.get("/manage/trainers/")
