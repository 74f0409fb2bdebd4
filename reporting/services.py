"""Headcounts by file; and looking, which is an act too: the person can see who read their record."""

from django.db import connection, transaction
from django.utils import timezone

from core.models import AuditEntry
from core.tables.problems import RowProblem
from core.time import today
from people.enums import Role
from people.models import Organisation, User
from people.rules import RoleScope
from reporting.headcount_files import read_headcounts
from reporting.models import DatedHeadcount
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


@transaction.atomic
def import_headcounts(*, content: bytes, scope: RoleScope, actor: User) -> tuple[int, list[RowProblem]]:
    """Record dated headcounts; returns how many are new or changed, or what is wrong, and then nothing is.

    A number that was given before for that day is superseded. Raises UnreadableFile.
    """
    rows, problems = read_headcounts(content, scope=scope, on=today())
    if problems:
        return 0, problems
    # Two files at once could both find a number missing; the lock ends with the transaction.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('reporting.import_headcounts'))")
    known = {
        (each.organisation_id, each.cadre, each.valid_from): each for each in DatedHeadcount.objects.current()
    }
    changed = [row for row in rows if row.key not in known or known[row.key].people != row.people]
    outdated = [known[row.key].pk for row in changed if row.key in known]
    now = timezone.now()
    DatedHeadcount.objects.filter(pk__in=outdated).update(superseded_at=now)
    DatedHeadcount.objects.bulk_create(
        DatedHeadcount(
            organisation=row.organisation,
            cadre=row.cadre,
            valid_from=row.day,
            people=row.people,
            recorded_at=now,
        )
        for row in changed
    )
    for organisation in {row.organisation for row in changed}:
        AuditEntry.record(action="headcounts.imported", subject=organisation, actor=actor)
    return len(changed), []
