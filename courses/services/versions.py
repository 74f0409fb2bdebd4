"""New versions of a course."""

from django.db import transaction
from django.db.models import Max

from core.models import AuditEntry
from courses.models import Course, CourseVersion
from people.models import User


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
