"""Reads of who gives meetings, and of who may."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, Self

from django.db import models
from django.db.models import Q

from core.models import FactQuerySet
from core.search import words_of
from courses.enums import SessionStatus, StaffAnswer
from courses.querysets.sessions import Slot, at_the_time_of
from people.querysets import in_force


class MeetingStaffQuerySet(models.QuerySet[Any]):
    def standing(self) -> Self:
        """Asked or accepted: their time is taken."""
        return self.exclude(answer=StaffAnswer.DECLINED)

    def accepted(self) -> Self:
        return self.filter(answer=StaffAnswer.ACCEPTED)

    def unanswered(self, *, at: dt.datetime) -> Self:
        """Invitations that can still be answered: to meetings that have not begun."""
        still_to_come = self.filter(answer=StaffAnswer.INVITED, meeting__starts_at__gt=at)
        return still_to_come.exclude(meeting__session__status=SessionStatus.CANCELLED)

    def clashing(self, slots: Iterable[Slot], *, besides: models.Model) -> Self:
        """Who stands in another session at any of these times."""
        elsewhere = self.standing().exclude(meeting__session=besides.pk)
        going_on = elsewhere.exclude(meeting__session__status=SessionStatus.CANCELLED)
        return going_on.filter(at_the_time_of(slots))

    def with_session(self) -> Self:
        """With what a list shows of the meeting and its session."""
        return self.select_related("meeting__session__version__course", "meeting__part", "meeting__venue")


class AccreditationQuerySet(FactQuerySet):
    def in_force(self, *, on: dt.date) -> Self:
        """Not superseded, and valid on the day."""
        return self.current().filter(in_force(on))

    def not_ended(self, *, on: dt.date) -> Self:
        """In force on the day, or from a later one."""
        return self.current().filter(Q(valid_until=None) | Q(valid_until__gte=on))

    def ending(self, *, on: dt.date, until: dt.date) -> Self:
        """In force now or later, and over by a day."""
        return self.not_ended(on=on).filter(valid_until__lte=until)

    def ended(self, *, on: dt.date) -> Self:
        return self.current().filter(valid_until__lt=on)

    def named(self, text: str) -> Self:
        """Of people in whose name every word occurs."""
        found = self
        for word in words_of(text):
            first = Q(person__profile__first_name__unaccent__icontains=word)
            found = found.filter(first | Q(person__profile__last_name__unaccent__icontains=word))
        return found

    def with_all(self) -> Self:
        """With what a row shows, by the name of the person."""
        return self.select_related("person__profile", "course__current_version").order_by(
            "person__profile__last_name", "person__profile__first_name", "course__position", "valid_from"
        )
