"""The second step of signing in, as allauth asks for it: names, secrets, what may be removed."""

import base64
import hashlib
import secrets
from typing import Any
from urllib.parse import urlsplit

import segno
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from people.models import User
from people.rules import has_factor, must_have_factor


class FactorAdapter(DefaultMFAAdapter):
    """Secrets are encrypted, a passkey belongs to the platform's own address and to no name in clear."""

    def get_totp_issuer(self) -> str:
        return settings.PRODUCT_NAME

    def build_totp_svg(self, url: str) -> SafeString:
        """The QR code as part of the page: no address, no style, so nothing for the CSP to allow."""
        qr = segno.make(url, error="m", micro=False)
        return mark_safe(qr.svg_inline(border=4, omitsize=True, svgclass="qr", lineclass=None))

    def encrypt(self, text: str) -> str:
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret; under another SECRET_KEY one that nobody has, so that no code fits any more."""
        try:
            return _fernet().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return base64.b32encode(secrets.token_bytes(20)).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        person: Any = authenticator.user
        return not must_have_factor(person) or has_factor(person, but=authenticator.pk)

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        taken = Authenticator.objects.filter(user=user, type=type).count()
        return _("Passkey %(number)d") % {"number": taken + 1} if taken else _("Passkey")

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": urlsplit(settings.BASE_URL).hostname or "", "name": settings.PRODUCT_NAME}

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        """What the device keeps; the name is what it shows where it holds passkeys of several people."""
        return {"id": user.public_id.bytes, "display_name": user.get_full_name(), "name": user.email or ""}


def _fernet() -> MultiFernet:
    """Encrypts with today's key; reads what an earlier one wrote, while SECRET_KEY_FALLBACKS names it."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(f"second factors:{key}".encode()).digest())
