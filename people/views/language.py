"""The language of the screen."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from core.enums import Language
from people.http import open_without_factor
from people.middleware import SESSION_KEY
from people.services.accounts import choose_screen_language

A_YEAR = 365 * 24 * 3600


@open_without_factor
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Choose it; the cookie keeps it for who isn't signed in."""
    chosen = request.POST.get("language", "")
    if chosen not in Language.values:
        return HttpResponseBadRequest()
    if request.user.is_authenticated:
        choose_screen_language(person=request.user, language=Language(chosen))
        request.session[SESSION_KEY] = chosen
    response = redirect(_next(request))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        chosen,
        max_age=A_YEAR,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
    return response


def _next(request: HttpRequest) -> str:
    """Where the person came from, if that is a page of ours."""
    address = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if ours else "/"
