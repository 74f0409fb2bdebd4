"""Refusals of this floor."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError


class NoCertificateOnRequest(DomainError):
    code = "no_certificate_on_request"
    message = _(
        "This record gives no certificate on request. If you think it should, ask whoever gave the training."
    )
