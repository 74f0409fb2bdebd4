"""Who may open the pages that keep the catalogue in order."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from courses.rules import can_manage_catalogue
from people.http import SignedInRequest

View = Callable[..., HttpResponse]


def for_catalogue_managers(view: View) -> View:
    """403 for everybody else who signed in."""

    @wraps(view)
    def guarded(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not can_manage_catalogue(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded
