"""A version is corrected in place only while nobody uses it: also when somebody begins to at that moment."""

import pytest

from courses.catalogue.content import Content
from courses.catalogue.stored import fingerprint
from courses.errors import EditedMeanwhile
from courses.models import Course, CourseVersion, Session, Venue
from courses.services import drafting, versions
from courses.services.drafting import create_draft
from courses.services.versions import edit_course
from people.enums import Role
from people.models import User
from tests.concurrency.conftest import AtOnce
from tests.courses.helpers import facts, plan
from tests.factories import VenueFactory, make_person_with, make_version

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def version() -> CourseVersion:
    VenueFactory.create()
    return make_version()


@pytest.fixture
def manager() -> User:
    return make_person_with(Role.CATALOGUE_MANAGER)


def edit(version: CourseVersion, title: str, manager: User) -> Course:
    """Save another title, as somebody who opened the form just before."""
    course = Course.objects.with_all_content().get(pk=version.course_id)
    assert course.current_version is not None
    based_on, content = fingerprint(course), Content.of(course.current_version)
    content.version.title_en = title
    return edit_course(course=course, content=content, based_on=based_on, actor=manager)


def draft(version: CourseVersion, manager: User) -> Session:
    """Plan all of its parts."""
    parts = list(version.parts.all())
    venue = Venue.objects.get()
    plans = [plan(part, venue, f"2027-01-{day} 09:00") for day, part in enumerate(parts, start=15)]
    return create_draft(version=version, facts=facts(), plans=plans, actor=manager)


def without_meetings(version: CourseVersion, manager: User) -> Session:
    return create_draft(version=version, facts=facts(), plans=[], actor=manager)


def test_a_session_planned_at_that_moment_keeps_its_version(
    at_once: AtOnce, version: CourseVersion, manager: User
) -> None:
    session, _course = at_once(lambda: draft(version, manager), lambda: edit(version, "Other", manager))

    assert isinstance(session, Session)
    assert Session.objects.get().version.title_en == "Title"
    assert CourseVersion.objects.count() == 2


def test_who_plans_parts_that_are_corrected_at_that_moment_is_told(
    at_once: AtOnce, version: CourseVersion, manager: User
) -> None:
    _course, refused = at_once(lambda: edit(version, "Other", manager), lambda: draft(version, manager))

    assert isinstance(refused, EditedMeanwhile)
    assert not Session.objects.exists()
    assert CourseVersion.objects.get().title_en == "Other"


def test_without_the_lock_it_would_change_under_the_session(
    at_once: AtOnce, version: CourseVersion, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: the race is real."""
    for module in (versions, drafting):
        monkeypatch.setattr(module, "lock_version", lambda version: None)

    at_once(lambda: without_meetings(version, manager), lambda: edit(version, "Other", manager), waits=False)

    assert Session.objects.get().version.title_en == "Other"


def test_two_managers_save_at_once_and_the_second_is_told(
    at_once: AtOnce, version: CourseVersion, manager: User
) -> None:
    outcomes = at_once(lambda: edit(version, "One", manager), lambda: edit(version, "Two", manager))

    assert isinstance(outcomes[1], EditedMeanwhile)
    assert [each.title_en for each in CourseVersion.objects.all()] == ["One"]
