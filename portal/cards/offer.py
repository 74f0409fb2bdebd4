"""What keeps the offer in order: of catalogue managers, and of the partners who give a part of it."""

import datetime as dt
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from core.templatetags.traject import day
from core.time import brussels_day
from courses.enums import SessionStatus
from courses.models import Session
from courses.staffing import drafts_short_of_staff, sessions_short_of_staff
from enrolment.models import AccessibilityRequest, PrerequisiteException
from enrolment.sessions import with_too_few
from people.enums import Role
from people.models import User
from portal.cards.card import Card, Tally, title_of

MOST_OF_PARTNER = 3
# While there is still time to tell people of it, or to cancel it decently.
SPARSE_WITHIN = dt.timedelta(days=28)


def short_of_staff(person: User, at: dt.datetime) -> list[Tally]:
    """What is on offer and lacks somebody: they declined, or may not give it any more."""
    if not person.has_role(Role.CATALOGUE_MANAGER):
        return []
    card = Card(
        eyebrow=_("Trainers"),
        title=ngettext_lazy(
            "%(count)d published session lacks somebody to give it",
            "%(count)d published sessions lack somebody to give them",
            "count",
        ),
        text=_("Somebody declined, or may not give it any more."),
        url=reverse("courses:trainers"),
        state="late",
        state_text=_("Cannot take place"),
        act=_("Find a replacement"),
    )
    return [Tally(sessions_short_of_staff(at=at), card)]


def too_few(person: User, at: dt.datetime) -> list[Tally]:
    """Sessions whose day of go or no-go has come, with fewer people than they need."""
    if not person.has_role(Role.CATALOGUE_MANAGER):
        return []
    card = Card(
        eyebrow=_("Go or no-go"),
        title=ngettext_lazy(
            "%(count)d session has too few participants: decide",
            "%(count)d sessions have too few participants: decide",
            "count",
        ),
        text=_("Cancel it, move it, or let it take place. Until then its participants don't know."),
        url=_managed(SessionStatus.PUBLISHED),
        state="late",
        state_text=_("To decide"),
        act=_("See the sessions"),
    )
    organised = Session.objects.answered_for_by(person, on=brussels_day(at))
    return [Tally(with_too_few(organised.to_decide(at=at)), card)]


def needs(person: User, at: dt.datetime) -> Iterator[Card]:
    """What participants ask of the organiser: of the next session, whose title would say too much here."""
    if not person.has_role(Role.CATALOGUE_MANAGER):
        return
    organised = Session.objects.answered_for_by(person, on=brussels_day(at))
    waiting = AccessibilityRequest.objects.to_arrange(at=at).filter(enrolment__session__in=organised)
    if asked := waiting.select_related("enrolment__session").first():
        session = asked.enrolment.session
        yield Card(
            eyebrow=_("What participants need"),
            title=_("Something to arrange before %(day)s") % {"day": day(session.first_day)},
            url=reverse("enrolment:accessibility_requests", args=[session.public_id]),
            state="wait",
            state_text=_("to arrange"),
            act=_("See what to arrange"),
        )


def exceptions(person: User, at: dt.datetime) -> list[Tally]:
    """What people ask of the organisers: to follow a course without what comes first."""
    if not person.has_role(Role.CATALOGUE_MANAGER):
        return []
    card = Card(
        eyebrow=_("Exceptions"),
        title=ngettext_lazy(
            "%(count)d person asks for an exception", "%(count)d people ask for an exception", "count"
        ),
        text=_("They want to follow a course without what comes first, and wait for your answer."),
        url=reverse("enrolment:exceptions"),
        state="wait",
        state_text=_("to decide"),
        act=_("Decide"),
    )
    return [Tally(PrerequisiteException.objects.asked_of(person, on=brussels_day(at)).undecided(), card)]


def sparse(person: User, at: dt.datetime) -> list[Tally]:
    """Sessions that come soon and of which more than half is empty."""
    if not person.has_role(Role.CATALOGUE_MANAGER):
        return []
    card = Card(
        eyebrow=_("Few enrolments"),
        title=ngettext_lazy(
            "%(count)d session is less than half full", "%(count)d sessions are less than half full", "count"
        ),
        text=_("Within four weeks. There is still time to tell people of it, or to cancel."),
        url=_managed(SessionStatus.PUBLISHED),
        state="wait",
        state_text=_("Seats left"),
        act=_("See the sessions"),
    )
    coming = Session.objects.published().upcoming(at=at).filter(starts_at__lte=at + SPARSE_WITHIN)
    return [Tally(coming.less_than_half_full(), card)]


def drafts(person: User, at: dt.datetime) -> list[Tally]:
    """What can't be published yet, and what can."""
    if not person.has_role(Role.CATALOGUE_MANAGER):
        return []
    lacking = drafts_short_of_staff()
    lacking_card = Card(
        eyebrow=_("Drafts"),
        title=ngettext_lazy(
            "%(count)d draft lacks somebody to give it",
            "%(count)d drafts lack somebody to give them",
            "count",
        ),
        text=_("They can be published once enough trainers and assistants have accepted."),
        url=_managed(SessionStatus.DRAFT),
        act=_("Ask trainers"),
    )
    ready_card = Card(
        eyebrow=_("Drafts"),
        title=ngettext_lazy("%(count)d draft session", "%(count)d draft sessions", "count"),
        text=_("Publish them, and people can enrol."),
        url=_managed(SessionStatus.DRAFT),
        act=_("Look over and publish"),
    )
    ready = Session.objects.drafts().exclude(pk__in=lacking.values("pk"))
    return [Tally(lacking, lacking_card), Tally(ready, ready_card)]


def given_by_partner(person: User, at: dt.datetime) -> Iterator[Card]:
    """When a partner's courses take place, and for how many."""
    if not person.has_role(Role.PARTNER) or person.has_role(Role.CATALOGUE_MANAGER, Role.ADMINISTRATOR):
        return
    coming = Session.objects.managed_by(person).published().upcoming(at=at)
    for session in coming.with_enrolled().select_related("version")[:MOST_OF_PARTNER]:
        yield Card(
            eyebrow=_("Your courses"),
            title=title_of(session),
            text=_day_and_seats(session),
            url=reverse("enrolment:manage_sessions"),
        )


def _managed(status: SessionStatus) -> str:
    return f"{reverse('enrolment:manage_sessions')}?{urlencode({'status': status.value})}"


def _day_and_seats(session: Any) -> str:
    """The first day of a session ``with_enrolled``, and how many come."""
    when = day(timezone.localtime(session.starts_at))
    if session.places is None:
        people = ngettext("%(count)d participant", "%(count)d participants", session.enrolled)
        return f"{when} · {people % {'count': session.enrolled}}"
    seats = _("%(taken)d of %(capacity)d seats taken")
    return f"{when} · {seats % {'taken': session.enrolled, 'capacity': session.places}}"
