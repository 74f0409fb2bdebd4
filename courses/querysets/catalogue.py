"""Reads of the catalogue, and of the rules of organisations about it."""

import datetime as dt
from collections.abc import Collection, Mapping
from functools import reduce
from operator import or_
from typing import Any, Self

from django.db import models
from django.db.models import Count, Q

from core.enums import Language
from core.search import words_of
from courses.enums import CADRES, Audience, ProgrammeStatus, Topic
from people.enums import Role
from people.models import User
from people.querysets import in_force

SEARCHED = [
    f"{text}_{language}"
    for text in (
        "current_version__title",
        "current_version__summary",
        "current_version__for_whom",
        "provider__name",
    )
    for language in Language.values
]
# Who says which courses the people of their organisation need its approval for.
RULING = (Role.HR, Role.CHIEF)


class CourseQuerySet(models.QuerySet[Any]):
    def listed(self) -> Self:
        """Courses that have a version to show."""
        return self.filter(current_version__isnull=False)

    def about(self, topic: Topic | str) -> Self:
        return self.filter(topic=topic)

    def for_audience(self, audience: Audience | str) -> Self:
        """Courses for an audience; what is for all staff is for both cadres too."""
        wanted = {audience, Audience.ALL_STAFF} if audience in CADRES else {audience}
        return self.filter(current_version__audiences__overlap=sorted(wanted))

    def search(self, text: str) -> Self:
        """Courses in which every word occurs somewhere, in any language, whatever its accents and case."""
        found = self
        for word in words_of(text):
            somewhere = (Q(**{f"{field}__unaccent__icontains": word}) for field in SEARCHED)
            found = found.filter(reduce(or_, somewhere))
        return found

    def matching(self, wanted: Mapping[str, Any]) -> Self:
        """What a filter asks for: topic, audience, words; what it leaves out may be anything."""
        found = self
        if wanted.get("topic"):
            found = found.about(wanted["topic"])
        if wanted.get("audience"):
            found = found.for_audience(wanted["audience"])
        return found.search(wanted["q"]) if wanted.get("q") else found

    def suggested_by(self, track_ids: Collection[int]) -> Self:
        """Voluntary courses that go with some tracks."""
        return (
            self.listed().filter(suggesting_tracks__in=track_ids).distinct().select_related("current_version")
        )

    def with_text(self) -> Self:
        """Listed courses, with all that is said of them."""
        return (
            self.listed()
            .select_related("current_version", "provider")
            .prefetch_related("current_version__parts", "current_version__mandatory_for")
        )

    def with_all_content(self) -> Self:
        """Everything that the catalogue file says of a course."""
        return self.select_related(
            "current_version", "provider", "programme__current_version", "renews__current_version"
        ).prefetch_related(
            "current_version__parts", "current_version__mandatory_for", "current_version__prerequisites"
        )


class ProgrammeQuerySet(models.QuerySet[Any]):
    def published(self) -> Self:
        return self.filter(status=ProgrammeStatus.PUBLISHED)

    def visible_to(self, user: User) -> Self:
        """What was put on offer; drafts too for whoever manages them."""
        if user.has_role(Role.CATALOGUE_MANAGER, Role.ADMINISTRATOR):
            return self
        return self.exclude(status=ProgrammeStatus.DRAFT)

    def offered(self, *, on: dt.date) -> Self:
        """Published, and not over on the day."""
        return self.published().filter(ends_on__gte=on)

    def with_text(self) -> Self:
        """With what a list shows."""
        return self.select_related("version__course")

    def with_counts(self) -> Self:
        """With ``workshops``: how many sessions they group."""
        return self.annotate(workshops=Count("sessions"))


class TrackQuerySet(models.QuerySet[Any]):
    def with_steps(self) -> Self:
        """With the steps in order, and what is shown of their courses."""
        return self.prefetch_related("steps__course__current_version")

    def with_all_content(self) -> Self:
        """Everything that the catalogue file says of a track."""
        return self.prefetch_related("steps__course", "suggestions")


class OrganisationRuleQuerySet(models.QuerySet[Any]):
    def in_force(self, *, on: dt.date) -> Self:
        return self.filter(in_force(on))

    def lasting(self, *, on: dt.date) -> Self:
        """In force on the day, or from a later one."""
        return self.filter(Q(valid_until=None) | Q(valid_until__gte=on))

    def over(self, *, on: dt.date) -> Self:
        return self.filter(valid_until__lt=on)

    def asking_approval(self, *, on: dt.date) -> Self:
        """By which the people of an organisation need its approval on the day."""
        return self.in_force(on=on).filter(approval_required=True)

    def visible_to(self, user: User) -> Self:
        """Those of the organisations of which somebody is HR or chief."""
        own = [each.organisation_id for each in user.memberships_today if each.role in RULING]
        return self.filter(organisation__in=own)

    def with_all(self) -> Self:
        """With what a row shows, by course."""
        return self.select_related("organisation", "course__current_version").order_by(
            "course__position", "course__slug", "valid_from"
        )
