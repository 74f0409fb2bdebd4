"""Sessions before anybody can enrol: made, edited, thrown away; and what can be changed afterwards."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import AuditEntry
from core.time import today
from courses.errors import CannotPlan, EditedMeanwhile, IsCancelled, NotADraft, Problem
from courses.models import CourseVersion, Meeting, MeetingStaff, Part, Session
from courses.rules import (
    Deadlines,
    Decision,
    deadline_problems,
    decision_problems,
    late_decision_problems,
)
from courses.services.documents import forget_documents
from courses.services.scheduling import (
    Plan,
    find_problems,
    keep_session_times,
    lock_venues,
    place_meeting,
    plan_of,
)
from courses.services.staffing import lock_staff, release_staff, tell_moved
from courses.services.versions import lock_version
from people.models import Organisation, User


@dataclass(frozen=True, kw_only=True)
class Facts(Deadlines):
    """What is said of a session beside its course and its meetings."""

    language: str
    audience: str
    organiser: Organisation | None = None
    min_participants: int | None = None
    cancels_if_too_few: bool = False
    directions: str = ""
    practical: str = ""
    contact_email: str = ""
    contact_phone: str = ""
    mandatory_first: bool = False
    # None: all organisations.
    open_to: Collection[Organisation] = ()

    @property
    def decision(self) -> Decision:
        return Decision(self.min_participants, self.decide_on, self.cancels_if_too_few)


COLUMNS = [field.name for field in fields(Facts) if field.name != "open_to"]
# People enrolled in a language and for an audience: these two stay.
SETTLED = {"language", "audience"}


def facts_of(session: Session) -> Facts:
    """What is said of a session now."""
    open_to = list(session.open_to.all()) if session.pk else []
    return Facts(**{name: getattr(session, name) for name in COLUMNS}, open_to=open_to)


@transaction.atomic
def create_draft(*, version: CourseVersion, facts: Facts, plans: Sequence[Plan], actor: User) -> Session:
    """Make a draft with a meeting for each plan. Raises CannotPlan with every problem, field by field.

    Raises EditedMeanwhile when the course was corrected and a part that is planned is no more.
    """
    lock_version(version)
    if version.parts.filter(pk__in=[plan.part.pk for plan in plans]).count() < len(plans):
        raise EditedMeanwhile
    session = Session(version=version)
    _refuse_problems(session, facts, plans)
    _set_columns(session, facts)
    session.save()
    session.open_to.set(facts.open_to)
    _write_plans(session, plans, actor)
    AuditEntry.record(action="session.drafted", subject=session, actor=actor)
    return session


@transaction.atomic
def edit_draft(*, session: Session, facts: Facts, plans: Sequence[Plan], actor: User) -> Session:
    """Change a draft; a part without a plan loses its meeting. Raises NotADraft, or CannotPlan."""
    session = _locked_draft(session)
    _refuse_problems(session, facts, plans)
    changed = _changed(session, facts)
    _set_columns(session, facts)
    session.save(update_fields=COLUMNS)
    session.open_to.set(facts.open_to)
    if _write_plans(session, plans, actor):
        changed.append("meetings")
    if changed:
        AuditEntry.record(action="session.edited", subject=session, actor=actor, fields=changed)
    return session


@transaction.atomic
def edit_published(*, session: Session, facts: Facts, actor: User) -> Session:
    """Change what binds nobody who enrolled; language and audience stay. Raises IsCancelled, CannotPlan."""
    session = Session.objects.select_for_update(no_key=True, of=["self"]).get(pk=session.pk)
    if session.is_cancelled:
        raise IsCancelled
    meetings = session.meetings.all()
    seats = _fewest_seats((each.capacity, each.part) for each in meetings)
    problems = deadline_problems(facts, session.first_day)
    problems += decision_problems(facts.decision, seats=seats)
    problems += late_decision_problems(facts.decision, session, on=today())
    if problems:
        raise CannotPlan(problems)
    changed = [name for name in _changed(session, facts) if name not in SETTLED]
    _set_columns(session, facts, besides=SETTLED)
    session.save(update_fields=[name for name in COLUMNS if name not in SETTLED])
    session.open_to.set(facts.open_to)
    if changed:
        AuditEntry.record(action="session.edited", subject=session, actor=actor, fields=changed)
    return session


@transaction.atomic
def delete_draft(*, session: Session, actor: User) -> None:
    """Throw a draft away with its documents; whoever was asked to give it is told. Raises NotADraft."""
    session = _locked_draft(session)
    AuditEntry.record(action="session.deleted", subject=session, actor=actor, version=session.version_id)
    forget_documents(session=session)
    _drop(session, session.meetings.all(), actor)
    session.delete()


def _locked_draft(session: Session) -> Session:
    """Publishing takes the same lock: what is checked as a draft is saved as one."""
    locked: Session = Session.objects.select_for_update(no_key=True, of=["self"]).get(pk=session.pk)
    if not locked.is_draft:
        raise NotADraft
    return locked


def _refuse_problems(session: Session, facts: Facts, plans: Sequence[Plan]) -> None:
    lock_venues({plan.venue.pk for plan in plans})
    if session.pk:
        lock_staff(session)
    problems = [*_language_problems(session.version, facts), *find_problems(plans, session=session)]
    first_day = min((plan.start.date() for plan in plans), default=None)
    problems += deadline_problems(facts, first_day)
    seats = _fewest_seats((plan.capacity, plan.part) for plan in plans)
    problems += decision_problems(facts.decision, seats=seats)
    if problems:
        raise CannotPlan(problems)


def _fewest_seats(capacities: Iterable[tuple[int | None, Part]]) -> int | None:
    """Of the parts that aren't optional; None: unlimited."""
    limits = (capacity for capacity, part in capacities if not part.optional)
    return min((limit for limit in limits if limit is not None), default=None)


