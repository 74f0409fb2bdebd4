"""What holds for each request of a person: the language of the screen, and a second factor for some roles."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from core.http import Request
from people.http import is_open_without_factor
from people.models import User
from people.rules import lacks_factor

SESSION_KEY = "screen_language"
SETUP = "mfa_index"


class ScreenLanguageMiddleware:
    """The language that a signed-in person chose, else the browser's cookie or preference."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.session.get(SESSION_KEY) if request.session.session_key else None
        language = chosen or translation.get_language_from_request(request)
        with translation.override(language):
            request.LANGUAGE_CODE = translation.get_language()
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        if not chosen:
            patch_vary_headers(response, ["Accept-Language", "Cookie"])
        return response


class SecondFactorMiddleware:
    """Who must have a second factor, and has none, is led to set one up and can do nothing else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: Request, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        person = request.user
        if is_open_without_factor(view) or not isinstance(person, User) or not lacks_factor(person):
            return None
        address = reverse(SETUP)
        if request.htmx:
            return HttpResponseClientRedirect(address)
        if not request.accepts("text/html"):
            message = _("Your role asks for a second step when you sign in. Set it up first.")
            return JsonResponse(
                {"code": "second_factor_required", "message": message, "url": address}, status=403
            )
        return redirect(address)
