"""What befalls a session, told to its people and to those who manage it; and the dates that are new."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from django.urls import reverse
from django.utils import translation

from core.time import today
from courses.emails import absolute, when
from courses.models import Meeting, Session
from enrolment.emails.drafts import Seated, draft_of, session_context
from enrolment.models import Enrolment
from enrolment.rules import organisers_of
from enrolment.turns import what_comes_next
from notifications.services import Draft, cancel_all_pending, queue_message, queue_messages
from people.models import User

# What an organiser can do about a session with too few participants, by the names of the pages.
ACTS_IF_TOO_FEW = ("manage_session", "cancel_session", "move_session", "write_message")
DATES_IN_MAIL = 10


def tell_moved(
    seated: Iterable[Seated],
    queue: Iterable[Enrolment],
    lost: Mapping[int, Sequence[Meeting]],
    *,
    meetings: Sequence[Meeting],
    before: Sequence[Meeting],
    at: dt.datetime,
) -> None:
    """Who keeps a seat; and the queue, in its order, with what was ``lost`` by enrolment id."""
    drafts = [draft_of("session_moved", each, held, method="REQUEST", before=before) for each, held in seated]
    for position, enrolment in enumerate(queue, start=1):
        if enrolment.pk in lost:
            # Of the date before: should a seat come free again, it is of the new one.
            sequence = enrolment.session.sequence - 1
            drafts.append(
                draft_of(
                    "session_moved_seat_lost",
                    enrolment,
                    lost[enrolment.pk],
                    method="CANCEL",
                    sequence=sequence,
                    before=before,
                    position=position,
                    next_step=lambda each: what_comes_next(each, each.session, at=at),
                )
            )
        else:
            drafts.append(
                draft_of("session_moved_queue", enrolment, meetings, before=before, position=position)
            )
    queue_messages(drafts)


def tell_cancelled(
    seated: Iterable[Seated], waiting: Iterable[Enrolment], meetings: Sequence[Meeting]
) -> None:
    """Whoever had a seat gets it out of their calendar."""
    drafts = [
        draft_of("session_cancelled", each, held, method="CANCEL", had_seat=True) for each, held in seated
    ]
    drafts += [draft_of("session_cancelled", each, meetings, had_seat=False) for each in waiting]
    queue_messages(drafts)


def tell_who_cancelled(
    session: Session, manager: User, meetings: Sequence[Meeting], *, seats: int, waiting: int
) -> None:
    """One mail to whoever cancelled a session, however many were told."""
    with translation.override(manager.profile.administrative_language):
        context = session_context(session, manager, meetings) | {"seats": seats, "waiting": waiting}
    queue_message(
        recipient=manager,
        template="session_cancelled_digest",
        context=context,
        dedupe_key=f"session_cancelled_digest:{session.public_id}",
    )


def tell_organisers_of_too_few(session: Session, *, seated: int) -> None:
    """That a session with too few participants was cancelled, or is theirs to decide: once for each day."""
    meetings = list(session.meetings.all())
    acts = {
        f"{act}_url": absolute(reverse(f"enrolment:{act}", args=[session.public_id]))
        for act in ACTS_IF_TOO_FEW
    }
    drafts = []
    for organiser in organisers_of(session, on=today()).select_related("user__profile"):
        manager = organiser.user
        with translation.override(manager.profile.administrative_language):
            context = session_context(session, manager, meetings) | {
                "seated": seated,
                "minimum": session.min_participants,
                "is_cancelled": session.is_cancelled,
                **acts,
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


def message_key(enrolment: Enrolment, text_id: str) -> str:
    """The same text goes to a person once, however often it is sent."""
    return f"session_message:{enrolment.public_id}:{text_id}"


def message_participants(told: Iterable[Seated], *, subject: str, text: str, text_id: str) -> None:
    """What a manager wrote, in one language for all; answers go to the session's contact."""
    drafts = []
    for enrolment, meetings in told:
        session = enrolment.session
        draft = draft_of(
            "session_message",
            enrolment,
            meetings,
            subject=subject,
            text=text,
            text_language=session.language,
            reply_to=session.contact_email,
        )
        # A topic of its own: it stays true when a place in the queue becomes a seat.
        topic = _topic_of_message(enrolment)
        drafts.append(replace(draft, dedupe_key=message_key(enrolment, text_id), topic=topic))
    queue_messages(drafts)


def cancel_pending_messages(enrolments: Iterable[Enrolment]) -> None:
    """What a manager wrote about a session that doesn't take place."""
    cancel_all_pending(topics=[_topic_of_message(enrolment) for enrolment in enrolments])


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


def _topic_of_message(enrolment: Enrolment) -> str:
    return f"session_message:{enrolment.public_id}"
