"""Reads of enrolments, seats and completions; time is an argument."""

import datetime as dt
from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Concat

from core.counting import RowCount
from core.models import AuditEntry, FactQuerySet
from core.time import BRUSSELS, brussels_day
from courses.enums import SessionAudience, SessionStatus
from courses.models import Meeting, Session
from courses.querysets.sessions import Slot, at_the_time_of
from enrolment.enums import (
    ACTIVE,
    SEATED,
    STEPPED_ASIDE,
    WALKED_IN,
    EnrolmentStatus,
    ExceptionStatus,
    PassedOver,
)
from notifications.models import Message
from people.enums import Role
from people.models import Membership, Organisation, User
from people.rules import ACTS_FOR, APPROVING, still_belonging


def _belongs_nowhere(person: str, session: str, *, on: dt.date) -> Q:
    """Rows of people who have no employer on a day, nor a school that their session is for."""
    employed = still_belonging(Role.EMPLOYEE, on=on).filter(user=OuterRef(person))
    at_school = still_belonging(Role.ASPIRANT, on=on).filter(user=OuterRef(person))
    not_for_aspirants = Q(**{f"{session}__audience": SessionAudience.EXPERIENCED})
    return ~Exists(employed) & (not_for_aspirants | ~Exists(at_school))


class EnrolmentQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: User) -> Self:
        """A person's own."""
        return self.filter(learner=user)

    def made_for(self, person: User, *, by: Organisation) -> Self:
        """In what an organisation's HR or academy enrolled a person; not what they chose themselves."""
        return self.filter(learner=person, enrolled_by=by)

    def active(self) -> Self:
        return self.filter(status__in=ACTIVE)

    def confirmed(self) -> Self:
        return self.filter(status=EnrolmentStatus.CONFIRMED)

    def seated(self) -> Self:
        """With a seat that is theirs or on offer."""
        return self.filter(status__in=SEATED)

    def walked_in(self) -> Self:
        """Who got the seat at the door, of the queue or without a booking."""
        entries = AuditEntry.objects.filter(
            action=WALKED_IN, subject_type=self.model._meta.label_lower, subject_id=OuterRef("pk")
        )
        return self.confirmed().filter(Exists(entries))

    def queued(self) -> Self:
        return self.filter(status=EnrolmentStatus.QUEUED)

    def waiting_for_turn(self) -> Self:
        """Queued, and asked when a seat comes free; a seat is held once for an approval that is missing."""
        approved = Q(approval_needed=False) | Q(approved_at__isnull=False)
        may_still_be = ~Q(passed_over=PassedOver.NOT_APPROVED)
        return self.queued().filter(approved | may_still_be).exclude(passed_over__in=STEPPED_ASIDE)

    def promotable(self) -> Self:
        """Who gets a seat, or the offer of one, on their turn: with consent, and an account in use."""
        has_consent = Q(session__version__consent_required=False) | Q(consented_at__isnull=False)
        return self.waiting_for_turn().filter(has_consent, learner__is_active=True)

    def awaiting_approval(self, *, at: dt.datetime) -> Self:
        """Of sessions still to come, about which nobody has decided."""
        undecided = self.active().filter(approval_needed=True, approved_at=None)
        return undecided.filter(session__status=SessionStatus.PUBLISHED, session__starts_at__gt=at)

    def asked_before(self, at: dt.datetime) -> Self:
        """Whose approvers were last asked before an instant: when they enrolled, or when a seat was held."""
        return self.filter(enrolled_at__lt=at).exclude(offers__made_at__gte=at)

    def decidable_by(self, user: User, *, on: dt.date) -> Self:
        """What somebody approves or not for their organisation; of one, ``people.rules.Deciders`` says it."""
        held = [(each.organisation_id, each.role) for each in user.memberships_today]
        as_approver = [organisation for organisation, role in held if role in APPROVING]
        as_hr = [organisation for organisation, role in held if role == Role.HR]
        approvers = Membership.objects.current(on=on).filter(
            organisation=OuterRef("approver"), role__in=APPROVING, user__is_active=True
        )
        for_want_of_others = ~Exists(approvers.exclude(user=OuterRef("learner")))
        theirs = Q(approver__in=as_approver) | Q(for_want_of_others, approver__in=as_hr)
        return self.filter(theirs, approval_needed=True).exclude(learner=user)

    def left_behind(self, *, at: dt.datetime) -> Self:
        """What is still to begin, of people who have no employer any more, nor a school that it is for."""
        left = _belongs_nowhere("learner", "session", on=brussels_day(at))
        return self.active().filter(left, session__starts_at__gt=at)

    def freed_from(self, offices: Iterable[Membership]) -> Self:
        """What was freed of people who left, for those who acted for them; their own choices are left out.

        ``offices``: the memberships by which somebody acts for people; others count for nothing.
        """
        theirs = (
            Q(departure__organisation=office.organisation_id, departure__role=ACTS_FOR[Role(office.role)])
            for office in offices
            if office.role in ACTS_FOR
        )
        return (
            self.filter(reduce(or_, theirs, Q(pk=None)))
            .exclude(session__in=Session.objects.of_one_s_own_choice())
            .select_related("departure__person__profile", "session__version")
            .order_by("-departure__last_day", "departure_id", "session__starts_at")
        )

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

    def with_parts(self) -> Self:
        """With what tells which part of it is missed, and by which another one is replaced."""
        return self.select_related("session__version").prefetch_related("session__version__parts")

    def with_position(self) -> Self:
        """With ``position``: the place in the queue, from 1; only for those who are queued."""
        same_queue = self.model._default_manager.queued().filter(session=OuterRef("session"))
        earlier = Q(enrolled_at__lt=OuterRef("enrolled_at")) | Q(
            enrolled_at=OuterRef("enrolled_at"), pk__lt=OuterRef("pk")
        )
        ahead = same_queue.filter(
            Q(priority__lt=OuterRef("priority")) | Q(priority=OuterRef("priority")) & earlier
        )
        return self.annotate(position=RowCount(ahead) + 1)

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

    def in_or_during(self, session: Session) -> Self:
        """In a session, or with a seat somewhere else at the time of one of its meetings."""
        seats = self.model._meta.get_field("seats").related_model._default_manager
        elsewhere = seats.held().filter(during(session), enrolment=OuterRef("pk"))
        return self.filter(Q(session=session) | Exists(elsewhere))


