"""Ending sign-ins: whoever used one is signed out at the next click."""

from django.db import transaction

from core.models import AuditEntry
from people.models import User
from people.querysets import SignInQuerySet


@transaction.atomic
def end_sign_ins(*, person: User, sign_ins: SignInQuerySet, actor: User | None) -> int:
    """End these sign-ins of a person; returns how many there were."""
    _total, by_model = sign_ins.filter(user=person).delete()
    ended = by_model.get("people.SignIn", 0)
    if ended:
        AuditEntry.record(action="account.signed_out_elsewhere", subject=person, actor=actor, count=ended)
    return ended
