"""Why an enrolment is refused, and what a person can do about it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Self

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from courses.models import Session


class EnrolmentRefused(DomainError):
    """An enrolment that can't be made now."""


class NotPublished(EnrolmentRefused):
    code = "not_published"
    message = _("This session is not open for enrolment.")


class NotStaff(EnrolmentRefused):
    code = "not_staff"
    message = _("Only staff and aspirants of the police can enrol. Ask your HR to add you to your zone.")


class GivesItThemselves(EnrolmentRefused):
    code = "gives_it_themselves"
    message = _("You give this session yourself, so you can't take part in it. Choose another date.")


class NotForYourOrganisation(EnrolmentRefused):
    code = "not_for_your_organisation"
    message = _("This session is for other organisations. Look at the other dates of this course.")


class ForAspirantsOnly(EnrolmentRefused):
    code = "for_aspirants_only"
    message = _("This session is for aspirants. Look at the other dates of this course.")


class NotForAspirants(EnrolmentRefused):
    code = "not_for_aspirants"
    message = _("This session is for experienced staff. Your academy plans yours.")


class ConsentNeeded(EnrolmentRefused):
    code = "consent_needed"
    message = _("This training asks for your consent first. Read what happens in it, and decide then.")


class ConsentIsPersonal(EnrolmentRefused):
    code = "consent_is_personal"
    message = _("This training asks for the person's own consent, so nobody can enrol somebody else in it.")


class PrerequisiteMissing(EnrolmentRefused):
    """Each sentence says which course is missing, or until when it counts."""

    code = "prerequisite_missing"

    @classmethod
    def because(cls, sentences: Iterable[str]) -> Self:
        return cls(" ".join([*sentences, str(_("Follow it before, or ask for an exception."))]))


class NotOpenYet(EnrolmentRefused):
    code = "not_open_yet"


class Closed(EnrolmentRefused):
    code = "closed"
    message = _("Enrolment for this session is closed. Look at the other dates of this course.")


class Overlapping(EnrolmentRefused):
    code = "overlapping"

    @classmethod
    def with_(cls, session: Session) -> Self:
        return cls(
            _("You have %(title)s at that time. Withdraw from it first, or choose another date.")
            % {"title": session.version.title}
        )


class MakingUpThen(EnrolmentRefused):
    code = "making_up_then"

    @classmethod
    def of(cls, session: Session) -> Self:
        return cls(
            _(
                "You make up for a part of %(title)s at that time. Give that seat back first, or choose "
                "another date."
            )
            % {"title": session.version.title}
        )


class NothingToMakeUp(EnrolmentRefused):
    code = "nothing_to_make_up"
    message = _("There is nothing to make up here: the part was followed, or has its new date already.")


class AnotherPart(EnrolmentRefused):
    code = "another_part"
    message = _("That is not the part that was missed. Choose one of the dates of that part.")


class NoSeatToSpare(EnrolmentRefused):
    code = "no_seat_to_spare"
    message = _(
        "No seat is left for a make-up: those who wait for the whole session go first. Choose another date."
    )


class AnotherText(EnrolmentRefused):
    code = "another_text"
    message = _("That date asks for consent to another text than yours. Choose another date.")


class EnrolledThere(EnrolmentRefused):
    code = "enrolled_there"
    message = _("You are enrolled in that session, or wait for it. Leave it first, or choose another date.")


class EnrolledThereAlready(EnrolmentRefused):
    code = "enrolled_there_already"
    message = _("You are enrolled for that date as well. Withdraw from one of the two.")


class FullByNow(EnrolmentRefused):
    code = "full_by_now"
    message = _("It is full by now. You can wait for a seat, or choose another workshop.")


class AtTheSameTime(EnrolmentRefused):
    code = "at_the_same_time"

    @classmethod
    def as_(cls, session: Session) -> Self:
        return cls(_("It is at the same time as %(title)s.") % {"title": session.version.title})


class ChoiceRefused(DomainError):
    """Some of the workshops that somebody chose can't be had; ``refusals`` by the session's id."""

    code = "choice_refused"
    message = _("Nothing was changed yet: some of your choice can't be had. See what stands beside it.")

    def __init__(self, refusals: dict[int, DomainError]) -> None:
        super().__init__()
        self.refusals = refusals


class TeachingThen(EnrolmentRefused):
    code = "teaching_then"

    @classmethod
    def with_(cls, session: Session) -> Self:
        return cls(
            _("You give %(title)s at that time, or are asked to. Choose another date.")
            % {"title": session.version.title}
        )


class BlockRefused(DomainError):
    """Nobody was placed: ``changes`` holds what is otherwise than it was shown."""

    code = "block_refused"
    message = _("Something changed meanwhile, so nobody was planned. Look at the plan again.")

    def __init__(self, changes: Any) -> None:
        self.changes = changes
        super().__init__()


class WithdrawalClosed(DomainError):
    code = "withdrawal_closed"


class Imposed(WithdrawalClosed):
    code = "imposed"


class NothingToMove(DomainError):
    code = "nothing_to_move"
    message = _("This booking has ended or has begun, so it can't be moved. Enrol for another date.")


class OtherCourse(DomainError):
    code = "other_course"
    message = _("That is another training. A booking moves between dates of one and the same.")


