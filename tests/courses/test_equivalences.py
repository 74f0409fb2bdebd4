"""What counts in place of a course, as catalogue managers keep it."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from core.models import AuditEntry
from courses.errors import EditedMeanwhile
from courses.models import Course, CourseVersion, Equivalence
from courses.services.equivalences import save_equivalences
from people.models import User
from tests.factories import CourseFactory, CourseVersionFactory, in_four_languages
from tests.pages import text

pytestmark = pytest.mark.django_db

MARCH = dt.date(2026, 3, 1)


@pytest.fixture
def course() -> Course:
    return make_titled("Basics")


@pytest.fixture
def other() -> Course:
    return make_titled("Elsewhere")


def make_titled(title: str) -> Course:
    texts: dict[str, Any] = in_four_languages("title", title)
    version: CourseVersion = CourseVersionFactory.create(**texts)
    return version.course


def page_of(course: Course) -> str:
    return f"/manage/courses/{course.slug}/equivalences/"


def rows(*typed: dict[str, Any], stored: int = 0) -> dict[str, str]:
    """What the browser sends: the rows that stand, then new ones."""
    data = {"equivalences-TOTAL_FORMS": str(len(typed)), "equivalences-INITIAL_FORMS": str(stored)}
    for number, row in enumerate(typed):
        data |= {f"equivalences-{number}-{name}": str(value) for name, value in row.items()}
    return data


def kept() -> list[tuple[int, int, dt.date | None, dt.date | None, str]]:
    return list(
        Equivalence.objects.values_list(
            "course_id", "equivalent_id", "valid_from", "valid_until", "legal_reference"
        )
    )


def test_a_course_is_added_with_its_days_and_its_source(
    desk: Client, manager: User, course: Course, other: Course
) -> None:
    assert "no other counts in its place" in text(desk.get(f"/manage/courses/{course.slug}/"))
    typed = {
        "equivalent": other.pk,
        "valid_from": "2026-03-01",
        "valid_until": "",
        "legal_reference": "Circular 7",
    }
    page = text(desk.post(page_of(course), rows(typed), follow=True))
    assert "Elsewhere (en)" in page
    assert "from Sun 1 Mar 2026" in page
    assert "Circular 7" in page
    assert kept() == [(course.pk, other.pk, MARCH, None, "Circular 7")]
    entry = AuditEntry.objects.get(action="course.equivalences_edited")
    assert (entry.actor_id, entry.subject_id) == (manager.pk, course.pk)
    assert entry.data == {"added": [other.pk], "changed": [], "removed": []}


def test_a_row_is_changed_and_removed_by_itself(desk: Client, course: Course, other: Course) -> None:
    first, second = (
        Equivalence.objects.create(course=course, equivalent=each) for each in (other, make_titled("Third"))
    )
    changed = {"id": first.pk, "equivalent": other.pk, "valid_until": "2026-03-01"}
    removed = {"id": second.pk, "equivalent": second.equivalent_id, "DELETE": "on"}
    desk.post(page_of(course), rows(changed, removed, stored=2))
    assert kept() == [(course.pk, other.pk, None, MARCH, "")]
    assert AuditEntry.objects.get().data == {
        "added": [],
        "changed": [other.pk],
        "removed": [second.equivalent_id],
    }


def test_saving_without_a_change_writes_nothing(desk: Client, course: Course, other: Course) -> None:
    row = Equivalence.objects.create(course=course, equivalent=other)
    desk.post(page_of(course), rows({"id": row.pk, "equivalent": other.pk}, stored=1))
    assert len(kept()) == 1
    assert not AuditEntry.objects.exists()


def test_an_equivalence_of_another_course_can_t_be_changed_from_here(
    desk: Client, course: Course, other: Course
) -> None:
    foreign = Equivalence.objects.create(course=other, equivalent=make_titled("Third"))
    removing = {"id": foreign.pk, "equivalent": foreign.equivalent_id, "DELETE": "on"}
    desk.post(page_of(course), rows(removing, stored=1))
    assert Equivalence.objects.get() == foreign


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ([{"valid_from": "2026-03-02", "valid_until": "2026-03-01"}], "The last day lies before the first."),
        ([{"valid_from": "soon"}], "Enter a valid date."),
        ([{}, {}], "Please correct the duplicate"),
    ],
)
def test_a_problem_is_told_and_what_was_typed_stays(
    desk: Client, course: Course, other: Course, typed: list[dict[str, str]], problem: str
) -> None:
    typed = [{"equivalent": str(other.pk), "legal_reference": "Circular 7"} | row for row in typed]
    page = text(desk.post(page_of(course), rows(*typed)))
    assert "There is a problem" in page
    assert problem in page
    assert 'value="Circular 7"' in page
    assert kept() == []


def test_the_course_itself_is_not_on_offer(desk: Client, course: Course) -> None:
    page = text(desk.post(page_of(course), rows({"equivalent": course.pk})))
    assert "Select a valid choice" in page
    assert kept() == []


def test_what_stands_already_is_told_at_its_row(desk: Client, course: Course, other: Course) -> None:
    row = Equivalence.objects.create(course=course, equivalent=other)
    again = rows({"id": row.pk, "equivalent": other.pk}, {"equivalent": other.pk}, stored=1)
    assert "There is a problem" in text(desk.post(page_of(course), again))
    # Somebody else added it since this page was opened.
    late = text(desk.post(page_of(course), rows({"equivalent": other.pk, "legal_reference": "Circular 7"})))
    assert "Somebody else changed this course since you opened it." in late
    assert 'value="Circular 7"' in late
    assert len(kept()) == 1


def test_two_who_add_the_same_at_once_are_told(manager: User, course: Course, other: Course) -> None:
    Equivalence.objects.create(course=course, equivalent=other)
    with pytest.raises(EditedMeanwhile):
        save_equivalences(
            course=course,
            added=[Equivalence(course=course, equivalent=other)],
            changed=[],
            removed=[],
            actor=manager,
        )
    assert not AuditEntry.objects.exists()


def test_a_course_that_counts_for_another_is_not_thrown_away(
    desk: Client, course: Course, other: Course
) -> None:
    Equivalence.objects.create(course=course, equivalent=other)
    desk.post(f"/manage/courses/{other.slug}/delete/")
    assert Course.objects.filter(pk=other.pk).exists()
    desk.post(f"/manage/courses/{course.slug}/delete/")
    assert not Course.objects.filter(pk=course.pk).exists()
    assert kept() == []


@pytest.mark.parametrize("count", [1, 30])
def test_the_page_takes_the_same_queries_however_many_count(
    desk: Client, course: Course, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        Equivalence.objects.create(
            course=course, equivalent=CourseVersionFactory.create(course=CourseFactory.create()).course
        )
    with django_assert_num_queries(6):
        desk.get(page_of(course))
