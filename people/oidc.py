"""The conversation with an identity provider, by OpenID Connect: what allauth leaves open of it.

allauth drives the code flow. Here are the nonce, the signature of the ID token, whose configuration it is,
and that the claims of a second answer are about the same subject.
"""

import base64
import hashlib
from typing import Any

import jwt
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.urls import reverse

# Signatures that only the provider can make: none that is made with what we know too.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
CLOCK_SKEW_SECONDS = 60
CONFIGURATION_SECONDS = 600


def nonce_of(code_verifier: str) -> str:
    """A nonce that needs no keeping: it follows from the verifier of PKCE (OpenID Connect Core, 15.5.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(f"nonce {code_verifier}".encode()).digest()).decode()


class NotBelieved(OAuth2Error):
    """An answer that must not be believed; the text says why, and holds nothing of the answer."""


class Conversation(OpenIDConnectOAuth2Adapter):
    """Raises NotBelieved, OAuth2Error where the provider refuses, RequestException where it is silent."""

    nonce = ""

    @property
    def openid_config(self) -> dict[str, Any]:
        address = self.get_provider().server_url
        config: dict[str, Any] | None = cache.get(f"oidc:{address}")
        if config is None:
            config = self._published_at(address)
            cache.set(f"oidc:{address}", config, CONFIGURATION_SECONDS)
        return config

    def _published_at(self, address: str) -> dict[str, Any]:
        config = _get(address)
        needed = {"issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"}
        # Or one provider could speak in the name of another (OpenID Connect Discovery, 4.3).
        if not needed <= config.keys() or config["issuer"] != settings.OIDC_ISSUER:
            raise NotBelieved("what is published is not the configuration of OIDC_ISSUER")
        return config

    @property
    def basic_auth(self) -> bool:
        # Where nothing is published, this is what the standard asks for.
        methods = self.openid_config.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return "client_secret_post" not in methods

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return f"{settings.BASE_URL}{reverse('people:provider_callback')}"

    def get_access_token_data(
        self, request: HttpRequest, app: SocialApp, client: Any, pkce_code_verifier: str | None = None
    ) -> dict[str, Any]:
        self.nonce = nonce_of(pkce_code_verifier or "")
        answer: dict[str, Any] = super().get_access_token_data(request, app, client, pkce_code_verifier)
        return answer

    def parse_token(self, data: dict[str, Any]) -> SocialToken:
        """Good for one question at most, and not kept."""
        return SocialToken(token=data["access_token"])

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        claims = self._claims_of(kwargs["response"].get("id_token", ""))
        wanted = settings.OIDC_STAFF_NUMBER_CLAIM
        if wanted and wanted not in claims and "userinfo_endpoint" in self.openid_config:
            claims = self._more_claims(token.token, subject=claims["sub"]) | claims
        return self.get_provider().sociallogin_from_response(request, claims)

    def _claims_of(self, id_token: str) -> dict[str, Any]:
        """What an ID token says, after all that must be checked about it (OpenID Connect Core, 3.1.3.7)."""
        try:
            keys = jwt.PyJWKSet.from_dict(_get(self.openid_config["jwks_uri"]))
            claims: dict[str, Any] = jwt.decode(
                id_token,
                _key_of(id_token, keys),
                algorithms=ALGORITHMS,
                audience=settings.OIDC_CLIENT_ID,
                issuer=settings.OIDC_ISSUER,
                leeway=CLOCK_SKEW_SECONDS,
                options={"require": ["iss", "sub", "aud", "exp", "iat", "nonce"]},
            )
        except jwt.PyJWTError as error:
            raise NotBelieved(f"the ID token: {type(error).__name__}") from error
        if claims["nonce"] != self.nonce:
            raise NotBelieved("the ID token answers another request")
        if claims.get("azp", settings.OIDC_CLIENT_ID) != settings.OIDC_CLIENT_ID:
            raise NotBelieved("the ID token was made for another client")
        return claims

    def _more_claims(self, access_token: str, *, subject: str) -> dict[str, Any]:
        address = self.openid_config["userinfo_endpoint"]
        claims = _get(address, headers={"Authorization": f"Bearer {access_token}"})
        if claims.get("sub") != subject:
            raise NotBelieved("the answer is about somebody else")
        return claims


def _get(address: str, **options: Any) -> dict[str, Any]:
    with get_adapter().get_requests_session() as session:
        response = session.get(address, **options)
        response.raise_for_status()
        answer = response.json()
    if not isinstance(answer, dict):
        raise NotBelieved("an answer that is no object")
    return answer


def _key_of(id_token: str, keys: jwt.PyJWKSet) -> jwt.PyJWK:
    """The key that the token names; where there is one, it may name none (OpenID Connect Core, 10.1)."""
    named = jwt.get_unverified_header(id_token).get("kid")
    fitting = [key for key in keys.keys if named is None or key.key_id == named]
    if len(fitting) != 1:
        raise NotBelieved("the ID token names no key of the provider")
    return fitting[0]
