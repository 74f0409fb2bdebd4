"""Messages for the tests of the outbox."""

from typing import Any, cast

from notifications.calendar import Event
from notifications.models import Message
from notifications.services import queue_message
from people.models import User

MEETING = {
    "date_iso": "2027-01-14",
    "start_iso": "08:30",
    "end_iso": "12:15",
    "part": "Theory",
    "place": "Kazerne Dossin, Mechelen",
}
CONTEXT: dict[str, Any] = {
    "first_name": "Jo",
    "title": "Holocaust, Police & Human Rights",
    "session_url": "http://localhost:8000/sessions/0195/",
    "training_url": "http://localhost:8000/my/training/",
    "certificates_url": "http://localhost:8000/my/certificates/",
    "when": [MEETING],
    "language_name": "Nederlands",
    "withdraw_until_iso": "2026-12-31",
    "position": 4,
}


def calendar_event(**fields: Any) -> Event:
    event: Event = {
        "uid": "0195.1",
        "sequence": 0,
        "summary": "Holocaust, Police & Human Rights",
        "starts_at": "2027-01-14T07:30:00+00:00",
        "ends_at": "2027-01-14T11:15:00+00:00",
        "timezone": "Europe/Brussels",
        "location": "Kazerne Dossin, Mechelen",
        "description": "",
        "url": "http://localhost:8000/sessions/0195/",
        "organiser": "training@police.example",
    }
    return cast(Event, event | fields)


def make_message(recipient: User, *, template: str = "enrolment_confirmed", **fields: Any) -> Message:
    """A message that was queued now."""
    given: dict[str, Any] = {"context": CONTEXT, "dedupe_key": "key"} | fields
    queue_message(recipient=recipient, template=template, **given)
    return Message.objects.latest("id")
