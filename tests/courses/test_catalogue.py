"""The real catalogue: every row, in four languages, with the figures that are known and no others."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from pytest_django import DjangoDbBlocker

from courses.catalogue.reading import read_catalogue
from courses.catalogue.schema import CatalogueFile
from courses.catalogue.stored import TEXTS
from courses.models import Course, CourseVersion, Part, Provider
from courses.rules import unenforced_rules
from courses.services.catalogue import load_catalogue

CATALOGUE = Path(settings.BASE_DIR) / "courses" / "catalogue.yaml"
WORKSHOPS = {
    "quinzaine-islam",
    "quinzaine-antisemitism",
    "quinzaine-reintegration",
    "quinzaine-lgb",
    "quinzaine-gender",
    "quinzaine-poverty",
}
INITIATIVES = {"bruno-attitudes", "values-charter", "poster-campaign", "the-force-mechelen", "100-flik"}
TRAININGS = {
    "hpm",
    "hpm-managers",
    "hpm-trainer",
    "hpm-trainer-follow-up",
    "unia-law",
    "unia-reference-officer",
    "brown-eyes-blue-eyes",
    "theatre-debate",
    "auschwitz",
    "registration-of-checks",
}
GROUPS = {
    "hpm": (8, 16),
    "hpm-managers": (8, 16),
    "hpm-trainer": (None, 12),
    "hpm-trainer-follow-up": (None, 12),
    "unia-law": (8, 20),
    "unia-reference-officer": (8, 20),
    "brown-eyes-blue-eyes": (10, 24),
    "theatre-debate": (120, 150),
    "auschwitz": (20, 50),
    "values-charter": (8, 15),
} | dict.fromkeys(WORKSHOPS, (12, 25))


@pytest.fixture(scope="module")
def catalogue() -> CatalogueFile:
    return read_catalogue(CATALOGUE)


@pytest.fixture(scope="module")
def _loaded(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, catalogue: CatalogueFile
) -> Iterator[None]:
    """Loaded once for all tests of this file, and rolled back after them."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_catalogue(catalogue=catalogue)
        yield
        transaction.set_rollback(True)


def version_of(slug: str) -> CourseVersion:
    return CourseVersion.objects.get(course__slug=slug)


@pytest.mark.usefixtures("_loaded", "db")
def test_every_row_is_loaded_once() -> None:
    slugs = {
        kind: set(Course.objects.filter(kind=kind).values_list("slug", flat=True))
        for kind in ("training", "programme", "information")
    }

    assert slugs == {
        "training": TRAININGS | WORKSHOPS,
        "programme": {"quinzaine"},
        "information": INITIATIVES,
    }
    assert (Provider.objects.count(), CourseVersion.objects.count(), Part.objects.count()) == (6, 22, 27)


@pytest.mark.usefixtures("_loaded", "db")
def test_no_text_is_missing_in_one_language_only() -> None:
    for version in CourseVersion.objects.select_related("course"):
        for name in TEXTS:
            filled = {bool(getattr(version, f"{name}_{language}")) for language in ("nl", "fr", "de", "en")}
            assert len(filled) == 1, (version, name)


@pytest.mark.usefixtures("_loaded", "db")
def test_only_known_lengths_group_sizes_and_ratings_are_given() -> None:
    minutes = Part.objects.exclude(minutes=None).values_list("version__course__slug", "minutes")
    groups = CourseVersion.objects.exclude(capacity_max=None).values_list(
        "course__slug", "capacity_min", "capacity_max"
    )
    ratings = Course.objects.exclude(quoted_source="").values_list("slug", "quoted_reach", "quoted_recurring")

    assert list(minutes) == [("hpm", 240), ("hpm", 240)]
    assert {slug: (low, high) for slug, low, high in groups} == GROUPS
    assert set(ratings) == {("bruno-attitudes", 1, 3), ("100-flik", 1, 1)}
    assert not CourseVersion.objects.exclude(valid_months=None).exists()
    assert set(Course.objects.exclude(cycle_months=None).values_list("slug", "cycle_months")) == {
        ("quinzaine", 24),
        ("hpm-trainer-follow-up", 6),
    }


