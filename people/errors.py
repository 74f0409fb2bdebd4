"""Refusals about people, roles and lists of people."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError


class ListRefused(DomainError):
    code = "list_refused"
    message = _("Nothing was imported: the list has to be corrected first.")

    def __init__(self, outcome: Any) -> None:
        self.outcome = outcome
        super().__init__()


class ChangedMeanwhile(DomainError):
    code = "changed_meanwhile"
    message = _("Somebody is changing the same people, so nothing was imported. Try again in a minute.")


class RoleNotYours(DomainError):
    code = "role_not_yours"
    message = _("This role is not yours to give or to end. Ask the administrator.")


class NotForYourself(DomainError):
    code = "not_for_yourself"
    message = _("Nobody gives a role to themselves. Ask a colleague or the administrator.")


class NoSchool(DomainError):
    code = "no_school"
    message = _("Only a school has aspirants. Choose the school, or another role.")


class HeldElsewhere(DomainError):
    code = "held_elsewhere"
    message = _(
        "This person has one employer and one school at most, and another organisation has this role now. "
        "It ends there first."
    )


class UnknownIdentity(DomainError):
    code = "unknown_identity"
    message = _("We don't know yet whose account this is here.")


class IdentityTaken(DomainError):
    code = "identity_taken"
    message = _(
        "This account does not match the one that is already linked. Ask the administrator of the platform."
    )


class AccountClosed(DomainError):
    code = "account_closed"
    message = _(
        "Your account here is closed. If you still work for the police, ask your zone's HR or your academy "
        "to open it again."
    )
