"""Loading the catalogue: what changed is written, what people edited by hand is left alone."""

import datetime as dt
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from core.models import AuditEntry
from courses.catalogue.schema import CatalogueFile
from courses.models import Course, CourseVersion, Provider
from courses.services.catalogue import Fate, LoadReport, load_catalogue
from tests.factories import SessionFactory

pytestmark = pytest.mark.django_db


def texts(text: str) -> dict[str, str]:
    return {language: f"{text} {language}" for language in ("nl", "fr", "de", "en")}


def text_of(row: Model, name: str) -> object:
    """A text in one language: a field that the type checker does not see."""
    return getattr(row, name)


def entry(slug: str, **fields: object) -> dict[str, object]:
    return {
        "slug": slug,
        "kind": "training",
        "topic": "human_rights",
        "provider": "dossin",
        "audiences": ["all_staff"],
        "obligation": "voluntary",
        "certificate_policy": "full",
        "parts": [{"title": texts("Theory"), "minutes": 240}, {"title": texts("Practice")}],
        "title": texts("Title"),
        "summary": texts("Summary"),
        **fields,
    }


def load(*entries: dict[str, object], provider: str = "Kazerne Dossin") -> LoadReport:
    providers = [{"slug": "dossin", "name": texts(provider)}]
    return load_catalogue(
        catalogue=CatalogueFile.model_validate({"providers": providers, "courses": list(entries)})
    )


def test_a_course_is_stored_as_the_file_says() -> None:
    load(
        entry("follow-up", renews="hpm", prerequisites=[{"course": "hpm", "required": False}]),
        entry(
            "hpm",
            mandatory_for=[{"audience": "aspirant"}],
            quoted_rating={"reach": 1, "recurring": 3, "source": "A page"},
            capacity_min=8,
            capacity_max=16,
        ),
    )

    hpm, follow_up = Course.objects.get(slug="hpm"), Course.objects.get(slug="follow-up")
    version = hpm.current_version
    assert version is not None
    assert (version.number, text_of(version, "title_de"), version.capacity_min, version.capacity_max) == (
        1,
        "Title de",
        8,
        16,
    )
    assert [(part.position, text_of(part, "title_fr"), part.minutes) for part in version.parts.all()] == [
        (1, "Theory fr", 240),
        (2, "Practice fr", None),
    ]
    assert [
        (rule.audience, rule.valid_from, rule.legal_reference) for rule in version.mandatory_for.all()
    ] == [("aspirant", None, "")]
    assert (hpm.quoted_reach, hpm.quoted_recurring, hpm.quoted_source) == (1, 3, "A page")
    assert (hpm.position, follow_up.position) == (2, 1)
    assert follow_up.renews == hpm
    assert follow_up.current_version is not None
    assert [(row.course, row.required) for row in follow_up.current_version.prerequisites.all()] == [
        (hpm, False)
    ]
    assert hpm.provider is not None
    assert text_of(hpm.provider, "name_en") == "Kazerne Dossin en"


def test_loading_again_writes_nothing() -> None:
    load(entry("hpm", description=texts("One\n\nTwo")), entry("other"))

    with CaptureQueriesContext(
        connection,
    ) as queries:
        report = load(entry("hpm", description=texts("One\n\nTwo")), entry("other"))

    assert report.courses[Fate.UNCHANGED] == ["hpm", "other"]
    assert report.providers[Fate.UNCHANGED] == ["dossin"]
    statements = {query["sql"].split()[0] for query in queries}
    assert statements == {"SELECT", "SAVEPOINT", "RELEASE"}


@pytest.mark.parametrize(
    "change",
    [
        {"summary": texts("Another summary")},
        {"capacity_max": 12},
        {"parts": [{"title": texts("Theory"), "minutes": 180}, {"title": texts("Practice")}]},
        {"mandatory_for": [{"audience": "aspirant"}]},
    ],
)
def test_changed_texts_rules_and_parts_make_a_version_and_sessions_keep_theirs(
    change: dict[str, object],
) -> None:
    load(entry("hpm"))
    first = CourseVersion.objects.get()
    CourseVersion.objects.update(counts_for_pay_scale=True, recognition_number="R 1")
    session = SessionFactory.create(version=first)

    with time_machine.travel(dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC)):
        report = load(entry("hpm", **change))

    assert report.courses[Fate.UPDATED] == ["hpm"]
    current = Course.objects.get().current_version
    assert current is not None
    assert (current.number, current.valid_from) == (2, dt.date(2027, 3, 1))
    assert (current.counts_for_pay_scale, current.recognition_number) == (True, "R 1")
    session.refresh_from_db()
    assert session.version == first
    assert first.parts.count() == 2


