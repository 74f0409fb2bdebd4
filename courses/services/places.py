"""Venues and providers by hand."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import ProtectedError

from core.models import AuditEntry
from courses.errors import StillNeeded
from courses.models import Provider, Venue
from people.models import User


@transaction.atomic
def save_place(*, place: Venue | Provider, changed: Collection[str], actor: User) -> None:
    """Save a venue or a provider: a new one in full, of another only what changed."""
    if not place.pk:
        place.save(force_insert=True)
        AuditEntry.record(action=f"{place._meta.model_name}.created", subject=place, actor=actor)
    elif changed:
        place.save(update_fields=changed)
        action = f"{place._meta.model_name}.edited"
        AuditEntry.record(action=action, subject=place, actor=actor, fields=list(changed))


@transaction.atomic
def delete_place(*, place: Venue | Provider, actor: User) -> None:
    """Throw away a venue or a provider of which nothing speaks. Raises StillNeeded."""
    AuditEntry.record(action=f"{place._meta.model_name}.deleted", subject=place, actor=actor)
    try:
        with transaction.atomic():
            place.delete()
    except ProtectedError as error:
        raise StillNeeded from error