@pytest.mark.usefixtures("_loaded", "db")
def test_what_is_mandatory_carries_no_invented_date_or_law() -> None:
    rules = CourseVersion.objects.exclude(mandatory_for=None).values_list(
        "course__slug",
        "mandatory_for__audience",
        "mandatory_for__valid_from",
        "mandatory_for__legal_reference",
    )

    assert set(rules) == {
        ("hpm", "aspirant", None, ""),
        ("unia-reference-officer", "reference_officer", None, ""),
    }


@pytest.mark.usefixtures("_loaded", "db")
def test_sensitive_are_brown_eyes_and_every_workshop_all_with_one_generic_title() -> None:
    sensitive = CourseVersion.objects.filter(sensitivity="sensitive")

    assert set(sensitive.values_list("course__slug", flat=True)) == WORKSHOPS | {"brown-eyes-blue-eyes"}
    assert set(sensitive.values_list("generic_title_nl", "generic_title_en")) == {
        ("Vorming over diversiteit", "Diversity training")
    }
    assert {workshop.programme for workshop in Course.objects.filter(slug__in=WORKSHOPS)} == {
        Course.objects.get(slug="quinzaine")
    }


@pytest.mark.usefixtures("_loaded", "db")
def test_brown_eyes_keeps_its_safeguards() -> None:
    version = version_of("brown-eyes-blue-eyes")

    assert (
        version.obligation,
        version.certificate_policy,
        version.consent_required,
        version.min_assistants,
        version.early_exit_allowed,
    ) == ("never_mandatory", "attendance", True, 2, True)
    assert [part.optional for part in version.parts.all()] == [False, False, True]
    texts = [
        getattr(version, column)
        for column in (*CourseVersion.consent_text.fields, *CourseVersion.aftercare.fields)
    ]
    assert all(texts)
    assert len(set(texts)) == 8
    # Nobody's own address stands in a public file.
    assert version.aftercare_contact == ""


@pytest.mark.usefixtures("_loaded", "db")
def test_initiatives_do_not_count_as_training() -> None:
    not_counted = CourseVersion.objects.filter(counts_as_training=False).values_list(
        "course__slug", flat=True
    )

    assert set(not_counted) == INITIATIVES


@pytest.mark.usefixtures("_loaded", "db")
def test_of_all_trainings_only_hpm_can_be_published_today() -> None:
    free_of_rules = {slug for slug in TRAININGS | WORKSHOPS if not unenforced_rules(version_of(slug))}

    assert free_of_rules == {"hpm"}


@pytest.mark.usefixtures("_loaded", "db")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("holocauste", {"hpm", "hpm-managers"}),
        ("HOLOCAUSTE", {"hpm", "hpm-managers"}),
        ("genre stereotypes", {"quinzaine-gender"}),
        ("GENRE stéréotypes", {"quinzaine-gender"}),
        ("genre ste\u0301re\u0301otypes", {"quinzaine-gender"}),
        ("gender holocaust", set()),
        ("100%", {"100-flik"}),
        ("%", {"100-flik"}),
        ("_", set()),
        ("l'islam", {"quinzaine-islam"}),
        ("' OR 1=1", set()),
        ("\\", set()),
        ("hpm\x00", {"hpm", "hpm-managers", "hpm-trainer", "hpm-trainer-follow-up"}),
        ("buurman", {"brown-eyes-blue-eyes"}),
    ],
)
def test_search_forgives_accents_and_case_and_takes_signs_literally(text: str, found: set[str]) -> None:
    assert {course.slug for course in Course.objects.search(text)} == found


@pytest.mark.usefixtures("_loaded", "db")
def test_an_empty_search_finds_all_and_a_flood_of_words_is_cut() -> None:
    assert Course.objects.search("  ").count() == 22
    assert Course.objects.search("police " * 10_000).count() == Course.objects.search("police").count()
