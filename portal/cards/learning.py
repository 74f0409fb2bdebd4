"""What one takes part in."""

import datetime as dt
from collections.abc import Iterator

from django.db.models import prefetch_related_objects
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from attendance.make_ups import Missed, coming_or_to_make_up, make_ups_in, missed_in
from core.templatetags.traject import day, short_day
from courses.models import Session
from courses.templatetags.catalogue import hours
from enrolment.models import Completion, Enrolment
from people.enums import Role
from people.models import User
from portal.cards.card import Card, title_of
from tracks.enums import TO_PLAN
from tracks.progress.paths import Path, path_of
from tracks.progress.standings import Standing

MOST_SESSIONS = 3


def own(person: User, at: dt.datetime) -> Iterator[Card]:
    """The step of a track for which nothing is planned, the next seats, the places in queues."""
    active = coming_or_to_make_up(Enrolment.objects.visible_to(person).active(), at=at)
    enrolments = list(active.with_session().order_by("status", "session__starts_at"))
    missed = missed_in(enrolments)
    yield from map(_missed, missed)
    if person.has_role(Role.ASPIRANT):
        completions = Completion.objects.visible_to(person).current().select_related("version")
        path = path_of(
            person,
            completions=completions,
            enrolments=enrolments,
            make_ups=make_ups_in(enrolments, at=at),
            missed=missed,
            at=at,
        )
        if step := path.to_choose:
            yield _step(step, path)
    coming = [enrolment for enrolment in enrolments if enrolment.session.ends_at >= at]
    # What waits for an answer goes before everything else.
    offered = [enrolment for enrolment in coming if enrolment.is_offered]
    prefetch_related_objects(offered, "offers")
    others = [enrolment for enrolment in coming if not enrolment.is_offered]
    yield from map(_offered, offered)
    for place, enrolment in enumerate(others[: MOST_SESSIONS - len(offered)]):
        yield _seat(enrolment, is_next=place == 0) if enrolment.is_confirmed else _queued(enrolment)


def _missed(missed: Missed) -> Card:
    session, part = missed.enrolment.session, missed.part
    return Card(
        eyebrow=_("You missed a part"),
        title=title_of(session),
        text=_("Only this part is still to come: %(part)s") % {"part": part.title},
        url=reverse("attendance:make_up", args=[session.public_id, part.position]),
        state="wait",
        state_text=_("No date yet"),
        act=_("Choose a date"),
    )


def _step(step: Standing, path: Path) -> Card:
    planned = sum(each.state not in TO_PLAN for each in path.standings)
    progress = _("%(planned)d of %(steps)d steps done or booked")
    progress = progress % {"planned": planned, "steps": len(path.standings)}
    return Card(
        eyebrow=_("Next on your path"),
        title=step.title,
        text=f"{capfirst(step.own_text)} · {progress}",
        url=f"{step.course.get_absolute_url()}#dates",
        state="wait",
        state_text=_("No date yet"),
        act=_("Choose a date"),
    )


def _seat(enrolment: Enrolment, *, is_next: bool) -> Card:
    return Card(
        eyebrow=_("Your next session") if is_next else _("Then"),
        title=title_of(enrolment.session),
        text=_when_and_where(enrolment.session),
        url=enrolment.session.get_absolute_url(),
        state="good",
        state_text=_("You have a seat"),
    )


def _offered(enrolment: Enrolment) -> Card:
    waits_for_others, until = enrolment.lacks_approval, _held_until(enrolment)
    return Card(
        eyebrow=_("A seat is held for you"),
        title=title_of(enrolment.session),
        text=_when_and_where(enrolment.session),
        url=enrolment.session.get_absolute_url(),
        state="wait",
        state_text=_("Waits for approval")
        if waits_for_others
        else _("Answer by %(until)s") % {"until": until},
        act="" if waits_for_others else _("Answer"),
    )


def _held_until(enrolment: Enrolment) -> str:
    offer = enrolment.live_offer
    if offer is None:
        return ""
    until = timezone.localtime(offer.expires_at)
    return f"{short_day(until)}, {until:%H:%M}"


def _queued(enrolment: Enrolment) -> Card:
    return Card(
        eyebrow=_("You are in the queue"),
        title=title_of(enrolment.session),
        text=_when_and_where(enrolment.session),
        url=enrolment.session.get_absolute_url(),
        state="wait",
        state_text=_("Waiting for a seat"),
        act=_("See other dates"),
    )


def _when_and_where(session: Session) -> str:
    first = session.first_meeting
    if not (first and session.starts_at):
        return ""
    return f"{day(timezone.localtime(session.starts_at))} · {hours(session)} · {first.venue}"
