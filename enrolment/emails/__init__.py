"""The mails about a seat: who is told what, in their language, in the transaction of what happened.

Each context is frozen plain data. Titles are discreet: a mail is read on a lock screen, by others.
"""

from enrolment.emails.approvals import APPROVAL_REMINDER, ask_approvers, remind_approver
from enrolment.emails.bookings import (
    remind,
    tell_all_confirmed,
    tell_all_queued,
    tell_approved,
    tell_confirmed,
    tell_freed,
    tell_moved_up,
    tell_not_approved,
    tell_taken_back,
    tell_transferred,
    tell_walk_in_undone,
    tell_withdrawn,
)
from enrolment.emails.drafts import calendar_events, cancel_pending_about
from enrolment.emails.make_ups import (
    cancel_pending_about_make_ups,
    remind_of_make_up,
    tell_make_up_booked,
    tell_make_up_cancelled,
    tell_make_ups_lost,
    tell_make_ups_moved,
)
from enrolment.emails.offers import tell_offered, tell_passed_over
from enrolment.emails.requests import (
    cancel_pending_about_exception,
    cancel_pending_about_request,
    tell_exception_asked,
    tell_exception_decided,
    tell_request_arranged,
    tell_request_received,
)
from enrolment.emails.sessions import (
    cancel_pending_messages,
    message_key,
    message_participants,
    new_dates_key,
    tell_cancelled,
    tell_moved,
    tell_of_new_dates,
    tell_organisers_of_too_few,
    tell_who_cancelled,
)

__all__ = [
    "APPROVAL_REMINDER",
    "ask_approvers",
    "calendar_events",
    "cancel_pending_about",
    "cancel_pending_about_exception",
    "cancel_pending_about_make_ups",
    "cancel_pending_about_request",
    "cancel_pending_messages",
    "message_key",
    "message_participants",
    "new_dates_key",
    "remind",
    "remind_approver",
    "remind_of_make_up",
    "tell_all_confirmed",
    "tell_all_queued",
    "tell_approved",
    "tell_cancelled",
    "tell_confirmed",
    "tell_exception_asked",
    "tell_exception_decided",
    "tell_freed",
    "tell_make_up_booked",
    "tell_make_up_cancelled",
    "tell_make_ups_lost",
    "tell_make_ups_moved",
    "tell_moved",
    "tell_moved_up",
    "tell_not_approved",
    "tell_of_new_dates",
    "tell_offered",
    "tell_organisers_of_too_few",
    "tell_passed_over",
    "tell_request_arranged",
    "tell_request_received",
    "tell_taken_back",
    "tell_transferred",
    "tell_walk_in_undone",
    "tell_who_cancelled",
    "tell_withdrawn",
]
