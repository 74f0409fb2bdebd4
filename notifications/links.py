"""Links that hold a secret: made while their mail is being sent, never stored."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils.http import int_to_base36

from people.models import User


def password_reset_url(recipient: User) -> str:
    """The link under which allauth lets its holder choose a new password, once."""
    path = reverse(
        "account_reset_password_from_key",
        kwargs={
            "uidb36": int_to_base36(recipient.pk),
            "key": default_token_generator.make_token(recipient),
        },
    )
    return f"{settings.BASE_URL}{path}"


_LINKS: dict[str, dict[str, Callable[[User], str]]] = {
    "account_password_reset": {"password_reset_url": password_reset_url},
}


def secret_links(*, template: str, recipient: User) -> dict[str, str]:
    """What the context of a template gets beside the stored data."""
    return {name: make(recipient) for name, make in _LINKS.get(template, {}).items()}
