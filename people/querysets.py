"""Reads of memberships and of lists of people; time is an argument."""

import datetime as dt
from collections.abc import Collection
from typing import Any, Self

from allauth.mfa.models import Authenticator
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.db.models import Exists, F, FilteredRelation, OuterRef, Q

from core.models import FactQuerySet
from core.search import words_of
from people.enums import ImportStatus, Role


def in_force(on: dt.date | F, *, path: str = "") -> Q:
    """Rows whose validity dates, both inclusive, hold the day, which may be another column's.

    ``path``: to those rows, with the underscores behind it.
    """
    has_begun = Q(**{f"{path}valid_from__lte": on})
    return has_begun & (Q(**{f"{path}valid_until": None}) | Q(**{f"{path}valid_until__gte": on}))


class MembershipQuerySet(FactQuerySet):
    def not_over(self, *, on: dt.date) -> Self:
        """Known now, and holding on that day or later."""
        return super().current().filter(Q(valid_until=None) | Q(valid_until__gte=on))

    def over(self, *, on: dt.date) -> Self:
        """Known now, and ended before that day."""
        return super().current().filter(valid_until__lt=on)

    def current(self, *, on: dt.date | None = None) -> Self:
        """Not superseded; with ``on``, only those that hold on that day."""
        known = super().current()
        return known if on is None else known.filter(in_force(on))

    def approving(self, organisations: Collection[models.Model], *, on: dt.date) -> Self:
        """Who approves in these organisations on a day, and their deputies, by organisation and name."""
        return (
            self.current(on=on)
            .filter(organisation__in=organisations, role__in=[Role.APPROVER, Role.DEPUTY_APPROVER])
            .select_related("user__profile", "organisation")
            .order_by("organisation", "role", "user__profile__last_name", "user__profile__first_name")
        )


class ProfileQuerySet(models.QuerySet[Any]):
    def of_organisations(self, organisation_ids: Collection[int], *, on: dt.date) -> Self:
        """Who is something to one of these organisations today or later."""
        coming = Q(user__memberships__superseded_at=None) & (
            Q(user__memberships__valid_until=None) | Q(user__memberships__valid_until__gte=on)
        )
        belongs = self.filter(coming, user__memberships__organisation__in=organisation_ids)
        return self.filter(pk__in=belongs.values("pk"))

    def search(self, text: str) -> Self:
        """Every word is in the name, whatever its accents and case, or is the staff number."""
        found = self
        for word in words_of(text):
            found = found.filter(
                Q(last_name__unaccent__icontains=word)
                | Q(first_name__unaccent__icontains=word)
                | Q(staff_number=word)
            )
        return found


class SignInQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: AbstractBaseUser) -> Self:
        """One's own: where somebody signs in is nobody else's business."""
        return self.filter(user=user)

    def live(self, *, at: dt.datetime) -> Self:
        return self.filter(expire_date__gt=at)

    def with_account(self, *, on: dt.date) -> Self:
        """With whose it is, ``has_factor``, and a row for each ``membership`` of theirs on the day."""
        path = "user__memberships__"
        holds = Q(**{f"{path}superseded_at": None}) & in_force(on, path=path)
        return self.select_related("user__profile", "membership__organisation").annotate(
            has_factor=Exists(factors_of(OuterRef("user"))),
            membership=FilteredRelation("user__memberships", condition=holds),
        )


class StaffImportQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: AbstractBaseUser) -> Self:
        """One's own: a list holds people whom others needn't see."""
        return self.filter(uploaded_by=user)

    def of_staff(self) -> Self:
        """Lists that name their schools themselves; those of classes have pages of their own."""
        return self.filter(school=None)

    def of_classes(self) -> Self:
        return self.exclude(school=None)

    def checking(self) -> Self:
        return self.filter(status=ImportStatus.CHECKING)

    def ready(self) -> Self:
        """Checked, and waiting for the yes of who uploaded them."""
        return self.filter(status=ImportStatus.READY)

    def importing(self) -> Self:
        return self.filter(status=ImportStatus.IMPORTING)

    def recent(self) -> Self:
        """The last few, the newest first, without the files themselves."""
        return self.defer("content", "changes", "problems").order_by("-uploaded_at", "-pk")[:5]

    def stale(self, *, at: dt.datetime) -> Self:
        """Uploaded more than a day ago, and never imported."""
        return self.filter(uploaded_at__lt=at - dt.timedelta(days=1)).exclude(status=ImportStatus.DONE)


def factors_of(person: models.Model | models.OuterRef) -> "models.QuerySet[Authenticator]":
    """The second factors of somebody; recovery codes are only a way back to one."""
    factors: models.QuerySet[Authenticator] = Authenticator.objects.filter(user=person)
    return factors.exclude(type=Authenticator.Type.RECOVERY_CODES)
