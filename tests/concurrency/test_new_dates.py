"""Two workers that tell one person of new dates at once, while another date is published."""

from typing import Any

import pytest
from django.utils import timezone

from core.models import AuditEntry
from courses.models import CourseVersion, Session
from enrolment import emails
from enrolment.models import Interest
from enrolment.querysets import InterestQuerySet
from enrolment.reminders import tell_of_new_dates
from enrolment.services.interest import await_dates
from notifications.models import Message
from people.models import User
from tests.concurrency.conftest import AtOnce
from tests.factories import make_employee, make_session, make_version

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _the_first_pauses_before_its_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    """No audit entry tells of an interest: one stands in for the moment at which ``at_once`` pauses."""
    tell = emails.tell_of_new_dates

    def tell_and_pause(person: User, sessions: Any, **fields: Any) -> None:
        tell(person, sessions, **fields)
        AuditEntry.record(action="test", subject=person, actor=None)

    monkeypatch.setattr(emails, "tell_of_new_dates", tell_and_pause)


def tell_twice(at_once: AtOnce) -> tuple[Session, Session]:
    """The second worker knows of one date more than the first."""
    person, version = make_employee(), make_version(parts=1)
    await_dates(person=person, course=version.course)
    first = make_session(version=version)
    later: list[Session] = []

    def publish_and_tell() -> None:
        later.append(make_session(version=CourseVersion.objects.get(pk=version.pk)))
        tell_of_new_dates(person, at=timezone.now())

    at_once(lambda: tell_of_new_dates(person, at=timezone.now()), publish_and_tell)
    return first, later[0]


def test_one_mail_goes_out_and_the_other_date_waits_for_tomorrow(at_once: AtOnce) -> None:
    first, _later = tell_twice(at_once)

    assert len(Message.objects.get(template="new_dates").context["dates"]) == 1
    assert list(Interest.objects.get().told.all()) == [first]


def test_without_the_lock_the_other_date_would_be_lost(
    at_once: AtOnce, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(InterestQuerySet, "select_for_update", lambda rows, **options: rows)

    first, later = tell_twice(at_once)

    assert len(Message.objects.get(template="new_dates").context["dates"]) == 1
    assert set(Interest.objects.get().told.all()) == {first, later}
