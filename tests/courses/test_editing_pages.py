"""The form of a course: what it shows before it writes, its errors, who opens it."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from core.models import AuditEntry
from courses.catalogue.content import TEXTS
from courses.catalogue.stored import RULES, SET_ON_PAGES
from courses.forms.versions import GROUPS, TEXT_GROUPS, VersionForm
from courses.models import Course, CourseVersion, Prerequisite
from people.enums import Role
from tests.courses.editing import SENSITIVE, current, filled, new_course, page_of, save, told
from tests.factories import CourseFactory, SessionFactory, make_person_with, make_version
from tests.pages import SignIn, text

pytestmark = pytest.mark.django_db


# -- What changes ----------------------------------------------------------------------------------


def test_the_preview_shows_what_changes_and_writes_nothing(desk: Client, version: CourseVersion) -> None:
    SessionFactory.create(version=version)
    data = filled(version.course, title_en="New title", capacity_max="20", approval_required="on")

    answer = desk.post(page_of(version.course), data | {"preview": ""})

    assert [(c.label, c.before, c.after) for c in answer.context["editor"].changes] == [
        ("Title (English)", "Title", "New title"),
        ("Largest group", "", "20"),
        ("Approval needed", "no", "yes"),
    ]
    page = text(answer)
    assert "What changes from version 1" in page
    assert "Save as version 2" in page
    assert "<del>Title</del><ins>New title</ins>" in page
    assert version.course.versions.count() == 1


def test_the_history_tells_what_each_version_changed(desk: Client, version: CourseVersion) -> None:
    SessionFactory.create(version=version)
    save(desk, version.course, title_en="Second <b>", **{"parts-0-minutes": "90"})
    slug = version.course.slug

    answer = desk.get(f"/manage/courses/{slug}/versions/2/")

    assert [change.label for change in answer.context["changes"]] == ["Title (English)", "Part 1"]
    assert "Second &lt;b&gt;" in text(answer)
    assert "What it says" in text(desk.get(f"/manage/courses/{slug}/versions/1/"))
    assert desk.get(f"/manage/courses/{slug}/versions/3/").status_code == 404
    assert "1 session" in text(desk.get(f"/manage/courses/{slug}/"))


# -- Errors ----------------------------------------------------------------------------------------


def test_every_error_stands_beside_its_field_and_in_the_summary(desk: Client, version: CourseVersion) -> None:
    answer = save(
        desk,
        version.course,
        title_nl="",
        summary_fr="",
        capacity_min="9",
        capacity_max="x",
        audiences=[],
        quoted_reach="5",
        **{"parts-0-title_fr": "", "mandatory_for-0-legal_reference": "Art. 1"},
    )
    assert set(told(answer)) == {
        "id_title_nl",
        "id_summary_fr",
        "id_capacity_max",
        "id_audiences_0",
        "id_quoted_reach",
        "id_quoted_source",
        "id_parts-0-title_fr",
        "id_mandatory_for-0-audience",
    }
    page = text(answer)
    assert "<title>Error:" in page
    for anchor in told(answer):
        assert f'href="#{anchor}"' in page
        assert f'id="{anchor}"' in page
    assert AuditEntry.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "anchor", "message"),
    [
        (
            {"capacity_min": "9", "capacity_max": "8"},
            "id_capacity_min",
            "The smallest group is larger than the largest.",
        ),
        (
            {"obligation": "never_mandatory", "mandatory_for-0-audience": "aspirant"},
            "mandatory_for",
            "A course that is never mandatory has no audience for whom it is.",
        ),
        (
            {"parts-0-DELETE": "on", "parts-1-DELETE": "on"},
            "parts",
            "A training has at least one part.",
        ),
        (
            {"mandatory_for-0-audience": "aspirant", "mandatory_for-1-audience": "aspirant"},
            "mandatory_for",
            "“aspirant” stands here more than once.",
        ),
    ],
)
def test_rules_that_contradict_each_other(
    desk: Client, version: CourseVersion, changes: dict[str, Any], anchor: str, message: str
) -> None:
    answer = save(desk, version.course, **changes)
    assert told(answer) == {anchor: message}
    assert f'id="{anchor}"' in text(answer)
    assert version.parts.count() == 2


def test_no_course_comes_before_or_renews_itself(desk: Client, version: CourseVersion) -> None:
    follow_up = make_version()
    Prerequisite.objects.create(version=follow_up, course=version.course)
    Course.objects.filter(pk=follow_up.course_id).update(renews=version.course)

    answer = save(
        desk,
        version.course,
        renews=str(follow_up.course_id),
        **{"prerequisites-0-course": str(follow_up.course_id)},
    )

    assert told(answer) == {
        "id_renews": "A course cannot renew itself, nor by way of others.",
        "prerequisites": "A course cannot come before itself, nor by way of others.",
    }


@pytest.mark.parametrize("slug", ["new", "UPPER", "a--b", "under_score", "taken"])
def test_an_address_that_cannot_be(desk: Client, slug: str) -> None:
    CourseFactory.create(slug="taken")
    answer = desk.post("/manage/courses/new/", new_course(slug=slug) | {"save": ""})
    assert set(told(answer)) == {"id_slug"}
    assert Course.objects.count() == 1


def test_only_a_programme_has_workshops(desk: Client, version: CourseVersion) -> None:
    other = make_version().course
    assert "id_programme" in told(save(desk, version.course, programme=str(other.pk)))
    programme = make_version(parts=0, course=CourseFactory.create(kind="programme")).course
    answer = save(desk, version.course, programme=str(programme.pk))
    assert told(answer) == {"id_certificate_policy": "A workshop gives no certificate; its programme does."}
    save(desk, version.course, programme=str(programme.pk), certificate_policy="none")
    assert Course.objects.get(pk=version.course_id).programme == programme


# -- The pages -------------------------------------------------------------------------------------


def test_every_field_of_a_version_has_its_place_on_the_page() -> None:
    grouped = [name for names in GROUPS.values() for name in names]
    texts = [name for names in TEXT_GROUPS.values() for name in names]
    assert sorted(grouped) == sorted([*RULES, *SET_ON_PAGES])
    assert sorted(texts) == sorted(TEXTS)
    columns = {f"{name}_{language}" for name in texts for language in ("nl", "fr", "de", "en")}
    assert set(VersionForm.base_fields) == {*grouped, *columns}


def test_what_is_to_be_translated_is_told(desk: Client, version: CourseVersion) -> None:
    assert "missing" not in text(desk.get("/manage/courses/"))
    CourseVersion.objects.update(description_nl="Lang", description_fr="Long", title_en="")
    assert "DE, EN missing" in text(desk.get("/manage/courses/"))
    assert text(desk.get(page_of(version.course))).count("DE, EN missing") == 1


def test_the_list_is_searched_and_filtered(desk: Client, version: CourseVersion) -> None:
    make_version(title_nl="Vooroordelen", course=CourseFactory.create(topic="prejudice"))
    for query in ({"q": "vooroordelen"}, {"topic": "prejudice"}):
        listed = desk.get("/manage/courses/", query).context["courses"]
        assert [course.topic for course in listed] == ["prejudice"]


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.CATALOGUE_MANAGER, Role.ADMINISTRATOR}))
def test_nobody_else_opens_or_changes_it(sign_in: SignIn, version: CourseVersion, role: Role) -> None:
    visitor = sign_in(make_person_with(role))
    slug = version.course.slug
    data = filled(version.course, title_en="Mine") | {"save": ""}
    for path in (
        "",
        "new/",
        f"{slug}/",
        f"{slug}/edit/",
        f"{slug}/versions/1/",
        f"{slug}/hide-title/",
        f"{slug}/delete/",
    ):
        assert visitor.get(f"/manage/courses/{path}").status_code == 403, path
        assert visitor.post(f"/manage/courses/{path}", data | SENSITIVE).status_code == 403, path
    assert (current(version.course).title_en, current(version.course).is_sensitive) == ("Title", False)


@pytest.mark.parametrize("count", [1, 30])
def test_the_pages_cost_the_same_for_one_and_for_thirty(
    desk: Client, version: CourseVersion, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        other = make_version()
        SessionFactory.create(version=version)
        Prerequisite.objects.create(version=version, course=other.course)
    with django_assert_num_queries(4):
        desk.get("/manage/courses/")
    with django_assert_num_queries(9):
        desk.get(page_of(version.course))
    with django_assert_num_queries(6):
        desk.get(f"/manage/courses/{version.course.slug}/")
