"""What to do now, by role: the cards of the home page, the most urgent first."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attendance.querysets import invitations_of, meetings_to_close
from core.templatetags.traject import day, times
from core.time import brussels_day
from courses.enums import SessionStatus
from courses.models import Session
from courses.staffing import sessions_short_of_staff
from enrolment.models import AccessibilityRequest, Enrolment
from enrolment.rules import can_manage_sessions
from people.enums import Role
from people.models import User
from people.rules import ACTS_FOR
from reporting.scopes import views_of
from tracks.models import Cohort
from tracks.progress import next_step_of
from tracks.rules import schools_of

MOST_CARDS = 7


@dataclass(frozen=True)
class Card:
    eyebrow: str
    title: str
    text: str
    url: str
    state: str = ""
    state_text: str = ""


def cards_for(person: User, *, at: dt.datetime) -> list[Card]:
    """At most seven cards; what comes after them isn't even read."""
    cards = chain(
        _rosters(person, at),
        _invitations(person, at),
        _sessions_short_of_staff(person, at),
        _rosters_to_close(person, at),
        _needs(person, at),
        _own_sessions(person, at),
        _next_step(person, at),
        _classes(person, at),
        _leavers(person),
        _drafts(person, at),
        _figures(person),
        _administration(person),
    )
    return list(islice(cards, MOST_CARDS))


def _rosters(person: User, at: dt.datetime) -> Iterator[Card]:
    """Sessions that this person gives today."""
    if not person.has_role(Role.TRAINER):
        return
    given = Session.objects.published().taught_by(person).on_day(brussels_day(at))
    for session in given.with_meetings()[:3]:
        yield Card(
            eyebrow=_("You teach today"),
            title=session.version.title,
            text=_hours_and_place(session),
            url=reverse("attendance:roster", args=[session.public_id]),
            state="wait",
            state_text=_("Open the roster"),
        )


def _invitations(person: User, at: dt.datetime) -> Iterator[Card]:
    """What an organiser waits for an answer to."""
    if not person.has_role(Role.TRAINER):
        return
    for session, staff in invitations_of(person, at=at)[:2]:
        meeting = staff[0].meeting
        yield Card(
            eyebrow=_("Will you give it?"),
            title=session.version.title,
            text=f"{day(timezone.localtime(meeting.starts_at))} · {meeting.venue}",
            url=reverse("attendance:invitation", args=[session.public_id]),
            state="wait",
            state_text=_("Waits for your answer"),
        )


def _sessions_short_of_staff(person: User, at: dt.datetime) -> Iterator[Card]:
    """What is on offer and lacks somebody: they declined, or may not give it any more."""
    if not can_manage_sessions(person):
        return
    count = sessions_short_of_staff(at=at).count()
    if count:
        yield Card(
            eyebrow=_("Trainers"),
            title=ngettext(
                "%(count)d published session lacks somebody to give it",
                "%(count)d published sessions lack somebody to give them",
                count,
            )
            % {"count": count},
            text=_("Somebody declined, or may not give it any more. Find a replacement."),
            url=reverse("courses:trainers"),
            state="late",
            state_text=_("Find a replacement"),
        )


def _rosters_to_close(person: User, at: dt.datetime) -> Iterator[Card]:
    """Rosters of earlier days: certificates wait for them."""
    if not person.has_role(Role.TRAINER):
        return
    count = meetings_to_close(person, at=at).count()
    if count:
        yield Card(
            eyebrow=_("Attendance lists"),
            title=ngettext("%(count)d roster to close", "%(count)d rosters to close", count)
            % {"count": count},
            text=_("Certificates follow as soon as the roster is closed."),
            url=reverse("attendance:teach"),
            state="wait",
            state_text=_("to close"),
        )


def _own_sessions(person: User, at: dt.datetime) -> Iterator[Card]:
    """The next seats, and places in queues."""
    own = Enrolment.objects.visible_to(person).active().upcoming(at=at).with_session()
    for enrolment in own.order_by("status", "session__starts_at")[:4]:
        session = enrolment.session
        yield Card(
            eyebrow=_("Your next session") if enrolment.is_confirmed else _("You are in the queue"),
            title=session.version.title,
            text=f"{day(timezone.localtime(session.starts_at))} · {_hours_and_place(session)}",
            url=session.get_absolute_url(),
            state="good" if enrolment.is_confirmed else "wait",
            state_text=_("You have a seat") if enrolment.is_confirmed else _("Waiting for a seat"),
        )


