"""A version is corrected in place only while nobody uses it: also when somebody begins to at that moment."""

import pytest
from django.db import IntegrityError

from courses.catalogue.content import Content
from courses.catalogue.stored import fingerprint
from courses.errors import EditedMeanwhile
from courses.models import Course, CourseVersion, Meeting, Session, Venue
from courses.services import drafting
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
    return make_version(parts=1)


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


@pytest.fixture
def venue() -> Venue:
    venue: Venue = VenueFactory.create()
    return venue


def draft(version: CourseVersion, venue: Venue, manager: User) -> Session:
    """Plan a session, as somebody who opened the form just before."""
    plans = [plan(part, venue) for part in version.parts.all()]
    return create_draft(version=version, facts=facts(), plans=plans, actor=manager)


def test_a_session_planned_at_that_moment_keeps_its_version(
    at_once: AtOnce, version: CourseVersion, venue: Venue, manager: User
) -> None:
    session, _course = at_once(
        lambda: draft(version, venue, manager), lambda: edit(version, "Other", manager)
    )

    assert isinstance(session, Session)
    assert Session.objects.get().version.title_en == "Title"
    assert Meeting.objects.get().part.version == version
    assert CourseVersion.objects.count() == 2


def test_without_the_lock_its_parts_would_be_gone(
    at_once: AtOnce, version: CourseVersion, venue: Venue, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: the race is real, and only the foreign key stands behind."""
    monkeypatch.setattr(drafting, "lock_version", lambda version: None)

    session, _course = at_once(
        lambda: draft(version, venue, manager), lambda: edit(version, "Other", manager), waits=False
    )

    assert isinstance(session, IntegrityError)
    assert CourseVersion.objects.get().title_en == "Other"
    assert not Session.objects.exists()


def test_who_plans_what_is_being_corrected_is_told(
    at_once: AtOnce, version: CourseVersion, venue: Venue, manager: User
) -> None:
    _course, refused = at_once(
        lambda: edit(version, "Other", manager), lambda: draft(version, venue, manager)
    )

    assert isinstance(refused, EditedMeanwhile)
    assert not Session.objects.exists()


def test_two_managers_save_at_once_and_the_second_is_told(
    at_once: AtOnce, version: CourseVersion, manager: User
) -> None:
    outcomes = at_once(lambda: edit(version, "One", manager), lambda: edit(version, "Two", manager))

    assert isinstance(outcomes[1], EditedMeanwhile)
    assert [each.title_en for each in CourseVersion.objects.all()] == ["One"]
