"""A version is corrected in place only while nobody uses it: also when somebody begins to at that moment."""

import pytest
from django.db import transaction

from core.models import AuditEntry
from courses.catalogue.content import Content
from courses.catalogue.stored import fingerprint
from courses.errors import EditedMeanwhile
from courses.models import Course, CourseVersion, Session
from courses.services import versions
from courses.services.versions import edit_course
from people.enums import Role
from people.models import User
from tests.concurrency.conftest import AtOnce
from tests.factories import make_person_with, make_version

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def version() -> CourseVersion:
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


def plan(version: CourseVersion) -> Session:
    with transaction.atomic():
        versions.lock_version(version)
        session = Session.objects.create(version=version, language="nl")
        AuditEntry.record(action="session.drafted", subject=session, actor=None)
    return session


def test_a_session_planned_at_that_moment_keeps_its_version(
    at_once: AtOnce, version: CourseVersion, manager: User
) -> None:
    session, _course = at_once(lambda: plan(version), lambda: edit(version, "Other", manager))

    assert isinstance(session, Session)
    assert Session.objects.get().version.title_en == "Title"
    assert CourseVersion.objects.count() == 2


def test_without_the_lock_it_would_change_under_the_session(
    at_once: AtOnce, version: CourseVersion, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: the race is real."""
    monkeypatch.setattr(versions, "lock_version", lambda version: None)

    at_once(lambda: plan(version), lambda: edit(version, "Other", manager), waits=False)

    assert Session.objects.get().version.title_en == "Other"


def test_two_managers_save_at_once_and_the_second_is_told(
    at_once: AtOnce, version: CourseVersion, manager: User
) -> None:
    outcomes = at_once(lambda: edit(version, "One", manager), lambda: edit(version, "Two", manager))

    assert isinstance(outcomes[1], EditedMeanwhile)
    assert [each.title_en for each in CourseVersion.objects.all()] == ["One"]
