"""Reads of classes, assignments and exemptions; time is an argument."""

import datetime as dt
from collections.abc import Collection, Iterable
from functools import reduce
from operator import or_
from typing import Any, Self

from django.db import models
from django.db.models import Q

from core.models import FactQuerySet
from courses.enums import Obligation, Sensitivity
from people.enums import Role
from people.models import Membership, Organisation, StaffImport, User
from people.querysets import MembershipQuerySet, in_force


class CohortQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: User) -> Self:
        """Those of the academies that a person coordinates."""
        own = [m.organisation_id for m in user.memberships_today if m.role == Role.COORDINATOR]
        return self.filter(school__in=own)

    def running(self, *, on: dt.date) -> Self:
        """Not over, begun or not."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=on))

    def over(self, *, on: dt.date) -> Self:
        return self.filter(ends_on__lt=on)

    def of_list(self, class_list: StaffImport) -> Self:
        """The classes of the school and the day of which a list is."""
        return self.filter(school=class_list.school_id, starts_on=class_list.class_starts_on)

    def of_memberships(self, memberships: Iterable[Membership]) -> Self:
        """The classes that these memberships name."""
        named = (
            Q(school=m.organisation_id, name=m.class_name, starts_on=m.class_starts_on)
            for m in memberships
            if m.role == Role.ASPIRANT and m.class_starts_on
        )
        return self.filter(reduce(or_, named, Q(pk=None)))


def class_memberships(cohorts: Iterable[Any], *, on: dt.date) -> MembershipQuerySet:
    """The memberships that make the people of some classes on a day."""
    named = (
        Q(organisation=each.school_id, class_name=each.name, class_starts_on=each.starts_on)
        for each in cohorts
    )
    people: MembershipQuerySet = Membership.objects.current(on=on)
    found: MembershipQuerySet = people.filter(
        reduce(or_, named, Q(pk=None)), role=Role.ASPIRANT, user__erased_at=None
    )
    return found


def aspirants_without_class(schools: Collection[Organisation], *, on: dt.date) -> MembershipQuerySet:
    """Aspirants of some academies whom no list of classes has placed."""
    aspirants: MembershipQuerySet = Membership.objects.current(on=on).filter(
        organisation__in=schools, role=Role.ASPIRANT, class_starts_on=None, user__erased_at=None
    )
    return aspirants


class AssignmentQuerySet(FactQuerySet):
    def current(self, *, on: dt.date | None = None) -> Self:
        """Not superseded; with ``on``, only those that hold on that day."""
        known = super().current()
        return known if on is None else known.filter(in_force(on))

    def of_class(self, cohort: Any, people: Iterable[Any]) -> Self:
        """To a class, or to some people of it."""
        return self.filter(Q(cohort=cohort) | Q(person__in=people))


class AssignedStepQuerySet(models.QuerySet[Any]):
    def binding(self, *, on: dt.date) -> Self:
        """Of assignments that hold on a day, with what is shown of their courses."""
        holding = Q(assignment__superseded_at=None, assignment__valid_from__lte=on) & (
            Q(assignment__valid_until=None) | Q(assignment__valid_until__gte=on)
        )
        return self.filter(holding).select_related("assignment", "course__current_version")

    def for_classes(self, cohorts: Iterable[Any], people: Iterable[Any]) -> Self:
        """Assigned to these classes or to these people."""
        return self.filter(Q(assignment__cohort__in=cohorts) | Q(assignment__person__in=people))

    def shown_to_academies(self) -> Self:
        """Without courses that only the person may be seen to follow; a programme is as private as its
        workshops.
        """
        return (
            self.filter(
                course__current_version__sensitivity=Sensitivity.NORMAL,
                course__current_version__members_only=False,
            )
            .exclude(course__current_version__obligation=Obligation.NEVER_MANDATORY)
            .exclude(course__workshops__current_version__sensitivity=Sensitivity.SENSITIVE)
        )


class ExemptionQuerySet(FactQuerySet):
    def valid(self, *, on: dt.date) -> Self:
        """That count on a day."""
        return self.current().filter(valid_from__lte=on)
