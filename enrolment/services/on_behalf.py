"""HR and academies enrol people, and take that back; what is voluntary each can decline."""

from courses.models import Session
from enrolment import emails
from enrolment.enums import EnrolmentStatus
from enrolment.errors import EnrolmentRefused, NobodyToTell, NotPossible, OwnChoice
from enrolment.models import Enrolment
from enrolment.rules import taking_back_refusal
from enrolment.services.booking import end_enrolment, enrol
from enrolment.services.transferring import transfer
from people.models import Organisation, User


def enrol_on_behalf(*, session: Session, learner: User, organisation: Organisation, actor: User) -> Enrolment:
    """Enrol somebody, who is told by which function; a repeated call returns the enrolment that is there.

    Raises OnBehalfRefused, in the same words whatever the person does at that time or has chosen already.
    """
    if not learner.email:
        raise NobodyToTell
    try:
        return enrol(session=session, learner=learner, actor=actor, enrolled_by=organisation)
    except EnrolmentRefused:
        raise NotPossible from None


def take_back(*, enrolment: Enrolment, actor: User) -> Enrolment:
    """End an enrolment that others made, and tell the person; raises TakingBackClosed.

    Done before, or declined meanwhile, it does nothing.
    """
    return end_enrolment(
        enrolment=enrolment,
        status=EnrolmentStatus.CANCELLED,
        action="enrolment.taken_back",
        actor=actor,
        refusal=taking_back_refusal,
        then=emails.tell_taken_back,
    )


def transfer_on_behalf(*, enrolment: Enrolment, to: Session, actor: User) -> Enrolment:
    """Move what others booked to another date of the course, and tell the person; see ``transfer``.

    Raises OnBehalfRefused in the same words whatever the person does then, and TakingBackClosed.
    """
    if Session.objects.of_one_s_own_choice().filter(pk=to.pk).exists():
        raise OwnChoice
    try:
        return transfer(enrolment=enrolment, to=to, actor=actor)
    except EnrolmentRefused:
        raise NotPossible from None
