"""The learning record: written once for each person, version and day; corrected by superseding."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict
from functools import partial

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.utils import timezone

from core.models import AuditEntry
from courses.models import CourseVersion, Session
from enrolment.enums import CompletionSource
from enrolment.models import Completion
from enrolment.signals import completion_changed
from people.models import User
from people.rules import affiliation_of


@transaction.atomic
def record_completion(
    *,
    person: User,
    version: CourseVersion,
    completed_on: dt.date,
    sessions: Iterable[Session],
    source: CompletionSource,
    actor: User | None,
    minutes: int | None = None,
) -> Completion:
    """Record that a person completed a course version; a repeated call returns the record that is there.

    The minutes are the version's, never the marks', and none where it is no training; of a programme they
    are given, the sum of its workshops'. ``valid_until`` follows from the version's months.
    """
    months = version.valid_months
    length = version.minutes if minutes is None else minutes
    completion: Completion
    completion, is_new = Completion.objects.current().get_or_create(
        person=person,
        version=version,
        completed_on=completed_on,
        defaults={
            "minutes": (length or 0) if version.counts_as_training else 0,
            "valid_until": completed_on + relativedelta(months=months) if months else None,
            "source": source,
            **asdict(affiliation_of(person, on=completed_on)),
        },
    )
    completion.sessions.add(*sessions)
    if is_new:
        AuditEntry.record(action="completion.recorded", subject=completion, actor=actor)
        _tell(completion)
    return completion


@transaction.atomic
def supersede_completion(*, completion: Completion, actor: User | None) -> None:
    """Take a completion back, as after a correction of the attendance; done before, it does nothing."""
    superseded = Completion.objects.current().filter(pk=completion.pk).update(superseded_at=timezone.now())
    if superseded:
        AuditEntry.record(action="completion.superseded", subject=completion, actor=actor)
        _tell(completion)


def _tell(completion: Completion) -> None:
    transaction.on_commit(
        partial(completion_changed.send_robust, sender=Completion, completion_id=completion.pk)
    )
