"""Reads of enrolments, seats and completions; time is an argument."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, Self

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Concat

from core.models import FactQuerySet
from courses.enums import SessionStatus
from courses.models import Meeting, Session
from courses.querysets import at_the_time_of
from enrolment.enums import ACTIVE, EnrolmentStatus
from notifications.models import Message
from people.models import User


class EnrolmentQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: User) -> Self:
        """A person's own."""
        return self.filter(learner=user)

    def active(self) -> Self:
        return self.filter(status__in=ACTIVE)

    def confirmed(self) -> Self:
        return self.filter(status=EnrolmentStatus.CONFIRMED)

    def queued(self) -> Self:
        return self.filter(status=EnrolmentStatus.QUEUED)

    def promotable(self) -> Self:
        """Queued, with nothing but a seat missing: no approval, no consent, and an account in use."""
        has_consent = Q(session__version__consent_required=False) | Q(consented_at__isnull=False)
        return self.queued().filter(has_consent, approval_needed=False, learner__is_active=True)

    def in_queue_order(self) -> Self:
        return self.order_by("priority", "enrolled_at", "id")

    def upcoming(self, *, at: dt.datetime) -> Self:
        return self.filter(session__ends_at__gte=at)

    def ahead_of(self, enrolment: Any) -> Self:
        """Those in the same queue who are served before: priority, then original date, then id."""
        earlier = Q(enrolled_at__lt=enrolment.enrolled_at) | Q(
            enrolled_at=enrolment.enrolled_at, pk__lt=enrolment.pk
        )
        return (
            self.queued()
            .filter(session=enrolment.session_id)
            .filter(Q(priority__lt=enrolment.priority) | (Q(priority=enrolment.priority) & earlier))
        )

    def with_learner(self) -> Self:
        return self.select_related("learner__profile")

    def with_session(self) -> Self:
        """With what a row or a card shows of the session."""
        return self.select_related("session__version__course").prefetch_related("session__meetings")

    def with_position(self) -> Self:
        """With ``position``: the place in the queue, from 1; only for those who are queued."""
        same_queue = self.model._default_manager.queued().filter(session=OuterRef("session"))
        earlier = Q(enrolled_at__lt=OuterRef("enrolled_at")) | Q(
            enrolled_at=OuterRef("enrolled_at"), pk__lt=OuterRef("pk")
        )
        ahead = same_queue.filter(
            Q(priority__lt=OuterRef("priority")) | Q(priority=OuterRef("priority")) & earlier
        )
        count = ahead.order_by().values("session").annotate(n=Count("*")).values("n")
        return self.annotate(position=Coalesce(Subquery(count), 0) + 1)

    def with_meetings(self) -> Self:
        """With all that ``Enrolment.meetings`` and a mail need."""
        return self.select_related("session__version").prefetch_related(
            "seats__meeting__part", "seats__meeting__venue"
        )

    def reminder_due(self, *, at: dt.datetime, within: dt.timedelta) -> Self:
        """Confirmed in a session that starts within the time, and not yet reminded of that date."""
        key = Concat(
            Value("session_reminder:"),
            Cast(OuterRef("public_id"), models.TextField()),
            Value(":"),
            Cast(OuterRef("session__sequence"), models.TextField()),
            output_field=models.TextField(),
        )
        return (
            self.confirmed()
            .filter(session__status=SessionStatus.PUBLISHED)
            .filter(session__starts_at__gt=at, session__starts_at__lte=at + within)
            .exclude(Exists(Message.objects.filter(dedupe_key=key)))
            .order_by("session__starts_at", "id")
        )

    def in_session_or_among(self, session: Session, enrolments: models.QuerySet[Any]) -> Self:
        return self.filter(Q(session=session) | Q(pk__in=enrolments))


class SeatQuerySet(models.QuerySet[Any]):
    def held(self) -> Self:
        return self.filter(released_at=None)

    def overlapping(self, meetings: Iterable[Meeting]) -> Self:
        """Held at the time of any of these meetings; those that touch do not overlap."""
        return self.held().filter(at_the_time_of(meetings))


class CompletionQuerySet(FactQuerySet):
    def visible_to(self, user: User) -> Self:
        """A person's own."""
        return self.filter(person=user)

    def with_text(self) -> Self:
        """With what a row shows, the latest first."""
        return self.select_related("version__course").order_by("-completed_on", "-id")