def _next_step(person: User, at: dt.datetime) -> Iterator[Card]:
    """What an aspirant must complete and has not planned."""
    if not person.has_role(Role.ASPIRANT):
        return
    if (standing := next_step_of(person, at=at)) and (version := standing.version):
        yield Card(
            eyebrow=_("Next on your path"),
            title=version.title,
            text=capfirst(standing.own_text),
            url=f"{standing.course.get_absolute_url()}#dates",
            state="wait",
            state_text=_("Choose a date"),
        )


def _classes(person: User, at: dt.datetime) -> Iterator[Card]:
    """The classes that a coordinator plans."""
    if not schools_of(person):
        return
    count = Cohort.objects.visible_to(person).running(on=brussels_day(at)).count()
    yield Card(
        eyebrow=_("Academy"),
        title=ngettext("%(count)d class", "%(count)d classes", count) % {"count": count}
        if count
        else _("Your class lists"),
        text=_("What is late, and what must be planned.") if count else _("Bring them in by file."),
        url=reverse("tracks:academy") if count else reverse("tracks:upload"),
    )


def _drafts(person: User, at: dt.datetime) -> Iterator[Card]:
    """What a catalogue manager can put on offer."""
    if not can_manage_sessions(person):
        return
    count = Session.objects.drafts().count()
    if count:
        yield Card(
            eyebrow=_("The offer"),
            title=ngettext("%(count)d draft session", "%(count)d draft sessions", count) % {"count": count},
            text=_("Publish them, and people can enrol."),
            url=f"{reverse('enrolment:manage_sessions')}?{urlencode({'status': SessionStatus.DRAFT.value})}",
        )


def _needs(person: User, at: dt.datetime) -> Iterator[Card]:
    """What a participant asks of the organiser: the next session of which something is to be arranged."""
    if not person.has_role(Role.CATALOGUE_MANAGER):
        return
    organised = Session.objects.answered_for_by(person, on=brussels_day(at))
    waiting = AccessibilityRequest.objects.to_arrange(at=at).filter(enrolment__session__in=organised)
    if asked := waiting.select_related("enrolment__session__version").first():
        session = asked.enrolment.session
        yield Card(
            eyebrow=_("What participants need"),
            title=session.version.title,
            text=day(timezone.localtime(session.starts_at)),
            url=reverse("enrolment:accessibility_requests", args=[session.public_id]),
            state="wait",
            state_text=_("to arrange"),
        )


def _leavers(person: User) -> Iterator[Card]:
    """People whose departure freed bookings, for those who acted for them."""
    roles = [role for role in ACTS_FOR if person.has_role(role)]
    if not roles:
        return
    freed = Enrolment.objects.freed_from(person.memberships_today).filter(departure__reviewed_at=None)
    left = set(freed.values_list("departure", "departure__role"))
    for role in roles:
        if count := sum(was == ACTS_FOR[role] for _departure, was in left):
            yield Card(
                eyebrow=_("People who left"),
                title=ngettext("%(count)d person left", "%(count)d people left", count) % {"count": count},
                text=_("Look over which bookings that freed."),
                url=reverse("enrolment:leavers", kwargs={"role": role}),
            )


def _figures(person: User) -> Iterator[Card]:
    """The figures of the organisations that somebody answers for."""
    for view in views_of(person):
        yield Card(
            eyebrow=_("Figures"),
            title=str(view.organisation.name),
            text=_("Who completed what, by year and group."),
            url=f"{reverse('reporting:figures')}?{urlencode({'organisation': view.organisation.code})}",
        )


def _administration(person: User) -> Iterator[Card]:
    if person.is_staff:
        yield Card(
            eyebrow=_("Administration"),
            title=_("Organisations and people"),
            text=_("Add them, and give roles."),
            url=reverse("admin:index"),
        )


def _hours_and_place(session: Session) -> str:
    first = session.first_meeting
    if not (first and session.starts_at and session.ends_at):
        return ""
    return f"{times(session.starts_at, session.ends_at)} · {first.venue}"
