"""Tracks of the catalogue: loaded from the file, left alone once edited by hand, refused where wrong."""

from pathlib import Path

import pytest
from django.conf import settings

from core.models import AuditEntry
from courses.catalogue.reading import CatalogueFileError, read_catalogue
from courses.catalogue.schema import CatalogueFile
from courses.models import Step, Track
from courses.services.catalogue import Fate, LoadReport, load_catalogue
from tests.courses.test_catalogue_file import OTHER, SOUND
from tests.courses.test_load_catalogue import entry, texts

pytestmark = pytest.mark.django_db

COURSES = [
    entry("law"),
    entry("hpm"),
    entry("eyes", obligation="never_mandatory", sensitivity="sensitive", generic_title=texts("Training")),
]


def load(*tracks: dict[str, object]) -> LoadReport:
    file = {
        "providers": [{"slug": "dossin", "name": texts("Dossin")}],
        "courses": COURSES,
        "tracks": list(tracks),
    }
    return load_catalogue(catalogue=CatalogueFile.model_validate(file))


def track(**fields: object) -> dict[str, object]:
    steps = [{"course": "law"}, {"course": "hpm", "due_months": 12, "due_words": texts("in time")}]
    return {"slug": "aspirant", "title": texts("Aspirant"), "steps": steps, "suggestions": ["eyes"], **fields}


def steps() -> list[tuple[int, str, int | None]]:
    return list(Step.objects.values_list("position", "course__slug", "due_months"))


def test_a_track_is_stored_as_the_file_says_and_the_same_file_writes_nothing() -> None:
    assert load(track()).tracks[Fate.CREATED] == ["aspirant"]
    stored = Track.objects.get()
    assert steps() == [(1, "law", None), (2, "hpm", 12)]
    assert [course.slug for course in stored.suggestions.all()] == ["eyes"]
    rules = Step.objects.values_list("valid_from", "legal_reference")
    assert set(rules) == {(None, "")}
    before = AuditEntry.objects.count()
    assert load(track()).tracks[Fate.UNCHANGED] == ["aspirant"]
    assert AuditEntry.objects.count() == before


def test_a_changed_track_is_updated_and_one_edited_by_hand_is_left_alone() -> None:
    load(track())
    assert load(track(steps=[{"course": "hpm"}])).tracks[Fate.UPDATED] == ["aspirant"]
    assert steps() == [(1, "hpm", None)]
    Step.objects.update(due_months=3)
    assert load(track()).tracks[Fate.EDITED_BY_HAND] == ["aspirant"]
    assert steps() == [(1, "hpm", 3)]
    assert load().tracks[Fate.NOT_IN_FILE] == ["aspirant"]


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        ("[{course: nowhere}]", "there is no course with this slug"),
        ("[{course: other}]", "is no step: write it under suggestions"),
        ("[{course: law}, {course: law}]", "“law” stands here more than once"),
        ("[]", "at least one is needed"),
    ],
)
def test_a_wrong_track_is_refused_with_its_line(tmp_path: Path, steps: str, problem: str) -> None:
    path = tmp_path / "catalogue.yaml"
    title = "{nl: Pad, fr: Parcours, de: Pfad, en: Path}"
    voluntary = OTHER.replace("obligation: voluntary", "obligation: never_mandatory")
    tracks = f"tracks:\n  - slug: path\n    title: {title}\n    steps: {steps}\n"
    path.write_text(f"{SOUND}{voluntary}{tracks}", encoding="utf-8")
    with pytest.raises(CatalogueFileError) as refusal:
        read_catalogue(path)
    (line,) = str(refusal.value).splitlines()
    assert problem in line
    assert line.startswith("catalogue.yaml line 3")


def test_the_aspirant_s_track_promises_nothing_that_nobody_has_read() -> None:
    (aspirant,) = read_catalogue(settings.BASE_DIR / "courses" / "catalogue.yaml").tracks
    assert [step.course for step in aspirant.steps] == ["unia-law", "hpm"]
    assert aspirant.suggestions == ["brown-eyes-blue-eyes"]
    assert {(step.valid_from, step.legal_reference) for step in aspirant.steps} == {(None, None)}
