"""Small named predicates about what is on offer."""

import datetime as dt
from collections.abc import Collection

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from courses.enums import Audience, Obligation
from courses.models import CourseVersion
from people.enums import Cadre
from people.rules import Affiliated


def audiences_of(affiliated: Affiliated) -> set[Audience]:
    """The audiences of the catalogue that a person belongs to."""
    audiences = {Audience.ALL_STAFF} if affiliated.is_staff else set()
    if affiliated.is_aspirant:
        audiences.add(Audience.ASPIRANT)
    elif affiliated.cadre == Cadre.OPERATIONAL:
        audiences.add(Audience.OPERATIONAL)
    elif affiliated.cadre == Cadre.CALOG:
        audiences.add(Audience.CALOG)
    return audiences


def mandatory_for(version: CourseVersion, audiences: Collection[str], *, on: dt.date) -> bool:
    """Whether the course is mandatory on a day for somebody of these audiences."""
    return any(
        row.audience in audiences and (row.valid_from is None or row.valid_from <= on)
        for row in version.mandatory_for.all()
    )


def unenforced_rules(version: CourseVersion) -> list[Promise]:
    """Rules of a course that the platform doesn't enforce yet: no session of it can be published."""
    carried = {
        gettext_lazy("approval by the organisation"): version.approval_required,
        gettext_lazy("informed consent"): version.consent_required,
        gettext_lazy("members of the network only"): version.members_only,
        gettext_lazy("a prerequisite"): any(row.required for row in version.prerequisites.all()),
        gettext_lazy("assistants beside the trainer"): version.min_assistants > 0,
        gettext_lazy("only those designated"): version.obligation == Obligation.DESIGNATED,
        gettext_lazy("part of a programme"): version.course.programme_id is not None,
        gettext_lazy("a length to be confirmed"): version.minutes is None,
    }
    return [label for label, is_carried in carried.items() if is_carried]


def who_sees_enrolment(version: CourseVersion, *, is_mandatory: bool) -> list[Promise]:
    """Who will see that a person enrols: told on the page before they do."""
    if version.is_sensitive:
        return [gettext_lazy("Only the trainers see your name. Nobody else sees that you enrol.")]
    if is_mandatory:
        return [
            gettext_lazy("The trainers see your name."),
            gettext_lazy("Your academy and your zone's HR see whether you completed it."),
        ]
    return [
        gettext_lazy("The trainers see your name."),
        gettext_lazy("Your zone's HR sees it once you completed it, never that you withdrew or were absent."),
    ]
