"""Small named predicates about what is on offer."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from courses.enums import Audience
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
