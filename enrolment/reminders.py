"""Which reminders are due: decided here, where the data is; the outbox sends them."""

import datetime as dt

from django.conf import settings
from django.db import transaction

from courses.models import Session
from enrolment import emails
from enrolment.models import Enrolment, Seat


def queue_session_reminders(*, at: dt.datetime) -> None:
    """Queue one reminder for each confirmed participant of the coming days.

    Safe to run twice and at the same time: the dedupe key lets one through for each date.
    """
    within = dt.timedelta(days=settings.REMINDER_DAYS)
    due = Enrolment.objects.reminder_due(at=at, within=within).with_learner().with_meetings()
    for enrolment in due.iterator(chunk_size=500):
        with transaction.atomic():
            # Whoever withdraws, moves or cancels holds this row: nobody is reminded of what is no longer so.
            seated = Enrolment.objects.confirmed().select_for_update(no_key=True).filter(pk=enrolment.pk)
            if seated.exists() and _still_stands(enrolment.session):
                emails.remind(enrolment, enrolment.meetings)


def queue_make_up_reminders(*, at: dt.datetime) -> None:
    """The same for those who make up for a part in a meeting of the coming days."""
    within = dt.timedelta(days=settings.REMINDER_DAYS)
    for seat in Seat.objects.make_ups().reminder_due(at=at, within=within).with_make_up():
        with transaction.atomic():
            # Whoever cancels or moves it holds the row of the enrolment.
            list(Enrolment.objects.select_for_update(no_key=True).filter(pk=seat.enrolment_id))
            if Seat.objects.held().filter(pk=seat.pk).exists() and _still_stands(seat.meeting.session):
                emails.remind_of_make_up(seat)


def _still_stands(session: Session) -> bool:
    """Whether the dates that were read are those of now, asked once the row is locked."""
    return Session.objects.published().filter(pk=session.pk, sequence=session.sequence).exists()
