"""Exemptions: granted on proof that somebody saw, taken back when that was a mistake."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from core.models import AuditEntry
from courses.models import Course
from people.models import Organisation, User
from tracks.enums import ExemptionReason
from tracks.models import Exemption


@transaction.atomic
def grant_exemption(
    *,
    person: User,
    course: Course,
    school: Organisation,
    reason: ExemptionReason,
    valid_from: dt.date,
    actor: User,
) -> Exemption:
    """Say that a person need not follow a course; a repeated call returns the exemption that is there."""
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    known: Exemption | None = Exemption.objects.current().filter(person=person, course=course).first()
    if known:
        return known
    granted = Exemption.objects.create(
        person=person, course=course, school=school, reason=reason, valid_from=valid_from
    )
    AuditEntry.record(action="exemption.granted", subject=granted, actor=actor, reason=reason)
    return granted


@transaction.atomic
def revoke_exemption(*, exemption: Exemption, actor: User) -> None:
    """Take it back; done before, it does nothing."""
    revoked = Exemption.objects.current().filter(pk=exemption.pk).update(superseded_at=timezone.now())
    if revoked:
        AuditEntry.record(action="exemption.revoked", subject=exemption, actor=actor)
