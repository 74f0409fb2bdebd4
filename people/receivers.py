"""What happens when somebody signs in, by whatever way."""

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from people.middleware import SESSION_KEY
from people.models import Profile, User
from people.sessions import ABOUT_KEY, describe_sign_in


@receiver(user_logged_in)
def note_on_which_device(request: HttpRequest, **kwargs: Any) -> None:
    request.session[ABOUT_KEY] = describe_sign_in(request.META.get("HTTP_USER_AGENT", ""))


@receiver(user_logged_in)
def show_pages_in_chosen_language(request: HttpRequest, user: User, **kwargs: Any) -> None:
    chosen = Profile.objects.filter(user=user).values_list("screen_language", flat=True).first()
    if chosen:
        request.session[SESSION_KEY] = chosen
