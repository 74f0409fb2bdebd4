"""When meetings take place: the wall clock that was agreed, and the instants that follow from it."""

import datetime as dt
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max, Min
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.models import AuditEntry
from courses.models import Meeting, Session
from people.models import User

WALL_CLOCK = "%Y-%m-%dT%H:%M"
TIMES = ["starts_at", "ends_at", "local_start", "local_end"]


class EndsBeforeStart(DomainError):
    code = "ends_before_start"
    message = _("The end must be later than the start.")


@transaction.atomic
def schedule_meeting(
    *, meeting: Meeting, starts_at: dt.datetime, ends_at: dt.datetime, actor: User | None
) -> Meeting:
    """Place a meeting in time, saving it if it is new, and keep the first start and last end of its session.

    Takes aware instants of any zone, to the minute. Raises EndsBeforeStart.
    """
    local_start = wall_clock(starts_at, meeting.timezone)
    local_end = wall_clock(ends_at, meeting.timezone)
    starts_at, ends_at = _whole_minute(starts_at), _whole_minute(ends_at)
    if ends_at <= starts_at:
        raise EndsBeforeStart
    session = Session.objects.select_for_update(no_key=True).get(pk=meeting.session_id)
    meeting.starts_at, meeting.ends_at = starts_at, ends_at
    meeting.local_start, meeting.local_end = local_start, local_end
    meeting.save(update_fields=None if meeting.pk is None else TIMES)
    keep_session_times(session=session)
    AuditEntry.record(
        action="meeting.scheduled", subject=meeting, actor=actor, start=local_start, end=local_end
    )
    return meeting


def keep_session_times(*, session: Session) -> None:
    """Copy the first start and last end of the meetings to their session, for lists and indexes."""
    times = session.meetings.aggregate(first=Min("starts_at"), last=Max("ends_at"))
    session.starts_at, session.ends_at = times["first"], times["last"]
    session.save(update_fields=["starts_at", "ends_at"])


def wall_clock(instant: dt.datetime, timezone: str) -> str:
    """What a clock on the wall of a zone shows at an instant."""
    if instant.tzinfo is None:
        raise ValueError("An instant has a time zone.")
    return instant.astimezone(ZoneInfo(timezone)).strftime(WALL_CLOCK)


def _whole_minute(instant: dt.datetime) -> dt.datetime:
    return instant.astimezone(dt.UTC).replace(second=0, microsecond=0)
