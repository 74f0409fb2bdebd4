"""A list from its upload to its import: checked first, confirmed by a person, then dropped."""

import datetime as dt

from django.db import transaction

from core.models import AuditEntry
from people.enums import ImportStatus
from people.errors import ChangedMeanwhile, ListRefused
from people.models import Intake, StaffImport, User
from people.rules import RoleScope, class_scope, role_scope
from people.services.people_lists import check_people, import_people
from people.staff_files.outcomes import Outcome
from people.staff_files.rows import StaffList

MOST_IGNORED_COLUMNS = 50


def receive_list(*, content: bytes, uploader: User, intake: Intake | None = None) -> StaffImport:
    """Keep an upload, to be checked; raises UnreadableFile for what is no list of people.

    ``intake``: it lists the classes with which a school begins.
    """
    people = StaffList(content, intake=intake)
    rows = sum(1 for _row in people)
    return StaffImport.objects.create(
        uploaded_by=uploader,
        content=content,
        rows=rows,
        ignored_columns=people.ignored[:MOST_IGNORED_COLUMNS],
        school=intake.school if intake else None,
        class_starts_on=intake.starts_on if intake else None,
        class_ends_on=intake.ends_on if intake else None,
    )


def check_list(*, staff_import: StaffImport) -> None:
    """Find out what the list would change; done before, it does nothing."""
    if staff_import.status != ImportStatus.CHECKING or staff_import.content is None:
        return
    own = StaffImport.objects.filter(pk=staff_import.pk)

    def note(rows: int) -> None:
        own.update(rows_checked=rows)

    outcome = check_people(
        content=bytes(staff_import.content),
        scope=_scope(staff_import),
        intake=staff_import.intake,
        progress=note,
    )
    status = ImportStatus.REFUSED if outcome.problem_count else ImportStatus.READY
    own.filter(status=ImportStatus.CHECKING).update(status=status, **_figures(outcome))


def confirm_list(*, staff_import: StaffImport, send_links: bool) -> bool:
    """Say yes to the preview; False if that was said before, or isn't possible."""
    ready = StaffImport.objects.filter(pk=staff_import.pk, status=ImportStatus.READY)
    return bool(ready.update(status=ImportStatus.IMPORTING, send_links=send_links))


def run_import(*, staff_import: StaffImport) -> None:
    """Import a confirmed list; done before, it does nothing.

    What isn't as it was at the preview is found again, and then nothing is written; what changed at the same
    time leads back to the preview.
    """
    with transaction.atomic():
        confirmed = _lock(staff_import)
        if confirmed.status != ImportStatus.IMPORTING or confirmed.content is None:
            return
        uploader = confirmed.uploaded_by
        try:
            outcome = import_people(
                content=bytes(confirmed.content),
                scope=_scope(confirmed),
                intake=confirmed.intake,
                actor=uploader,
                send_links=confirmed.send_links,
            )
        except ListRefused as refused:
            _move(confirmed, ImportStatus.REFUSED, refused.outcome)
        except ChangedMeanwhile:
            confirmed.status = ImportStatus.CHECKING
            confirmed.save(update_fields=["status"])
        else:
            confirmed.content = None
            outcome.changes = []
            _move(confirmed, ImportStatus.DONE, outcome)
            AuditEntry.record(
                action="people.imported",
                subject=confirmed,
                actor=uploader,
                new=outcome.new,
                changed=outcome.changed,
            )
    check_list(staff_import=confirmed)


def drop_list(*, staff_import: StaffImport) -> None:
    """Forget an upload that isn't imported."""
    unused = StaffImport.objects.filter(pk=staff_import.pk)
    unused.exclude(status__in=(ImportStatus.IMPORTING, ImportStatus.DONE)).delete()


def drop_stale_lists(*, at: dt.datetime) -> None:
    StaffImport.objects.stale(at=at).delete()


def _lock(staff_import: StaffImport) -> StaffImport:
    """Whoever else confirms waits here, and then finds it done."""
    locked = StaffImport.objects.select_for_update(no_key=True, of=("self",))
    locked = locked.select_related("uploaded_by", "school")
    found: StaffImport = locked.get(pk=staff_import.pk)
    return found


def _scope(staff_import: StaffImport) -> RoleScope:
    uploader, intake = staff_import.uploaded_by, staff_import.intake
    return class_scope(uploader, intake.school) if intake else role_scope(uploader)


def _move(staff_import: StaffImport, status: ImportStatus, outcome: Outcome) -> None:
    figures = _figures(outcome)
    staff_import.status = status
    for name, value in figures.items():
        setattr(staff_import, name, value)
    staff_import.save(update_fields=["status", "content", *figures])


def _figures(outcome: Outcome) -> dict[str, object]:
    return {
        "new": outcome.new,
        "changed": outcome.changed,
        "unchanged": outcome.unchanged,
        "links": outcome.links,
        "classes": outcome.classes,
        "changes": [change.as_json() for change in outcome.changes],
        "problem_count": outcome.problem_count,
        "problems": [problem.as_json() for problem in outcome.problems],
    }
