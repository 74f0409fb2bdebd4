"""The mails about a seat: who is told what, in their language, in the transaction of what happened.

Each context is frozen plain data. Titles are discreet: a mail is read on a lock screen, by others.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid5

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import translation

from core.prepared import prepared
from core.time import BRUSSELS, brussels_day, today
from courses.emails import absolute, event, when
from courses.models import Meeting, Session
from enrolment.links import offer_token
from enrolment.models import AccessibilityRequest, Enrolment, Offer, PrerequisiteException, Seat
from enrolment.rules import has_moved_since, organisers_of
from enrolment.wording import (
    enrolled_by_text,
    freed_text,
    imposed_text,
    make_up_booked_text,
    taken_back_text,
)
from notifications.calendar import Event, Invitation, Method
from notifications.services import (
    Draft,
    cancel_all_pending,
    cancel_pending,
    queue_message,
    queue_messages,
)
from people.models import Organisation, User

# What an organiser can do about a session with too few participants, by the names of the pages.
ACTS_IF_TOO_FEW = ("manage_session", "cancel_session", "move_session", "write_message")
DATES_IN_MAIL = 10
# Somebody, and the meetings in which they have a seat; none for those who wait.
Seated = tuple[Enrolment, Sequence[Meeting]]


def tell_confirmed(enrolment: Enrolment, meetings: Sequence[Meeting]) -> None:
    _tell("enrolment_confirmed", enrolment, meetings, method="REQUEST")


def tell_all_confirmed(seated: Iterable[Seated]) -> None:
    """The same to many, with one statement."""
    queue_messages(
        [
            _draft("enrolment_confirmed", enrolment, meetings, method="REQUEST")
            for enrolment, meetings in seated
        ]
    )


def tell_moved_up(enrolment: Enrolment, meetings: Sequence[Meeting]) -> None:
    has_moved = has_moved_since(enrolment, enrolment.session)
    _tell("enrolment_moved_up", enrolment, meetings, method="REQUEST", has_moved=has_moved)


def tell_queued(enrolment: Enrolment, meetings: Sequence[Meeting]) -> None:
    _tell("enrolment_queued", enrolment, meetings, position=_position(enrolment))


def tell_offered(offer: Offer, enrolment: Enrolment, meetings: Sequence[Meeting]) -> None:
    """A seat is held: for the person's own yes, or for that of their organisation."""
    url = absolute(reverse("enrolment:offer", args=[offer_token(offer)]))
    _tell_of_offer("seat_offered" if offer.asks_person else "seat_held", offer, enrolment, meetings, url=url)


def tell_passed_over(offer: Offer, enrolment: Enrolment, meetings: Sequence[Meeting]) -> None:
    """Nobody said yes in time, so the seat went on; what that means for the place in the queue."""
    template = "offer_expired" if offer.asks_person else "approval_late"
    _tell_of_offer(template, offer, enrolment, meetings)


def tell_approved(enrolment: Enrolment, meetings: Sequence[Meeting]) -> None:
    _tell("enrolment_approved", enrolment, meetings, position=_position(enrolment))


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
    draft = _draft(
        "booking_moved",
        moved,
        meetings,
        method="REQUEST" if moved.is_confirmed else None,
        before=before or list(enrolment.session.meetings.all()),
        position=_position(moved) if moved.is_queued else None,
        has_seat=moved.is_confirmed,
    )
    if before:
        draft.context["calendar_of_before"] = _invitation(enrolment, before, "CANCEL")
    # A topic of its own: what it says of the date before stays true, whatever becomes of the new one.
    queue_messages([replace(draft, topic=f"booking_moved:{moved.public_id}")])


def tell_withdrawn(enrolment: Enrolment, meetings: Sequence[Meeting]) -> None:
    _tell("enrolment_withdrawn", enrolment, meetings, method="CANCEL")


def tell_taken_back(enrolment: Enrolment, released: Sequence[Meeting]) -> None:
    _tell_ended(enrolment, released, what_happened=taken_back_text)


def tell_freed(enrolment: Enrolment, released: Sequence[Meeting]) -> None:
    _tell_ended(enrolment, released, what_happened=freed_text)


