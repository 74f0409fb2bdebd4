"""What one gives."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attendance.querysets import invitations_of, open_meetings
from attendance.rules import is_close_overdue
from core.templatetags.traject import day, times
from core.time import brussels_day
from people.enums import Role
from people.models import User
from portal.cards.card import Card, title_of

MOST_ROSTERS, MOST_INVITATIONS = 3, 2
# Further ahead nobody prepares.
LOOK_AHEAD = dt.timedelta(days=60)


def rosters(person: User, at: dt.datetime) -> Iterator[Card]:
    """Those of today, those of earlier days that are open still, and what comes next."""
    if not person.has_role(Role.TRAINER):
        return
    today, meetings = brussels_day(at), list(open_meetings(person, until=at + LOOK_AHEAD))
    now = [meeting for meeting in meetings if meeting.local_date == today]
    by_session: dict[int, list[Any]] = {}
    for meeting in now:
        by_session.setdefault(meeting.session_id, []).append(meeting)
    yield from map(_today, list(by_session.values())[:MOST_ROSTERS])
    if left_open := [meeting for meeting in meetings if meeting.local_date < today]:
        yield _to_close(left_open, at=at)
    coming = next((meeting for meeting in meetings if meeting.local_date > today), None)
    if coming and not now:
        yield _coming(coming)


def invitations(person: User, at: dt.datetime) -> Iterator[Card]:
    """What an organiser waits for an answer to."""
    if not person.has_role(Role.TRAINER):
        return
    for session, staff in invitations_of(person, at=at)[:MOST_INVITATIONS]:
        meeting = staff[0].meeting
        yield Card(
            eyebrow=_("Will you give it?"),
            title=title_of(session),
            text=f"{day(timezone.localtime(meeting.starts_at))} · {meeting.venue}",
            url=reverse("attendance:invitation", args=[session.public_id]),
            state="wait",
            state_text=_("Waits for your answer"),
            act=_("Accept or decline"),
        )


def _today(meetings: list[Any]) -> Card:
    first, session = meetings[0], meetings[0].session
    return Card(
        eyebrow=_("You teach today"),
        title=title_of(session),
        text=f"{times(first.starts_at, meetings[-1].ends_at)} · {first.venue}",
        url=reverse("attendance:roster", args=[session.public_id]),
        act=_("Open the roster"),
    )


def _to_close(meetings: list[Any], *, at: dt.datetime) -> Card:
    count, oldest = len(meetings), meetings[0]
    is_late = is_close_overdue(oldest, at=at)
    return Card(
        eyebrow=_("Attendance lists"),
        title=ngettext("%(count)d roster to close", "%(count)d rosters to close", count) % {"count": count},
        text=_("Certificates follow as soon as the roster is closed."),
        # The only one there is, or the list of all.
        url=reverse("attendance:teach")
        if count > 1
        else reverse("attendance:roster", args=[oldest.session.public_id]),
        state="late" if is_late else "wait",
        state_text=_("Open for more than 48 hours") if is_late else _("to close"),
        act=_("Mark and close"),
    )


def _coming(meeting: Any) -> Card:
    people = ngettext("%(count)d participant", "%(count)d participants", meeting.people)
    when = f"{day(timezone.localtime(meeting.starts_at))} · {times(meeting.starts_at, meeting.ends_at)}"
    return Card(
        eyebrow=_("You teach next"),
        title=title_of(meeting.session),
        text=f"{when} · {meeting.venue} · {people % {'count': meeting.people}}",
        url=meeting.session.get_absolute_url(),
    )
