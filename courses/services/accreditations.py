"""Who may give a course: granted, changed and ended by catalogue managers.

An accreditation is a fact: it is replaced by another, so that what was known before can still be read.
"""

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.models import AuditEntry
from courses.enums import StaffRole
from courses.errors import AccreditationOverlaps, AccreditationReplaced
from courses.models import Accreditation, Course
from people.models import User


@transaction.atomic
def grant_accreditation(
    *,
    person: User,
    course: Course,
    role: StaffRole,
    languages: Collection[str],
    valid_from: dt.date,
    valid_until: dt.date | None,
    actor: User,
) -> Accreditation:
    """Let somebody give a course from one day to another, both inclusive.

    Raises AccreditationOverlaps where they have one as the same in that time: that one is changed instead.
    """
    _lock(person)
    _refuse_overlap(person, course, role, valid_from, valid_until)
    granted: Accreditation = Accreditation.objects.create(
        person=person,
        course=course,
        role=role,
        languages=sorted(languages),
        valid_from=valid_from,
        valid_until=valid_until,
        given_by=actor,
    )
    AuditEntry.record(action="accreditation.granted", subject=granted, actor=actor, person=person.pk)
    return granted


@transaction.atomic
def change_accreditation(
    *,
    accreditation: Accreditation,
    languages: Collection[str],
    valid_until: dt.date | None,
    actor: User,
) -> Accreditation | None:
    """Change in which languages and until when somebody may give a course.

    With a last day before the first it is taken back altogether, and None is returned. Raises
    AccreditationOverlaps, and AccreditationReplaced when somebody changed it meanwhile.
    """
    _lock(accreditation.person)
    known: Accreditation | None = Accreditation.objects.current().filter(pk=accreditation.pk).first()
    if known is None:
        raise AccreditationReplaced
    if (known.languages, known.valid_until) == (sorted(languages), valid_until):
        return known
    now = timezone.now()
    Accreditation.objects.filter(pk=known.pk).update(superseded_at=now)
    if valid_until and valid_until < known.valid_from:
        AuditEntry.record(action="accreditation.taken_back", subject=known, actor=actor)
        return None
    _refuse_overlap(known.person, known.course, known.role, known.valid_from, valid_until)
    changed: Accreditation = Accreditation.objects.create(
        person=known.person,
        course=known.course,
        role=known.role,
        languages=sorted(languages),
        valid_from=known.valid_from,
        valid_until=valid_until,
        given_by=actor,
        recorded_at=now,
    )
    AuditEntry.record(action="accreditation.changed", subject=changed, actor=actor, supersedes=known.pk)
    return changed


def _lock(person: User) -> None:
    # Two managers who accredit one person at once wait for each other.
    User.objects.select_for_update(no_key=True).get(pk=person.pk)


def _refuse_overlap(
    person: User, course: Course, role: str, valid_from: dt.date, valid_until: dt.date | None
) -> None:
    others = Accreditation.objects.not_ended(on=valid_from).filter(person=person, course=course, role=role)
    if valid_until:
        others = others.filter(valid_from__lte=valid_until)
    if other := others.first():
        raise AccreditationOverlaps(
            _("%(name)s may give this as %(role)s from %(day)s already. Change that accreditation instead.")
            % {
                "name": person.get_full_name(),
                "role": StaffRole(role).label,
                "day": date_format(other.valid_from),
            }
        )
