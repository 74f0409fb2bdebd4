"""What the tests of the pages on which sessions are kept do over and over."""

from typing import Any

from courses.models import Session


def errors_of(response: Any) -> dict[str, list[str]]:
    """The errors of all forms of a page, by the name of the field."""
    context = response.context
    forms = context["editor"].forms if "editor" in context else [context["form"]]
    return {form.add_prefix(name): list(found) for form in forms for name, found in form.errors.items()}


def managed(session: Session, path: str = "") -> str:
    return f"/manage/sessions/{session.public_id}/{path}"


def row(position: int, venue: Any, day: str = "2027-01-14", **changes: str) -> dict[str, str]:
    typed = {"day": day, "start": "09:00", "end": "12:00", "venue": str(venue.public_id)} | changes
    return {f"part-{position}-{name}": value for name, value in typed.items()}


def as_typed(session: Session) -> dict[str, str]:
    """What the form of a move shows when it opens."""
    typed: dict[str, str] = {}
    for meeting in session.meetings.all():
        (day, start), (_day, end) = meeting.local_start.split("T"), meeting.local_end.split("T")
        typed |= row(meeting.part.position, meeting.venue, day, start=start, end=end, room=meeting.room)
    return typed
