"""Who is behind a session cookie."""

from allauth.account.auth_backends import AuthenticationBackend

from people.models import User


class Backend(AuthenticationBackend):
    """allauth's, which reads the profile along with the account: every page greets by name."""

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.select_related("profile").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
