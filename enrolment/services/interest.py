"""Who wants to hear of the next dates of a course. No trail: taken back, it never was."""

import datetime as dt

from courses.models import Course
from courses.rules import can_be_awaited
from enrolment.errors import NothingToAwait
from enrolment.models import Interest
from people.models import User
from people.rules import affiliated_by


def await_dates(*, person: User, course: Course) -> Interest:
    """Put somebody on the list of a course; the same again does nothing. Raises NothingToAwait."""
    version = course.current_version
    if version is None or not can_be_awaited(version):
        raise NothingToAwait
    if not affiliated_by(person.memberships_today).is_staff:
        raise NothingToAwait
    # Who asks again after they enrolled wants to hear of other dates.
    Interest.objects.filter(person=person, course=course).fulfilled().delete()
    interest, _is_new = Interest.objects.get_or_create(person=person, course=course)
    return interest


def take_off_list(*, person: User, course: Course) -> None:
    Interest.objects.filter(person=person, course=course).delete()


def forget_interests(*, at: dt.datetime) -> None:
    """Those that are fulfilled, and those of long ago."""
    Interest.objects.stale(at=at).delete()
