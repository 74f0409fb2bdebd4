"""Where to begin for whom nothing waits."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from people.enums import Role
from people.models import User
from people.rules import affiliated_by


@dataclass(frozen=True)
class Step:
    text: Promise
    link: Promise
    url_name: str


BY_ROLE = {
    Role.CATALOGUE_MANAGER: Step(
        _("Every session has its trainers and its participants. Plan the next ones."),
        _("Make a session"),
        "enrolment:new_session",
    ),
    Role.TRAINER: Step(
        _("No roster is open, and nobody waits for your answer."), _("See what you give"), "attendance:teach"
    ),
    Role.PARTNER: Step(
        _("No session of your courses is planned."), _("See the earlier ones"), "enrolment:manage_sessions"
    ),
    Role.ADMINISTRATOR: Step(
        _("Give roles, or bring people in by file."), _("See the people"), "people:people"
    ),
}
ENROL = Step(
    _("Look at what is on offer: a training takes a few clicks to book."),
    _("See the catalogue"),
    "courses:catalogue",
)
LOOK = Step(
    _("Look at what is on offer: the dates, the places and the seats that are left."),
    _("See the catalogue"),
    "courses:catalogue",
)


def next_step(person: User) -> Step:
    """By the first of the roles of today, else as somebody who enrols, or only reads."""
    for role, step in BY_ROLE.items():
        if person.has_role(role):
            return step
    return ENROL if affiliated_by(person.memberships_today).is_staff else LOOK
