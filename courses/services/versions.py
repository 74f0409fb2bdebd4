"""Courses and their versions: made, edited, hidden and thrown away.

Sessions and completions keep the version that they had: once there are any, an edit makes a new version.
"""

from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.db.models import Max, ProtectedError, QuerySet

from core.enums import Language
from core.models import AuditEntry
from core.time import today
from courses.catalogue.changes import OF_COURSE
from courses.catalogue.content import TEXTS, Content
from courses.catalogue.stored import (
    RULES,
    SET_ON_PAGES,
    entry_of,
    fingerprint,
    stored_course,
    version_digest,
)
from courses.enums import Sensitivity
from courses.errors import CourseInUse, EditedMeanwhile, SlugTaken
from courses.models import Course, CourseVersion
from people.models import User

# What a version says, column by column.
COLUMNS = [
    *(f"{name}_{language}" for name in TEXTS for language in Language.values),
    *RULES,
    *SET_ON_PAGES,
]


@transaction.atomic
def add_version(*, version: CourseVersion, actor: User | None) -> CourseVersion:
    """Save a version as the newest of its course and make it the current one; sessions keep theirs."""
    course = Course.objects.select_for_update(no_key=True).get(pk=version.course_id)
    newest = course.versions.aggregate(newest=Max("number"))["newest"] or 0
    version.number = newest + 1
    version.save(force_insert=True)
    course.current_version = version
    course.save(update_fields=["current_version"])
    AuditEntry.record(action="course.version_added", subject=course, actor=actor, version=version.number)
    return version


def is_in_use(version: CourseVersion) -> bool:
    """Whether sessions, editions or completions speak of a version: then it stays as it is."""
    return version.sessions.exists() or version.programmes.exists() or version.completions.exists()


def lock_version(version: CourseVersion) -> None:
    """Whoever plans a session of a version, and whoever corrects it, hold it: neither finds parts gone."""
    list(CourseVersion.objects.select_for_update(no_key=True).filter(pk=version.pk).values_list("pk"))


@transaction.atomic
def create_course(*, course: Course, content: Content, actor: User) -> Course:
    """Add an unsaved course to the catalogue with its first version. Raises SlugTaken."""
    try:
        with transaction.atomic():
            course.save(force_insert=True)
    except IntegrityError as error:
        raise SlugTaken from error
    AuditEntry.record(action="course.created", subject=course, actor=actor)
    _write_version(course, content, actor, in_place=False)
    return course


@transaction.atomic
def edit_course(*, course: Course, content: Content, based_on: str, actor: User) -> Course:
    """Bring a course to what somebody wants: in a new version, or in the current one while nobody uses it.

    ``course`` and ``content`` bear the wanted values; ``based_on`` is the fingerprint of what they were made
    from. Raises EditedMeanwhile when that is not what is stored any more. Without a change it does nothing.
    """
    stored = _locked(course)
    if fingerprint(stored) != based_on:
        raise EditedMeanwhile
    changed = [name for name in OF_COURSE if getattr(stored, name) != getattr(course, name)]
    if changed:
        course.save(update_fields=changed)
    if _differs(stored, course, content):
        changed.append("version")
        in_place = _can_be_corrected(stored.current_version, content.version)
        _write_version(stored, content, actor, in_place=in_place)
    if changed:
        AuditEntry.record(action="course.edited", subject=stored, actor=actor, fields=changed)
    return stored


@transaction.atomic
def hide_title(*, course: Course, generic_titles: Mapping[str, str], actor: User) -> int:
    """Make a course sensitive at once, in every version: for a title that turns out to harm people.

    ``generic_titles`` are columns and texts. Returns how many versions changed. There is no such way back.
    """
    _locked(course)
    open_ones = course.versions.exclude(sensitivity=Sensitivity.SENSITIVE)
    hidden: int = open_ones.update(sensitivity=Sensitivity.SENSITIVE, **generic_titles)
    if hidden:
        AuditEntry.record(action="course.title_hidden", subject=course, actor=actor, versions=hidden)
    return hidden


@transaction.atomic
def delete_course(*, course: Course, actor: User) -> None:
    """Take a course that nobody used yet out of the catalogue. Raises CourseInUse."""
    AuditEntry.record(action="course.deleted", subject=course, actor=actor)
    try:
        with transaction.atomic():
            Course.objects.filter(pk=course.pk).update(current_version=None)
            course.versions.all().delete()
            Course.objects.filter(pk=course.pk).delete()
    except ProtectedError as error:
        raise CourseInUse from error


def _locked(course: Course) -> Course:
    # Two statements: what is joined to a row that had to be waited for is read as it was before.
    list(Course.objects.select_for_update(no_key=True).filter(pk=course.pk).values_list("pk"))
    courses: QuerySet[Course] = Course.objects.with_all_content()
    return courses.get(pk=course.pk)


def _differs(stored: Course, course: Course, content: Content) -> bool:
    version = stored.current_version
    if version is None or version_digest(stored_course(stored)) != version_digest(entry_of(course, content)):
        return True
    return any(getattr(version, name) != getattr(content.version, name) for name in SET_ON_PAGES)


def _write_version(course: Course, content: Content, actor: User, *, in_place: bool) -> None:
    """Correct the current version, or add one; the rows are written anew."""
    version = content.version
    version.course = course
    if in_place:
        version.save(update_fields=COLUMNS)
        for rows in (version.parts, version.prerequisites, version.mandatory_for):
            rows.all().delete()
    else:
        version.pk, version.valid_from = None, today()
        add_version(version=version, actor=actor)
    for number, part in enumerate(content.parts, start=1):
        part.pk, part.version, part.position = None, version, number
        part.save(force_insert=True)
    for before in content.prerequisites:
        before.pk, before.version = None, version
        before.save(force_insert=True)
    for mandatory in content.mandatory_for:
        mandatory.pk, mandatory.version = None, version
        mandatory.save(force_insert=True)


def _can_be_corrected(stored: CourseVersion | None, wanted: CourseVersion) -> bool:
    """While nobody uses it; but what was hidden never shows again in place: somebody may be about to."""
    if stored is None or (stored.is_sensitive and not wanted.is_sensitive):
        return False
    lock_version(stored)
    return not is_in_use(stored)
