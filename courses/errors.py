"""Why an act about the offer is refused, and what a person can do about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError


@dataclass(frozen=True)
class Problem:
    """What is wrong with one field; ``part``: the id of the part in whose row it stands."""

    field: str
    message: str | Promise
    part: int | None = None


class CannotPlan(DomainError):
    """Everything that stands in the way, field by field."""

    code = "cannot_plan"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = problems
        super().__init__(" ".join(str(problem.message) for problem in problems))


class NotADraft(DomainError):
    code = "not_a_draft"
    message = _("This session is no draft any more. Move it, change its seats, or cancel it.")


class IsCancelled(DomainError):
    code = "is_cancelled"
    message = _("This session is cancelled. Duplicate it to give it on another day.")


class NothingToRepeat(DomainError):
    code = "nothing_to_repeat"
    message = _("Plan the meetings of this session first: the others follow its days and hours.")


class CannotRepeat(DomainError):
    code = "cannot_repeat"
    message = _("On some of these days something stands in the way. Leave them out, or change the pause.")


class DocumentRefused(DomainError):
    code = "document_refused"


class StaffRefused(DomainError):
    """Somebody who can't give a meeting."""


class NoTrainer(StaffRefused):
    code = "no_trainer"


class NotAccredited(StaffRefused):
    code = "not_accredited"


class BookedElsewhere(StaffRefused):
    code = "booked_elsewhere"


class NotFree(StaffRefused):
    code = "not_free"


class AlreadyAsked(StaffRefused):
    code = "already_asked"


class MeetingBegun(StaffRefused):
    code = "meeting_begun"
    message = _("This part has begun: who gives it can't be changed any more.")


class SessionCancelled(StaffRefused):
    code = "session_cancelled"
    message = _("This session is cancelled: nobody gives it.")


class StaffGone(StaffRefused):
    code = "staff_gone"
    message = _("Somebody changed who gives this meanwhile. Look at the list again.")


class NothingToAnswer(DomainError):
    code = "nothing_to_answer"
    message = _("There is nothing to answer any more: the organiser asked somebody else, or it has begun.")


class CannotGiveIt(DomainError):
    code = "cannot_give_it"
    message = _(
        "Your role of trainer or your accreditation for this course doesn't reach until that day. "
        "Ask the organiser to extend it, or decline."
    )


class EditedMeanwhile(DomainError):
    code = "edited_meanwhile"
    message = _("Somebody else changed this course since you opened it. Compare, and save again.")


class SlugTaken(DomainError):
    code = "slug_taken"
    message = _("Another course has this address already. Choose another one.")


class CourseInUse(DomainError):
    code = "course_in_use"
    message = _("This course has sessions, completions, trainers or courses that refer to it: it stays.")


class StillNeeded(DomainError):
    code = "still_needed"
    message = _("Courses or meetings refer to it: it stays. Change its name or address instead.")


class AccreditationOverlaps(DomainError):
    code = "accreditation_overlaps"


class ConsentInstead(DomainError):
    code = "consent_instead"
    message = _("Each decides alone about this course: an approval would tell others who takes part.")


class RuleOverlaps(DomainError):
    code = "rule_overlaps"


class AccreditationReplaced(DomainError):
    code = "accreditation_replaced"
    message = _("Somebody else changed this accreditation meanwhile. Look at it again.")
