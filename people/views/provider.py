"""To the identity provider and back."""

from http import HTTPStatus

from allauth.account.decorators import reauthentication_required
from allauth.account.utils import get_next_redirect_url
from allauth.core import ratelimit
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from requests import RequestException

from people.errors import AccountClosed, IdentityTaken, UnknownIdentity
from people.http import SignedInRequest, open_without_factor
from people.oidc import Conversation
from people.provider import IdentityProvider, failed

REFUSALS = {refusal.code: refusal for refusal in (UnknownIdentity, IdentityTaken, AccountClosed)}
OUTCOMES = dict.fromkeys(REFUSALS, HTTPStatus.FORBIDDEN) | {
    "cancelled": HTTPStatus.OK,
    "failed": HTTPStatus.UNAUTHORIZED,
    "away": HTTPStatus.SERVICE_UNAVAILABLE,
}


@never_cache
@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """Leave for the provider; an invitation is the link to the account that was opened before."""
    invitation = request.POST.get("invitation", "")
    return _leave(request, AuthProcess.LOGIN, get_next_redirect_url(request), {"invitation": invitation})


@login_required
@never_cache
@require_POST
@reauthentication_required(app="allauth.socialaccount")
def link(request: SignedInRequest) -> HttpResponse:
    """Leave for the provider, so that one can sign in there from now on."""
    return _leave(request, AuthProcess.REDIRECT, reverse("mfa_index"))


@open_without_factor
@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Where the provider sends people back to."""
    _require_provider()
    view = OAuth2CallbackView.adapter_view(Conversation(request, IdentityProvider.id))
    try:
        response: HttpResponse = view(request)
    except (OAuth2Error, RequestException) as error:
        return failed(error)
    return response


@open_without_factor
def outcome(request: HttpRequest, outcome: str) -> HttpResponse:
    """Why one isn't signed in, and what to do about it."""
    if outcome not in OUTCOMES:
        raise Http404
    context = {"outcome": outcome, "refusal": REFUSALS.get(outcome)}
    return render(request, "account/provider_outcome.html", context, status=OUTCOMES[outcome])


def _leave(
    request: HttpRequest, process: str, next_url: str | None, data: dict[str, str] | None = None
) -> HttpResponse:
    """A page that goes on by itself: a redirect of the form is what the CSP forbids, and rightly."""
    _require_provider()
    if refused := ratelimit.consume_or_429(request, action="login"):
        too_many: HttpResponse = refused
        return too_many
    provider = get_adapter().get_provider(request, IdentityProvider.id)
    try:
        address = provider.redirect(request, process, next_url, data).url
    except (OAuth2Error, RequestException) as error:
        return failed(error)
    return render(request, "account/provider_leaving.html", {"address": address})


def _require_provider() -> None:
    if not settings.OIDC_ISSUER:
        raise Http404
