"""What tests of pages share."""

from collections.abc import Callable
from typing import Any

from django.test import Client

from people.models import User

# The fixture ``sign_in``.
SignIn = Callable[[User], Client]


def text(response: Any) -> str:
    """What a page says, on one line."""
    return " ".join(response.content.decode().split())
