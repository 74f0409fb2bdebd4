"""Reads of the catalogue and its sessions; time is an argument."""

import datetime as dt
from typing import Any, Self

from django.db import models
from django.db.models import Q

from courses.enums import SessionStatus
from people.enums import Role
from people.models import User


class CourseQuerySet(models.QuerySet[Any]):
    def listed(self) -> Self:
        """Courses that have a version to show."""
        return self.filter(current_version__isnull=False)

    def with_all_content(self) -> Self:
        """Everything that the catalogue file says of a course."""
        return self.select_related("current_version", "provider", "programme", "renews").prefetch_related(
            "current_version__parts",
            "current_version__mandatory_for",
            "current_version__prerequisites__course",
        )


class SessionQuerySet(models.QuerySet[Any]):
    def published(self) -> Self:
        return self.filter(status=SessionStatus.PUBLISHED)

    def upcoming(self, *, at: dt.datetime) -> Self:
        return self.filter(starts_at__gt=at)

    def taught_by(self, user: User) -> Self:
        return self.filter(meetings__staff__person=user).distinct()

    def visible_to(self, user: User) -> Self:
        """Published and open to the person's organisations, or theirs to give, to attend or to manage."""
        if user.has_role(Role.CATALOGUE_MANAGER, Role.ADMINISTRATOR):
            return self
        organisations = [membership.organisation_id for membership in user.memberships_today]
        closed_to_them = (
            self.model._default_manager.filter(open_to__isnull=False)
            .exclude(open_to__in=organisations)
            .values("pk")
        )
        own = Q(enrolments__learner=user) | Q(meetings__staff__person=user)
        return self.filter(
            Q(pk__in=self.model._default_manager.filter(own).values("pk"))
            | (Q(status=SessionStatus.PUBLISHED) & ~Q(pk__in=closed_to_them))
        )
