"""Which mails are due afterwards: decided here, where it is known who was there."""

import datetime as dt

from django.db import transaction

from attendance.emails import offer_aftercare
from attendance.querysets import with_aftercare
from core.time import BRUSSELS, brussels_day
from enrolment.models import Enrolment

# Later it would only bring back what somebody may have put behind them.
OFFERED_WITHIN = dt.timedelta(days=7)


def queue_aftercare(*, at: dt.datetime) -> None:
    """Queue one mail for each participant of the days before; the first is due on the day after.

    Safe to run twice and at the same time: the dedupe key lets one through for each enrolment.
    """
    midnight = dt.datetime.combine(brussels_day(at), dt.time.min, BRUSSELS)
    due = (
        with_aftercare(Enrolment.objects.all(), at=at)
        .filter(over_at__lt=midnight, over_at__gte=midnight - OFFERED_WITHIN)
        .filter(learner__is_active=True, learner__erased_at=None)
        .with_learner()
    )
    with transaction.atomic():
        for enrolment in due:
            offer_aftercare(enrolment, expires_at=enrolment.over_at + OFFERED_WITHIN)
