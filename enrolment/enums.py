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
