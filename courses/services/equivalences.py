"""Which courses count in place of another."""

from collections.abc import Collection, Sequence

from django.db import IntegrityError, transaction

from core.models import AuditEntry
from courses.errors import EditedMeanwhile
from courses.models import Course, Equivalence
from people.models import User


def save_equivalences(
    *,
    course: Course,
    added: Sequence[Equivalence],
    changed: Sequence[tuple[Equivalence, Collection[str]]],
    removed: Sequence[Equivalence],
    actor: User,
) -> None:
    """Keep what counts in place of a course; of a row that changed, the fields that did.

    Who enrolled already keeps the seat. Raises EditedMeanwhile where somebody else added the same course.
    """
    told = {
        "added": [row.equivalent_id for row in added],
        "changed": [row.equivalent_id for row, _fields in changed],
        "removed": [row.equivalent_id for row in removed],
    }
    if not any(told.values()):
        return
    try:
        with transaction.atomic():
            for row in removed:
                row.delete()
            for row, fields in changed:
                row.save(update_fields=fields)
            for row in added:
                row.save(force_insert=True)
            AuditEntry.record(action="course.equivalences_edited", subject=course, actor=actor, **told)
    except IntegrityError as error:
        raise EditedMeanwhile from error
