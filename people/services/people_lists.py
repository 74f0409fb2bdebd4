"""Bringing people in by a list: all of it or nothing, and the same list twice changes nothing."""

import datetime as dt
from collections.abc import Callable

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone
from psycopg.errors import DeadlockDetected, LockNotAvailable

from core.bulk import copy_in
from core.models import AuditEntry
from core.time import today
from people.errors import ChangedMeanwhile, ListRefused
from people.models import Intake, Membership, Profile, User
from people.rules import RoleScope
from people.services.accounts import ask_activation
from people.staff_files.outcomes import Outcome
from people.staff_files.plans import Begun, Plan, planned
from people.staff_files.rows import StaffList

# Of PostgreSQL's advisory locks, which are numbers.
LOCK = 7_401
WAITED_IN_VAIN = (LockNotAvailable, DeadlockDetected)


def check_people(
    *,
    content: bytes,
    scope: RoleScope,
    intake: Intake | None = None,
    progress: Callable[[int], None] | None = None,
) -> Outcome:
    """What a list would change, and what is wrong with it; ``progress`` hears after how many rows.

    ``intake``: it lists the classes with which a school begins. Raises UnreadableFile.
    """
    outcome, rows = Outcome(), 0
    for plans, problems in planned(StaffList(content, intake=intake), scope=scope, on=today()):
        outcome.add(plans, problems)
        rows += len(plans) + len({problem.row for problem in problems})
        if progress:
            progress(rows)
    return outcome


def import_people(
    *,
    content: bytes,
    scope: RoleScope,
    intake: Intake | None = None,
    actor: User | None,
    send_links: bool,
) -> Outcome:
    """Write what a list says, if nothing is wrong with it; people who aren't in it stay as they are.

    Raises ListRefused with the ``outcome`` that holds the problems, UnreadableFile, or ChangedMeanwhile.
    """
    outcome, on, now = Outcome(), today(), timezone.now()
    invited: list[User] = []
    try:
        with transaction.atomic():
            _lock_out_other_imports()
            for plans, problems in planned(StaffList(content, intake=intake), scope=scope, on=on):
                outcome.add(plans, problems)
                if not outcome.problem_count:
                    invited += _write(plans, actor=actor, on=on, now=now)
            if outcome.problem_count:
                raise ListRefused(outcome=outcome)
            if send_links:
                ask_activation(people=[user.pk for user in invited], actor=actor)
    except (IntegrityError, OperationalError) as error:
        # A person or an address that came in meanwhile, or another list that takes its time.
        if isinstance(error, IntegrityError) or isinstance(error.__cause__, WAITED_IN_VAIN):
            raise ChangedMeanwhile from error
        raise
    return outcome


def _lock_out_other_imports() -> None:
    """Two lists with the same new person would both find nobody."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _write(plans: list[Plan], *, actor: User | None, on: dt.date, now: dt.datetime) -> list[User]:
    """What becomes of a batch; returns who is to be told of an account."""
    added = iter(_add_people([plan for plan in plans if plan.is_new], now=now))
    people = [(plan, plan.known.user if plan.known else next(added)) for plan in plans]
    _change_identities([plan for plan in plans if plan.identity])
    _end_roles([membership for plan in plans for membership in plan.ended], on=on, now=now)
    _begin_roles([(user, begun) for plan, user in people for begun in plan.begun], on=on, now=now)
    changed = ((user, _told(plan)) for plan, user in people if plan.is_change)
    AuditEntry.record_all(action="person.imported", subjects=changed, actor=actor)
    return [user for plan, user in people if plan.gets_link]


def _add_people(plans: list[Plan], *, now: dt.datetime) -> list[User]:
    # Random, so that no link is guessed from another; costly, so one for all.
    no_password = make_password(None)
    users, profiles = [], []
    for plan in plans:
        said = dict(plan.identity)
        user = User(email=said.pop("email") or None, password=no_password, created_at=now)
        users.append(user)
        profiles.append(Profile(user=user, staff_number=plan.row.staff_number, **said))
    copy_in(users)
    for profile in profiles:
        # It has an id by now, which the profile must learn.
        profile.user = profile.user
    copy_in(profiles)
    return users


def _change_identities(plans: list[Plan]) -> None:
    known = [(plan.known, plan.identity) for plan in plans if plan.known]
    for person, identity in known:
        for name, value in identity.items():
            setattr(person.user if name == "email" else person.profile, name, value)
    fields = {name for _person, identity in known for name in identity}
    User.objects.bulk_update((person.user for person, identity in known if "email" in identity), ["email"])
    if names := sorted(fields - {"email"}):
        Profile.objects.bulk_update((person.profile for person, _identity in known), names)


def _end_roles(ended: list[Membership], *, on: dt.date, now: dt.datetime) -> None:
    """Each is superseded by the same role until yesterday, or by nothing if it began today."""
    superseded = Membership.objects.current().filter(pk__in=[membership.pk for membership in ended])
    if superseded.update(superseded_at=now) != len(ended):
        raise ChangedMeanwhile
    until_yesterday = [membership for membership in ended if membership.valid_from < on]
    for membership in until_yesterday:
        membership.pk, membership.recorded_at = None, now
        membership.valid_until = on - dt.timedelta(days=1)
    copy_in(until_yesterday)


def _begin_roles(begun: list[tuple[User, Begun]], *, on: dt.date, now: dt.datetime) -> None:
    copy_in(
        [
            Membership(
                user=user,
                role=each.role,
                organisation_id=each.organisation_id,
                valid_from=on,
                recorded_at=now,
                **each.details,
            )
            for user, each in begun
        ]
    )


def _told(plan: Plan) -> dict[str, object]:
    """For the audit trail: what changed, without the values."""
    return {"new": plan.is_new, "fields": [] if plan.is_new else sorted(plan.columns)}
