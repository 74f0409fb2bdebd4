"""The administration: drafts can be edited, with clear errors; what people enrolled in cannot."""

import datetime as dt
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import path, reverse

from core.models import AuditEntry
from core.time import BRUSSELS
from courses.models import (
    Accreditation,
    Course,
    CourseVersion,
    Meeting,
    MeetingStaff,
    Part,
    Provider,
    Session,
    Venue,
)
from people.models import User
from tests.factories import (
    CourseFactory,
    CourseVersionFactory,
    SessionFactory,
    VenueFactory,
    make_session,
    make_version,
)

urlpatterns = [path("admin/", admin.site.urls)]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]

DAY = dt.date(2027, 1, 14)


@pytest.fixture
def manager() -> User:
    return User.objects.create_superuser("manager@police.example")


@pytest.fixture
def desk(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


def address(obj: Any) -> str:
    return reverse(f"admin:courses_{obj._meta.model_name}_change", args=[obj.pk])


def rows(prefix: str, *forms: dict[str, Any], initial: int = 0) -> dict[str, Any]:
    data = {f"{prefix}-TOTAL_FORMS": len(forms), f"{prefix}-INITIAL_FORMS": initial}
    return data | {
        f"{prefix}-{n}-{key}": value for n, form in enumerate(forms) for key, value in form.items()
    }


def meeting_row(part: Part, **changes: Any) -> dict[str, Any]:
    return {
        "part": part.pk,
        "venue": VenueFactory.create().pk,
        "starts_at_0": "2027-01-14",
        "starts_at_1": "09:00",
        "ends_at_0": "2027-01-14",
        "ends_at_1": "13:00",
        "capacity": "12",
        **changes,
    }


def saved_row(meeting: Meeting, **changes: Any) -> dict[str, Any]:
    return meeting_row(meeting.part) | {"id": meeting.pk, "venue": meeting.venue_id} | changes


def errors(response: Any) -> set[str]:
    """Every error on the page."""
    forms = [response.context["adminform"].form]
    found = [*forms[0].errors.values()]
    for inline in response.context["inline_admin_formsets"]:
        found += [inline.formset.non_form_errors()]
        found += [messages for row in inline.formset.errors for messages in row.values()]
    return {str(message) for messages in found for message in messages}


SESSION = {"language": "nl", "audience": "mixed"}


def test_lists_and_forms_open(desk: Client) -> None:
    session = SessionFactory.create()

    for kind in ("changelist", "add"):
        assert desk.get(reverse(f"admin:courses_session_{kind}")).status_code == 200
    assert desk.get(address(session)).status_code == 200


@pytest.mark.parametrize("model", [Course, CourseVersion, Provider, Venue, MeetingStaff, Accreditation])
def test_what_has_pages_of_its_own_is_not_edited_here(model: Any) -> None:
    assert not admin.site.is_registered(model)


def test_a_draft_gets_a_meeting_with_its_local_times(desk: Client, manager: User) -> None:
    draft = SessionFactory.create(version=make_version(parts=1))
    part = draft.version.parts.get()

    response = desk.post(address(draft), SESSION | rows("meetings", meeting_row(part)))

    assert response.status_code == 302
    meeting = Meeting.objects.get()
    draft.refresh_from_db()
    assert (meeting.local_start, meeting.local_end) == ("2027-01-14T09:00", "2027-01-14T13:00")
    assert meeting.starts_at == draft.starts_at == dt.datetime(2027, 1, 14, 9, tzinfo=BRUSSELS)
    assert draft.ends_at == meeting.ends_at
    assert list(AuditEntry.objects.order_by("id").values_list("action", "actor_id")) == [
        ("meeting.added_by_hand", manager.pk),
        ("meeting.scheduled", manager.pk),
    ]


def test_a_meeting_is_moved_and_removed(desk: Client) -> None:
    draft = make_session(version=make_version(parts=2), published=False)
    first, second = draft.meetings.all()

    moved = saved_row(first)
    desk.post(address(draft), SESSION | rows("meetings", moved, saved_row(second, DELETE="on"), initial=2))

    assert [meeting.local_start for meeting in Meeting.objects.all()] == ["2027-01-14T09:00"]
    removed = AuditEntry.objects.get(action="session.meeting_deleted_by_hand")
    assert removed.subject_id == draft.pk
    draft.refresh_from_db()
    assert draft.ends_at == dt.datetime(2027, 1, 14, 13, tzinfo=BRUSSELS)


def test_errors_of_a_meeting_are_told_beside_the_field(desk: Client) -> None:
    draft = make_session(version=make_version(parts=1), published=False)
    meeting = draft.meetings.get()
    Meeting.objects.update(taken=5)
    make_version()
    wrong = saved_row(
        meeting,
        ends_at_1="08:00",
        capacity="4",
        part=Part.objects.exclude(pk=meeting.part_id).latest("pk").pk,
    )

    response = desk.post(address(draft), SESSION | rows("meetings", wrong, initial=1))

    assert errors(response) == {
        "The end must be later than the start.",
        "More seats are taken than that.",
        "Select a valid choice. That choice is not one of the available choices.",
    }
    assert Meeting.objects.get().local_start == meeting.local_start


def test_a_part_is_planned_once(desk: Client) -> None:
    draft = SessionFactory.create(version=make_version(parts=1))
    row = meeting_row(draft.version.parts.get())

    response = desk.post(address(draft), SESSION | rows("meetings", row, row))

    assert response.status_code == 200
    assert not Meeting.objects.exists()


def test_a_session_is_in_a_language_of_its_course(desk: Client) -> None:
    version = make_version(languages=["nl", "fr"])
    data = SESSION | {"version": version.pk, "enrol_from": "2027-01-02", "enrol_until": "2027-01-01"}

    response = desk.post(reverse("admin:courses_session_add"), data | {"language": "de"})

    assert errors(response) == {
        "This course is not given in that language.",
        "The end must not be earlier than the start.",
    }


def test_only_current_versions_of_trainings_get_sessions(desk: Client) -> None:
    current = make_version(number=2)
    old = CourseVersionFactory.create(course=CourseFactory.create())
    Course.objects.filter(pk=old.course_id).update(current_version=None)
    CourseVersionFactory.create(course__kind="programme")

    form = desk.get(reverse("admin:courses_session_add")).context["adminform"].form

    assert set(form.fields["version"].queryset) == {current}


@pytest.mark.parametrize("status", ["published", "cancelled"])
def test_what_is_published_is_read_only(desk: Client, status: str) -> None:
    session = make_session(published=False)
    Session.objects.update(status=status)

    assert desk.get(address(session)).status_code == 200
    assert desk.post(address(session), SESSION).status_code == 403
    assert desk.post(address(session).replace("change", "delete"), {"post": "yes"}).status_code == 403
    assert Session.objects.get().language == "nl"
