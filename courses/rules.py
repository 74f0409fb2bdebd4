"""Small named predicates about what is on offer."""

import datetime as dt
from collections.abc import Collection, Container, Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy

from core.prepared import prepared
from courses.enums import Audience, CourseKind, Obligation
from courses.errors import Problem
from courses.models import Course, CourseVersion, OrganisationRule, Part, Session
from courses.querysets.catalogue import RULING
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


@prepared
def _asked_about(*, organisation: int, courses: list[int], on: dt.date) -> "QuerySet[Course]":
    """Of some courses those about which an organisation is asked; what it says of a programme is said of its
    workshops.
    """
    asks = is_asked_about(organisation, "pk", "programme", on=on)
    asked: QuerySet[Course] = Course.objects.filter(asks, pk__in=courses)
    return asked.only("pk")


def is_asked_about(organisation: int, *courses: str, on: dt.date) -> Exists:
    """Whether an organisation is asked about one of the courses that a row names in these columns."""
    about = (Q(course=OuterRef(course)) for course in courses)
    rules = OrganisationRule.objects.asking_approval(on=on).filter(reduce(or_, about))
    return Exists(rules.filter(organisation=organisation))


def approver_id(affiliated: Affiliated) -> int | None:
    """The organisation that approves for somebody: the employer, else the school."""
    return affiliated.employer_id or affiliated.school_id


def approval_rule_for(
    affiliated: Affiliated, *versions: CourseVersion, on: dt.date, asked: Collection[int] | None = None
) -> ApprovalRule:
    """Whether one of some courses asks an approval of who enrols on a day, or their organisation does for it.

    ``asked``: the ids of those about which the organisation is asked; None: it isn't known yet.

    Never what each consents to alone: whoever approves would hear of it. Nor does an organisation keep
    anybody from what is mandatory for them: its own rules are about what they choose.
    """
    approving = approver_id(affiliated)
    others = [version for version in versions if not version.consent_required]
    is_needed = any(version.approval_required for version in others)
    if approving and others and not is_needed:
        courses = [version.course_id for version in others]
        if asked is None:
            asked = {course.pk for course in _asked_about(organisation=approving, courses=courses, on=on)}
        audiences = audiences_of(affiliated)
        is_needed = any(
            version.course_id in asked and not mandatory_for(version, audiences, on=on) for version in others
        )
    return ApprovalRule(True, approving) if is_needed else ApprovalRule()


def approver_of(
    person: User, *versions: CourseVersion, on: dt.date, asked: Collection[int] | None = None
) -> Organisation | None:
    """Whose approvers hear of it if a person enrols in one of some courses; None: no approval is needed.

    ``asked``: as of ``approval_rule_for``.
    """
    memberships = person.memberships_today
    rule = approval_rule_for(affiliated_by(memberships), *versions, on=on, asked=asked)
    own = (each.organisation for each in memberships if each.organisation_id == rule.organisation_id)
    return next(own, None)


def part_covered(version: CourseVersion, given: Part) -> Part | None:
    """The required part of a version that a part of the same course, given elsewhere, can replace.

    It is that very part, or the one at its place in another version if it lasts at least as long: a
    certificate promises the minutes of the version that somebody began.
    """
    for part in version.required_parts:
        is_same_place = part.position == given.position and not given.optional
        if part.pk == given.pk or (is_same_place and (given.minutes or 0) >= (part.minutes or 0)):
            return part
    return None


def can_be_awaited(version: CourseVersion) -> bool:
    """Whether people can ask to hear of the next dates: of trainings that aren't a network's own."""
    return version.course.kind == CourseKind.TRAINING and not version.members_only


def unenforced_rules(version: CourseVersion) -> list[Promise]:
    """The rules of a course that the platform does not enforce yet: no session of it can be published."""
    is_designated = version.obligation == Obligation.DESIGNATED
    has_unknown_length = any(part.minutes is None for part in version.required_parts)
    carried = [
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
    """From when until when people enrol, until when they withdraw, when it is decided: inclusive days."""

    enrol_from: dt.date | None = None
    enrol_until: dt.date | None = None
    withdraw_until: dt.date | None = None
    # The day of go or no-go.
    decide_on: dt.date | None = None


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
    if deadlines.decide_on and first_day and deadlines.decide_on >= first_day:
        problems.append(
            Problem(
                "decide_on",
                gettext_lazy("People must still hear of it. Choose a day before the first one."),
            )
        )
    return problems


class Decision(NamedTuple):
    """Go or no-go: how many people a session needs, and on which day it is decided."""

    minimum: int | None
    on: dt.date | None
    # Or its organisers are asked.
    cancels: bool


def decision_of(session: Session) -> Decision:
    return Decision(session.min_participants, session.decide_on, session.cancels_if_too_few)


def decision_problems(decision: Decision, *, seats: int | None) -> list[Problem]:
    """What is half said, or could never be a go; ``seats``: None for unlimited."""
    problems = []
    if decision.minimum and not decision.on:
        undated = gettext_lazy("Say on which day it is decided, or leave out the minimum.")
        problems.append(Problem("decide_on", undated))
    if not decision.minimum and (decision.on or decision.cancels):
        unknown = gettext_lazy("Say how many people it needs at least, or leave out the rest.")
        problems.append(Problem("min_participants", unknown))
    if decision.minimum and seats is not None and decision.minimum > seats:
        beyond = format_lazy(gettext_lazy("There are {seats} seats. Choose that or less."), seats=seats)
        problems.append(Problem("min_participants", beyond))
    return problems


def late_decision_problems(decision: Decision, session: Session, *, on: dt.date) -> list[Problem]:
    """Nobody changes what is decided today, or was to be: it would be acted on within the hour."""
    if decision == decision_of(session) or decision.on is None or decision.on > on:
        return []
    return [Problem("decide_on", gettext_lazy("That day has come. Choose one that is still to come."))]
