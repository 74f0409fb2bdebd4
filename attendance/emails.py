"""What a participant is told afterwards; each context is frozen plain data, and each title discreet."""

import datetime as dt

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from enrolment.models import Enrolment
from notifications.services import queue_message


def offer_aftercare(enrolment: Enrolment, *, expires_at: dt.datetime) -> None:
    """Tell once where to find somebody to talk to, and nothing of what for: others read mails too."""
    learner = enrolment.learner
    with translation.override(learner.profile.administrative_language):
        title = enrolment.session.version.discreet_title
    queue_message(
        recipient=learner,
        template="aftercare",
        context={
            "first_name": learner.profile.first_name,
            "title": title,
            "training_url": settings.BASE_URL + reverse("portal:training"),
        },
        dedupe_key=f"aftercare:{enrolment.public_id}",
        expires_at=expires_at,
    )
