"""Links that let whoever was sent them answer without signing in; nobody can guess or change one."""

from django.core import signing

from enrolment.models import Offer

OFFER = "enrolment.offer"


def offer_token(offer: Offer) -> str:
    return signing.dumps(str(offer.public_id), salt=OFFER)


def offer_of(token: str) -> Offer | None:
    """The offer of a link, live or not; None for a link that we never sent."""
    try:
        public_id = signing.loads(token, salt=OFFER)
    except signing.BadSignature:
        return None
    offer: Offer | None = (
        Offer.objects.filter(public_id=public_id)
        .select_related("enrolment__session__version", "enrolment__learner__profile")
        .first()
    )
    return offer
