"""Looking is an act too: who read whose record is kept, and the person can see it."""

from django.db import transaction

from core.models import AuditEntry
from people.enums import Role
from people.models import Organisation, User
from reporting.querysets import RECORD_READ


@transaction.atomic
def note_reading(*, person: User, organisation: Organisation, actor: User) -> None:
    """HR of an organisation read the training record of one of its people."""
    AuditEntry.record(
        action=RECORD_READ, subject=person, actor=actor, role=Role.HR, organisation=organisation.pk
    )


@transaction.atomic
def note_download(*, organisation: Organisation, role: Role, action: str, format: str, actor: User) -> None:
    """Somebody took figures, or the rows under them, away in a file."""
    AuditEntry.record(
        action=action,
        subject=organisation,
        actor=actor,
        role=role,
        organisation=organisation.pk,
        format=format,
    )
