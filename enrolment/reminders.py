"""Which reminders and news are due: decided here, where the data is; the outbox sends them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.conf import settings
from django.db import transaction

from core.sweeps import sweep
from core.time import BRUSSELS, brussels_day
from courses.models import Session
from enrolment import emails
from enrolment.models import Enrolment, Interest, Seat
from enrolment.turns import is_working_day, working_days_before
from notifications.models import Message
from people.models import User
from people.rules import affiliation_of, deciders_of


def queue_session_reminders(*, at: dt.datetime) -> None:
    """Queue one reminder for each confirmed participant of the coming days.

    Safe to run twice and at the same time: the dedupe key lets one through for each date.
    """
    within = dt.timedelta(days=settings.REMINDER_DAYS)
    due = Enrolment.objects.reminder_due(at=at, within=within).with_learner().with_meetings()
    sweep(due.iterator(chunk_size=500), _remind)


@transaction.atomic
def _remind(enrolment: Enrolment) -> None:
    # Whoever withdraws, moves or cancels holds this row: nobody is reminded of what is no longer so.
    seated = Enrolment.objects.confirmed().select_for_update(no_key=True).filter(pk=enrolment.pk)
    if seated.exists() and _still_stands(enrolment.session):
        emails.remind(enrolment, enrolment.meetings)


def queue_approval_reminders(*, at: dt.datetime) -> None:
    """Queue one mail to each approver of what waits for some working days already, and as long between two.

    Deputies are asked by it for the first time. Safe to run twice and at the same time, on working days only.
    """
    day = brussels_day(at)
    if not is_working_day(day):
        return
    last_asked_on = working_days_before(day, settings.APPROVAL_REMINDER_DAYS)
    before = dt.datetime.combine(last_asked_on + dt.timedelta(days=1), dt.time.min, BRUSSELS)
    due = Enrolment.objects.awaiting_approval(at=at).asked_before(before).with_learner().with_session()
    reminded = Message.objects.filter(template=emails.APPROVAL_REMINDER, created_at__gte=before)
    waiting = _by_decider(due.prefetch_related("offers").order_by("enrolled_at", "id"), on=day)
    approvers = User.objects.filter(pk__in=waiting).exclude(pk__in=reminded.values("recipient"))
    sweep(
        approvers.select_related("profile"),
        lambda approver: _remind_approver(approver, waiting[approver.pk], at=at),
    )


@transaction.atomic
def _remind_approver(approver: User, waiting: Sequence[Enrolment], *, at: dt.datetime) -> None:
    # Whoever decides or withdraws holds these rows: nobody is reminded of what is no longer so.
    theirs = Enrolment.objects.filter(pk__in=[each.pk for each in waiting]).order_by("pk")
    undecided = theirs.awaiting_approval(at=at).select_for_update(no_key=True, of=["self"])
    still = set(undecided.values_list("pk", flat=True))
    if still:
        left = [each for each in waiting if each.pk in still]
        emails.remind_approver(approver, left, on=brussels_day(at))


def _by_decider(waiting: Iterable[Enrolment], *, on: dt.date) -> dict[int, list[Enrolment]]:
    """What waits, by the id of everybody who may decide about it."""
    asked = [(each.approver_id, each) for each in waiting if each.approver_id]
    deciders = deciders_of({organisation for organisation, _each in asked}, on=on)
    found: dict[int, list[Enrolment]] = defaultdict(list)
    for organisation, enrolment in asked:
        for person_id in deciders[organisation].about(enrolment.learner_id):
            found[person_id].append(enrolment)
    return found


def queue_make_up_reminders(*, at: dt.datetime) -> None:
    """The same for those who make up for a part in a meeting of the coming days."""
    within = dt.timedelta(days=settings.REMINDER_DAYS)
    sweep(Seat.objects.make_ups().reminder_due(at=at, within=within).with_make_up(), _remind_of_make_up)


@transaction.atomic
def _remind_of_make_up(seat: Seat) -> None:
    # Whoever cancels or moves it holds the row of the enrolment.
    list(Enrolment.objects.select_for_update(no_key=True).filter(pk=seat.enrolment_id))
    if Seat.objects.held().filter(pk=seat.pk).exists() and _still_stands(seat.meeting.session):
        emails.remind_of_make_up(seat)


def queue_new_dates(*, at: dt.datetime) -> None:
    """Tell people of the dates that came for courses that they wait for: a mail a day at most.

    Of each session once. Safe to run twice and at the same time: one after the other looks at a person.
    """
    waiting = Interest.objects.with_news(at=at).values("person")
    people = User.objects.filter(pk__in=waiting).select_related("profile").order_by("pk")
    sweep(people, lambda person: tell_of_new_dates(person, at=at))


@transaction.atomic
def tell_of_new_dates(person: User, *, at: dt.datetime) -> None:
    """Queue the mail of one person, if there are dates for them and they got none today."""
    day = brussels_day(at)
    own = Interest.objects.standing().filter(person=person).order_by("pk")
    interests = list(own.select_for_update(no_key=True, of=["self"]))
    if Message.objects.filter(dedupe_key=emails.new_dates_key(person, day)).exists():
        return
    if sessions := _untold(person, interests, at=at):
        for interest in interests:
            interest.told.add(*[each for each in sessions if each.version.course_id == interest.course_id])
        emails.tell_of_new_dates(person, sessions, day=day)


def _untold(person: User, interests: Sequence[Interest], *, at: dt.datetime) -> list[Session]:
    """The dates that are for somebody, who may be staff no more, and of which they weren't told."""
    affiliated = affiliation_of(person, on=brussels_day(at))
    if not affiliated.is_staff:
        return []
    announced = Session.objects.announced_to(
        organisations=affiliated.organisations, aspirants=affiliated.is_aspirant, at=at
    )
    told = Interest.told.through.objects.filter(interest__in=interests)
    untold = announced.filter(version__course__in=[each.course_id for each in interests])
    untold = untold.exclude(pk__in=told.values("session")).telling_who_gives(person).filter(is_own=False)
    return list(untold.select_related("version").prefetch_related("meetings").order_by("starts_at", "pk"))


def _still_stands(session: Session) -> bool:
    """Whether the dates that were read are those of now, asked once the row is locked."""
    return Session.objects.published().filter(pk=session.pk, sequence=session.sequence).exists()
