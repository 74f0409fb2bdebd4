"""Signing in with allauth: no sign-up, and every mail through the outbox."""

import datetime as dt
import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils import timezone

from notifications.services import queue_message
from people.models import User
from people.services.accounts import change_password

# A link that comes later than this has been asked for again.
RESET_MAIL_EXPIRES_AFTER = dt.timedelta(hours=1)

# allauth's mails of which there is one here, with what it adds to the context; and those of our own.
NOTIFICATIONS: dict[str, tuple[str, dict[str, str]]] = {
    "account/email/password_changed": ("account_password_changed", {}),
    "account/email/password_reset": ("account_password_changed", {}),
    "account/email/password_set": ("account_password_changed", {}),
    "mfa/email/totp_activated": ("account_factor_changed", {"change": "app_added"}),
    "mfa/email/totp_deactivated": ("account_factor_changed", {"change": "app_removed"}),
    "mfa/email/webauthn_added": ("account_factor_changed", {"change": "passkey_added"}),
    "mfa/email/webauthn_removed": ("account_factor_changed", {"change": "passkey_removed"}),
    "mfa/email/recovery_codes_generated": ("account_factor_changed", {"change": "codes_renewed"}),
    "people/identity_linked": ("account_factor_changed", {"change": "provider_linked"}),
    "people/identity_unlinked": ("account_factor_changed", {"change": "provider_unlinked"}),
    "people/factors_removed": ("account_factor_changed", {"change": "all_removed"}),
}
TOO_MANY = frozenset({"too_many_login_attempts", "rate_limited"})
# Who signed in so shortly ago has just shown who they are.
RECENT = dt.timedelta(minutes=5)


class AccountAdapter(DefaultAccountAdapter):
    """Accounts come from the lists of zones and academies; a mail is a row that a worker sends."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def set_password(self, user: User, password: str) -> None:
        change_password(person=user, password=password)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Changing it signs out everywhere, here too."""
        return resolve_url(settings.LOGIN_URL)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        records = get_authentication_records(self.request, self.request.user)
        signed_in_at = max((record["at"] for record in records), default=0)
        return time.time() - signed_in_at > RECENT.total_seconds()

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        """Too many attempts are the same page everywhere, whether allauth asks in a view or in a form."""
        if code in TOO_MANY:
            raise ImmediateHttpResponse(ratelimit.respond_429(self.request))
        error: ValidationError = super().validation_error(code, *args)
        return error

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """Of the request only the person is kept: the link is made when the mail is sent."""
        now = timezone.now()
        queue_message(
            recipient=user,
            template="account_password_reset",
            context={"hours": settings.PASSWORD_RESET_TIMEOUT // 3600},
            dedupe_key=f"account_password_reset:{user.public_id}:{now.isoformat()}",
            expires_at=now + RESET_MAIL_EXPIRES_AFTER,
        )

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """What happened and when; the address and the browser of whoever did it are not kept."""
        now = timezone.now()
        if template_prefix not in NOTIFICATIONS:
            raise NotImplementedError(template_prefix)
        template, more = NOTIFICATIONS[template_prefix]
        queue_message(
            recipient=user,
            template=template,
            context={
                "at_iso": now.isoformat(),
                "reset_url": f"{settings.BASE_URL}{reverse('account_reset_password')}",
                **more,
            },
            dedupe_key=f"{template}:{user.public_id}:{now.isoformat()}",
        )

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """No mail of allauth's goes around the outbox."""
        raise NotImplementedError(template_prefix)
