"""Reads of sessions and of the times of their meetings."""

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_
from typing import Any, Protocol, Self

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, Window
from django.db.models.functions import Coalesce, Least, RowNumber

from core.counting import RowCount
from core.time import BRUSSELS, brussels_day
from courses.enums import Sensitivity, SessionAudience, SessionStatus, StaffAnswer
from people.enums import Role
from people.models import Membership, User

# By the clock in Belgium.
DECIDED_AT = dt.time(7)


def _by_version_or_course(rule: str, value: object) -> Q:
    """What has a ``version`` that carries a rule, or whose course carries it by now.

    A programme is as private as its workshops: they make its hours.
    """
    course = "version__course"
    return (
        Q(**{f"version__{rule}": value})
        | Q(**{f"{course}__current_version__{rule}": value})
        | Q(**{f"{course}__workshops__current_version__{rule}": value})
    )


SENSITIVE = _by_version_or_course("sensitivity", Sensitivity.SENSITIVE)
# Who belongs to a network is nobody's business either.
PRIVATE = SENSITIVE | _by_version_or_course("members_only", True)
# What people choose for themselves, so that nobody else may do it for them.
PERSONAL = PRIVATE | _by_version_or_course("consent_required", True)


def last_day_to_decide(*, at: dt.datetime) -> dt.date:
    """The latest day of go or no-go that has come at an instant."""
    now = at.astimezone(BRUSSELS)
    return now.date() if now.time() >= DECIDED_AT else now.date() - dt.timedelta(days=1)