def tell_organisers(request: AccessibilityRequest) -> None:
    """That somebody needs something, not who nor what: both are on the page to which it leads."""
    session = request.enrolment.session
    url = absolute(reverse("enrolment:accessibility_requests", args=[session.public_id]))
    queue_messages(
        [
            Draft(
                recipient=organiser.user,
                template="request_received",
                context=_session_in_language_of(organiser.user, session) | {"requests_url": url},
                dedupe_key=f"request_received:{request.public_id}:{organiser.user.public_id}",
                topic=_topic_of_request(request),
            )
            for organiser in organisers_of(session, on=today()).select_related("user__profile")
        ]
    )


def tell_arranged(request: AccessibilityRequest) -> None:
    enrolment = request.enrolment
    queue_message(
        recipient=enrolment.learner,
        template="request_arranged",
        context=_session_in_language_of(enrolment.learner, enrolment.session),
        dedupe_key=f"request_arranged:{request.public_id}",
        topic=_topic_of_request(request),
    )


def cancel_pending_about_request(request: AccessibilityRequest) -> None:
    cancel_pending(topic=_topic_of_request(request))


def tell_exception_asked(exception: PrerequisiteException) -> None:
    """That somebody asks for one, not who nor why: both are on the page to which it leads."""
    organisers = organisers_of(exception.session, on=today()).exclude(user=exception.person_id)
    queue_messages(
        [
            Draft(
                recipient=organiser.user,
                template="exception_asked",
                context=_about_exception(exception, organiser.user)
                | {"exceptions_url": absolute(reverse("enrolment:exceptions"))},
                dedupe_key=f"exception_asked:{exception.public_id}:{organiser.user.public_id}",
            )
            for organiser in organisers.select_related("user__profile")
        ]
    )


def tell_exception_decided(exception: PrerequisiteException) -> None:
    queue_message(
        recipient=exception.person,
        template="exception_decided",
        context=_about_exception(exception, exception.person)
        | {
            "is_granted": exception.is_granted,
            "valid_until_iso": exception.valid_until.isoformat() if exception.valid_until else "",
            "session_url": absolute(exception.session.get_absolute_url()),
            "dates_url": f"{absolute(exception.prerequisite.get_absolute_url())}#dates",
        },
        dedupe_key=f"exception_decided:{exception.public_id}",
    )


def remind(enrolment: Enrolment, meetings: Sequence[Meeting]) -> None:
    """One reminder for each version of the session's date; worthless once it has started."""
    _tell("session_reminder", enrolment, meetings, method="REQUEST", expires_at=meetings[0].starts_at)


def tell_make_up_booked(seat: Seat, booked_by: Organisation | None) -> None:
    """``booked_by``: the academy that chose the date, told by its function."""

    def by() -> str:
        return make_up_booked_text(booked_by) if booked_by else ""

    queue_messages([_make_up_draft("make_up_booked", seat, method="REQUEST", booked_by=by)])


def tell_make_up_cancelled(seat: Seat) -> None:
    queue_messages([_make_up_draft("make_up_cancelled", seat, method="CANCEL")])


def tell_make_ups_lost(seats: Iterable[Seat], what_happened: Callable[[], str]) -> None:
    queue_messages(
        [_make_up_draft("make_up_lost", seat, method="CANCEL", what_happened=what_happened) for seat in seats]
    )


def tell_make_ups_moved(seats: Iterable[Seat], before: Mapping[int, Meeting]) -> None:
    """``before``: the meetings as they were, by their id."""
    queue_messages(
        [
            _make_up_draft("session_moved", seat, method="REQUEST", before=[before[seat.meeting_id]])
            for seat in seats
        ]
    )


def remind_of_make_up(seat: Seat) -> None:
    draft = _make_up_draft("session_reminder", seat, method="REQUEST")
    queue_messages([replace(draft, expires_at=seat.meeting.starts_at)])


def cancel_pending_about_make_ups(seats: Iterable[Seat]) -> None:
    cancel_all_pending(topics=[_make_up_topic(seat) for seat in seats])


