"""The mails about a make-up, which is in another session than that of its enrolment."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import uuid5

from django.urls import reverse
from django.utils import translation

from courses.emails import absolute, event
from courses.models import Meeting
from enrolment.emails.drafts import session_context
from enrolment.models import Seat
from enrolment.wording import make_up_booked_text
from notifications.calendar import Method
from notifications.services import Draft, cancel_all_pending, queue_messages
from people.models import Organisation


def tell_make_up_booked(seat: Seat, booked_by: Organisation | None) -> None:
    """``booked_by``: the academy that chose the date, told by its function."""

    def by() -> str:
        return make_up_booked_text(booked_by) if booked_by else ""

    queue_messages([_draft("make_up_booked", seat, method="REQUEST", booked_by=by)])


def tell_make_up_cancelled(seat: Seat) -> None:
    queue_messages([_draft("make_up_cancelled", seat, method="CANCEL")])


def tell_make_ups_lost(seats: Iterable[Seat], what_happened: Callable[[], str]) -> None:
    queue_messages(
        [_draft("make_up_lost", seat, method="CANCEL", what_happened=what_happened) for seat in seats]
    )


def tell_make_ups_moved(seats: Iterable[Seat], before: Mapping[int, Meeting]) -> None:
    """``before``: the meetings as they were, by their id."""
    queue_messages(
        [_draft("session_moved", seat, method="REQUEST", before=[before[seat.meeting_id]]) for seat in seats]
    )


def remind_of_make_up(seat: Seat) -> None:
    draft = _draft("session_reminder", seat, method="REQUEST")
    queue_messages([replace(draft, expires_at=seat.meeting.starts_at)])


def cancel_pending_about_make_ups(seats: Iterable[Seat]) -> None:
    cancel_all_pending(topics=[_topic_of(seat) for seat in seats])


def _draft(
    template: str,
    seat: Seat,
    *,
    method: Method,
    before: Sequence[Meeting] = (),
    **more: Callable[[], str],
) -> Draft:
    """Booked again, it is another seat, and another event in a calendar."""
    learner, meeting = seat.enrolment.learner, seat.meeting
    session = meeting.session
    sequence = session.sequence + (method == "CANCEL")
    with translation.override(learner.profile.administrative_language):
        context = session_context(session, learner, [meeting], before) | {
            "training_url": absolute(reverse("portal:training")),
            "calendar": {
                "method": method,
                "events": [event(uid=_id_of(seat), meeting=meeting, session=session, sequence=sequence)],
            },
            **{name: value() for name, value in more.items()},
        }
    return Draft(
        recipient=learner,
        template=template,
        context=context,
        dedupe_key=f"{template}:{_id_of(seat)}:{session.sequence}",
        topic=_topic_of(seat),
    )


def _topic_of(seat: Seat) -> str:
    return f"make_up:{_id_of(seat)}"


def _id_of(seat: Seat) -> str:
    """The same for as long as the seat is held; a seat has no public id of its own."""
    return str(uuid5(seat.enrolment.public_id, f"{seat.meeting.public_id} {seat.held_at.isoformat()}"))
