"""Asking people to give a session, and finding somebody else: only those who may, and who are free.

The session is locked first, then the person who is asked: two managers who want one trainer at one time wait
for each other. What becomes of an invitation is in ``courses.services.staffing``.
"""

import datetime as dt
from collections.abc import Collection, Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import AuditEntry
from courses import emails
from courses.enums import SessionStatus, StaffRole
from courses.errors import AlreadyAsked, MeetingBegun, SessionCancelled, StaffGone
from courses.models import Meeting, MeetingStaff, Session
from courses.services.staffing import release_staff
from enrolment.candidates import Bench, alike, bench_of, staff_of
from enrolment.services.locking import lock_learners, lock_session
from people.models import User


@transaction.atomic
def invite(
    *, session: Session, meetings: Collection[Meeting], person: User, role: StaffRole, actor: User
) -> list[MeetingStaff]:
    """Ask somebody to give meetings of a session; whoever stands there as that already is not asked again.

    Raises StaffRefused with the reason, and then asks for none of the meetings.
    """
    session = lock_session(session.pk)
    lock_learners({person.pk})
    now = timezone.now()
    bench = bench_of(session, at=now, person=person)
    wanted = [meeting for meeting in bench.meetings if meeting in meetings]
    unasked = _not_yet_asked(bench, wanted, person, role)
    _refuse(session, bench, unasked, person, role, at=now)
    rows = MeetingStaff.objects.bulk_create(
        MeetingStaff(meeting=meeting, person=bench.candidates[person.pk].person, role=role, asked_at=now)
        for meeting in unasked
    )
    for row in rows:
        AuditEntry.record(action="staff.invited", subject=row, actor=actor, person=person.pk)
    if rows:
        emails.tell_invited(session, rows)
    return rows


@transaction.atomic
def replace(*, session: Session, staff: MeetingStaff, by: User, actor: User) -> list[MeetingStaff]:
    """Ask somebody else in place of a person, for all that they give alike in the session.

    Who stood there is told; who had declined stays on the list as such. Raises StaffRefused.
    """
    session = lock_session(session.pk)
    rows = alike(staff, staff_of(session))
    if not rows:
        raise StaffGone
    invited = invite(
        session=session,
        meetings=[row.meeting for row in rows],
        person=by,
        role=StaffRole(staff.role),
        actor=actor,
    )
    if staff.is_standing:
        release_staff(session=session, staff=rows, actor=actor)
    return invited


def _not_yet_asked(bench: Bench, meetings: Sequence[Meeting], person: User, role: StaffRole) -> list[Meeting]:
    asked = {row.meeting_id: row for row in bench.staff if row.person_id == person.pk}
    for meeting in meetings:
        row = asked.get(meeting.pk)
        if row and not (row.is_standing and row.role == role):
            raise AlreadyAsked(
                _("%(name)s is on the list of this part already (%(role)s, %(answer)s). Take them off first.")
                % {
                    "name": row.person.get_full_name(),
                    "role": row.get_role_display(),
                    "answer": row.get_answer_display(),
                }
            )
    return [meeting for meeting in meetings if meeting.pk not in asked]


def _refuse(
    session: Session,
    bench: Bench,
    meetings: Sequence[Meeting],
    person: User,
    role: StaffRole,
    *,
    at: dt.datetime,
) -> None:
    if session.status == SessionStatus.CANCELLED:
        raise SessionCancelled
    for meeting in meetings:
        if meeting.starts_at <= at:
            raise MeetingBegun
        if refusal := bench.candidates[person.pk].refusal(meeting, role):
            raise refusal
