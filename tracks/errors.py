"""Refusals about classes, assignments and exemptions."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError


class AlreadyAssigned(DomainError):
    code = "already_assigned"
    message = _("This track is assigned already. Change its due dates, or end it first.")


class ListTooLong(DomainError):
    code = "list_too_long"
    message = _("A list of classes holds at most 2,000 people. Split it.")
