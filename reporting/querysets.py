"""Reads across the floors below, for figures and for HR; time is an argument."""

import datetime as dt
from collections.abc import Collection, Iterable
from functools import reduce
from operator import or_
from typing import Any, NamedTuple, Self

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce, ExtractYear

from certificates.models import Certificate
from core.models import AuditEntry, FactQuerySet
from core.search import words_of
from core.time import BRUSSELS, brussels_day
from courses.enums import CourseKind, Sensitivity
from courses.models import Course
from courses.querysets.catalogue import CourseQuerySet
from courses.querysets.sessions import PRIVATE, SENSITIVE
from enrolment.enums import READ_BY_ORGANISER
from enrolment.models import Completion, PastParticipation
from enrolment.querysets import CompletionQuerySet
from people import rules
from people.enums import Role
from people.models import Membership, Organisation, OrganisationSuccession, User
from people.querysets import MembershipQuerySet
from reporting.scopes import View
from tracks.models import Exemption

RECORD_READ, COMPLETIONS_DOWNLOADED = "record.read", "completions.downloaded"
MOST_READINGS = 20


class DatedHeadcountQuerySet(FactQuerySet):
    def visible_to(self, user: User) -> Self:
        """Of the organisations whose HR somebody is; an administrator's are all."""
        if user.has_role(Role.ADMINISTRATOR):
            return self
        own = [each.organisation_id for each in user.memberships_today if each.role == Role.HR]
        return self.filter(organisation__in=own)

    def counted_last(self, *, on: dt.date) -> Self:
        """The last count of each organisation and cadre until a day."""
        known = self.current().filter(valid_from__lte=on)
        return known.order_by("organisation_id", "cadre", "-valid_from").distinct("organisation_id", "cadre")


class Headcount(NamedTuple):
    cadre: str
    cohort: int | None
    people: int


class Reached(NamedTuple):
    course_id: int
    cadre: str
    cohort: int | None
    people: int
    is_exempt: bool


class Completed(NamedTuple):
    """People who completed a course in a year; ``gone``: those of them who have left since."""

    course_id: int
    year: int
    cadre: str
    cohort: int | None
    people: int
    gone: int


class SensitiveCount(NamedTuple):
    organisation_id: int
    year: int
    people: int


class Reading(NamedTuple):
    """Who looked at what is a person's: the day and as what, not who it was."""

    day: dt.date
    as_role: Role
    organisation: Organisation
    action: str

    @property
    def is_file(self) -> bool:
        return self.action == COMPLETIONS_DOWNLOADED

    @property
    def is_by_organiser(self) -> bool:
        return self.action == READ_BY_ORGANISER

    @property
    def role(self) -> str:
        return str(self.as_role.label)


def reported_courses() -> CourseQuerySet:
    """Courses that have figures of their own."""
    return (
        Course.objects.listed()
        .exclude(kind=CourseKind.INFORMATION)
        .filter(current_version__members_only=False)
        .exclude(current_version__sensitivity=Sensitivity.SENSITIVE)
        # A programme is as sensitive as its workshops.
        .exclude(workshops__current_version__sensitivity=Sensitivity.SENSITIVE)
        .select_related("current_version")
        .prefetch_related("current_version__mandatory_for")
    )


def with_predecessors(organisation: Organisation) -> list[Organisation]:
    """An organisation and all that went on in it, the oldest first."""
    steps = list(OrganisationSuccession.objects.select_related("predecessor"))
    known = {organisation.pk: organisation} | {step.predecessor_id: step.predecessor for step in steps}
    family = rules.reached({organisation.pk}, [(step.successor_id, step.predecessor_id) for step in steps])
    return sorted((known[pk] for pk in family), key=lambda each: (each.valid_from, each.code))


def current_people(view: View, *, on: dt.date) -> MembershipQuerySet:
    """The memberships that make the organisation's people on a day, with their ``cohort``."""
    people: MembershipQuerySet = Membership.objects.current(on=on)
    # Few are, and an index finds them: whoever is there is not looked up among all people.
    erased = User.objects.filter(erased_at__isnull=False)
    people = people.filter(organisation=view.organisation, role=view.belonging).exclude(user__in=erased)
    with_cohort: MembershipQuerySet = people.annotate(cohort=_cohort("user", on))
    return with_cohort


def headcounts(view: View, *, on: dt.date) -> list[Headcount]:
    rows = current_people(view, on=on).values_list("cadre", "cohort").order_by()
    return [Headcount(*row) for row in rows.annotate(people=Count("user", distinct=True))]


def reached(view: View, *, on: dt.date) -> list[Reached]:
    """The current people who hold a completion of a course that is valid on the day, and those who hold none
    and are exempt from it; each counts once.
    """
    valid = Q(user__completions__valid_until=None) | Q(user__completions__valid_until__gte=on)
    completed = (
        current_people(view, on=on)
        .filter(
            valid,
            user__completions__superseded_at=None,
            user__completions__completed_on__lte=on,
            user__completions__version__sensitivity=Sensitivity.NORMAL,
            user__completions__version__members_only=False,
        )
        .values_list("user__completions__version__course", "cadre", "cohort")
        .annotate(people=Count("user", distinct=True), is_exempt=Value(False))
        .order_by()
    )
    return [Reached(*row) for row in completed.union(_exempt(view, on=on), all=True)]


def _exempt(view: View, *, on: dt.date) -> "models.QuerySet[Any, Any]":
    people = current_people(view, on=on)
    completed = Completion.objects.valid(on=on).filter(
        person=OuterRef("person"), version__course=OuterRef("course")
    )
    rows: models.QuerySet[Any, Any] = (
        Exemption.objects.valid(on=on)
        .filter(~Exists(completed), person__in=people.values("user"))
        .annotate(
            cadre=Subquery(people.filter(user=OuterRef("person")).values("cadre")[:1]),
            cohort=_cohort("person", on),
        )
        .values_list("course", "cadre", "cohort")
        .annotate(people=Count("person", distinct=True), is_exempt=Value(True))
        .order_by()
    )
    return rows


