"""The administration: drafts and texts can be edited, with clear errors; what people enrolled in cannot."""

import datetime as dt
from typing import Any

import pytest
from django.contrib import admin
from django.forms.models import model_to_dict
from django.test import Client
from django.urls import path, reverse

from core.models import AuditEntry
from core.time import BRUSSELS
from courses.models import Course, CourseVersion, MandatoryAudience, Meeting, Part, Session
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


@pytest.mark.parametrize(
    "factory", [CourseFactory, CourseVersionFactory, SessionFactory, VenueFactory], ids=lambda f: f.__name__
)
def test_lists_and_forms_open(desk: Client, factory: Any) -> None:
    obj = factory.create()

    for kind in ("changelist", "add"):
        assert desk.get(reverse(f"admin:courses_{obj._meta.model_name}_{kind}")).status_code == 200
    assert desk.get(address(obj)).status_code == 200


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


def version_form(version: CourseVersion, *inlines: dict[str, Any], **changes: Any) -> dict[str, Any]:
    data = {
        key: value
        for key, value in model_to_dict(version).items()
        if value is not None and value is not False
    }
    data |= rows("parts") | rows("prerequisites") | rows("mandatory_for")
    for inline in inlines:
        data |= inline
    return data | changes


def test_a_text_is_edited_in_place(desk: Client) -> None:
    version = CourseVersionFactory.create()

    response = desk.post(address(version), version_form(version, title_fr="Nouveau titre"))

    assert response.status_code == 302
    version.refresh_from_db()
    assert (version.title_fr, version.number) == ("Nouveau titre", 1)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.data) == ("courseversion.changed_by_hand", {"fields": ["title_fr"]})


def test_the_rules_under_which_people_enrolled_stay(desk: Client) -> None:
    version = make_version(parts=1, title_fr="Ancien")
    make_session(version=version)
    part = version.parts.get()
    changes = {
        "title_fr": "Nouveau",
        "sensitivity": "sensitive",
        "approval_required": "on",
        "languages": ["de"],
    }
    generic = {f"generic_title_{language}": "Cours" for language in ("nl", "fr", "de", "en")}
    moved = rows("parts", {"id": part.pk, "position": 1, "title_nl": "x", "minutes": 5}, initial=1)
    unasked = rows("mandatory_for", {"audience": "aspirant"})

    response = desk.post(address(version), version_form(version, moved, unasked, generic, **changes))

    assert response.status_code == 302
    version.refresh_from_db()
    assert (version.title_fr, version.sensitivity) == ("Nouveau", "sensitive")
    assert (version.approval_required, version.languages) == (False, ["nl", "fr"])
    assert (version.parts.get().minutes, version.mandatory_for.count()) == (240, 0)


def test_a_version_that_is_added_becomes_the_current_one(desk: Client) -> None:
    version = CourseVersionFactory.create()
    part = {"position": 1, "title_nl": "Deel", "title_fr": "Partie", "title_de": "Teil", "title_en": "Part"}
    data = version_form(version, rows("parts", part), course=version.course_id, title_en="Two")

    response = desk.post(reverse("admin:courses_courseversion_add"), data)

    assert response.status_code == 302
    current = Course.objects.get().current_version
    assert current is not None
    assert (current.number, str(current.title), current.parts.count()) == (2, "Two", 1)


def test_rules_of_a_version_that_contradict_each_other(desk: Client) -> None:
    version = CourseVersionFactory.create(course__kind="information")
    part = {"position": 1, "title_nl": "Deel", "title_fr": "Partie", "title_de": "Teil", "title_en": "Part"}
    data = version_form(
        version,
        rows("parts", part),
        rows("mandatory_for", {"audience": "aspirant"}),
        obligation="never_mandatory",
        sensitivity="sensitive",
        capacity_min=9,
        capacity_max=8,
    )

    response = desk.post(address(version), data)

    assert errors(response) == {
        "Only a training has parts.",
        "A course that is always voluntary has no audience for whom it is mandatory.",
        "A sensitive course needs a generic title.",
        "The smallest group is larger than the largest.",
    }
    assert not MandatoryAudience.objects.exists()


def test_consent_that_nobody_could_refuse_or_read_is_refused(desk: Client) -> None:
    version = CourseVersionFactory.create()
    voluntary = CourseVersionFactory.create(obligation="never_mandatory").course
    before = rows("prerequisites", {"course": voluntary.pk, "required": "on"})

    response = desk.post(address(version), version_form(version, before, consent_required="on"))

    assert errors(response) == {
        "A course that asks for consent is always voluntary.",
        "A course that asks for consent needs the text that people consent to.",
        "That course is always voluntary, so it can only be recommended.",
    }
    version.refresh_from_db()
    assert not version.consent_required


def test_the_words_that_people_consented_to_stay(desk: Client) -> None:
    version = make_version(parts=1, asking_consent=True)
    make_session(version=version)
    part = version.parts.get()
    kept = rows("parts", {"id": part.pk, "position": 1, "title_nl": "Deel", "minutes": 240}, initial=1)
    changes = {"consent_text_en": "Something else.", "aftercare_contact": "talk@police.example"}

    response = desk.post(address(version), version_form(version, kept, **changes))

    assert response.status_code == 302
    version.refresh_from_db()
    assert version.consent_text_en == "This is what happens.\n\nYou may stop at any moment."
    assert version.aftercare_contact == "talk@police.example"


def test_a_version_is_never_deleted(desk: Client) -> None:
    version = CourseVersionFactory.create()

    assert desk.post(address(version).replace("change", "delete"), {"post": "yes"}).status_code == 403


def test_a_course_renews_no_course_that_it_is_renewed_by(desk: Client) -> None:
    course = CourseFactory.create()
    follow_up = CourseFactory.create(renews=course)
    data = {"kind": "programme", "topic": "prejudice", "position": 1, "renews": follow_up.pk}
    data |= {"programme": CourseFactory.create(kind="programme").pk}

    response = desk.post(address(course), data | rows("versions"))

    assert errors(response) == {
        "A course cannot renew itself, nor by way of others.",
        "Only a training can be a workshop of a programme.",
    }
