"""A course on its form: corrected in place while nobody uses the version, else in a new one."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from core.models import AuditEntry
from core.time import today
from courses.catalogue.schema import CatalogueFile
from courses.catalogue.stored import stored_course
from courses.enums import Sensitivity
from courses.models import Course, CourseVersion, MandatoryAudience, Part, Prerequisite, Programme
from courses.services.catalogue import Fate, load_catalogue
from enrolment.enums import CompletionSource
from enrolment.services.completions import record_completion
from people.models import User
from tests.courses.editing import SENSITIVE, current, filled, new_course, page_of, save, told
from tests.factories import AccreditationFactory, SessionFactory, make_employee, make_session, make_version
from tests.pages import text

pytestmark = pytest.mark.django_db


# -- In place or anew ------------------------------------------------------------------------------


def test_a_version_that_nobody_uses_is_corrected_in_place(
    desk: Client, version: CourseVersion, manager: User
) -> None:
    answer = save(desk, version.course, title_en="Better", **{"parts-0-minutes": "90"})

    assert answer["Location"] == f"/manage/courses/{version.course.slug}/"
    corrected = current(version.course)
    assert (corrected.pk, corrected.number, corrected.title_en) == (version.pk, 1, "Better")
    assert [part.minutes for part in corrected.parts.all()] == [90, 240]
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor_id, entry.data) == (
        "course.edited",
        manager.pk,
        {"fields": ["version"]},
    )


def plan_a_session(version: CourseVersion) -> None:
    SessionFactory.create(version=version)


def make_an_edition(version: CourseVersion) -> None:
    Programme.objects.create(version=version, starts_on=today(), ends_on=today())


def complete_it(version: CourseVersion) -> None:
    record_completion(
        person=make_employee(),
        version=version,
        completed_on=today(),
        sessions=[],
        source=CompletionSource.IMPORT,
        actor=None,
    )


@pytest.mark.parametrize("use", [plan_a_session, make_an_edition, complete_it])
def test_a_version_in_use_stays_and_a_new_one_begins_today(
    desk: Client, version: CourseVersion, use: Callable[[CourseVersion], None]
) -> None:
    use(version)
    before = stored_course(Course.objects.with_all_content().get())

    save(desk, version.course, title_en="Better", approval_required="on", **{"parts-1-DELETE": "on"})

    version.refresh_from_db()
    assert (version.title_en, version.approval_required, version.parts.count()) == ("Title", False, 2)
    new = current(version.course)
    assert (new.number, new.valid_from, new.title_en, new.parts.count()) == (2, today(), "Better", 1)
    assert new.approval_required
    Course.objects.update(current_version=version)
    assert stored_course(Course.objects.with_all_content().get()) == before


def test_saving_what_is_there_writes_nothing(desk: Client, version: CourseVersion) -> None:
    MandatoryAudience.objects.create(version=version, audience="aspirant", legal_reference="Art. 1")
    Prerequisite.objects.create(version=version, course=make_version().course, required=False)
    SessionFactory.create(version=version)

    save(desk, version.course)

    assert version.course.versions.count() == 1
    assert not AuditEntry.objects.exists()


def test_the_place_in_the_catalogue_changes_without_a_version(desk: Client, version: CourseVersion) -> None:
    SessionFactory.create(version=version)
    save(desk, version.course, topic="profiling", position="3", cycle_months="24")
    course = Course.objects.get()
    assert (course.topic, course.position, course.cycle_months) == ("profiling", 3, 24)
    assert course.versions.count() == 1


def test_rows_are_added_moved_and_removed(desk: Client, version: CourseVersion) -> None:
    first = make_version(title_en="First").course
    new_part = {
        "parts-2-title_nl": "Slot",
        "parts-2-title_fr": "Fin",
        "parts-2-optional": "on",
        "parts-2-ORDER": "1",
    }
    Part.objects.filter(position=1).update(title_en="One")
    Part.objects.filter(position=2).update(title_en="Two")
    moved = {"parts-0-ORDER": "3", "parts-1-ORDER": "2"}
    before = {"prerequisites-0-course": str(first.pk), "prerequisites-0-required": None}
    mandatory = {
        "mandatory_for-0-audience": "aspirant",
        "mandatory_for-0-valid_from": "2026-01-01",
        "mandatory_for-0-legal_reference": "Art. 2",
    }

    save(desk, version.course, **new_part, **moved, **before, **mandatory)

    now = current(version.course)
    assert [(part.position, part.title_nl, part.title_en, part.optional) for part in now.parts.all()] == [
        (1, "Slot", "", True),
        (2, "Deel", "Two", False),
        (3, "Deel", "One", False),
    ]
    assert [(row.course, row.required) for row in now.prerequisites.all()] == [(first, False)]
    assert [(row.audience, row.legal_reference) for row in now.mandatory_for.all()] == [
        ("aspirant", "Art. 2")
    ]


def test_a_course_is_added(desk: Client) -> None:
    answer = desk.post("/manage/courses/new/", new_course() | {"save": ""})

    assert answer["Location"] == "/manage/courses/new-course/"
    version = current(Course.objects.get(slug="new-course"))
    assert (version.number, version.title_nl, version.title_de) == (1, "title nl", "")
    assert [(part.position, part.minutes) for part in version.parts.all()] == [(1, 120)]
    assert desk.get("/catalogue/new-course/").status_code == 200
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == [
        "course.created",
        "course.version_added",
    ]


# -- Sensitivity -----------------------------------------------------------------------------------


def test_the_titles_of_sessions_of_a_sensitive_version_are_never_revealed(desk: Client) -> None:
    version = make_version(sensitive=True)
    session = make_session(version=version)

    save(desk, version.course, sensitivity="normal")

    session.refresh_from_db()
    assert session.version.is_sensitive
    assert session.version.discreet_title == "Diversity training"
    assert not current(version.course).is_sensitive
    assert current(version.course).number == 2


def test_not_even_a_version_that_nobody_uses_becomes_normal_in_place(desk: Client) -> None:
    version = make_version(sensitive=True)
    save(desk, version.course, sensitivity="normal")
    version.refresh_from_db()
    assert version.is_sensitive
    assert (current(version.course).number, current(version.course).is_sensitive) == (2, False)


def test_a_title_that_harms_is_hidden_at_once_in_every_version(desk: Client, version: CourseVersion) -> None:
    session = make_session(version=version)
    save(desk, version.course, title_en="Second")
    generic = {name: value for name, value in SENSITIVE.items() if name != "sensitivity"}
    address = f"/manage/courses/{version.course.slug}/hide-title/"
    assert desk.get(address).status_code == 200

    assert "This field is required." in text(desk.post(address, generic | {"generic_title_de": ""}))
    assert not CourseVersion.objects.filter(sensitivity=Sensitivity.SENSITIVE).exists()
    desk.post(address, generic)

    assert CourseVersion.objects.filter(sensitivity=Sensitivity.SENSITIVE).count() == 2
    session.refresh_from_db()
    assert session.version.discreet_title == "Diversity en"
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.data) == ("course.title_hidden", {"versions": 2})


def test_a_sensitive_course_needs_a_generic_title_in_every_language(
    desk: Client, version: CourseVersion
) -> None:
    answer = save(desk, version.course, **SENSITIVE | {"generic_title_de": " ", "generic_title_en": ""})
    assert told(answer) == {
        "id_generic_title_de": "A sensitive course needs a generic title, in every language.",
        "id_generic_title_en": "A sensitive course needs a generic title, in every language.",
    }
    assert not current(version.course).is_sensitive


# -- Consent ---------------------------------------------------------------------------------------


def test_words_that_people_consented_to_stay_and_new_ones_make_a_version(desk: Client) -> None:
    version = make_version(asking_consent=True)
    make_session(version=version)

    save(desk, version.course, consent_text_nl="Iets anders.", aftercare_contact="talk@police.example")

    version.refresh_from_db()
    assert (version.consent_text_nl, version.aftercare_contact) == ("Dit gebeurt er.", "")
    new = current(version.course)
    assert (new.number, new.consent_text_nl, new.aftercare_contact) == (
        2,
        "Iets anders.",
        "talk@police.example",
    )


def test_consent_that_nobody_could_refuse_or_read_is_refused(desk: Client, version: CourseVersion) -> None:
    texts = {f"consent_text_{language}": "Text" for language in ("nl", "fr", "de", "en")}
    by_choice = {"consent_required": "on", "obligation": "never_mandatory"}
    unread = save(desk, version.course, **by_choice, **texts | {"consent_text_de": " "})
    unfree = save(desk, version.course, consent_required="on", **texts)

    told_on = save(desk, version.course, approval_required="on", **by_choice, **texts)

    assert told(told_on) == {"id_approval_required": "Nobody approves what each consents to alone."}
    assert told(unread) == {
        "id_consent_text_de": "A course that asks for consent needs its text, in every language."
    }
    assert told(unfree) == {"id_obligation_0": "A course that asks for consent is always voluntary."}
    assert not current(version.course).consent_required


def test_what_is_always_voluntary_is_never_required_first(desk: Client, version: CourseVersion) -> None:
    voluntary = make_version(obligation="never_mandatory", title_en="By choice").course
    before = {"prerequisites-0-course": str(voluntary.pk)}

    refused = save(desk, version.course, **before, **{"prerequisites-0-required": "on"})

    assert told(refused) == {
        "prerequisites": "“By choice” is never mandatory, so it can only be recommended."
    }
    assert save(desk, version.course, **before, **{"prerequisites-0-required": None}).status_code == 302


# -- Two at once -----------------------------------------------------------------------------------


@pytest.mark.parametrize("in_use", [True, False])
def test_the_second_of_two_is_told_and_loses_nothing(
    desk: Client, version: CourseVersion, in_use: bool
) -> None:
    if in_use:
        SessionFactory.create(version=version)
    mine = filled(version.course, title_en="Mine", summary_fr="Le mien")
    save(desk, version.course, title_en="Theirs", title_de="Ihrs")

    answer = desk.post(page_of(version.course), mine | {"save": ""})

    assert answer.status_code == 200
    page = text(answer)
    assert "Somebody else changed this course since you opened it" in page
    assert 'value="Mine"' in page
    assert "Le mien" in page
    # What saving it would undo stands there too.
    assert {change.label for change in answer.context["editor"].changes} == {
        "Title (English)",
        "Title (Deutsch)",
        "Summary (Français)",
    }
    assert current(version.course).title_en == "Theirs"

    again = mine | {"based_on": answer.context["editor"].based_on, "save": ""}
    assert desk.post(page_of(version.course), again).status_code == 302
    assert (current(version.course).title_en, current(version.course).summary_fr) == ("Mine", "Le mien")


def test_what_hr_set_meanwhile_counts_as_a_change(desk: Client, version: CourseVersion) -> None:
    mine = filled(version.course, title_en="Mine")
    CourseVersion.objects.update(recognition_number="R-1")
    desk.post(page_of(version.course), mine | {"save": ""})
    assert (current(version.course).title_en, current(version.course).recognition_number) == ("Title", "R-1")


# -- By the file and by hand -----------------------------------------------------------------------


def test_what_was_edited_by_hand_is_left_alone_by_the_file(desk: Client) -> None:
    def load() -> Any:
        texts = {language: f"Text {language}" for language in ("nl", "fr", "de", "en")}
        entry = {
            "slug": "hpm",
            "kind": "training",
            "topic": "human_rights",
            "audiences": ["all_staff"],
            "obligation": "voluntary",
            "certificate_policy": "full",
            "parts": [{"title": texts, "minutes": 240}],
            "title": texts,
            "summary": texts,
        }
        file = CatalogueFile.model_validate({"providers": [], "courses": [entry]})
        return load_catalogue(catalogue=file).courses

    assert load()[Fate.CREATED] == ["hpm"]
    course = Course.objects.get()

    save(desk, course)
    assert load()[Fate.UNCHANGED] == ["hpm"]
    save(desk, course, title_en="By hand")
    assert load()[Fate.EDITED_BY_HAND] == ["hpm"]
    assert current(course).title_en == "By hand"
    save(desk, course, title_en="Text en")
    assert load()[Fate.UNCHANGED] == ["hpm"]


# -- Deleting --------------------------------------------------------------------------------------


def test_a_course_that_nobody_used_is_deleted(desk: Client, version: CourseVersion) -> None:
    address = f"/manage/courses/{version.course.slug}/delete/"
    assert "nobody is told" in text(desk.get(address))
    desk.post(address)
    assert not Course.objects.exists()
    assert not CourseVersion.objects.exists()


@pytest.mark.parametrize("use", [plan_a_session, complete_it])
def test_deleting_is_offered_only_while_nobody_used_it(
    desk: Client, version: CourseVersion, use: Callable[[CourseVersion], None]
) -> None:
    address = f"/manage/courses/{version.course.slug}/"
    assert f"{address}delete/" in text(desk.get(address))
    use(version)
    assert f"{address}delete/" not in text(desk.get(address))


def refer_to_it(version: CourseVersion) -> None:
    Prerequisite.objects.create(version=make_version(), course=version.course)


def accredit(version: CourseVersion) -> None:
    AccreditationFactory.create(course=version.course)


@pytest.mark.parametrize("use", [plan_a_session, complete_it, refer_to_it, accredit])
def test_a_course_of_which_something_speaks_stays(
    desk: Client, version: CourseVersion, use: Callable[[CourseVersion], None]
) -> None:
    use(version)
    page = text(desk.post(f"/manage/courses/{version.course.slug}/delete/", follow=True))
    assert "it stays" in page
    assert current(version.course) == version
    assert version.parts.count() == 2
    assert not AuditEntry.objects.filter(action="course.deleted").exists()
