"""The request of somebody who signed in."""

from core.http import Request
from people.models import User


class SignedInRequest(Request):
    """What a view behind ``login_required`` gets."""

    user: User