def _language_problems(version: CourseVersion, facts: Facts) -> list[Problem]:
    if not version.languages or facts.language in version.languages:
        return []
    return [Problem("language", _("This course is not given in that language."))]


def _changed(session: Session, facts: Facts) -> list[str]:
    changed = [name for name in COLUMNS if getattr(session, name) != getattr(facts, name)]
    if set(session.open_to.all()) != set(facts.open_to):
        changed.append("open_to")
    return changed


def _set_columns(session: Session, facts: Facts, *, besides: Collection[str] = ()) -> None:
    for name in COLUMNS:
        if name not in besides:
            setattr(session, name, getattr(facts, name))


def _write_plans(session: Session, plans: Sequence[Plan], actor: User) -> bool:
    """Bring the meetings to what is planned, and tell those who give them; whether anything changed."""
    meetings = {meeting.part_id: meeting for meeting in session.meetings.all()}
    planned = {plan.part.pk for plan in plans}
    dropped = [meeting for part, meeting in meetings.items() if part not in planned]
    before = {part: plan_of(meeting) for part, meeting in meetings.items()}
    changed = [plan for plan in plans if before.get(plan.part.pk) != plan]
    has_moved = any(plan.is_elsewhere(before[plan.part.pk]) for plan in changed if plan.part.pk in before)
    _drop(session, dropped, actor)
    for plan in changed:
        meeting = meetings.get(plan.part.pk) or Meeting(session=session, part=plan.part)
        meeting.capacity = plan.capacity
        place_meeting(meeting, plan)
    keep_session_times(session=session, has_moved=has_moved)
    if has_moved:
        tell_moved(session=session)
    return bool(changed or dropped)


def _drop(session: Session, meetings: Iterable[Meeting], actor: User) -> None:
    """Delete meetings; whoever was to give them is told, unless the day has passed."""
    ids = [meeting.pk for meeting in meetings]
    asked = MeetingStaff.objects.filter(meeting__in=ids, meeting__starts_at__gt=timezone.now())
    release_staff(session=session, staff=list(asked), actor=actor)
    Meeting.objects.filter(pk__in=ids).delete()
