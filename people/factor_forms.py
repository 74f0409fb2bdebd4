"""allauth's forms of the second step, with the platform's words, and what they leave open closed."""

import uuid
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm, LoginWebAuthnForm
from allauth.mfa.webauthn.internal import auth as webauthn
from django import forms
from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _
from fido2.utils import websafe_decode

from people.models import User

# How long a code can be typed: the period that it stands for, and those on either side of it.
CODE_LIFETIME = 30 * (1 + 2 * settings.MFA_TOTP_TOLERANCE)
LONGEST_NAME = 40


def _code_field(label: Any) -> forms.CharField:
    attributes = {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
    return forms.CharField(label=label, max_length=20, widget=forms.TextInput(attrs=attributes))


class OneTime(forms.Form):
    """A code works once (RFC 6238, 5.2): allauth remembers it for one period only."""

    user: User

    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]
        # Spaces and dashes make no other code of it.
        typed = "".join(filter(str.isalnum, code)).lower()
        if not cache.add(f"second-step:{self.user.pk}:{typed}", True, timeout=CODE_LIFETIME):
            raise get_adapter().validation_error("incorrect_code")
        return code


class CodeForm(OneTime, AuthenticateForm):
    code = _code_field(_("Code from your app, or a recovery code"))


class CodeAgainForm(OneTime, ReauthenticateForm):
    code = _code_field(_("Code from your app, or a recovery code"))


class AppForm(ActivateTOTPForm):
    code = _code_field(_("Code that the app shows"))


class PasskeyForm(AddWebAuthnForm):
    name = forms.CharField(
        label=_("Name"),
        help_text=_("To tell it from others later, such as “Phone”."),
        max_length=LONGEST_NAME,
        required=False,
    )
    passwordless = forms.BooleanField(
        label=_("Sign in with it without a password"),
        help_text=_("Your device then asks for your finger, your face or its PIN."),
        initial=True,
        required=False,
    )


class PasskeyNameForm(EditWebAuthnForm):
    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME)


class PasskeySignInForm(LoginWebAuthnForm):
    """Finds the person by the public id that the passkey holds, where allauth would hold the primary key."""

    def clean_credential(self) -> Any:
        credential = self.cleaned_data["credential"]
        webauthn.parse_authentication_response(credential)
        return webauthn.complete_authentication(_holder(credential), credential)


def _holder(credential: dict[str, Any]) -> User:
    """Whose passkey it says that it is; the signature proves it, or not."""
    try:
        handle = websafe_decode(credential["response"]["userHandle"])
        return User.objects.get(public_id=uuid.UUID(bytes=handle))
    except (KeyError, TypeError, ValueError, User.DoesNotExist):
        raise get_adapter().validation_error("incorrect_code") from None