def test_fields_of_the_course_change_in_place() -> None:
    load(entry("hpm"))

    report = load(entry("hpm", cycle_months=24), provider="Dossin")

    assert (report.courses[Fate.UPDATED], report.providers[Fate.UPDATED]) == (["hpm"], ["dossin"])
    assert CourseVersion.objects.count() == 1
    assert Course.objects.get().cycle_months == 24
    assert text_of(Provider.objects.get(), "name_nl") == "Dossin nl"


def test_an_item_edited_by_hand_is_left_alone_until_the_file_says_the_same() -> None:
    load(entry("hpm"), entry("other"))
    CourseVersion.objects.filter(course__slug="hpm").update(title_fr="À la main")
    Provider.objects.update(name_nl="Met de hand")

    report = load(entry("hpm", capacity_max=9), entry("other", capacity_max=9), provider="Changed")

    assert report.courses[Fate.EDITED_BY_HAND] == ["hpm"]
    assert report.courses[Fate.UPDATED] == ["other"]
    assert report.providers[Fate.EDITED_BY_HAND] == ["dossin"]
    hpm = Course.objects.get(slug="hpm").current_version
    assert hpm is not None
    assert (text_of(hpm, "title_fr"), hpm.capacity_max) == ("À la main", None)
    assert text_of(Provider.objects.get(), "name_nl") == "Met de hand"

    same = texts("Title") | {"fr": "À la main"}
    assert load(entry("hpm", title=same)).courses[Fate.UNCHANGED] == ["hpm"]
    assert load(entry("hpm", title=same, capacity_max=9)).courses[Fate.UPDATED] == ["hpm"]


def test_a_course_made_by_hand_is_not_taken_over() -> None:
    Course.objects.create(slug="hpm", kind="training", topic="prejudice")

    report = load(entry("hpm"))

    assert report.courses[Fate.EDITED_BY_HAND] == ["hpm"]
    assert Course.objects.get().topic == "prejudice"


def test_saving_a_form_unchanged_is_no_hand_edit() -> None:
    load(entry("hpm", description=texts("One\n\nTwo")))
    CourseVersion.objects.update(description_nl="One\r\n\r\nTwo nl")

    assert load(entry("hpm", description=texts("One\n\nTwo"))).courses[Fate.UNCHANGED] == ["hpm"]


def test_an_item_that_left_the_file_is_reported_and_kept() -> None:
    load(entry("hpm"), entry("other"))
    Course.objects.create(slug="by-hand", kind="training", topic="prejudice")

    report = load(entry("hpm"))

    assert report.courses[Fate.NOT_IN_FILE] == ["other"]
    assert Course.objects.count() == 3


def test_the_audit_trail_names_what_was_written() -> None:
    load(entry("hpm"))
    load(entry("hpm", capacity_max=9))

    assert list(AuditEntry.objects.order_by("pk").values_list("action", "data")) == [
        ("provider.created", {}),
        ("course.version_added", {"version": 1}),
        ("course.created", {}),
        ("course.version_added", {"version": 2}),
        ("course.updated", {}),
    ]


def test_the_command_refuses_a_broken_file_and_loads_nothing(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("providers: []\ncourses:\n  - slug: hpm\n")

    with pytest.raises(CommandError, match=r"broken\.yaml line 3, courses\[0\]\.title: this is missing"):
        call_command("load_catalogue", str(path))

    assert not Course.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_second_load_waits_for_the_first_and_makes_no_duplicates() -> None:
    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            load(entry("hpm"))
            second = pool.submit(load_in_a_connection_of_its_own)
            wait_until_somebody_waits_for_the_lock()
        report = second.result(timeout=10)

    assert report.courses[Fate.UNCHANGED] == ["hpm"]
    assert (Course.objects.count(), CourseVersion.objects.count()) == (1, 1)


def load_in_a_connection_of_its_own() -> LoadReport:
    try:
        return load(entry("hpm"))
    finally:
        connection.close()


def wait_until_somebody_waits_for_the_lock() -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            if cursor.fetchone() == (1,):
                return
        time.sleep(0.01)
    pytest.fail("the second load did not wait")