def tell_moved(
    seated: Iterable[Seated],
    queue: Iterable[Enrolment],
    lost: Mapping[int, Sequence[Meeting]],
    *,
    meetings: Sequence[Meeting],
    before: Sequence[Meeting],
) -> None:
    """Who keeps a seat; and the queue, in its order, with what was ``lost`` by enrolment id."""
    drafts = [_draft("session_moved", each, held, method="REQUEST", before=before) for each, held in seated]
    for position, enrolment in enumerate(queue, start=1):
        if enrolment.pk in lost:
            # Of the date before: should a seat come free again, it is of the new one.
            sequence = enrolment.session.sequence - 1
            drafts.append(
                _draft(
                    "session_moved_seat_lost",
                    enrolment,
                    lost[enrolment.pk],
                    method="CANCEL",
                    sequence=sequence,
                    before=before,
                    position=position,
                )
            )
        else:
            drafts.append(
                _draft("session_moved_queue", enrolment, meetings, before=before, position=position)
            )
    queue_messages(drafts)


def tell_cancelled(
    seated: Iterable[Seated], waiting: Iterable[Enrolment], meetings: Sequence[Meeting]
) -> None:
    """Whoever had a seat gets it out of their calendar."""
    drafts = [
        _draft("session_cancelled", each, held, method="CANCEL", had_seat=True) for each, held in seated
    ]
    drafts += [_draft("session_cancelled", each, meetings, had_seat=False) for each in waiting]
    queue_messages(drafts)


def tell_organiser(
    session: Session, manager: User, meetings: Sequence[Meeting], *, seats: int, waiting: int
) -> None:
    """One mail to whoever cancelled a session, however many were told."""
    with translation.override(manager.profile.administrative_language):
        context = _context(session, manager, meetings) | {"seats": seats, "waiting": waiting}
    queue_message(
        recipient=manager,
        template="session_cancelled_digest",
        context=context,
        dedupe_key=f"session_cancelled_digest:{session.public_id}",
    )


def tell_organisers_of_too_few(session: Session, *, seated: int) -> None:
    """That a session with too few participants was cancelled, or is theirs to decide: once for each day."""
    meetings = list(session.meetings.all())
    drafts = []
    for organiser in organisers_of(session, on=today()).select_related("user__profile"):
        manager = organiser.user
        with translation.override(manager.profile.administrative_language):
            context = _context(session, manager, meetings) | {
                "seated": seated,
                "minimum": session.min_participants,
                "is_cancelled": session.is_cancelled,
                **{f"{act}_url": absolute(_managed(act, session)) for act in ACTS_IF_TOO_FEW},
            }
        drafts.append(
            Draft(
                recipient=manager,
                template="session_too_few",
                context=context,
                dedupe_key=f"session_too_few:{session.public_id}:{session.decide_on}:{manager.public_id}",
            )
        )
    queue_messages(drafts)


def new_dates_key(person: User, day: dt.date) -> str:
    """One such mail a day."""
    return f"new_dates:{person.public_id}:{day}"


def tell_of_new_dates(person: User, sessions: Sequence[Session], *, day: dt.date) -> None:
    """Dates of courses that somebody waits for, the first ones in words; worthless once all have begun."""
    with translation.override(person.profile.administrative_language):
        dates = [
            {
                "title": session.version.discreet_title,
                "when": [when(meeting, is_sensitive=True) for meeting in session.meetings.all()[:1]],
                "opens_iso": session.enrol_from.isoformat()
                if session.enrol_from and session.enrol_from > day
                else "",
                "session_url": absolute(session.get_absolute_url()),
            }
            for session in sessions[:DATES_IN_MAIL]
        ]
    queue_message(
        recipient=person,
        template="new_dates",
        context={
            "first_name": person.profile.first_name,
            "dates": dates,
            "more": len(sessions) - len(dates),
            "catalogue_url": absolute(reverse("courses:catalogue")),
            "profile_url": absolute(reverse("portal:profile")),
        },
        dedupe_key=new_dates_key(person, day),
        expires_at=sessions[-1].starts_at,
    )


def message_key(enrolment: Enrolment, text_id: str) -> str:
    """The same text goes to a person once, however often it is sent."""
    return f"session_message:{enrolment.public_id}:{text_id}"