class DepartureQuerySet(models.QuerySet[Any]):
    def stale(self, *, at: dt.datetime) -> Self:
        """Known for so long that nobody reviews it any more."""
        return self.filter(recorded_at__lt=at - dt.timedelta(days=settings.LEAVERS_LISTED_DAYS))


class AccessibilityRequestQuerySet(models.QuerySet[Any]):
    def needless(self, *, at: dt.datetime) -> Self:
        """Of sessions that ended before that day, and of claims that ended."""
        midnight = dt.datetime.combine(brussels_day(at), dt.time.min, BRUSSELS)
        return self.filter(Q(enrolment__session__ends_at__lt=midnight) | ~Q(enrolment__status__in=ACTIVE))

    def to_arrange(self, *, at: dt.datetime) -> Self:
        """Those of sessions that aren't over, the next session first."""
        waiting = self.filter(arranged_at=None, enrolment__status__in=ACTIVE)
        return waiting.filter(enrolment__session__ends_at__gt=at).order_by("enrolment__session__starts_at")

    def of_session(self, session: Session) -> Self:
        """With whom they are of, by name."""
        return (
            self.filter(enrolment__session=session, enrolment__status__in=ACTIVE)
            .select_related("enrolment__learner__profile")
            .order_by("enrolment__learner__profile__last_name", "pk")
        )


def during(session: Session) -> Exists:
    """Rows with a ``meeting`` at the time of a session's meetings; those that touch do not overlap."""
    begun = Meeting.objects.filter(session=session, starts_at__lt=OuterRef("meeting__ends_at"))
    return Exists(begun.filter(ends_at__gt=OuterRef("meeting__starts_at")))


class OfferQuerySet(models.QuerySet[Any]):
    def live(self) -> Self:
        return self.filter(ended_at=None)

    def expired(self, *, at: dt.datetime) -> Self:
        """Not answered in time, the oldest first."""
        return self.live().filter(expires_at__lte=at).order_by("expires_at", "id")


class SeatPoolQuerySet(models.QuerySet[Any]):
    def kept(self) -> Self:
        """Not lent to everybody yet; those of an organisation before those of a language."""
        return self.filter(released_at=None).order_by(F("organisation").asc(nulls_last=True), "id")


class SeatQuerySet(models.QuerySet[Any]):
    def held(self) -> Self:
        """Taken: by those who take part, and by those to whom they are on offer."""
        return self.filter(released_at=None)

    def attending(self) -> Self:
        """Of those who take part."""
        return self.held().filter(enrolment__status=EnrolmentStatus.CONFIRMED)

    def offered_in(self, session: Any) -> Self:
        """Held for those who are asked for an answer, of one session."""
        return self.held().filter(enrolment__status=EnrolmentStatus.OFFERED, enrolment__session=session)

    def make_ups(self) -> Self:
        """Held in another session than that in which their person enrolled: a part was missed there."""
        return self.held().exclude(meeting__session=F("enrolment__session"))

    def made_up_in(self, session: Session) -> Self:
        """Make-ups in a session, of people who enrolled in other ones."""
        return self.make_ups().filter(meeting__session=session).order_by("id")

    def to_come(self, *, at: dt.datetime) -> Self:
        """In meetings that have not begun."""
        return self.filter(meeting__starts_at__gt=at)

    def left_behind(self, *, at: dt.datetime) -> Self:
        """Make-ups that are still to begin, of people who left; see ``EnrolmentQuerySet.left_behind``."""
        left = _belongs_nowhere("enrolment__learner", "meeting__session", on=brussels_day(at))
        return self.make_ups().to_come(at=at).filter(left)

    def reminder_due(self, *, at: dt.datetime, within: dt.timedelta) -> Self:
        """Of those who take part in a meeting that starts within the time."""
        soon = self.to_come(at=at).filter(meeting__starts_at__lte=at + within)
        return soon.filter(
            enrolment__status=EnrolmentStatus.CONFIRMED, meeting__session__status=SessionStatus.PUBLISHED
        ).order_by("meeting__starts_at", "id")

    def upcoming(self, *, at: dt.datetime) -> Self:
        """In meetings that aren't over."""
        return self.filter(meeting__ends_at__gte=at)

    def with_make_up(self) -> Self:
        """With what a page or a mail says of a make-up: where it is, and of whom."""
        return self.select_related(
            "enrolment__learner__profile",
            "enrolment__session__version",
            "meeting__session__version__course",
            "meeting__part",
            "meeting__venue",
        )

    def overlapping(self, slots: Iterable[Slot]) -> Self:
        """Held at any of these times; those that touch do not overlap."""
        return self.held().filter(at_the_time_of(slots))


