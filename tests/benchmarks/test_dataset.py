"""The data set of the measurements is what the platform itself would have written."""

import pytest

from benchmarks.dataset import COMING_TAKEN, Size, build
from courses.models import Session
from enrolment.models import Completion, Enrolment, Seat
from enrolment.services.auditing import audit, faults_of
from people.models import User

pytestmark = pytest.mark.django_db(transaction=True)

TINY = Size(enrolments=600, staff=300, zones=3, sessions=30, coming=10)


def test_it_has_the_size_asked_for_and_says_of_no_seat_what_is_not_so() -> None:
    build(TINY)

    assert (User.objects.count(), Session.objects.count(), Enrolment.objects.count()) == (300, 30, 600)
    assert faults_of(audit()) == {}
    assert Seat.objects.filter(meeting__taken=COMING_TAKEN).exists()
    assert Completion.objects.exists()
    assert Session.objects.filter(meetings__staff__answer="accepted").distinct().count() == 30
