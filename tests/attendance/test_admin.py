"""The administration reads rosters and marks, and writes none."""

import pytest
from django.test import Client
from django.urls import reverse

from attendance.enums import MarkState
from attendance.models import Mark, Roster
from courses.enums import Sensitivity
from courses.models import CourseVersion, Meeting
from people.models import User
from tests.attendance.helpers import mark_and_close
from tests.factories import UserFactory, make_confirmed

pytestmark = pytest.mark.django_db


def test_rosters_and_marks_are_read_only_even_for_a_superuser(
    client: Client, theory: Meeting, trainer: User
) -> None:
    mark_and_close(theory, {make_confirmed(theory.session): MarkState.PRESENT}, trainer)
    client.force_login(UserFactory.create(is_staff=True, is_superuser=True))

    for name, pk in (("roster", Roster.objects.get().pk), ("mark", Mark.objects.get().pk)):
        assert client.get(reverse(f"admin:attendance_{name}_changelist")).status_code == 200
        change = reverse(f"admin:attendance_{name}_change", args=[pk])
        assert client.get(change).status_code == 200
        assert client.post(change, {"state": "absent"}).status_code == 403
        assert client.post(reverse(f"admin:attendance_{name}_delete", args=[pk])).status_code == 403
        assert client.get(reverse(f"admin:attendance_{name}_add")).status_code == 403

    assert [mark.state for mark in Mark.objects.all()] == ["present"]


def test_marks_of_sensitive_courses_are_not_there_to_read(
    client: Client, theory: Meeting, trainer: User
) -> None:
    mark_and_close(theory, {make_confirmed(theory.session): MarkState.PRESENT}, trainer)
    CourseVersion.objects.update(sensitivity=Sensitivity.SENSITIVE)
    client.force_login(UserFactory.create(is_staff=True, is_superuser=True))

    page = client.get(reverse("admin:attendance_mark_changelist"))
    assert page.context["cl"].result_count == 0
    change = reverse("admin:attendance_mark_change", args=[Mark.objects.get().pk])
    assert client.get(change).status_code == 302
