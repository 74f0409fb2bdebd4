"""States of an enrolment and the moves between them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class EnrolmentStatus(models.TextChoices):
    QUEUED = "queued", _("on the waiting list")
    CONFIRMED = "confirmed", _("confirmed")
    WITHDRAWN = "withdrawn", _("withdrawn")
    CANCELLED = "cancelled", _("cancelled")


ACTIVE = (EnrolmentStatus.QUEUED, EnrolmentStatus.CONFIRMED)

ALLOWED: dict[str, frozenset[str]] = {
    EnrolmentStatus.QUEUED: frozenset(
        {EnrolmentStatus.CONFIRMED, EnrolmentStatus.WITHDRAWN, EnrolmentStatus.CANCELLED}
    ),
    # Back to the queue when the session moves to a time at which the person is elsewhere.
    EnrolmentStatus.CONFIRMED: frozenset(
        {EnrolmentStatus.QUEUED, EnrolmentStatus.WITHDRAWN, EnrolmentStatus.CANCELLED}
    ),
    EnrolmentStatus.WITHDRAWN: frozenset(),
    EnrolmentStatus.CANCELLED: frozenset(),
}


class EnrolmentSource(models.TextChoices):
    SELF = "self", _("by the person")
    ON_BEHALF = "on_behalf", _("on behalf of the person")
    BLOCK = "block", _("planned by the academy")


class Obstacle(models.TextChoices):
    """Why somebody can't be placed in a session, in words for who plans: not what else they do or follow.

    Those that refuse an enrolment have the same code as the refusal.
    """

    COMPLETED = "completed", _("has completed it")
    BOOKED = "booked", _("has a seat in it already")
    QUEUED = "queued", _("waits for a seat in it")
    OVERLAPPING = "overlapping", _("is not free at that time")
    NOBODY_TO_TELL = "nobody_to_tell", _("has no e-mail address here, so nobody could tell them")
    OTHER_LANGUAGE = "other_language", _("no chosen session is in their language")
    NOT_STAFF = "not_staff", _("is neither staff nor aspirant today")
    GIVES_IT = "gives_it_themselves", _("gives the session")
    OTHER_ORGANISATION = "not_for_your_organisation", _("the session is for other organisations")
    FOR_ASPIRANTS = "for_aspirants_only", _("the session is for aspirants")
    NOT_FOR_ASPIRANTS = "not_for_aspirants", _("the session is for experienced staff")
    NOT_PUBLISHED = "not_published", _("the session is not on offer")
    NOT_OPEN_YET = "not_open_yet", _("enrolment has not opened yet")
    CLOSED = "closed", _("enrolment is closed")
    HAS_QUEUE = "has_queue", _("people are waiting for the session")
    ASKS_THE_PERSON = "asks_the_person", _("each person decides about this training")
    MOVED = "moved", _("the session was changed")
    FULL = "full", _("no seat is left")
    LEFT_OUT = "left_out", _("left out")
    REFUSED = "refused", _("can't enrol in the session")


# In the audit trail: an organiser read something of a person.
READ_BY_ORGANISER = "person.read_by_organiser"


class CompletionSource(models.TextChoices):
    ATTENDANCE = "attendance", _("attendance")
    IMPORT = "import", _("import")
    EQUIVALENCE = "equivalence", _("equivalence")


class HistoryStatus(models.TextChoices):
    """What became of a file with past completions."""

    READY = "ready", _("to be confirmed")
    DONE = "done", _("imported")