def message_participants(
    enrolments: Iterable[Enrolment], meetings: Sequence[Meeting], *, subject: str, text: str, text_id: str
) -> None:
    """What a manager wrote, in one language for all; answers go to the session's contact."""
    drafts = []
    for enrolment in enrolments:
        session = enrolment.session
        draft = _draft(
            "session_message",
            enrolment,
            meetings,
            subject=subject,
            text=text,
            text_language=session.language,
            reply_to=session.contact_email,
        )
        # A topic of its own: it stays true when a place in the queue becomes a seat.
        topic = _message_topic(enrolment)
        drafts.append(replace(draft, dedupe_key=message_key(enrolment, text_id), topic=topic))
    queue_messages(drafts)


def cancel_pending_about(*enrolments: Enrolment) -> None:
    """What still waits to be sent about these enrolments tells nothing true any more."""
    cancel_all_pending(topics=[_topic(enrolment) for enrolment in enrolments])


def cancel_pending_messages(enrolments: Iterable[Enrolment]) -> None:
    """What a manager wrote about a session that doesn't take place."""
    cancel_all_pending(topics=[_message_topic(enrolment) for enrolment in enrolments])


def calendar_events(enrolment: Enrolment, meetings: Sequence[Meeting], *, sequence: int) -> list[Event]:
    """An event for each meeting; the UID is the same from booking to cancellation (RFC 5545)."""
    return [
        event(
            uid=f"{enrolment.public_id}.{meeting.public_id}",
            meeting=meeting,
            session=enrolment.session,
            sequence=sequence,
        )
        for meeting in meetings
    ]


def _invitation(
    enrolment: Enrolment, meetings: Sequence[Meeting], method: Method, *, sequence: int | None = None
) -> Invitation:
    if sequence is None:
        # A cancellation comes after what it cancels, and before whatever follows.
        sequence = enrolment.session.sequence + (method == "CANCEL")
    return {"method": method, "events": calendar_events(enrolment, meetings, sequence=sequence)}


def _tell_ended(
    enrolment: Enrolment, released: Sequence[Meeting], *, what_happened: Callable[[Enrolment], str]
) -> None:
    """Others ended it; no calendar knows of a place in the queue."""
    meetings = released or list(enrolment.session.meetings.all())
    method: Method | None = "CANCEL" if released else None
    _tell("enrolment_ended", enrolment, meetings, method=method, what_happened=what_happened)


def _tell_of_offer(
    template: str, offer: Offer, enrolment: Enrolment, meetings: Sequence[Meeting], **more: Any
) -> None:
    """Somebody may get more than one offer for a date, so the mail is that of the offer."""
    until = offer.expires_at.astimezone(BRUSSELS).isoformat()
    draft = _draft(template, enrolment, meetings, until_iso=until, approver=_approver, **more)
    queue_messages([replace(draft, dedupe_key=f"{template}:{offer.public_id}")])


def _tell(
    template: str,
    enrolment: Enrolment,
    meetings: Sequence[Meeting],
    *,
    method: Method | None = None,
    expires_at: dt.datetime | None = None,
    **more: Any,
) -> None:
    queue_messages([_draft(template, enrolment, meetings, method=method, expires_at=expires_at, **more)])


def _draft(
    template: str,
    enrolment: Enrolment,
    meetings: Sequence[Meeting],
    *,
    method: Method | None = None,
    sequence: int | None = None,
    expires_at: dt.datetime | None = None,
    before: Sequence[Meeting] = (),
    **more: Any,
) -> Draft:
    """A mail about an enrolment; ``before``: the meetings as they were.

    ``more``: what one template needs; a function says it in the language of the person.
    """
    learner, session = enrolment.learner, enrolment.session
    with translation.override(learner.profile.administrative_language):
        context = _context(session, learner, meetings, before) | {
            "training_url": absolute(reverse("portal:training")),
            **_whether_to_come(enrolment),
            **{name: value(enrolment) if callable(value) else value for name, value in more.items()},
        }
        if method:
            context["calendar"] = _invitation(enrolment, meetings, method, sequence=sequence)
    return Draft(
        recipient=learner,
        template=template,
        context=context,
        dedupe_key=f"{template}:{enrolment.public_id}:{session.sequence}",
        topic=_topic(enrolment),
        expires_at=expires_at,
    )


