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