class SessionQuerySet(models.QuerySet[Any]):
    def published(self) -> Self:
        return self.filter(status=SessionStatus.PUBLISHED)

    def drafts(self) -> Self:
        return self.filter(status=SessionStatus.DRAFT)

    def upcoming(self, *, at: dt.datetime) -> Self:
        return self.filter(starts_at__gt=at)

    def offered_to(self, user: User, *, at: dt.datetime) -> Self:
        """What a person can choose from: published, still to come, and visible to them."""
        return self.published().upcoming(at=at).visible_to(user)

    def enrollable(self, *, organisations: Iterable[int], aspirants: bool, at: dt.datetime) -> Self:
        """What people of these organisations may enrol in; of one session ``enrolment.rules`` says it too."""
        announced = self.announced_to(organisations=organisations, aspirants=aspirants, at=at)
        return announced.filter(Q(enrol_from=None) | Q(enrol_from__lte=brussels_day(at)))

    def announced_to(self, *, organisations: Iterable[int], aspirants: bool, at: dt.datetime) -> Self:
        """The same, and those in which they will be able to enrol on a later day."""
        other = SessionAudience.EXPERIENCED if aspirants else SessionAudience.ASPIRANTS
        return (
            self.published()
            .upcoming(at=at)
            .exclude(pk__in=self._closed_to(organisations))
            .exclude(audience=other)
            .filter(Q(enrol_until=None) | Q(enrol_until__gte=brussels_day(at)))
        )

    def of_one_s_own_choice(self) -> Self:
        """Sensitive, for members, or by informed consent: each enrols by themselves, or not at all."""
        return self.filter(PERSONAL)

    def to_decide(self, *, at: dt.datetime) -> Self:
        """Whose go or no-go is due and not taken: from seven in the morning of the day on."""
        undecided = Q(decided_for=None) | ~Q(decided_for=F("decide_on"))
        return self.published().upcoming(at=at).filter(undecided, decide_on__lte=last_day_to_decide(at=at))

    def to_manage(self, *, at: dt.datetime) -> Self:
        """Drafts, and what is published and not over."""
        drafts = Q(status=SessionStatus.DRAFT)
        return self.filter(drafts | Q(status=SessionStatus.PUBLISHED, ends_at__gte=at))

    def at_venue(self, venue: Any) -> Self:
        return self.filter(pk__in=self._ids(meetings__venue=venue))

    def with_seats_left(self) -> Self:
        """Without those of which a meeting that isn't optional is full."""
        return self.exclude(pk__in=self._full())

    def with_seats_left_first(self) -> Self:
        """By date, those that are full behind all others."""
        # Counted, not asked whether there is any: PostgreSQL would look for all that are full first.
        is_full = Least(RowCount(self._full().filter(pk=OuterRef("pk"))), 1)
        return self.order_by(is_full, "starts_at", "id")

    def with_enrolled(self) -> Self:
        """With ``enrolled`` and ``places`` of the meetings that aren't optional; no places: unlimited."""
        required = Q(meetings__part__optional=False)
        return self.annotate(
            enrolled=Coalesce(Max("meetings__taken", filter=required), 0),
            places=Min("meetings__capacity", filter=required),
        )

    def less_than_half_full(self) -> Self:
        return self.with_enrolled().filter(places__gt=F("enrolled") * 2)

    def starting_between(self, first: dt.date | None, last: dt.date | None) -> Self:
        """By Brussels days, both inclusive."""
        between = self
        if first:
            between = between.filter(starts_at__gte=dt.datetime.combine(first, dt.time.min, BRUSSELS))
        if last:
            # Not the midnight after it: the last day of the calendar has none.
            between = between.filter(starts_at__lte=dt.datetime.combine(last, dt.time.max, BRUSSELS))
        return between

    def matching(self, wanted: Mapping[str, Any]) -> Self:
        """What a filter asks for: language, place, days, seats left; what it leaves out may be anything."""
        found = self.starting_between(wanted.get("from_day"), wanted.get("until_day"))
        if wanted.get("language"):
            found = found.filter(language=wanted["language"])
        if wanted.get("place"):
            found = found.at_venue(wanted["place"])
        return found.with_seats_left() if wanted.get("free") else found

    def next_of_each_course(self, limit: int) -> Self:
        """The first few of each course, with ``dates_of_course``: how many there are."""
        course = F("version__course")
        return self.annotate(
            place_in_course=Window(RowNumber(), partition_by=course, order_by=["starts_at", "id"]),
            dates_of_course=Window(Count("*"), partition_by=course),
        ).filter(place_in_course__lte=limit)

    def of_same_course_as(self, session: models.Model) -> Self:
        """The other sessions of its course, of whatever version."""
        return self.filter(version__course__versions__sessions=session.pk).exclude(pk=session.pk)

    def with_open_to(self) -> Self:
        """With ``open_to_ids``: of the organisations that they are for; none means all."""
        open_to = self.model.open_to.through.objects.filter(session=OuterRef("pk"))
        return self.annotate(open_to_ids=ArraySubquery(open_to.values("organisation")))

    def telling_who_gives(self, user: User) -> Self:
        """With ``is_taught``: whether the user gives a meeting; ``is_own``: or is asked to."""
        given, taught = self._given_by(user), self._taught_by(user)
        return self.annotate(
            is_own=Exists(given.filter(pk=OuterRef("pk"))), is_taught=Exists(taught.filter(pk=OuterRef("pk")))
        )

    def with_meetings(self) -> Self:
        """With all that a row of a list shows."""
        return self.select_related("version__course", "programme").prefetch_related("meetings")

    def with_rules(self) -> Self:
        """With what ``rules.unenforced_rules`` asks of their version."""
        return self.select_related("version__course").prefetch_related("version__parts")

    def with_details(self) -> Self:
        """With what is said of them beside their meetings."""
        return self.select_related("organiser").prefetch_related("open_to", "documents")

    def _ids(self, *conditions: Q, **fields: Any) -> Self:
        """Sessions that meet conditions on their many related rows, for a subquery: no row comes twice."""
        rows: Self = self.model._default_manager.filter(*conditions, **fields).values("pk")
        return rows

    def _full(self) -> Self:
        free = F("meetings__capacity") - F("meetings__reserved")
        return self._ids(meetings__part__optional=False, meetings__taken__gte=free)

    def _closed_to(self, organisations: Iterable[int]) -> Self:
        """For other organisations only."""
        return self._ids(open_to__isnull=False).exclude(open_to__in=organisations)

    def taught_by(self, user: User) -> Self:
        """Those of which the user accepted to give a meeting."""
        return self.filter(pk__in=self._taught_by(user))

    def _taught_by(self, user: User) -> Self:
        return self._ids(meetings__staff__person=user, meetings__staff__answer=StaffAnswer.ACCEPTED)

    def _given_by(self, user: User) -> Self:
        return self._ids(
            meetings__staff__person=user,
            meetings__staff__answer__in=[StaffAnswer.INVITED, StaffAnswer.ACCEPTED],
        )

    def managed_by(self, user: User) -> Self:
        """All for catalogue managers; for a partner what was put on offer of the courses that it gives."""
        if user.has_role(Role.CATALOGUE_MANAGER, Role.ADMINISTRATOR):
            return self
        partners = [each.organisation_id for each in user.memberships_today if each.role == Role.PARTNER]
        own = self.filter(version__course__provider__organisation__in=partners)
        return own.exclude(status=SessionStatus.DRAFT)

    def answered_for_by(self, user: User, *, on: dt.date) -> Self:
        """Those of which somebody is the organiser: a catalogue manager of its organisation, else any.

        The platform's administrators are none.
        """
        managers = Membership.objects.current(on=on).filter(role=Role.CATALOGUE_MANAGER)
        own = managers.filter(user=user).values_list("organisation", flat=True)
        nobody_s = ~Exists(managers.filter(organisation=OuterRef("organiser")))
        return self.filter(Q(organiser__in=own) | nobody_s & Exists(managers.filter(user=user)))

    def visible_to(self, user: User) -> Self:
        """Published and open to the person's organisations, or theirs to give, to attend or to manage."""
        if user.has_role(Role.CATALOGUE_MANAGER, Role.ADMINISTRATOR):
            return self
        return self.visible_to_member(user, of=user.organisations_today)

    def visible_to_member(self, user: User, *, of: list[int]) -> Self:
        """What somebody sees who doesn't manage the catalogue, by the ids of their organisations."""
        own = Q(pk__in=self._ids(enrolments__learner=user)) | Q(pk__in=self._given_by(user))
        open_to_them = Q(status=SessionStatus.PUBLISHED) & ~Q(pk__in=self._closed_to(of))
        return self.filter(own | open_to_them)


class Slot(Protocol):
    """A meeting, or the time that is planned for one."""

    @property
    def starts_at(self) -> dt.datetime: ...

    @property
    def ends_at(self) -> dt.datetime: ...


def at_the_time_of(slots: Iterable[Slot], meeting: str = "meeting") -> Q:
    """Rows with a meeting, by that name, that overlaps one of these; those that touch do not."""
    times = [
        Q(**{f"{meeting}__starts_at__lt": slot.ends_at, f"{meeting}__ends_at__gt": slot.starts_at})
        for slot in slots
    ]
    return reduce(or_, times, Q(pk=None))
