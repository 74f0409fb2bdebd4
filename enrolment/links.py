"""Links that let whoever was sent them answer without signing in; nobody can guess or change one."""

import datetime as dt

from django.core import signing

from enrolment.models import Enrolment, Offer
from people.models import User

OFFER = "enrolment.offer"
APPROVAL = "enrolment.approval"
# Whoever decides later than that signs in, and finds it there.
APPROVAL_LASTS = dt.timedelta(days=30)


def offer_token(offer: Offer) -> str:
    return signing.dumps(str(offer.public_id), salt=OFFER)


def offer_of(token: str) -> Offer | None:
    """The offer of a link, live or not; None for one that we never sent, or whose account is closed."""
    try:
        public_id = signing.loads(token, salt=OFFER)
    except signing.BadSignature:
        return None
    offer: Offer | None = (
        Offer.objects.filter(public_id=public_id, enrolment__learner__is_active=True)
        .select_related("enrolment__session__version", "enrolment__learner__profile")
        .first()
    )
    return offer


def approval_token(enrolment: Enrolment, approver: User) -> str:
    """For one approver and one enrolment; it proves nothing about who still is an approver."""
    return signing.dumps([str(enrolment.public_id), str(approver.public_id)], salt=APPROVAL)


def approval_of(token: str) -> tuple[Enrolment, User] | None:
    """The enrolment and the approver of a link; None for one that is too old, or that we never sent."""
    try:
        enrolment_id, approver_id = signing.loads(token, salt=APPROVAL, max_age=APPROVAL_LASTS)
    except signing.BadSignature:
        return None
    enrolment = Enrolment.objects.filter(public_id=enrolment_id).with_learner().with_session().first()
    approver = User.objects.filter(public_id=approver_id).select_related("profile").first()
    return (enrolment, approver) if enrolment and approver else None
