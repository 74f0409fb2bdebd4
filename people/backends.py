"""Who is behind a session cookie."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import Exists, OuterRef

from people.models import User
from people.rules import factors_of


class Backend(AuthenticationBackend):
    """allauth's, which reads along with the account what every page asks: the name, and a second factor."""

    def get_user(self, user_id: int) -> User | None:
        factor = Exists(factors_of(OuterRef("pk")))
        people: Any = User.objects.select_related("profile")
        user: User | None = people.annotate(has_factor=factor).filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
