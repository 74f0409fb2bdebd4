"""Bringing people in by a list: all of it or nothing, and the same list twice changes nothing."""

import datetime as dt
from collections.abc import Callable
from itertools import chain

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from core.models import AuditEntry
from core.time import today
from people.errors import ChangedMeanwhile, ListRefused
from people.models import Membership, Profile, User
from people.rules import ImportScope
from people.services.accounts import ask_activation
from people.staff_files.plans import Outcome, Plan, planned
from people.staff_files.rows import StaffList

# Of PostgreSQL's advisory locks, which are numbers.
LOCK = 7_401


def check_people(
    *, content: bytes, scope: ImportScope, progress: Callable[[int], None] | None = None
) -> Outcome:
    """What a list would change, and what is wrong with it; ``progress`` hears after how many rows.

    Raises UnreadableFile.
    """
    outcome, rows = Outcome(), 0
    for plans, problems in planned(StaffList(content), scope=scope, on=today()):
        outcome.add(plans, problems)
        rows += len(plans) + len({problem.row for problem in problems})
        if progress:
            progress(rows)
    return outcome


def import_people(*, content: bytes, scope: ImportScope, actor: User | None, send_links: bool) -> Outcome:
    """Write what a list says, if nothing is wrong with it; people who aren't in it stay as they are.

    Raises ListRefused with the ``outcome`` that holds the problems, UnreadableFile, or ChangedMeanwhile.
    """
    outcome, on, now = Outcome(), today(), timezone.now()
    invited: list[int] = []
    try:
        with transaction.atomic():
            _lock_out_other_imports()
            for plans, problems in planned(StaffList(content), scope=scope, on=on):
                outcome.add(plans, problems)
                if not outcome.problem_count:
                    _write(plans, actor=actor, on=on, now=now)
                    invited += [plan.person.user.pk for plan in plans if plan.gets_link]
            if outcome.problem_count:
                raise ListRefused(outcome=outcome)
            if send_links:
                ask_activation(people=invited, actor=actor)
    except IntegrityError as error:
        raise ChangedMeanwhile from error
    return outcome


def _lock_out_other_imports() -> None:
    """Two lists with the same new person would both find nobody."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _write(plans: list[Plan], *, actor: User | None, on: dt.date, now: dt.datetime) -> None:
    changed = [plan for plan in plans if plan.is_change]
    _add_people([plan.person.profile for plan in changed if plan.is_new])
    _change_identities([plan for plan in changed if plan.identity])
    _replace_memberships(changed, on=on, now=now)
    AuditEntry.record_all(
        action="person.imported", subjects=((plan.person.user, _told(plan)) for plan in changed), actor=actor
    )


def _add_people(profiles: list[Profile]) -> None:
    User.objects.bulk_create(profile.user for profile in profiles)
    for profile in profiles:
        # It has an id by now, which the profile must learn.
        profile.user = profile.user
    Profile.objects.bulk_create(profiles)


def _change_identities(plans: list[Plan]) -> None:
    fields: set[str] = set()
    for plan in plans:
        for name, value in plan.identity.items():
            setattr(plan.person.user if name == "email" else plan.person.profile, name, value)
        fields |= plan.identity.keys()
    User.objects.bulk_update((plan.person.user for plan in plans if "email" in plan.identity), ["email"])
    if names := sorted(fields - {"email"}):
        Profile.objects.bulk_update((plan.person.profile for plan in plans), names)


def _replace_memberships(plans: list[Plan], *, on: dt.date, now: dt.datetime) -> None:
    """What ends is superseded by the same role until yesterday, or by nothing if it began today."""
    ended = list(chain.from_iterable(plan.ended for plan in plans))
    superseded = Membership.objects.current().filter(pk__in=[membership.pk for membership in ended])
    if superseded.update(superseded_at=now) != len(ended):
        raise ChangedMeanwhile
    facts = [membership for membership in ended if membership.valid_from < on]
    for membership in facts:
        membership.pk, membership.recorded_at = None, now
        membership.valid_until = on - dt.timedelta(days=1)
    for plan in plans:
        for membership in plan.begun:
            membership.user, membership.recorded_at = plan.person.user, now
            facts.append(membership)
    Membership.objects.bulk_create(facts)


def _told(plan: Plan) -> dict[str, object]:
    """For the audit trail: what changed, without the values."""
    return {"new": plan.is_new, "fields": sorted(plan.identity), "roles": len(plan.begun)}
