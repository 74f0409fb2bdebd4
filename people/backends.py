"""Who is behind a session cookie."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from allauth.core import context
from django.db.models import Exists, OuterRef, QuerySet

from core.prepared import prepared
from people.models import User
from people.querysets import factors_of


class Backend(AuthenticationBackend):
    """allauth's, which reads along with the account what every page asks: the name, and a second factor."""

    def get_user(self, user_id: int) -> User | None:
        read_along = getattr(getattr(context.request, "session", None), "account", None)
        is_theirs = read_along and read_along.pk == user_id
        user = read_along if is_theirs else _account.first(user_id=user_id)
        return user if user and self.user_can_authenticate(user) else None


@prepared
def _account(*, user_id: int) -> "QuerySet[User]":
    people: Any = User.objects.select_related("profile")
    accounts: QuerySet[User] = people.annotate(has_factor=Exists(factors_of(OuterRef("pk"))))
    return accounts.filter(pk=user_id)
