"""Signing in at the identity provider of the deployment: who its subject is here. See docs/sign-in.md.

Of what the provider tells, the account keeps the subject, and nothing else.
"""

import logging
from typing import Any

from allauth.account.views import INTERNAL_RESET_SESSION_KEY
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthError, AuthProcess
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from requests import RequestException

from core.errors import DomainError
from people.enums import Grounds
from people.errors import UnknownIdentity
from people.forms import ResetLinkForm
from people.models import User
from people.oidc import Conversation, NotBelieved, nonce_of
from people.rules import is_national_number
from people.services.identities import link_identity

logger = logging.getLogger(__name__)

# A page of its own: the address to which the provider sends people back works only once.
OUTCOME = "people:provider_outcome"


class IdentityProvider(OpenIDConnectProvider):
    """The one of ``OIDC_ISSUER``."""

    id = "provider"

    def get_oauth2_adapter(self, request: HttpRequest) -> Conversation:
        return Conversation(request, self.id)

    def get_pkce_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_pkce_params()
        return params | {"nonce": nonce_of(params["code_verifier"])}

    def sociallogin_from_response(self, request: HttpRequest, claims: dict[str, Any]) -> SocialLogin:
        login = super().sociallogin_from_response(request, claims)
        login.claims = claims
        return login

    def extract_uid(self, claims: dict[str, Any]) -> str:
        subject = str(claims["sub"])
        if is_national_number(subject):
            raise NotBelieved("the subject is a national number; ask the provider for another identifier")
        return subject

    def extract_extra_data(self, claims: dict[str, Any]) -> dict[str, Any]:
        return {}

    def extract_common_fields(self, claims: dict[str, Any]) -> dict[str, Any]:
        return {}

    def extract_email_addresses(self, claims: dict[str, Any]) -> list[Any]:
        return []


# allauth looks for this name, in a module of this name, in each app.
provider_classes = [IdentityProvider]


class ProviderAdapter(DefaultSocialAccountAdapter):
    """One provider, from the environment; whom it knows and we don't gets no account."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        if not settings.OIDC_ISSUER:
            return []
        app = SocialApp(
            provider=IdentityProvider.id,
            # A subject is somebody only together with who says so.
            provider_id=settings.OIDC_ISSUER,
            name=settings.OIDC_NAME,
            client_id=settings.OIDC_CLIENT_ID,
            secret=settings.OIDC_CLIENT_SECRET,
            settings={
                "server_url": settings.OIDC_ISSUER.rstrip("/"),
                "oauth_pkce_enabled": True,
                "scope": settings.OIDC_SCOPES,
            },
        )
        return [app]

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def authenticate_by_email(self, sociallogin: SocialLogin) -> None:
        """Never: an address is no proof of who somebody is."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Link a subject that signs in for the first time, or whose owner asked for it."""
        try:
            if sociallogin.state["process"] == AuthProcess.REDIRECT:
                _link_own(request, sociallogin)
            elif not sociallogin.is_existing:
                _link(sociallogin, *_whom(request, sociallogin))
        except DomainError as refusal:
            raise ImmediateHttpResponse(redirect(OUTCOME, refusal.code)) from None

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: IdentityProvider,
        error: str = AuthError.UNKNOWN,
        exception: Exception | None = None,
        extra_context: Any = None,
    ) -> None:
        is_cancelled = error == AuthError.CANCELLED
        raise ImmediateHttpResponse(redirect(OUTCOME, "cancelled") if is_cancelled else failed(exception))


def _link_own(request: HttpRequest, sociallogin: SocialLogin) -> None:
    """What ``people.views.provider.link`` began, unless the sign-in ended meanwhile."""
    if not isinstance(request.user, User):
        raise UnknownIdentity
    _link(sociallogin, request.user, Grounds.SIGNED_IN)
    messages.success(request, _("You can now sign in with %(name)s.") % {"name": settings.OIDC_NAME})


def _link(sociallogin: SocialLogin, person: User, grounds: Grounds) -> None:
    account = sociallogin.account
    linked = link_identity(person=person, issuer=account.provider, subject=account.uid, grounds=grounds)
    sociallogin.account, sociallogin.user = linked, linked.user


def _whom(request: HttpRequest, sociallogin: SocialLogin) -> tuple[User, Grounds]:
    """Whom a new subject is, and how we know. Raises UnknownIdentity."""
    if invited := _invited(request, sociallogin):
        return invited, Grounds.INVITATION
    # Without that setting the claim is nobody's word.
    number = sociallogin.claims.get(settings.OIDC_STAFF_NUMBER_CLAIM or None)
    named = User.objects.filter(profile__staff_number=str(number)) if number else User.objects.none()
    if person := named.first():
        return person, Grounds.STAFF_NUMBER
    raise UnknownIdentity


def _invited(request: HttpRequest, sociallogin: SocialLogin) -> User | None:
    """Who opened, in this browser, the link to their account; it has to work still."""
    link = {
        "uidb36": (sociallogin.state.get("data") or {}).get("invitation"),
        "key": request.session.get(INTERNAL_RESET_SESSION_KEY),
    }
    form = ResetLinkForm(link)
    return form.reset_user if form.is_valid() else None


def failed(error: Exception | None) -> HttpResponse:
    """To the page that says what to do when the provider's answer is none, or is not to be believed."""
    # Any other error may quote the provider, and so a token or a name.
    reason = error if isinstance(error, NotBelieved) else type(error).__name__
    logger.warning("Signing in at the identity provider failed: %s", reason)
    return redirect(OUTCOME, "away" if isinstance(error, RequestException) else "failed")
