"""Signing in with allauth: no sign-up, and every mail through the outbox."""

import datetime as dt
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils import timezone

from notifications.services import queue_message
from people.models import User
from people.services.accounts import change_password

# A link that comes later than this has been asked for again.
RESET_MAIL_EXPIRES_AFTER = dt.timedelta(hours=1)

# allauth's mails of which there is one here.
NOTIFICATIONS = {
    "account/email/password_changed": "account_password_changed",
    "account/email/password_reset": "account_password_changed",
    "account/email/password_set": "account_password_changed",
}


class AccountAdapter(DefaultAccountAdapter):
    """Accounts come from the lists of zones and academies; a mail is a row that a worker sends."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def set_password(self, user: User, password: str) -> None:
        change_password(person=user, password=password)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Changing it signs out everywhere, here too."""
        return resolve_url(settings.LOGIN_URL)

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
        template = NOTIFICATIONS[template_prefix]
        queue_message(
            recipient=user,
            template=template,
            context={
                "at_iso": now.isoformat(),
                "reset_url": f"{settings.BASE_URL}{reverse('account_reset_password')}",
            },
            dedupe_key=f"{template}:{user.public_id}:{now.isoformat()}",
        )

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """No mail of allauth's goes around the outbox."""
        raise NotImplementedError(template_prefix)
