"""What becomes of somebody's booking, told to them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.utils import timezone

from courses.models import Meeting
from enrolment.emails.drafts import Seated, cancel_pending_about, draft_of, invitation
from enrolment.models import Enrolment
from enrolment.queue import position_of, positions_of
from enrolment.rules import has_moved_since
from enrolment.turns import what_comes_next
from enrolment.wording import freed_text, taken_back_text, walk_in_undone_text
from notifications.calendar import Method
from notifications.services import queue_messages


def tell_confirmed(enrolment: Enrolment, meetings: Sequence[Meeting]) -> None:
    tell_all_confirmed([(enrolment, meetings)])


def tell_all_confirmed(seated: Iterable[Seated]) -> None:
    """The same to many, with one statement."""
    queue_messages(
        [
            draft_of("enrolment_confirmed", enrolment, meetings, method="REQUEST")
            for enrolment, meetings in seated
        ]
    )


def tell_moved_up(enrolment: Enrolment, meetings: Sequence[Meeting]) -> None:
    has_moved = has_moved_since(enrolment, enrolment.session)
    _tell("enrolment_moved_up", enrolment, meetings, method="REQUEST", has_moved=has_moved)


def tell_all_queued(enrolments: Sequence[Enrolment], meetings: Sequence[Meeting]) -> None:
    _tell_who_waits("enrolment_queued", enrolments, meetings)


def tell_approved(enrolment: Enrolment, meetings: Sequence[Meeting]) -> None:
    _tell_who_waits("enrolment_approved", [enrolment], meetings)


def tell_not_approved(enrolment: Enrolment, meetings: Sequence[Meeting]) -> None:
    _tell("enrolment_not_approved", enrolment, meetings)


def tell_transferred(moved: Enrolment, meetings: Sequence[Meeting], *, before: Sequence[Meeting]) -> None:
    """A booking goes on at another date; ``before``: the meetings in which it had a seat that was its own.

    In place of the mail of a seat that came free at once; an offer has one of its own, to answer.
    """
    enrolment = moved.moved_from
    if enrolment is None:
        raise ValueError("It was booked for this date from the start.")
    if not moved.is_offered:
        cancel_pending_about(moved)
    draft = draft_of(
        "booking_moved",
        moved,
        meetings,
        method="REQUEST" if moved.is_confirmed else None,
        before=before or list(enrolment.session.meetings.all()),
        position=position_of(moved) if moved.is_queued else None,
        has_seat=moved.is_confirmed,
    )
    if before:
        draft.context["calendar_of_before"] = invitation(enrolment, before, "CANCEL")
    # A topic of its own: what it says of the date before stays true, whatever becomes of the new one.
    queue_messages([replace(draft, topic=f"booking_moved:{moved.public_id}")])


def tell_withdrawn(enrolment: Enrolment, meetings: Sequence[Meeting]) -> None:
    _tell("enrolment_withdrawn", enrolment, meetings, method="CANCEL")


def tell_taken_back(enrolment: Enrolment, released: Sequence[Meeting]) -> None:
    _tell_ended(enrolment, released, what_happened=taken_back_text)


def tell_freed(enrolment: Enrolment, released: Sequence[Meeting]) -> None:
    _tell_ended(enrolment, released, what_happened=freed_text)


def tell_walk_in_undone(enrolment: Enrolment, released: Sequence[Meeting]) -> None:
    _tell_ended(enrolment, released, what_happened=lambda each: walk_in_undone_text())


def remind(enrolment: Enrolment, meetings: Sequence[Meeting]) -> None:
    """One reminder for each version of the session's date; worthless once it has started."""
    _tell("session_reminder", enrolment, meetings, method="REQUEST", expires_at=meetings[0].starts_at)


def _tell_ended(
    enrolment: Enrolment, released: Sequence[Meeting], *, what_happened: Callable[[Enrolment], str]
) -> None:
    """Others ended it; no calendar knows of a place in the queue."""
    meetings = released or list(enrolment.session.meetings.all())
    method: Method | None = "CANCEL" if released else None
    _tell("enrolment_ended", enrolment, meetings, method=method, what_happened=what_happened)


def _tell_who_waits(template: str, enrolments: Sequence[Enrolment], meetings: Sequence[Meeting]) -> None:
    positions = positions_of(enrolments)
    queue_messages(
        [
            draft_of(
                template,
                enrolment,
                meetings,
                position=positions[enrolment.pk],
                # What they can count on as things stand.
                next_step=lambda each: what_comes_next(each, each.session, at=timezone.now()),
                # Whose yes they wait for as well.
                office=lambda each: str(each.approver.name) if each.approver and each.lacks_approval else "",
            )
            for enrolment in enrolments
        ]
    )


def _tell(template: str, enrolment: Enrolment, meetings: Sequence[Meeting], **more: Any) -> None:
    queue_messages([draft_of(template, enrolment, meetings, **more)])
