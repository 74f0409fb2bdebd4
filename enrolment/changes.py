"""What happened to a session, from the audit trail, in plain words."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Concat
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.models import AuditEntry
from core.templatetags.traject import short_day
from courses.enums import CancelReason
from courses.models import Session
from people.models import Profile

FIELDS: dict[str, Promise] = {
    "language": gettext_lazy("language"),
    "audience": gettext_lazy("for whom"),
    "organiser": gettext_lazy("organiser"),
    "open_to": gettext_lazy("organisations"),
    "enrol_from": gettext_lazy("enrolment opens"),
    "enrol_until": gettext_lazy("enrolment closes"),
    "withdraw_until": gettext_lazy("withdraw until"),
    "mandatory_first": gettext_lazy("mandatory first"),
    "decide_on": gettext_lazy("decided on"),
    "min_participants": gettext_lazy("minimum of participants"),
    "cancels_if_too_few": gettext_lazy("cancelled by itself if there are too few"),
    "directions": gettext_lazy("how to get there"),
    "practical": gettext_lazy("practical information"),
    "contact_email": gettext_lazy("contact"),
    "contact_phone": gettext_lazy("phone of the contact"),
    "meetings": gettext_lazy("meetings"),
}
Data = dict[str, Any]


@dataclass(frozen=True)
class Event:
    at: dt.datetime
    text: str
    # Whoever did it; empty once they are erased.
    by: str


def changes_of(session: Session) -> list[Event]:
    """The latest first; of participants there are numbers only."""
    names = Profile.objects.filter(user=OuterRef("actor_id")).values(
        name=Concat("first_name", Value(" "), "last_name")
    )
    entries = (
        AuditEntry.objects.filter(subject_type=Session._meta.label_lower, subject_id=session.pk)
        .filter(action__in=SENTENCES)
        .annotate(by=Subquery(names[:1]))
        .order_by("-id")
    )
    return [Event(entry.at, SENTENCES[entry.action](entry.data), entry.by or "") for entry in entries]


def _edited(data: Data) -> str:
    changed = ", ".join(str(FIELDS[name]) for name in data["fields"])
    return _("Changed: %(fields)s.") % {"fields": changed}


def _moved(data: Data) -> str:
    moves = "; ".join(f"{_local(was)} → {_local(now)}" for _meeting, was, now in data["meetings"])
    told = ngettext("%(count)d person was told", "%(count)d people were told", data["told"])
    return _("Moved: %(moves)s. %(told)s.") % {"moves": moves, "told": told % {"count": data["told"]}}


def _capacity_changed(data: Data) -> str:
    def seats(number: int | None) -> str:
        return str(number) if number else _("no limit")

    changes = "; ".join(f"{seats(was)} → {seats(now)}" for _meeting, was, now in data["meetings"])
    return _("Seats: %(changes)s.") % {"changes": changes}


def _seats_reserved(data: Data) -> str:
    until = short_day(dt.date.fromisoformat(data["until"]))
    return _("Reserved seats: %(seats)d, until %(day)s.") % {"seats": data["seats"], "day": until}


def _seats_released(data: Data) -> str:
    return _("Reserved seats that are for everybody now: %(seats)d.") % {"seats": data["seats"]}


def _cancelled(data: Data) -> str:
    told = len(data["enrolments"])
    said = ngettext(
        "Cancelled: %(reason)s. %(count)d person was told.",
        "Cancelled: %(reason)s. %(count)d people were told.",
        told,
    )
    return said % {"reason": CancelReason(data["reason"]).label, "count": told}


def _decided(data: Data) -> str:
    seated = ngettext("%(count)d person has a seat", "%(count)d people have a seat", data["seated"])
    said = _("Decided: %(seated)s, the minimum is %(minimum)d.")
    return said % {"seated": seated % {"count": data["seated"]}, "minimum": data["minimum"]}


def _message_sent(data: Data) -> str:
    count = len(data["enrolments"])
    return ngettext("Message to %(count)d person.", "Message to %(count)d people.", count) % {"count": count}


def _local(wall_clock: str) -> str:
    at = dt.datetime.fromisoformat(wall_clock)
    return f"{short_day(at)} {at:%H:%M}"


SENTENCES: dict[str, Callable[[Data], str]] = {
    "session.drafted": lambda data: _("Drafted."),
    "session.duplicated": lambda data: _("Copied from another date."),
    "session.edited": _edited,
    "session.published": lambda data: _("Published."),
    "session.moved": _moved,
    "session.capacity_changed": _capacity_changed,
    "session.seats_reserved": _seats_reserved,
    "session.seats_released": _seats_released,
    "session.cancelled": _cancelled,
    "session.decided": _decided,
    "session.message_sent": _message_sent,
    "session.document_added": lambda data: _("Document added."),
    "session.document_deleted": lambda data: _("Document deleted."),
}
