"""Reads of the catalogue and its sessions; time is an argument."""

import datetime as dt
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from functools import reduce
from operator import or_
from typing import Any, Protocol, Self

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, Window
from django.db.models.functions import Coalesce, RowNumber

from core.enums import Language
from core.models import FactQuerySet
from core.time import BRUSSELS, brussels_day
from courses.enums import (
    CADRES,
    Audience,
    ProgrammeStatus,
    Sensitivity,
    SessionAudience,
    SessionStatus,
    StaffAnswer,
    Topic,
)
from people.enums import Role
from people.models import Membership, User
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
# By the clock in Belgium.
DECIDED_AT = dt.time(7)
# Nobody types more; each word is a condition on every searched text.
MOST_WORDS = 8


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
# Who says which courses the people of their organisation need its approval for.
RULING = (Role.HR, Role.CHIEF)
# What people choose for themselves, so that nobody else may do it for them.
PERSONAL = PRIVATE | _by_version_or_course("consent_required", True)


def last_day_to_decide(*, at: dt.datetime) -> dt.date:
    """The latest day of go or no-go that has come at an instant."""
    now = at.astimezone(BRUSSELS)
    return now.date() if now.time() >= DECIDED_AT else now.date() - dt.timedelta(days=1)


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
        # PostgreSQL stores no NUL, and a letter with a loose accent is the same letter to a reader.
        words = unicodedata.normalize("NFC", text.replace("\x00", " ")).split()
        for word in words[:MOST_WORDS]:
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

    def workshops_of(self, course: Any) -> Self:
        """Sessions of the workshops of a programme course."""
        return self.filter(version__course__programme=course)

    def at_venue(self, venue: Any) -> Self:
        return self.filter(pk__in=self._ids(meetings__venue=venue))

    def with_seats_left(self) -> Self:
        """Without those of which a meeting that isn't optional is full."""
        free = F("meetings__capacity") - F("meetings__reserved")
        full = self._ids(meetings__part__optional=False, meetings__taken__gte=free)
        return self.exclude(pk__in=full)

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


class MeetingStaffQuerySet(models.QuerySet[Any]):
    def standing(self) -> Self:
        """Asked or accepted: their time is taken."""
        return self.exclude(answer=StaffAnswer.DECLINED)

    def accepted(self) -> Self:
        return self.filter(answer=StaffAnswer.ACCEPTED)

    def unanswered(self, *, at: dt.datetime) -> Self:
        """Invitations that can still be answered: to meetings that have not begun."""
        still_to_come = self.filter(answer=StaffAnswer.INVITED, meeting__starts_at__gt=at)
        return still_to_come.exclude(meeting__session__status=SessionStatus.CANCELLED)

    def clashing(self, slots: Iterable[Slot], *, besides: models.Model) -> Self:
        """Who stands in another session at any of these times."""
        elsewhere = self.standing().exclude(meeting__session=besides.pk)
        going_on = elsewhere.exclude(meeting__session__status=SessionStatus.CANCELLED)
        return going_on.filter(at_the_time_of(slots))

    def with_session(self) -> Self:
        """With what a list shows of the meeting and its session."""
        return self.select_related("meeting__session__version__course", "meeting__part", "meeting__venue")


class AccreditationQuerySet(FactQuerySet):
    def in_force(self, *, on: dt.date) -> Self:
        """Not superseded, and valid on the day."""
        return self.current().filter(in_force(on))

    def not_ended(self, *, on: dt.date) -> Self:
        """In force on the day, or from a later one."""
        return self.current().filter(Q(valid_until=None) | Q(valid_until__gte=on))

    def ending(self, *, on: dt.date, until: dt.date) -> Self:
        """In force now or later, and over by a day."""
        return self.not_ended(on=on).filter(valid_until__lte=until)

    def ended(self, *, on: dt.date) -> Self:
        return self.current().filter(valid_until__lt=on)

    def named(self, text: str) -> Self:
        """Of people in whose name every word occurs."""
        found = self
        for word in text.split()[:MOST_WORDS]:
            first = Q(person__profile__first_name__unaccent__icontains=word)
            found = found.filter(first | Q(person__profile__last_name__unaccent__icontains=word))
        return found

    def with_all(self) -> Self:
        """With what a row shows, by the name of the person."""
        return self.select_related("person__profile", "course__current_version").order_by(
            "person__profile__last_name", "person__profile__first_name", "course__position", "valid_from"
        )


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