class CompletionQuerySet(FactQuerySet):
    def visible_to(self, user: User) -> Self:
        """A person's own."""
        return self.filter(person=user)

    def valid(self, *, on: dt.date) -> Self:
        """That count on a day: known now, reached by then, and not expired."""
        unexpired = Q(valid_until=None) | Q(valid_until__gte=on)
        return self.current().filter(unexpired, completed_on__lte=on)

    def with_text(self) -> Self:
        """With what a row shows, the latest first."""
        return self.select_related("version__course").order_by("-completed_on", "-id")


class InterestQuerySet(models.QuerySet[Any]):
    def fulfilled(self) -> Self:
        """Of people who have enrolled in the course, or completed it, since they asked."""
        enrolled = self.filter(
            person__enrolments__session__version__course=F("course"),
            person__enrolments__enrolled_at__gte=F("since"),
        )
        completed = self.filter(
            person__completions__version__course=F("course"),
            person__completions__recorded_at__gte=F("since"),
            person__completions__superseded_at=None,
        )
        return self.filter(Q(pk__in=enrolled.values("pk")) | Q(pk__in=completed.values("pk")))

    def standing(self) -> Self:
        """What still waits for a date."""
        everybody: Self = self.model._default_manager.all()
        people = self.filter(person__is_active=True, person__erased_at=None)
        return people.exclude(pk__in=everybody.fulfilled().values("pk"))

    def stale(self, *, at: dt.datetime) -> Self:
        """Fulfilled, or so old that nobody remembers having asked."""
        long_ago = at - dt.timedelta(days=settings.INTEREST_KEPT_DAYS)
        return self.filter(Q(pk__in=self.fulfilled().values("pk")) | Q(since__lt=long_ago))

    def with_news(self, *, at: dt.datetime) -> Self:
        """In courses with a coming date of which they weren't told; whether it is for them is asked later."""
        told = self.model.told.through._default_manager
        coming = Session.objects.published().upcoming(at=at).filter(version__course=OuterRef("course"))
        known = told.filter(interest=OuterRef(OuterRef("pk")), session=OuterRef("pk"))
        return self.standing().filter(Exists(coming.exclude(Exists(known))))


class PrerequisiteExceptionQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: User) -> Self:
        """A person's own."""
        return self.filter(person=user)

    def undecided(self) -> Self:
        return self.filter(status=ExceptionStatus.ASKED)

    def stale(self, *, at: dt.datetime) -> Self:
        """Of no use any more, and for so long that nobody asks about them."""
        long_ago = at - dt.timedelta(days=settings.EXCEPTIONS_KEPT_DAYS)
        declined = Q(status=ExceptionStatus.DECLINED, decided_at__lt=long_ago)
        ended = Q(status=ExceptionStatus.GRANTED, valid_until__lt=brussels_day(long_ago))
        unanswered = Q(status=ExceptionStatus.ASKED, session__ends_at__lt=long_ago)
        return self.filter(declined | ended | unanswered)

    def asked_of(self, user: User, *, on: dt.date) -> Self:
        """Of the sessions for which somebody answers; nobody decides about themselves."""
        organised = Session.objects.answered_for_by(user, on=on)
        return self.filter(session__in=organised).exclude(person=user)

    def with_all(self) -> Self:
        """With what a row shows, who has waited longest first."""
        return self.select_related(
            "person__profile",
            "session",
            "course__current_version",
            "prerequisite__current_version",
        ).order_by("asked_at", "pk")


class AuditRunQuerySet(models.QuerySet[Any]):
    def last_one(self) -> Self:
        latest = self.model._default_manager.order_by("-at").values("pk")
        return self.filter(pk=Subquery(latest[:1]))

    def broken(self) -> Self:
        """A row for each kind of fault that was found."""
        return self.annotate(fault=Func("faults", function="jsonb_object_keys"))
