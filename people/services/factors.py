"""Second factors, where their holder can't help it."""

from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.db import transaction

from core.models import AuditEntry
from people.models import SignIn, User
from people.services.sign_ins import end_sign_ins


@transaction.atomic
def remove_factors(*, person: User, actor: User) -> bool:
    """Remove all of them, for who lost the device and the codes; whoever has those is signed out."""
    factors = Authenticator.objects.select_for_update().filter(user=person)
    types = sorted({factor.type for factor in factors})
    if not types:
        return False
    factors.delete()
    AuditEntry.record(action="factor.all_removed", subject=person, actor=actor, types=types)
    end_sign_ins(person=person, sign_ins=SignIn.objects.all(), actor=actor)
    get_adapter().send_notification_mail("people/factors_removed", person)
    return True
