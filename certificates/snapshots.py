"""What a certificate says, frozen as plain data when it is opened."""

import datetime as dt

from django.utils.translation import override

from certificates.pdf import Snapshot
from core.time import brussels_day, today
from courses.enums import CourseKind
from courses.models import Session
from enrolment.models import Completion


def take_snapshot(completion: Completion, *, code: str) -> Snapshot:
    """Freeze what is true now."""
    version, profile = completion.version, completion.person.profile
    evidence = completion.sessions.select_related("programme").prefetch_related("meetings")
    sessions = sorted(evidence, key=lambda session: session.starts_at)
    with override(profile.administrative_language):
        return Snapshot(
            code=code,
            language=profile.administrative_language,
            name=profile.full_name,
            title=version.discreet_title,
            first_day=_first_day(completion, sessions).isoformat(),
            completed_on=completion.completed_on.isoformat(),
            minutes=completion.minutes if version.counts_as_training and completion.minutes else None,
            city="" if _is_programme(completion) else _city(sessions),
            valid_until=completion.valid_until.isoformat() if completion.valid_until else None,
            issued_on=today().isoformat(),
            provider=_provider(completion),
            parts=_parts(completion),
        )


def _provider(completion: Completion) -> str:
    """Who gave it; of a sensitive course that could tell which one it was."""
    provider = completion.version.course.provider
    return "" if provider is None or completion.version.is_sensitive else str(provider)


def _parts(completion: Completion) -> list[str]:
    """What was taught; never of a sensitive course, nor the themes of a programme."""
    version = completion.version
    if version.is_sensitive or _is_programme(completion):
        return []
    return [str(part) for part in version.required_parts]


def _first_day(completion: Completion, sessions: list[Session]) -> dt.date:
    """Of a programme its own, the same for all: days and places of workshops would tell their themes."""
    if _is_programme(completion):
        days = [session.programme.starts_on for session in sessions if session.programme]
    else:
        days = [brussels_day(session.starts_at) for session in sessions if session.starts_at]
    return min([completion.completed_on, *days])


def _is_programme(completion: Completion) -> bool:
    return completion.version.course.kind == CourseKind.PROGRAMME


def _city(sessions: list[Session]) -> str:
    meetings = [meeting for session in sessions for meeting in session.meetings.all()]
    return str(meetings[0].venue.city) if meetings else ""
