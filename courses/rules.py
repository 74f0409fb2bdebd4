"""Small named predicates about what is on offer."""

import datetime as dt
from collections.abc import Container, Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from courses.enums import Audience, Obligation
from courses.errors import Problem
from courses.models import CourseVersion, OrganisationRule
from courses.querysets import RULING
from people.enums import Cadre, Role
from people.models import Organisation, User
from people.rules import Affiliated, affiliated_by


def can_manage_catalogue(user: User) -> bool:
    """The catalogue managers of the diversity network, and the platform's administrators."""
    return user.has_role(Role.CATALOGUE_MANAGER, Role.ADMINISTRATOR)


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


def mandatory_for(version: CourseVersion, audiences: Container[str], *, on: dt.date) -> bool:
    """Whether a course is mandatory on a day for a person of these audiences.

    A rule whose date is still to be confirmed holds already: the obligation is known, its first day is not.
    A course that is always voluntary is so whatever else is recorded.
    """
    if version.obligation == Obligation.NEVER_MANDATORY:
        return False
    return any(
        rule.audience in audiences and (rule.valid_from is None or rule.valid_from <= on)
        for rule in version.mandatory_for.all()
    )


def organisations_ruled_by(user: User) -> list[Organisation]:
    """Whose people somebody may say to need an approval: as HR or as chief."""
    own = {each.organisation_id: each.organisation for each in user.memberships_today if each.role in RULING}
    return list(own.values())


@dataclass(frozen=True)
class ApprovalRule:
    """Whether an enrolment needs an approval, and of which organisation."""

    is_needed: bool = False
    organisation_id: int | None = None


def approver_id(affiliated: Affiliated) -> int | None:
    """The organisation that approves for somebody: the employer, else the school."""
    return affiliated.employer_id or affiliated.school_id


def approval_rule_for(affiliated: Affiliated, *versions: CourseVersion, on: dt.date) -> ApprovalRule:
    """Whether one of some courses asks an approval of who enrols on a day, or their organisation does for it.

    Never what each consents to alone: whoever approves would hear of it.
    """
    approving = approver_id(affiliated)
    others = [version for version in versions if not version.consent_required]
    is_needed = any(version.approval_required for version in others) or bool(
        others
        and approving
        and OrganisationRule.objects.asking_approval(on=on)
        .filter(organisation=approving, course__in=[version.course_id for version in others])
        .exists()
    )
    return ApprovalRule(True, approving) if is_needed else ApprovalRule()


def approver_of(person: User, *versions: CourseVersion, on: dt.date) -> Organisation | None:
    """Whose approvers hear of it if a person enrols in one of some courses; None: no approval is needed."""
    memberships = person.memberships_today
    rule = approval_rule_for(affiliated_by(memberships), *versions, on=on)
    own = (each.organisation for each in memberships if each.organisation_id == rule.organisation_id)
    return next(own, None)


def unenforced_rules(version: CourseVersion) -> list[Promise]:
    """The rules of a course that the platform does not enforce yet: no session of it can be published."""
    has_required_prerequisite = any(before.required for before in version.prerequisites.all())
    is_designated = version.obligation == Obligation.DESIGNATED
    has_unknown_length = any(part.minutes is None for part in version.required_parts)
    carried = [
        (has_required_prerequisite, gettext_lazy("another course comes first")),
        (version.members_only, gettext_lazy("it is for members only")),
        (is_designated, gettext_lazy("it is mandatory for people who are designated")),
        (has_unknown_length, gettext_lazy("the length of a part is to be confirmed")),
    ]
    return [rule for is_carried, rule in carried if is_carried]


def who_sees_enrolment(
    version: CourseVersion,
    *,
    is_mandatory: bool,
    workshops: Iterable[CourseVersion] = (),
    approver: Organisation | None = None,
) -> list[str | Promise]:
    """Who will see that a person enrols: told on the page before they do.

    ``workshops``: of a programme, which is as sensitive as they are; ``approver``: who decides about it.
    """
    is_sensitive = version.is_sensitive or any(workshop.is_sensitive for workshop in workshops)
    if is_sensitive and approver:
        return [
            gettext_lazy("The trainers see your name."),
            gettext("Whoever approves for %(organisation)s sees your name, a general title and the date.")
            % {"organisation": approver.name},
            gettext_lazy("Nobody else sees that you enrol."),
        ]
    if is_sensitive:
        return [gettext_lazy("Only the trainers see your name. Nobody else sees that you enrol.")]
    seen_by: list[str | Promise] = [gettext_lazy("The trainers see your name.")]
    if approver:
        seen_by.append(
            gettext("Whoever approves for %(organisation)s sees your name, the title and the date.")
            % {"organisation": approver.name}
        )
    if is_mandatory:
        return [*seen_by, gettext_lazy("Your academy and your zone's HR see whether you completed it.")]
    return [
        *seen_by,
        gettext_lazy(
            "Your zone's HR sees it once you completed it, or if you leave the zone before; never that you "
            "withdrew or were absent."
        ),
    ]


@dataclass(frozen=True, kw_only=True)
class Deadlines:
    """From when until when people enrol, and until when they withdraw: inclusive days."""

    enrol_from: dt.date | None = None
    enrol_until: dt.date | None = None
    withdraw_until: dt.date | None = None


def deadline_problems(deadlines: Deadlines, first_day: dt.date | None) -> list[Problem]:
    """Deadlines that contradict each other, or the day on which the session starts."""
    problems = []
    opens, closes = deadlines.enrol_from, deadlines.enrol_until
    if opens and closes and closes < opens:
        problems.append(
            Problem("enrol_until", gettext_lazy("Enrolment closes before it opens. Change one of the two."))
        )
    for field in ("enrol_from", "enrol_until", "withdraw_until"):
        day = getattr(deadlines, field)
        if day and first_day and day > first_day:
            problems.append(
                Problem(
                    field,
                    gettext_lazy("The session has started by then. Choose its first day at the latest."),
                )
            )
    return problems