def _make_up_draft(
    template: str,
    seat: Seat,
    *,
    method: Method,
    before: Sequence[Meeting] = (),
    **more: Callable[[], str],
) -> Draft:
    """A mail about a make-up, which is in another session than that of its enrolment.

    Booked again, it is another seat, and another event in a calendar.
    """
    learner, meeting = seat.enrolment.learner, seat.meeting
    session = meeting.session
    sequence = session.sequence + (method == "CANCEL")
    with translation.override(learner.profile.administrative_language):
        context = _context(session, learner, [meeting], before) | {
            "training_url": absolute(reverse("portal:training")),
            "calendar": {
                "method": method,
                "events": [event(uid=_make_up_id(seat), meeting=meeting, session=session, sequence=sequence)],
            },
            **{name: value() for name, value in more.items()},
        }
    return Draft(
        recipient=learner,
        template=template,
        context=context,
        dedupe_key=f"{template}:{_make_up_id(seat)}:{session.sequence}",
        topic=_make_up_topic(seat),
    )


def _context(
    session: Session, recipient: User, meetings: Sequence[Meeting], before: Sequence[Meeting] = ()
) -> dict[str, Any]:
    """What every mail about a session says, in the language that is active."""
    is_sensitive = session.version.is_sensitive
    context: dict[str, Any] = {
        "first_name": recipient.profile.first_name,
        "title": session.version.discreet_title,
        "session_url": absolute(session.get_absolute_url()),
        "language_name": str(translation.get_language_info(session.language)["name_translated"]),
        "when": [when(meeting, is_sensitive=is_sensitive) for meeting in meetings],
    }
    if before:
        context["was"] = [when(meeting, is_sensitive=is_sensitive) for meeting in before]
    if session.is_cancelled:
        context["reason"] = session.get_cancel_reason_display()
    return context


def _approver(enrolment: Enrolment) -> str:
    return str(enrolment.approver.name) if enrolment.approver else ""


def _position(enrolment: Enrolment) -> int:
    (placed,) = _placed(enrolment=enrolment)
    return int(placed.position)


@prepared
def _placed(*, enrolment: Enrolment) -> "QuerySet[Any]":
    return Enrolment.objects.filter(pk=enrolment).only("pk").with_position()


def _whether_to_come(enrolment: Enrolment) -> dict[str, Any]:
    """Until when one can withdraw; to whom others enrolled: who, and how to decline it or whom to ask."""
    last_day, by_others = enrolment.withdraw_until, enrolment.enrolled_by_id is not None
    open_until = last_day if last_day and last_day >= today() and not enrolment.is_imposed else None
    decline_url = absolute(reverse("enrolment:withdraw", args=[enrolment.session.public_id]))
    return {
        "withdraw_until_iso": open_until.isoformat() if open_until else None,
        "enrolled_by": enrolled_by_text(enrolment) if by_others else "",
        "imposed": imposed_text(enrolment) if enrolment.is_imposed else "",
        "decline_url": decline_url if by_others and open_until else "",
    }


def _session_in_language_of(person: User, session: Session) -> dict[str, Any]:
    with translation.override(person.profile.administrative_language):
        return {
            "first_name": person.profile.first_name,
            "title": session.version.discreet_title,
            "date_iso": brussels_day(session.starts_at).isoformat() if session.starts_at else "",
            "session_url": absolute(session.get_absolute_url()),
        }


def _about_exception(exception: PrerequisiteException, recipient: User) -> dict[str, Any]:
    with translation.override(recipient.profile.administrative_language):
        return {
            "first_name": recipient.profile.first_name,
            "title": exception.course.discreet_title,
            "missing": exception.prerequisite.discreet_title,
        }


def _managed(act: str, session: Session) -> str:
    return reverse(f"enrolment:{act}", args=[session.public_id])


def _topic_of_request(request: AccessibilityRequest) -> str:
    """Its own id goes with it: nothing that stays tells of whom it was."""
    return f"request:{request.public_id}"


def _topic(enrolment: Enrolment) -> str:
    return f"enrolment:{enrolment.public_id}"


def _make_up_topic(seat: Seat) -> str:
    return f"make_up:{_make_up_id(seat)}"


def _make_up_id(seat: Seat) -> str:
    """The same for as long as the seat is held; a seat has no public id of its own."""
    return str(uuid5(seat.enrolment.public_id, f"{seat.meeting.public_id} {seat.held_at.isoformat()}"))


def _message_topic(enrolment: Enrolment) -> str:
    return f"session_message:{enrolment.public_id}"
