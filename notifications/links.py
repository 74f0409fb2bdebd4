"""Links that hold a secret: made while their mail is being sent, never stored."""

import datetime as dt
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator, default_token_generator
from django.urls import reverse

from people.models import User


def password_reset_url(recipient: User) -> str:
    """The link under which allauth lets its holder choose a new password, once."""
    return _reset_url(recipient, default_token_generator.make_token(recipient))


def _reset_url(recipient: User, token: str) -> str:
    # allauth's name for it; what it holds is read by ``people.forms.ResetLinkForm``.
    uidb36 = recipient.public_id.hex
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": uidb36, "key": token})
    return f"{settings.BASE_URL}{path}"


class FirstPasswordTokens(PasswordResetTokenGenerator):
    """Tokens that Django's own generator accepts for longer than others: they are dated ahead."""

    def _now(self) -> dt.datetime:
        ahead = settings.ACTIVATION_TIMEOUT - settings.PASSWORD_RESET_TIMEOUT
        return super()._now() + dt.timedelta(seconds=ahead)


def activation_url(recipient: User) -> str:
    """The link under which a new person chooses the first password, once; who has one gets no such mail."""
    return _reset_url(recipient, FirstPasswordTokens().make_token(recipient))


_LINKS: dict[str, dict[str, Callable[[User], str]]] = {
    "account_activation": {"activation_url": activation_url},
    "account_password_reset": {"password_reset_url": password_reset_url},
}


def secret_links(*, template: str, recipient: User) -> dict[str, str]:
    """What the context of a template gets beside the stored data."""
    return {name: make(recipient) for name, make in _LINKS.get(template, {}).items()}
