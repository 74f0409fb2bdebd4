"""What mails say of a meeting, and those to the people who give one.

Each context is frozen plain data. Titles are discreet: a mail is read on a lock screen, by others.
"""

from collections.abc import Sequence
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from courses.models import CourseVersion, Meeting, MeetingStaff, Session
from notifications.calendar import Event, Method
from notifications.services import cancel_pending, queue_message
from people.models import User


def tell_invited(session: Session, staff: Sequence[MeetingStaff]) -> None:
    """Ask somebody to give meetings; each row of ``staff`` is theirs."""
    _tell("teaching_invited", session, staff, version=staff[0].public_id.hex)


def tell_accepted(session: Session, staff: Sequence[MeetingStaff]) -> None:
    _tell("teaching_accepted", session, staff, version=staff[0].public_id.hex, method="REQUEST")


def tell_declined(session: Session, staff: Sequence[MeetingStaff]) -> None:
    """Take what somebody had accepted out of their calendar."""
    _tell("teaching_declined", session, staff, version=staff[0].public_id.hex, method="CANCEL")


def tell_released(session: Session, staff: Sequence[MeetingStaff]) -> None:
    """Somebody need not come any more."""
    method: Method | None = "CANCEL" if staff[0].is_accepted else None
    _tell("teaching_released", session, staff, version=staff[0].public_id.hex, method=method)


def tell_moved(session: Session, staff: Sequence[MeetingStaff]) -> None:
    """Another date or place; who accepted gets it into the calendar."""
    method: Method | None = "REQUEST" if staff[0].is_accepted else None
    version = f"{staff[0].public_id.hex}:{session.sequence}"
    _tell("teaching_moved", session, staff, version=version, method=method)


def tell_cancelled(session: Session, staff: Sequence[MeetingStaff]) -> None:
    method: Method | None = "CANCEL" if staff[0].is_accepted else None
    _tell("teaching_cancelled", session, staff, version=staff[0].public_id.hex, method=method)


def cancel_pending_about(session: Session, person: User) -> None:
    """What still waits to be sent to a trainer about a session tells nothing true any more."""
    cancel_pending(topic=_topic(session, person))


def when(meeting: Meeting, *, is_sensitive: bool) -> dict[str, str]:
    """Day, hours, part and place of a meeting for the templates; no part where it tells the theme."""
    first_day, start = meeting.local_start.split("T")
    last_day, end = meeting.local_end.split("T")
    return {
        "date_iso": first_day,
        "start_iso": start,
        # Only where it isn't the day of the start.
        "end_date_iso": last_day if last_day != first_day else "",
        "end_iso": end,
        "part": "" if is_sensitive else str(meeting.part.title),
        "place": place(meeting),
    }


def event(*, uid: str, meeting: Meeting, session: Session, sequence: int) -> Event:
    """A meeting as a calendar sees it."""
    return {
        "uid": uid,
        "sequence": sequence,
        "summary": _summary(meeting, session.version),
        "starts_at": meeting.starts_at.isoformat(),
        "ends_at": meeting.ends_at.isoformat(),
        "timezone": meeting.timezone,
        "location": place(meeting),
        "description": "",
        "url": absolute(session.get_absolute_url()),
        "organiser": session.contact_email or parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
    }


def place(meeting: Meeting) -> str:
    venue = meeting.venue
    return ", ".join(filter(None, [meeting.room, venue.name, venue.address, str(venue.city)]))


def absolute(path: str) -> str:
    return f"{settings.BASE_URL}{path}"


def _summary(meeting: Meeting, version: CourseVersion) -> str:
    title = version.discreet_title
    return title if version.is_sensitive else f"{title}: {meeting.part.title}"


def _tell(
    template: str,
    session: Session,
    staff: Sequence[MeetingStaff],
    *,
    version: str,
    method: Method | None = None,
) -> None:
    person, is_sensitive = staff[0].person, session.version.is_sensitive
    with translation.override(person.profile.administrative_language):
        context: dict[str, Any] = {
            "first_name": person.profile.first_name,
            "title": session.version.discreet_title,
            "role": staff[0].get_role_display(),
            "language_name": str(translation.get_language_info(session.language)["name_translated"]),
            "when": [when(row.meeting, is_sensitive=is_sensitive) for row in staff],
            "invitation_url": absolute(reverse("attendance:invitation", args=[session.public_id])),
            "teach_url": absolute(reverse("attendance:teach")),
        }
        if method:
            context["calendar"] = {"method": method, "events": _events(session, staff, method)}
    queue_message(
        recipient=person,
        template=template,
        context=context,
        dedupe_key=f"{template}:{version}",
        topic=_topic(session, person),
    )


def _events(session: Session, staff: Sequence[MeetingStaff], method: Method) -> list[Event]:
    sequence = session.sequence + (method == "CANCEL")
    return [
        event(uid=str(row.public_id), meeting=row.meeting, session=session, sequence=sequence)
        for row in staff
    ]


def _topic(session: Session, person: User) -> str:
    return f"teaching:{session.public_id.hex}:{person.public_id.hex}"
