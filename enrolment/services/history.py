"""Past completions by file: previewed, confirmed by a person, imported all or nothing."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from dateutil.relativedelta import relativedelta
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.models import AuditEntry
from core.time import today
from enrolment.enums import CompletionSource, HistoryStatus
from enrolment.history.plans import PastCompletion, Plan, count_by_group, plan_history
from enrolment.models import Completion, HistoryFile, PastParticipation
from people.enums import OrganisationKind
from people.models import User
from people.rules import RoleScope

# A completion and the person whose it is.
Found = tuple[PastCompletion, int]


class ChangedSincePreview(DomainError):
    code = "changed_since_preview"
    message = _("The catalogue or the people changed since the file was checked. Choose the file again.")


@dataclass(frozen=True)
class _Key:
    """One training of one person on one day: imported twice, it is one completion."""

    person_id: int
    course_id: int
    day: dt.date


def receive_history(*, content: bytes, scope: RoleScope, uploader: User) -> tuple[HistoryFile | None, Plan]:
    """Check a file, and keep it for its confirmation unless something is wrong; raises UnreadableFile."""
    plan = plan_history(content, scope=scope, on=today())
    if plan.problems:
        return None, plan
    return HistoryFile.objects.create(uploaded_by=uploader, content=content), plan


@transaction.atomic
def import_history(
    *, history_file: HistoryFile, confirmed: Collection[int], scope: RoleScope, actor: User
) -> HistoryFile:
    """Record the completions of a file; ``confirmed``: the rows whose proposed person is the right one.

    All others become counts without a name. Done before, it does nothing; the same file again changes
    nothing. No certificate and no mail follows: nobody saw these people here. Raises ChangedSincePreview.
    """
    locked = HistoryFile.objects.select_for_update(no_key=True).get(pk=history_file.pk)
    if locked.status == HistoryStatus.DONE or locked.content is None:
        return locked
    _wait_for_other_import()
    plan = plan_history(bytes(locked.content), scope=scope, on=today())
    if plan.problems:
        raise ChangedSincePreview
    said_yes = [proposal for proposal in plan.proposals if proposal.row.number in confirmed]
    found = [*plan.known, *((proposal.past, proposal.person.user_id) for proposal in said_yes)]
    said_no = [proposal.past for proposal in plan.proposals if proposal.row.number not in confirmed]
    unmatched = [*plan.unmatched, *said_no]
    locked.recorded = _record(found)
    locked.unchanged = len(found) - locked.recorded
    locked.unmatched = len(unmatched)
    _count(unmatched, besides=[past for past, _person in found])
    locked.content, locked.status = None, HistoryStatus.DONE
    locked.save(update_fields=["content", "status", "recorded", "unchanged", "unmatched"])
    AuditEntry.record(
        action="history.imported",
        subject=locked,
        actor=actor,
        recorded=locked.recorded,
        unmatched=locked.unmatched,
    )
    return locked


def drop_stale_history(*, at: dt.datetime) -> None:
    """Forget files that nobody confirmed for a day."""
    HistoryFile.objects.filter(status=HistoryStatus.READY, uploaded_at__lt=at - dt.timedelta(days=1)).delete()


def drop_history(*, history_file: HistoryFile) -> None:
    """Forget a file that isn't imported."""
    HistoryFile.objects.filter(pk=history_file.pk, status=HistoryStatus.READY).delete()


def _wait_for_other_import() -> None:
    # Two files at once could both find a completion missing; the lock ends with the transaction.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('enrolment.import_history'))")


def _record(found: Iterable[Found]) -> int:
    """Write the completions that aren't there yet, once each; returns how many."""
    wanted = {_Key(person, past.version.course_id, past.row.day): (past, person) for past, person in found}
    there = {
        _Key(*values)
        for values in Completion.objects.current()
        .filter(person__in={key.person_id for key in wanted})
        .values_list("person", "version__course", "completed_on")
    }
    now = timezone.now()
    missing = [_completion(*each, at=now) for key, each in wanted.items() if key not in there]
    Completion.objects.bulk_create(missing, batch_size=1_000)
    return len(missing)


def _completion(past: PastCompletion, person: int, *, at: dt.datetime) -> Completion:
    version, day = past.version, past.row.day
    stamped = "school" if past.organisation.kind == OrganisationKind.SCHOOL else "employer"
    return Completion(
        person_id=person,
        version=version,
        completed_on=day,
        minutes=(version.minutes or 0) if version.counts_as_training else 0,
        valid_until=day + relativedelta(months=version.valid_months) if version.valid_months else None,
        source=CompletionSource.IMPORT,
        recorded_at=at,
        **{stamped: past.organisation},
    )


def _count(unmatched: Iterable[PastCompletion], *, besides: Iterable[PastCompletion]) -> None:
    """A file speaks for each training, organisation and day that it names: an earlier count goes."""
    counts = count_by_group(unmatched)
    PastParticipation.objects.bulk_create(
        [
            PastParticipation(course_id=course, organisation_id=organisation, day=day, people=people)
            for (course, organisation, day), people in counts.items()
        ],
        update_conflicts=True,
        unique_fields=["course", "organisation", "day"],
        update_fields=["people"],
    )
    for course, organisation, day in {past.group for past in besides} - set(counts):
        PastParticipation.objects.filter(course=course, organisation=organisation, day=day).delete()
