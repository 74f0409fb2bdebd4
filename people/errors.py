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
    message = _("Somebody changed the same people a moment ago, so nothing was imported. Try again.")


class RoleNotYours(DomainError):
    code = "role_not_yours"
    message = _("This role is not yours to give or to end. Ask the administrator.")


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
