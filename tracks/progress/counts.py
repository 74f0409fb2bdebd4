"""How many people of a class are late: counted, where nobody is named."""

import datetime as dt

from django.db.models import Count, Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce

from attendance.rules import CLOSE_WITHIN
from core.time import brussels_day
from enrolment.models import Completion, Enrolment, Seat
from people.enums import Role
from people.models import Membership
from tracks.models import AssignedStep, Exemption
from tracks.querysets import AssignedStepQuerySet, CohortQuerySet


def with_late_people(cohorts: CohortQuerySet, *, at: dt.datetime) -> CohortQuerySet:
    """Classes with ``late``: how many of their people are, as their matrices tell; one statement."""
    today = brussels_day(at)
    to_person = AssignedStep.objects.binding(on=today).filter(assignment__person=OuterRef("user"))
    to_class = AssignedStep.objects.binding(on=today).filter(assignment__cohort=OuterRef(OuterRef("pk")))
    # What was assigned to a person goes before what their class was: see ``governing``.
    replaced = AssignedStep.objects.binding(on=today).filter(
        assignment__person=OuterRef(OuterRef("user")), course=OuterRef("course")
    )
    people = Membership.objects.current(on=today).filter(
        role=Role.ASPIRANT,
        user__erased_at=None,
        organisation=OuterRef("school"),
        class_name=OuterRef("name"),
        class_starts_on=OuterRef("starts_on"),
    )
    late = people.filter(
        Exists(_missed(to_person, at=at)) | Exists(_missed(to_class, at=at).filter(~Exists(replaced)))
    )
    count = late.order_by().values("organisation").annotate(n=Count("user", distinct=True)).values("n")
    counted: CohortQuerySet = cohorts.annotate(late=Coalesce(Subquery(count), 0))
    return counted


def _missed(steps: AssignedStepQuerySet, *, at: dt.datetime) -> AssignedStepQuerySet:
    """Steps whose day has passed, and which the ``user`` of the query around neither did nor booked."""
    today, person = brussels_day(at), OuterRef(OuterRef("user"))
    completions = Completion.objects.valid(on=today).filter(person=person)
    bookings = Enrolment.objects.active().confirmed().upcoming(at=at - CLOSE_WITHIN).filter(learner=person)
    make_ups = Seat.objects.make_ups().upcoming(at=at - CLOSE_WITHIN).filter(enrolment__learner=person)
    exemptions = Exemption.objects.valid(on=today).filter(person=person, course=OuterRef("course"))
    return (
        steps.shown_to_academies()
        .filter(due_on__lt=today)
        .filter(
            ~Exists(completions.filter(version__course=OuterRef("course"))),
            ~Exists(bookings.filter(session__version__course=OuterRef("course"))),
            ~Exists(make_ups.filter(meeting__session__version__course=OuterRef("course"))),
            ~Exists(exemptions),
        )
    )
