"""States of an enrolment and the moves between them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class EnrolmentStatus(models.TextChoices):
    QUEUED = "queued", _("on the waiting list")
    # A seat is held for a while: until the person says yes, or their organisation does.
    OFFERED = "offered", _("seat on offer")
    CONFIRMED = "confirmed", _("confirmed")
    WITHDRAWN = "withdrawn", _("withdrawn")
    CANCELLED = "cancelled", _("cancelled")
    # Another enrolment, in another session of the course, went on with it.
    MOVED = "moved", _("moved to another date")


SEATED = (EnrolmentStatus.OFFERED, EnrolmentStatus.CONFIRMED)
ACTIVE = (EnrolmentStatus.QUEUED, *SEATED)

# In the queue a smaller number goes first; within it the original date decides.
MANDATORY_FIRST = 50
DEFAULT_PRIORITY = 100

ALLOWED: dict[str, frozenset[str]] = {
    EnrolmentStatus.QUEUED: frozenset(
        {
            EnrolmentStatus.OFFERED,
            EnrolmentStatus.CONFIRMED,
            EnrolmentStatus.WITHDRAWN,
            EnrolmentStatus.CANCELLED,
            EnrolmentStatus.MOVED,
        }
    ),
    EnrolmentStatus.OFFERED: frozenset(
        {
            EnrolmentStatus.QUEUED,
            EnrolmentStatus.CONFIRMED,
            EnrolmentStatus.WITHDRAWN,
            EnrolmentStatus.CANCELLED,
            EnrolmentStatus.MOVED,
        }
    ),
    # Back to the queue when the session moves to a time at which the person is elsewhere.
    EnrolmentStatus.CONFIRMED: frozenset(
        {
            EnrolmentStatus.QUEUED,
            EnrolmentStatus.WITHDRAWN,
            EnrolmentStatus.CANCELLED,
            EnrolmentStatus.MOVED,
        }
    ),
    EnrolmentStatus.WITHDRAWN: frozenset(),
    EnrolmentStatus.CANCELLED: frozenset(),
    EnrolmentStatus.MOVED: frozenset(),
}


class EnrolmentSource(models.TextChoices):
    SELF = "self", _("by the person")
    ON_BEHALF = "on_behalf", _("on behalf of the person")
    BLOCK = "block", _("planned by the academy")
    WALK_IN = "walk_in", _("at the door")


class OfferKind(models.TextChoices):
    """Whose yes a held seat waits for."""

    SEAT = "seat", _("the person's")
    APPROVAL = "approval", _("their organisation's")


class OfferOutcome(models.TextChoices):
    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", _("declined")
    EXPIRED = "expired", _("expired")
    # The person withdrew, or the session was cancelled or moved.
    CLOSED = "closed", _("closed")


class ApprovalState(models.TextChoices):
    """What an approver finds behind a link: the rest of the enrolment is not theirs to see."""

    OPEN = "open"
    APPROVED = "approved"
    NOT_APPROVED = "not_approved"
    # Withdrawn, cancelled or begun before anybody decided.
    OVER = "over"


class PassedOver(models.TextChoices):
    """Why a seat went to somebody who came later."""

    CONFLICT = "conflict", _("had something else at that time")
    OFFER_EXPIRED = "offer_expired", _("didn't answer an offer in time")
    OFFER_DECLINED = "offer_declined", _("declined an offer")
    NOT_APPROVED = "not_approved", _("wasn't approved in time")


# Nobody is asked again and again: until they say so themselves, the seats go to others.
STEPPED_ASIDE = (PassedOver.OFFER_EXPIRED, PassedOver.OFFER_DECLINED)


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
    PREREQUISITE = "prerequisite_missing", _("has yet to follow what comes first")
    NOT_PUBLISHED = "not_published", _("the session is not on offer")
    NOT_OPEN_YET = "not_open_yet", _("enrolment has not opened yet")
    CLOSED = "closed", _("enrolment is closed")
    HAS_QUEUE = "has_queue", _("people are waiting for the session")
    ASKS_THE_PERSON = "asks_the_person", _("each person decides about this training")
    NEEDS_APPROVAL = "needs_approval", _("needs an approval: enrol them one by one")
    MOVED = "moved", _("the session was changed")
    FULL = "full", _("no seat is left")
    LEFT_OUT = "left_out", _("left out")
    # Known on the floor of attendance.
    ONE_PART = "one_part", _("lacks only a part of it")
    REFUSED = "refused", _("can't enrol in the session")


# In the audit trail: an organisation said no.
NOT_APPROVED = "enrolment.not_approved"
# In the audit trail: somebody got a seat at the door.
WALKED_IN = "enrolment.walked_in"
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


class Fault(models.TextChoices):
    """What an audit can find: each breaks what ``enrolment.invariants`` says is true at every commit."""

    OVERBOOKED = "overbooked", _("more people have a seat than there are seats")
    MISCOUNTED = "miscounted", _("the number of taken seats is not that of the seats that are held")
    RESERVED_WRONG = (
        "reserved_wrong",
        _("the number of reserved seats is not what is kept for somebody"),
    )
    ENROLLED_TWICE = "enrolled_twice", _("somebody is enrolled twice in one session")
    OVERLAPPING = "overlapping", _("somebody has two seats at one time")
    TEACHING_THEN = "teaching_then", _("somebody has a seat at a time at which they give a session")
    GIVING_TWO = "giving_two", _("somebody gives two sessions at one time")
    TIED_IN_QUEUE = "tied_in_queue", _("two people have the same place in a queue")
    WITHOUT_SEAT = "without_seat", _("somebody is confirmed without a seat in every part")
    STRAY_SEAT = "stray_seat", _("a seat is held by somebody who isn't confirmed")
    OFFER_ADRIFT = "offer_adrift", _("an offer is live without a seat on offer, or the other way round")
    MADE_UP_AMISS = "made_up_amiss", _("a part is made up for where it is not given")
    NOT_ON_OFFER = "not_on_offer", _("somebody is enrolled in a session that is not on offer")
    UNAPPROVED = "unapproved", _("somebody is confirmed without the approval that was needed")
    WITHOUT_CONSENT = "without_consent", _("somebody is enrolled without the consent that was needed")
    WITHOUT_EVIDENCE = "without_evidence", _("a completion by attendance has no session that shows it")


class ExceptionReason(models.TextChoices):
    """Why somebody asks to follow a course without what comes first; no text of their own."""

    EXPERIENCE = "experience", _("equivalent experience")
    ELSEWHERE = "elsewhere", _("followed elsewhere, with proof")
    PLANNED = "planned", _("planned before the session")


class ExceptionStatus(models.TextChoices):
    ASKED = "asked", _("asked")
    GRANTED = "granted", _("granted")
    DECLINED = "declined", _("declined")


ALLOWED_DECISIONS: dict[str, frozenset[str]] = {
    ExceptionStatus.ASKED: frozenset({ExceptionStatus.GRANTED, ExceptionStatus.DECLINED}),
    ExceptionStatus.GRANTED: frozenset(),
    ExceptionStatus.DECLINED: frozenset(),
}
