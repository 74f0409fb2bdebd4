"""Which of those who give meetings may do so on the day, and which meetings lack somebody.

Whoever gives a meeting is accredited for its course as what they are, in the language of the session, and has
the role of trainer: both on the day itself. ``enrolment.candidates`` asks the same, and tells the reasons.
"""

import datetime as dt
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.counting import RowCount
from core.time import BRUSSELS
from courses.enums import StaffRole
from courses.models import Accreditation, Meeting, MeetingStaff, Session
from courses.querysets.sessions import SessionQuerySet
from courses.querysets.staffing import AccreditationQuerySet, MeetingStaffQuerySet
from people.enums import Role
from people.models import Membership
from people.querysets import in_force


def able(staff: MeetingStaffQuerySet) -> MeetingStaffQuerySet:
    """Those who may give their meeting on its Brussels day."""
    accredited = (
        Accreditation.objects.current()
        .filter(in_force(OuterRef("day")))
        .filter(person=OuterRef("person"), course=OuterRef("meeting__session__version__course"))
        .filter(languages__contains=[OuterRef("meeting__session__language")])
        .filter(Q(role=OuterRef("role")) | Q(role=StaffRole.TRAINER))
    )
    trainers = Membership.objects.current().filter(in_force(OuterRef("day")), role=Role.TRAINER)
    on_the_day: MeetingStaffQuerySet = staff.alias(day=TruncDate("meeting__starts_at", tzinfo=BRUSSELS))
    return on_the_day.filter(
        Exists(accredited), Exists(trainers.filter(user=OuterRef("person"))), person__is_active=True
    )


def telling_who_trains(accreditations: AccreditationQuerySet, *, on: dt.date) -> AccreditationQuerySet:
    """With ``is_trainer``: whether the holder has the role of trainer on a day."""
    trainers = Membership.objects.current(on=on).filter(role=Role.TRAINER, user=OuterRef("person"))
    told: AccreditationQuerySet = accreditations.annotate(is_trainer=Exists(trainers))
    return told


def with_staff_counts(meetings: "QuerySet[Meeting]") -> "QuerySet[Any]":
    """With ``trainers`` and ``assistants`` who accepted and may give it, and ``assistants_needed``."""
    return meetings.annotate(
        trainers=_how_many(StaffRole.TRAINER),
        assistants=_how_many(StaffRole.ASSISTANT),
        assistants_needed=F("session__version__min_assistants"),
    )


def short_of_staff(meetings: "QuerySet[Meeting]") -> "QuerySet[Any]":
    """Meetings without a trainer, or with too few assistants, among those who accepted and may give them."""
    short = Q(trainers=0) | Q(assistants__lt=F("assistants_needed"))
    return with_staff_counts(meetings).filter(short)


def what_lacks(meeting: Any) -> list[str]:
    """Whom a meeting ``with_staff_counts`` still needs, in words."""
    lacking = [] if meeting.trainers else [_("a trainer")]
    if (missing := meeting.assistants_needed - meeting.assistants) > 0:
        lacking.append(ngettext("%(count)d assistant", "%(count)d assistants", missing) % {"count": missing})
    return lacking


def sessions_short_of_staff(*, at: dt.datetime) -> SessionQuerySet:
    """Published sessions of which a meeting to come lacks somebody."""
    to_come = Meeting.objects.filter(session__in=Session.objects.published(), starts_at__gt=at)
    sessions: SessionQuerySet = Session.objects.filter(pk__in=short_of_staff(to_come).values("session"))
    return sessions


def drafts_short_of_staff() -> SessionQuerySet:
    """Drafts that can't be published for want of somebody to give a meeting."""
    planned = Meeting.objects.filter(session__in=Session.objects.drafts())
    sessions: SessionQuerySet = Session.objects.filter(pk__in=short_of_staff(planned).values("session"))
    return sessions


def _how_many(role: StaffRole) -> RowCount:
    ready = able(MeetingStaff.objects.accepted()).filter(meeting=OuterRef("pk"), role=role)
    return RowCount(ready)
