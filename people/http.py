"""The request of somebody who signed in, and what opens before they have all that their role asks."""

from collections.abc import Callable
from typing import Any, TypeVar

from core.http import Request
from people.models import User

View = TypeVar("View", bound=Callable[..., Any])


class SignedInRequest(Request):
    """What a view behind ``login_required`` gets."""

    user: User


def open_without_factor(view: View) -> View:
    """Let the view open also to who must first set up a second factor; see ``SecondFactorMiddleware``."""
    view.is_open_without_factor = True  # type: ignore[attr-defined]
    return view


def is_open_without_factor(view: Callable[..., Any]) -> bool:
    return getattr(view, "is_open_without_factor", False)
