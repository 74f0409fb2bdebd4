"""What happens when somebody signs in, by whatever way, and what allauth says about second factors."""

from typing import Any

from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from core.models import AuditEntry
from people.middleware import SESSION_KEY
from people.models import Profile, SignIn, User
from people.rules import has_factor
from people.services.sign_ins import end_sign_ins
from people.sessions import ABOUT_KEY, describe_sign_in


@receiver(user_logged_in)
def note_on_which_device(request: HttpRequest, **kwargs: Any) -> None:
    request.session[ABOUT_KEY] = describe_sign_in(request.headers.get("user-agent", ""))


@receiver(user_logged_in)
def show_pages_in_chosen_language(request: HttpRequest, user: User, **kwargs: Any) -> None:
    chosen = Profile.objects.filter(user=user).values_list("screen_language", flat=True).first()
    if chosen:
        request.session[SESSION_KEY] = chosen


@receiver(mfa.authenticator_added)
def note_added_factor(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    _note("factor.added", user, authenticator)
    if not has_factor(user, but=authenticator.pk):
        # Whoever signed in elsewhere did so with the password alone.
        others = SignIn.objects.exclude(pk=request.session.session_key)
        end_sign_ins(person=user, sign_ins=others, actor=user)


@receiver(mfa.authenticator_removed)
def note_removed_factor(user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    _note("factor.removed", user, authenticator)


@receiver(mfa.authenticator_reset)
def note_new_codes(user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    _note("factor.renewed", user, authenticator)


@receiver(mfa.authentication_failed)
def note_failed_second_step(user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """Somebody knew the password and not the code; nobody is known to have done it."""
    AuditEntry.record(action="account.second_step_failed", subject=user, actor=None, type=authenticator.type)


def _note(action: str, person: User, factor: Authenticator) -> None:
    AuditEntry.record(action=action, subject=person, actor=person, type=factor.type)
