"""What a person changes about their own account."""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from core.enums import Language
from core.models import AuditEntry
from people.models import Profile, User


@transaction.atomic
def change_password(*, person: User, password: str) -> None:
    """Set the password that a person chose, after a validator saw it; sign-ins with the old one end."""
    person.set_password(password)
    person.save(update_fields=["password"])
    person.sign_ins.all().delete()
    AuditEntry.record(action="account.password_changed", subject=person, actor=person)


@transaction.atomic
def ask_activation(*, people: Collection[int], actor: User | None) -> int:
    """Ask for a link to choose the first password, for whoever has none yet; returns for how many.

    The mails are queued by a job that looks for what is asked (``User.objects.to_invite``): asking again asks
    for a new link.
    """
    waiting = list(User.objects.without_account().filter(pk__in=people))
    User.objects.filter(pk__in=[user.pk for user in waiting]).update(activation_asked_at=timezone.now())
    AuditEntry.record_all(
        action="account.activation_asked", subjects=((user, {}) for user in waiting), actor=actor
    )
    return len(waiting)


def choose_screen_language(*, person: User, language: Language) -> None:
    """Keep the language in which a person wants to see the pages; mails keep the administrative one."""
    Profile.objects.filter(user=person).update(screen_language=language)
