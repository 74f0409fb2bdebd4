"""Second factors for tests: an app whose codes are counted here, and a passkey in software."""

import json
import re
import secrets
import time
from hashlib import sha256
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

from people.models import User
from tests.factories import UserFactory

PASSWORD = "correct horse battery"
ORIGIN = "http://localhost:8000"
FLAG = AuthenticatorData.FLAG


def code_of(secret: str, *, at: float | None = None) -> str:
    """The code that an app with this key shows at an instant."""
    code: str = format_hotp_value(hotp_value(secret, int(at or time.time()) // 30))
    return code


def with_app(person: User | None = None) -> tuple[User, str]:
    """Somebody with an authenticator app and recovery codes, and the app's key."""
    person = person or UserFactory.create()
    secret = generate_totp_secret()
    TOTP.activate(person, secret)
    RecoveryCodes.activate(person)
    return person, secret


def recovery_codes(person: User) -> list[str]:
    codes: list[str] = Authenticator.objects.get(user=person, type="recovery_codes").wrap().get_unused_codes()
    return codes


def types_of(person: User) -> list[str]:
    return sorted(Authenticator.objects.filter(user=person).values_list("type", flat=True))


def type_password(browser: Client, person: User, **where: Any) -> HttpResponse:
    form = {"login": person.email, "password": PASSWORD}
    return browser.post(reverse("account_login"), form, **where)  # type: ignore[return-value]


def type_code(browser: Client, code: str, **where: Any) -> HttpResponse:
    return browser.post(reverse("mfa_authenticate"), {"code": code}, **where)  # type: ignore[return-value]


def is_signed_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


class Passkey:
    """A device that keeps one passkey, and has checked whose finger it was."""

    def __init__(self) -> None:
        self.id = secrets.token_bytes(16)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.holder = b""

    @property
    def address(self) -> str:
        return websafe_encode(self.id)

    def create(self, options: dict[str, Any]) -> str:
        """The answer to a page's request for a new passkey."""
        asked = options["publicKey"]
        self.holder = websafe_decode(asked["user"]["id"])
        public = ES256.from_cryptography_key(self.key.public_key())  # type: ignore[no-untyped-call]
        credential = AttestedCredentialData.create(Aaguid.NONE, self.id, public)
        data = AuthenticatorData.create(_hash(asked["rp"]["id"]), FLAG.UP | FLAG.UV | FLAG.AT, 0, credential)
        client_data = CollectedClientData.create("webauthn.create", asked["challenge"], ORIGIN)
        return self._answer(
            clientDataJSON=client_data,
            attestationObject=AttestationObject.create("none", data, {}),
            extensions={"credProps": {"rk": True}},
        )

    def sign(self, options: dict[str, Any], *, as_holder: bytes | None = None) -> str:
        """The answer to a page's request to show it."""
        asked = options["publicKey"]
        data = AuthenticatorData.create(_hash(asked["rpId"]), FLAG.UP | FLAG.UV, 1)
        client_data = CollectedClientData.create("webauthn.get", asked["challenge"], ORIGIN)
        signature = self.key.sign(data + client_data.hash, ec.ECDSA(SHA256()))
        return self._answer(
            clientDataJSON=client_data,
            authenticatorData=data,
            signature=signature,
            userHandle=self.holder if as_holder is None else as_holder,
        )

    def _answer(self, *, extensions: dict[str, Any] | None = None, **response: bytes) -> str:
        encoded = {name: websafe_encode(value) for name, value in response.items()}
        answer = {"id": self.address, "rawId": self.address, "type": "public-key", "response": encoded}
        return json.dumps(answer | {"clientExtensionResults": extensions or {}})


def _hash(text: str) -> bytes:
    return sha256(text.encode()).digest()


def options_on(page: HttpResponse, name: str) -> dict[str, Any]:
    """What a page gives to the script that speaks with the device."""
    found = re.search(r'<script id="passkey-data"[^>]*>(.*?)</script>', page.content.decode(), re.DOTALL)
    assert found is not None
    options: dict[str, Any] = json.loads(found[1])[name]
    return options


def add_passkey(browser: Client, *, name: str = "Phone") -> Passkey:
    """Add one in a browser in which somebody has just signed in."""
    passkey = Passkey()
    address = reverse("mfa_add_webauthn")
    options = options_on(browser.get(address), "creation_options")  # type: ignore[arg-type]
    form = {"name": name, "passwordless": "on", "credential": passkey.create(options)}
    assert browser.post(address, form).status_code == 302
    return passkey


def sign_in_with(passkey: Passkey, browser: Client, **as_holder: bytes) -> HttpResponse:
    address = reverse("mfa_login_webauthn")
    options = browser.get(address, headers={"accept": "application/json"}).json()["request_options"]
    return browser.post(address, {"credential": passkey.sign(options, **as_holder)})  # type: ignore[return-value]