def completions_at(view: View, organisations: Collection[Organisation]) -> CompletionQuerySet:
    """The completions of people who belonged to one of the organisations on the day."""
    stamped = "school" if view.is_of_school else "employer"
    completions: CompletionQuerySet = Completion.objects.current()
    return completions.filter(**{f"{stamped}__in": organisations})


def completed(view: View, organisations: Collection[Organisation], *, on: dt.date) -> list[Completed]:
    """Completions as they were on the day, by year and group; a person counts once a year."""
    now_here = current_people(view, on=on).values("user")
    rows = (
        completions_at(view, organisations)
        .exclude(PRIVATE)
        .annotate(year=_year("completed_on"), cohort=_cohort("person", OuterRef("completed_on")))
        .values_list("version__course", "year", "cadre", "cohort")
        .annotate(
            people=Count("person", distinct=True),
            gone=Count("person", distinct=True, filter=~Q(person__in=now_here)),
        )
        .order_by()
    )
    return [Completed(*row) for row in rows]


def sensitive_counts(view: View, organisations: Collection[Organisation]) -> list[SensitiveCount]:
    """People who completed sensitive items, by organisation and year: all items taken together."""
    stamped = "school" if view.is_of_school else "employer"
    rows = (
        completions_at(view, organisations)
        .filter(SENSITIVE)
        .values_list(stamped, _year("completed_on"))
        .annotate(people=Count("person", distinct=True))
        .order_by()
    )
    return [SensitiveCount(*row) for row in rows]


def with_unnamed(courses: CourseQuerySet, organisations: Collection[Organisation]) -> CourseQuerySet:
    """With ``unnamed``: how many more took part, by lists of the past that don't tell who they were."""
    past = PastParticipation.objects.filter(course=OuterRef("pk"), organisation__in=organisations)
    total = past.order_by().values("course").annotate(total=Sum("people")).values("total")
    told: CourseQuerySet = courses.annotate(unnamed=Coalesce(Subquery(total), 0))
    return told


def people_of(employers: Iterable[int], *, on: dt.date) -> "models.QuerySet[User, User]":
    """The staff of some employers on a day."""
    staff = Membership.objects.current(on=on).filter(organisation__in=employers, role=Role.EMPLOYEE)
    return User.objects.filter(pk__in=staff.values("user"), erased_at=None).select_related("profile")


def search_people(people: "models.QuerySet[User, User]", text: str) -> "models.QuerySet[User, User]":
    """Those whose name or staff number holds every word, whatever its accents and case."""
    for word in words_of(text):
        people = people.filter(
            Q(profile__first_name__unaccent__icontains=word)
            | Q(profile__last_name__unaccent__icontains=word)
            | Q(profile__staff_number__istartswith=word)
        )
    return people.order_by("profile__last_name", "profile__first_name", "pk")


def readable_completions(
    people: "models.QuerySet[User, User]", *, first: dt.date | None = None, last: dt.date | None = None
) -> CompletionQuerySet:
    """What HR reads of its own people, between two days: completions alone, none sensitive or private."""
    completions: CompletionQuerySet = Completion.objects.current()
    completions = completions.filter(person__in=people).exclude(PRIVATE)
    if first:
        completions = completions.filter(completed_on__gte=first)
    if last:
        completions = completions.filter(completed_on__lte=last)
    return completions


def certificates_of(completions: Iterable[Completion]) -> dict[int, Certificate]:
    """The certificate of each completion, for what it is worth."""
    found = Certificate.objects.for_completions([completion.pk for completion in completions])
    return {certificate.completion_id: certificate for certificate in found}


def readings_of(person: User) -> list[Reading]:
    """The latest looks at a person's record, alone or in their employer's file, and at their enrolments."""
    employed = Membership.objects.current().filter(user=person, role=Role.EMPLOYEE)
    of_person = Q(subject_type=User._meta.label_lower, subject_id=person.pk)
    alone = of_person & Q(action__in=[RECORD_READ, READ_BY_ORGANISER])
    in_files = Q(action=COMPLETIONS_DOWNLOADED, subject_type=Organisation._meta.label_lower)
    own = reduce(or_, (_while(membership) for membership in employed), Q(pk=None))
    looks = AuditEntry.objects.filter(alone | in_files & own).order_by("-at")[:MOST_READINGS]
    names = Organisation.objects.in_bulk({look.data["organisation"] for look in looks})
    return [
        Reading(
            brussels_day(look.at),
            Role(look.data["role"]),
            names[look.data["organisation"]],
            look.action,
        )
        for look in looks
    ]


def _while(employment: Membership) -> Q:
    """What happened to an employer while somebody worked there."""
    end = employment.valid_until
    lasting = Q(subject_id=employment.organisation_id, at__gte=_midnight(employment.valid_from))
    return lasting & Q(at__lt=_midnight(end + dt.timedelta(days=1))) if end else lasting


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.min, BRUSSELS)


def _year(day: str) -> Cast:
    """As a whole number: PostgreSQL extracts decimals, which it sorts slowly."""
    return Cast(ExtractYear(day), models.IntegerField())


def _cohort(person: str, on: Any) -> Subquery:
    """The year in which somebody who is an aspirant on a day came to the school; None for others."""
    schooling = Membership.objects.current(on=on).filter(user=OuterRef(person), role=Role.ASPIRANT)
    return Subquery(schooling.values_list(_year("valid_from"))[:1])
