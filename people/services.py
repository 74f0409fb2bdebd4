"""What changes about a person and their account."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from core.enums import Language
from core.models import AuditEntry
from people.models import Membership, Profile, User


@transaction.atomic
def change_password(*, person: User, password: str) -> None:
    """Set the password that a person chose, after a validator saw it."""
    person.set_password(password)
    person.save(update_fields=["password"])
    AuditEntry.record(action="account.password_changed", subject=person, actor=person)


def choose_screen_language(*, person: User, language: Language) -> None:
    """Keep the language in which a person wants to see the pages; mails keep the administrative one."""
    Profile.objects.filter(user=person).update(screen_language=language)


@transaction.atomic
def set_last_day(*, membership: Membership, last_day: dt.date | None, actor: User) -> None:
    """Say until when a role lasts; the fact is replaced, so that what was known before can still be read."""
    known = Membership.objects.current().select_for_update(no_key=True).filter(pk=membership.pk).first()
    if known is None or known.valid_until == last_day:
        return
    now = timezone.now()
    Membership.objects.filter(pk=known.pk).update(superseded_at=now)
    known.pk, known.valid_until, known.recorded_at = None, last_day, now
    known.save(force_insert=True)
    AuditEntry.record(action="membership.last_day_set", subject=known, actor=actor, supersedes=membership.pk)


@transaction.atomic
def revoke_membership(*, membership: Membership, actor: User) -> None:
    """Take back a role that was recorded by mistake; one that ends gets a last day instead."""
    revoked = Membership.objects.current().filter(pk=membership.pk).update(superseded_at=timezone.now())
    if revoked:
        AuditEntry.record(action="membership.revoked", subject=membership, actor=actor)
