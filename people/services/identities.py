"""Which subject of the identity provider is which person."""

from allauth.account.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from core.models import AuditEntry
from people.enums import Grounds
from people.errors import AccountClosed, IdentityTaken
from people.models import SignIn, User
from people.services.sign_ins import end_sign_ins


def link_identity(*, person: User, issuer: str, subject: str, grounds: Grounds) -> SocialAccount:
    """Let a subject sign in as this person: one subject for each, and the first one stays.

    Raises AccountClosed, and IdentityTaken where one of the two is linked otherwise; that leaves a trace.
    """
    if not person.is_active:
        raise AccountClosed
    known = _known_or_new(person, issuer, subject, grounds)
    if (known.user_id, known.uid) != (person.pk, subject):
        AuditEntry.record(
            action="identity.refused", subject=person, actor=None, grounds=grounds, held_by=known.user_id
        )
        raise IdentityTaken
    return known


@transaction.atomic
def _known_or_new(person: User, issuer: str, subject: str, grounds: Grounds) -> SocialAccount:
    # Two subjects at once can't both find that there is none yet.
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if own := SocialAccount.objects.filter(user=person, provider=issuer).first():
        return own
    identity, is_new = SocialAccount.objects.get_or_create(
        provider=issuer, uid=subject, defaults={"user": person}
    )
    if is_new:
        actor = None if grounds == Grounds.STAFF_NUMBER else person
        AuditEntry.record(action="identity.linked", subject=person, actor=actor, grounds=grounds)
        get_adapter().send_notification_mail("people/identity_linked", person)
    return identity


@transaction.atomic
def unlink_identity(*, person: User, actor: User) -> bool:
    """Forget the subject, for who has another one by now; whoever signed in with it is signed out."""
    unlinked, _by_model = SocialAccount.objects.filter(user=person).delete()
    if not unlinked:
        return False
    AuditEntry.record(action="identity.unlinked", subject=person, actor=actor)
    end_sign_ins(person=person, sign_ins=SignIn.objects.all(), actor=actor)
    get_adapter().send_notification_mail("people/identity_unlinked", person)
    return True
