"""Why a roster can't be marked, closed or corrected, and what to do about it."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError


class NotPublished(DomainError):
    code = "not_published"
    message = _("This session is not on, so nobody can be marked. Ask the organiser why.")


class NotOpenYet(DomainError):
    code = "not_open_yet"


class RosterClosed(DomainError):
    code = "roster_closed"
    message = _("This roster is closed. A trainer can still correct a mark, with a reason.")


class PartIsOver(DomainError):
    code = "part_is_over"
    message = _("The roster of another part is closed, so nobody can join or leave: it is one training.")


class RosterStillOpen(DomainError):
    code = "roster_still_open"
    message = _("This roster is still open: just mark the person.")


class NotStarted(DomainError):
    code = "not_started"


class PeopleWithoutMark(DomainError):
    code = "people_without_mark"


class SeatReleased(DomainError):
    code = "seat_released"
    message = _("This person has no seat in this part any more. Reload the list.")


class StateNotOffered(DomainError):
    code = "state_not_offered"
    message = _("This course has no such mark. Choose one of those on the list.")


class NotOnOffer(DomainError):
    code = "not_on_offer"
    message = _("This edition is still a draft, so there is nothing to close. Publish it first.")


class NotOverYet(DomainError):
    code = "not_over_yet"
