"""Roles: granted for a time, ended, taken back."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from core.models import AuditEntry
from core.time import today
from people.enums import OrganisationKind, Role
from people.errors import HeldElsewhere, NoSchool, NotForYourself, RoleNotYours
from people.models import Membership, Organisation, User
from people.rules import role_scope


@transaction.atomic
def grant_role(
    *, person: User, role: Role, organisation: Organisation, valid_until: dt.date, actor: User
) -> Membership:
    """Give a role from today to a last day, inclusive; given already, it gets that last day.

    Raises RoleNotYours for one that isn't the actor's to give, NotForYourself, NoSchool, HeldElsewhere.
    """
    if not role_scope(actor).allows(role, organisation.pk):
        raise RoleNotYours
    if actor.pk == person.pk:
        raise NotForYourself
    if role == Role.ASPIRANT and organisation.kind != OrganisationKind.SCHOOL:
        raise NoSchool
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    current = person.memberships.current(on=today()).filter(role=role)
    if role in (Role.EMPLOYEE, Role.ASPIRANT) and current.exclude(organisation=organisation).exists():
        raise HeldElsewhere
    if held := current.filter(organisation=organisation).first():
        return set_last_day(membership=held, last_day=valid_until, actor=actor)
    granted = Membership.objects.create(
        user=person, role=role, organisation=organisation, valid_from=today(), valid_until=valid_until
    )
    AuditEntry.record(action="membership.granted", subject=granted, actor=actor, role=role)
    return granted


@transaction.atomic
def end_role(*, membership: Membership, last_day: dt.date, actor: User) -> None:
    """End a role after its last day; it never was, if it began later than that.

    Raises RoleNotYours for one that isn't the actor's to end.
    """
    if not role_scope(actor).allows(membership.role, membership.organisation_id):
        raise RoleNotYours
    if membership.valid_from > last_day:
        revoke_membership(membership=membership, actor=actor)
    else:
        set_last_day(membership=membership, last_day=last_day, actor=actor)


@transaction.atomic
def set_last_day(*, membership: Membership, last_day: dt.date | None, actor: User) -> Membership:
    """Say until when a role lasts; the fact is replaced, so that what was known before can still be read."""
    known: Membership | None = (
        Membership.objects.current().select_for_update(no_key=True).filter(pk=membership.pk).first()
    )
    if known is None or known.valid_until == last_day:
        return known or membership
    now = timezone.now()
    Membership.objects.filter(pk=known.pk).update(superseded_at=now)
    known.pk, known.valid_until, known.recorded_at = None, last_day, now
    known.save(force_insert=True)
    AuditEntry.record(action="membership.last_day_set", subject=known, actor=actor, supersedes=membership.pk)
    return known


@transaction.atomic
def revoke_membership(*, membership: Membership, actor: User) -> None:
    """Take back a role that was recorded by mistake; one that ends gets a last day instead."""
    revoked = Membership.objects.current().filter(pk=membership.pk).update(superseded_at=timezone.now())
    if revoked:
        AuditEntry.record(action="membership.revoked", subject=membership, actor=actor)
