"""The data set of the measurements is what the platform itself would have written."""

import pytest
from django.db.models import Count, F, Q

from benchmarks.dataset import COMING_TAKEN, Size, build
from courses.models import Meeting, Session
from enrolment.models import Completion, Enrolment, Seat
from people.models import User

pytestmark = pytest.mark.django_db(transaction=True)

TINY = Size(enrolments=600, staff=300, zones=3, sessions=30, coming=10)


def test_it_has_the_size_asked_for_and_says_of_no_seat_what_is_not_so() -> None:
    build(TINY)

    assert (User.objects.count(), Session.objects.count(), Enrolment.objects.count()) == (300, 30, 600)
    held = Count("seats", filter=Q(seats__released_at=None))
    assert not Meeting.objects.annotate(held=held).exclude(held=F("taken")).exists()
    assert not Meeting.objects.filter(taken__gt=F("capacity")).exists()
    assert Seat.objects.filter(meeting__taken=COMING_TAKEN).exists()
    assert Completion.objects.exists()
    assert Session.objects.filter(meetings__staff__answer="accepted").distinct().count() == 30
