"""Who is told what is due, when, and how often."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from courses.models import CourseVersion, Track
from notifications.delivery import render
from notifications.models import Message
from people.models import User
from tests.factories import make_confirmed, make_session
from tests.tracks.helpers import assign, complete, join, make_class, make_school, make_track, make_training
from tracks.enums import ExemptionReason
from tracks.models import Cohort
from tracks.progress.matrices import people_of
from tracks.services.assignments import set_due_days
from tracks.services.exemptions import grant_exemption
from tracks.tasks import queue_academy_digests, queue_step_reminders

pytestmark = pytest.mark.django_db


def days(number: int) -> dt.timedelta:
    return dt.timedelta(days=number)


def reminded() -> list[int]:
    """Whom the reminders of now go to; asked twice, they go once."""
    before = set(Message.objects.values_list("pk", flat=True))
    queue_step_reminders()
    queue_step_reminders()
    new = Message.objects.filter(template="step_reminder").exclude(pk__in=before)
    return sorted(new.values_list("recipient", flat=True))


def test_thirty_and_seven_days_before_and_never_after(cohort: Cohort, hpm: CourseVersion, clock: Any) -> None:
    assign(make_track(hpm), cohort, due_in=40)
    everybody = sorted(person.pk for person in people_of([cohort], on=timezone.localdate())[cohort.pk])
    found = {}
    for day in range(45):
        if told := reminded():
            found[40 - day] = told
        clock.shift(days(1))
    assert found == {30: everybody, 7: everybody}


def test_only_who_has_nothing_planned_is_reminded(
    cohort: Cohort, hpm: CourseVersion, coordinator: User
) -> None:
    assign(make_track(hpm), cohort, due_in=20)
    done, booked, exempt = people_of([cohort], on=timezone.localdate())[cohort.pk]
    open_one = join(cohort)
    complete(done, hpm)
    make_confirmed(make_session(version=hpm, starts_in=days(10)), booked)
    grant_exemption(
        person=exempt,
        course=hpm.course,
        school=cohort.school,
        reason=ExemptionReason.EQUIVALENT,
        valid_from=timezone.localdate(),
        actor=coordinator,
    )
    assert reminded() == [open_one.pk]
    (message,) = Message.objects.filter(template="step_reminder")
    mail = render(message)
    assert "HPM" in mail.subject
    assert "/my/training/" in str(mail.body)


def test_a_due_date_that_moved_is_told_again(
    cohort: Cohort, hpm: CourseVersion, coordinator: User, clock: Any
) -> None:
    assignment = assign(make_track(hpm), cohort, due_in=5)
    assert len(reminded()) == 3
    later = timezone.localdate() + days(35)
    set_due_days(assignment=assignment, due_days={hpm.course_id: later}, actor=coordinator)
    assert reminded() == []
    clock.shift(days(5))
    assert len(reminded()) == 3


def test_nobody_is_nagged_about_what_is_voluntary_or_sensitive(cohort: Cohort) -> None:
    steps = (
        make_training("eyes", obligation="never_mandatory"),
        make_training("theme", sensitivity="sensitive"),
    )
    assign(make_track(*steps), cohort, due_in=5)
    assert reminded() == []


def test_the_academy_gets_numbers_once_a_week(
    cohort: Cohort, track: Track, law: CourseVersion, coordinator: User, clock: Any
) -> None:
    assign(track, cohort, due_in=1, actor=coordinator)
    other = make_class(make_school(), 1)
    assign(make_track(law, slug="other"), other, due_in=60)
    queue_academy_digests()
    assert not Message.objects.exists()

    clock.shift(days(2))
    done = people_of([cohort], on=timezone.localdate())[cohort.pk][0]
    complete(done, law)
    for _ in range(2):
        queue_academy_digests()
    message = Message.objects.get()
    assert (message.recipient, message.template) == (coordinator, "academy_digest")
    assert message.context["late"] == [
        {"class": "1A", "title": "LAW (nl)", "people": 2},
        {"class": "1A", "title": "HPM (nl)", "people": 3},
    ]
    text = str(render(message).body)
    for person in people_of([cohort], on=timezone.localdate())[cohort.pk]:
        assert person.profile.last_name not in text
    clock.shift(days(7))
    queue_academy_digests()
    assert Message.objects.count() == 2
