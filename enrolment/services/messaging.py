"""What a manager writes to the participants of a session; the text itself is kept by the outbox alone."""

import hashlib

from django.db import transaction
from django.db.models import Q

from core.models import AuditEntry
from courses.models import Session
from enrolment import emails
from enrolment.errors import EverybodyToldAlready, NoContact, NotOnOffer
from enrolment.models import Enrolment, Seat
from enrolment.services.locking import lock_session
from enrolment.services.make_ups import make_ups_in
from notifications.models import Message
from people.models import User


def recipients_of(session: Session, *, subject: str, text: str, to_waiting: bool) -> list[Enrolment]:
    """Who has a seat, be it in one part, and who waits if they are asked for; without who had this very text.

    Raises NotOnOffer, NoContact and EverybodyToldAlready.
    """
    if not session.is_published:
        raise NotOnOffer
    if not session.contact_email:
        raise NoContact
    own = session.enrolments.active() if to_waiting else session.enrolments.confirmed()
    making_up = Seat.objects.made_up_in(session).order_by()
    chosen = Enrolment.objects.filter(Q(pk__in=own) | Q(pk__in=making_up.values("enrolment")))
    keys = {
        emails.message_key(enrolment, _text_id(subject, text)): enrolment
        for enrolment in chosen.with_learner().order_by("id")
    }
    had_it = set(Message.objects.filter(dedupe_key__in=keys).values_list("dedupe_key", flat=True))
    if not keys.keys() - had_it:
        raise EverybodyToldAlready
    return [enrolment for key, enrolment in keys.items() if key not in had_it]


@transaction.atomic
def send_message(*, session: Session, subject: str, text: str, to_waiting: bool, actor: User) -> int:
    """Write to everybody once; returns how many. Sent again, the same text reaches only who came since.

    Raises as ``recipients_of`` does. The trail keeps whom it went to, not what it said.
    """
    session = lock_session(session.pk)
    recipients = recipients_of(session, subject=subject, text=text, to_waiting=to_waiting)
    for enrolment in recipients:
        enrolment.session = session
    meetings = list(session.meetings.all())
    making_up = {seat.enrolment_id: [seat.meeting] for seat in make_ups_in(session)}
    told = [(enrolment, making_up.get(enrolment.pk, meetings)) for enrolment in recipients]
    emails.message_participants(told, subject=subject, text=text, text_id=_text_id(subject, text))
    AuditEntry.record(
        action="session.message_sent",
        subject=session,
        actor=actor,
        enrolments=[enrolment.pk for enrolment in recipients],
    )
    return len(recipients)


def _text_id(subject: str, text: str) -> str:
    return hashlib.sha256(f"{subject}\0{text}".encode()).hexdigest()[:32]