class OnBehalfRefused(DomainError):
    """An enrolment that can't be made for somebody else."""


class OwnChoice(OnBehalfRefused):
    code = "own_choice"
    message = _(
        "Everybody chooses this training for themselves, so you can't enrol anybody. Tell them about it: "
        "they find it in the catalogue."
    )


class NobodyToTell(OnBehalfRefused):
    code = "nobody_to_tell"
    message = _("This person has no e-mail address here, so nobody could tell them. Have one added first.")


class NotPossible(OnBehalfRefused):
    """One sentence for all that stands in the way: the rest of a person's diary is their own business."""

    code = "not_possible"
    message = _("This person can't take part in that session. Choose another date, or ask them.")


class OfferGone(DomainError):
    code = "offer_gone"
    message = _("This offer has ended: the seat is held for you no longer. You keep your place in the queue.")


class NothingToAskFor(DomainError):
    code = "nothing_to_ask_for"
    message = _("You aren't enrolled in this session any more, or it is over. Nothing was kept.")


class MakeUpBegun(DomainError):
    code = "make_up_begun"
    message = _("That session has begun. If you can't come, tell its organiser.")


class NothingToExcept(DomainError):
    code = "nothing_to_except"
    message = _("You don't need an exception any more. Look at the session again.")


class DecidedMeanwhile(DomainError):
    code = "decided_meanwhile"
    message = _("Somebody else decided about this meanwhile. Nothing was changed.")


class TakenBack(DomainError):
    code = "taken_back"
    message = _("The person doesn't ask for it any more, so there is nothing to decide.")


class NothingToReplace(DomainError):
    code = "nothing_to_replace"
    message = _("There is no seat to give to somebody else: it was given up, or the session has begun.")


class ApprovalFirst(OnBehalfRefused):
    code = "approval_first"
    message = _("An approval comes first for this training, so nobody can step in. Enrol the person instead.")


class NotAtTheDoor(DomainError):
    """One sentence for all that stands in the way: why is the person's own business."""

    code = "not_at_the_door"
    message = _("This person can't take part in this session. Ask them: what they do then is theirs to tell.")


class NotByTheDoor(DomainError):
    code = "not_by_the_door"
    message = _(
        "This person booked the seat before, so it stays theirs. Mark them absent if they didn't come."
    )


class NoChairLeft(DomainError):
    code = "no_chair_left"
    message = _("No seat is free, so nobody can be added. The organiser can give the session more seats.")


class ApprovalAtTheDoor(DomainError):
    code = "approval_at_the_door"
    message = _("This person's organisation has to approve it first, so they can't be added at the door.")


class TakingBackClosed(DomainError):
    code = "taking_back_closed"


class CannotPublish(DomainError):
    """With all that is missing, each with what to do about it."""

    code = "cannot_publish"

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(" ".join(missing))


class NotOnOffer(DomainError):
    code = "not_on_offer"
    message = _("This session is not on offer: only a published one is moved, cancelled, or written about.")


class CannotMove(DomainError):
    code = "cannot_move"


class NothingToAwait(DomainError):
    code = "nothing_to_await"
    message = _("Only staff and aspirants hear of new dates, and only of trainings that are open to them.")


class NothingToDecide(DomainError):
    code = "nothing_to_decide"
    message = _("There is nothing left to decide: this session has begun, or is not on offer.")


class HasStarted(DomainError):
    code = "has_started"
    message = _("This session has begun, so it can't be cancelled any more. Its trainers close the roster.")


class TooFewSeats(DomainError):
    """``taken``: how many seats are held or reserved, by the id of each meeting that would have fewer."""

    code = "too_few_seats"

    def __init__(self, taken: Mapping[int, int]) -> None:
        self.taken = taken
        super().__init__(_("More seats are taken or reserved than that. Choose at least as many."))


class FewerThanNeeded(DomainError):
    """``meetings``: the ids of those that would have fewer seats than the session needs people."""

    code = "fewer_than_needed"

    def __init__(self, meetings: Collection[int], minimum: int) -> None:
        self.meetings = meetings
        said = _(
            "The session needs at least %(minimum)d people. Choose as many seats, or lower the minimum first."
        )
        super().__init__(said % {"minimum": minimum})


class ReservationRefused(DomainError):
    """Seats that can't be kept for somebody; a sentence for the field of their number."""


class CannotReserve(ReservationRefused):
    code = "cannot_reserve"
    message = _("This session has no limit, so nobody needs reserved seats. Limit its seats first.")


class TooFewToReserve(ReservationRefused):
    code = "too_few_to_reserve"

    def __init__(self, most: int) -> None:
        said = _("At most %(most)d can be reserved: the other seats are taken or kept.")
        super().__init__(said % {"most": most})


class TooManyTaken(ReservationRefused):
    code = "too_many_taken"

    def __init__(self, taken: int) -> None:
        said = _("%(taken)d of these seats are taken already. Reserve at least as many.")
        super().__init__(said % {"taken": taken})


class NoContact(DomainError):
    code = "no_contact"
    message = _("Answers need an address: give the session a contact first.")


class EverybodyToldAlready(DomainError):
    code = "everybody_told_already"
    message = _("Nobody is left who hasn't had this message already.")
