"""A rush counts only if its outcome is right: what isn't is told, never measured."""

import pytest

from benchmarks import sign_ups
from benchmarks.dataset import Size, build
from benchmarks.scenes import learners, new_session
from enrolment.services.booking import enrol
from notifications.models import Message

pytestmark = pytest.mark.django_db(transaction=True)

TINY = Size(enrolments=300, staff=1_010, zones=3, sessions=30, coming=10)


def test_the_outcome_of_a_rush_is_checked_down_to_what_each_was_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sign_ups, "SEATS", 2)
    build(TINY)
    session = new_session(seats=2)
    for person in learners(4):
        enrol(session=session, learner=person, actor=person)

    sign_ups.check(session, people=4)

    Message.objects.filter(template="enrolment_queued").latest("id").delete()
    with pytest.raises(RuntimeError, match="'told of the queue': 1"):
        sign_ups.check(session, people=4)
    session.meetings.update(taken=1)
    with pytest.raises(RuntimeError, match=r"'taken': \{1\}"):
        sign_ups.check(session, people=4)
