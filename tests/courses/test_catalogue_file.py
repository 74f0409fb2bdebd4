"""Reading the catalogue file: what is wrong is told with its line, all of it at once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from courses.catalogue.reading import CatalogueFileError, read_catalogue
from courses.catalogue.schema import CatalogueFile

SOUND = """\
providers:
  - slug: unia
    name: {nl: Unia, fr: Unia, de: Unia, en: Unia}
courses:
  - slug: law
    kind: training
    topic: anti_discrimination
    provider: unia
    audiences: [all_staff]
    obligation: voluntary
    certificate_policy: full
    parts:
      - title: {nl: Deel, fr: Partie, de: Teil, en: Part}
    title: {nl: Wet, fr: Loi, de: Gesetz, en: Law}
    summary:
      nl: Kort
      fr: Court
      de: Kurz
      en: Short
"""
OTHER = """\
  - slug: other
    kind: training
    topic: anti_discrimination
    audiences: [all_staff]
    obligation: voluntary
    certificate_policy: none
    parts:
      - title: {nl: Deel, fr: Partie, de: Teil, en: Part}
    title: {nl: Ander, fr: Autre, de: Anders, en: Other}
    summary: {nl: Kort, fr: Court, de: Kurz, en: Short}
"""

Read = Callable[[str], CatalogueFile]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def _read(text: str) -> CatalogueFile:
        path = tmp_path / "catalogue.yaml"
        path.write_text(text, encoding="utf-8")
        return read_catalogue(path)

    return _read


def problems(read: Read, text: str) -> list[str]:
    with pytest.raises(CatalogueFileError) as refusal:
        read(text)
    return str(refusal.value).splitlines()


def test_a_sound_file_is_read(read: Read) -> None:
    catalogue = read(SOUND + OTHER)

    assert [course.slug for course in catalogue.courses] == ["law", "other"]
    assert catalogue.courses[0].summary.de == "Kurz"
    assert catalogue.courses[0].parts[0].minutes is None


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        (
            "      fr: Court\n",
            "",
            "catalogue.yaml line 15, courses[0].summary.fr: this text is missing",
        ),
        (
            "      fr: Court\n",
            "      fr:\n",
            "catalogue.yaml line 17, courses[0].summary.fr: this text is missing",
        ),
        (
            "      fr: Court\n",
            "      fr: ' '\n",
            "catalogue.yaml line 17, courses[0].summary.fr: this text is missing",
        ),
        (
            "      fr: Court\n",
            "      fr: 2018\n",
            "catalogue.yaml line 17, courses[0].summary.fr: a text is needed; put it between quotes",
        ),
        (
            "      fr: Court\n",
            '      fr: "\\0"\n',
            "catalogue.yaml line 17, courses[0].summary.fr: this text holds a character that cannot be shown",
        ),
        (
            "    obligation:",
            "    obligaton:",
            "catalogue.yaml line 5, courses[0].obligation: this is missing\n"
            "catalogue.yaml line 10, courses[0].obligaton: this key is unknown; is it “obligation”?",
        ),
        (
            "{nl: Deel,",
            "{zz: Deel, nl: Deel,",
            "catalogue.yaml line 13, courses[0].parts[0].title.zz: "
            "this key is unknown; the keys are nl, fr, de, en",
        ),
        (
            "certificate_policy: full",
            "certificate_policy: fully",
            "catalogue.yaml line 11, courses[0].certificate_policy: this code is unknown; "
            "the codes are 'none', 'attendance', 'on_request' or 'full'",
        ),
        (
            "    provider: unia\n",
            "    provider: uniaa\n",
            "catalogue.yaml line 8, courses[0].provider: there is no provider with this slug",
        ),
        (
            "    obligation: voluntary\n",
            "    obligation: voluntary\n    obligation: designated\n",
            "catalogue.yaml line 11, courses[0].obligation: this key stands here twice; first on line 10",
        ),
        (
            "slug: law",
            "slug: The Law",
            "catalogue.yaml line 5, courses[0].slug: "
            "a slug has small letters, digits and single hyphens only",
        ),
        (
            "    name: {nl: Unia",
            "    website: unia.be\n    name: {nl: Unia",
            "catalogue.yaml line 3, providers[0].website: a web address starts with https://",
        ),
    ],
)
def test_what_is_wrong_is_told_with_line_and_field(read: Read, before: str, after: str, problem: str) -> None:
    assert SOUND.count(before) == 1
    assert problems(read, SOUND.replace(before, after)) == problem.splitlines()


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        (
            "mandatory_for: [{audience: aspirant}]",
            "mandatory_for: a course that is never mandatory has no audience for whom it is",
        ),
        (
            "capacity_min: 9\n    capacity_max: 8",
            "capacity_min: the smallest group is larger than the largest",
        ),
        ("programme: law", "programme: that course is not a programme"),
        ("programme: none", "programme: there is no course with this slug"),
        ("renews: other", "renews: a course cannot renew itself, nor by way of others"),
        (
            "prerequisites: [{course: other, required: false}]",
            "prerequisites: a course cannot come before itself, nor by way of others",
        ),
        ("prerequisites: [{course: none}]", "prerequisites[0].course: there is no course with this slug"),
        ("languages: [nl, nl]", "languages: “nl” stands here more than once"),
        ("cycle_months: 0", "cycle_months: the number must be 1 or more"),
        ("cycle_months: 40000", "cycle_months: the number must be 32767 or less"),
        ("approval_required: yes", "approval_required: true or false is needed"),
        ("valid_months: 010", "valid_months: a whole number is needed"),
        ("valid_months: 1:00", "valid_months: a whole number is needed"),
    ],
)
def test_rules_that_contradict_each_other(read: Read, rules: str, problem: str) -> None:
    other = OTHER.replace("voluntary", "never_mandatory").replace("    parts:", f"    {rules}\n    parts:")

    assert problems(read, SOUND + other) == [f"catalogue.yaml line 26, courses[1].{problem}"]


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("normal", "sensitive", "generic_title: a sensitive course needs a generic title"),
        (
            "    parts:\n      - title: {nl: Deel, fr: Partie, de: Teil, en: Part}\n",
            "",
            "parts: a training has at least one part",
        ),
    ],
)
def test_what_a_course_lacks_is_told_at_the_course(read: Read, before: str, after: str, problem: str) -> None:
    other = OTHER.replace("    parts:", "    sensitivity: normal\n    parts:").replace(before, after)

    assert problems(read, SOUND + other) == [f"catalogue.yaml line 20, courses[1].{problem}"]


def test_consent_is_asked_only_where_nobody_can_be_made_to(read: Read) -> None:
    other = OTHER.replace("    parts:", "    consent_required: true\n    parts:")
    text = "    consent_text: {nl: Ja, fr: Oui, de: Ja, en: Yes}\n"

    assert problems(read, SOUND + other) == [
        "catalogue.yaml line 20, courses[1].consent_text: "
        "a course that asks for consent needs the text that people consent to",
        "catalogue.yaml line 24, courses[1].obligation: "
        "a course that asks for consent is always voluntary: write never_mandatory",
    ]
    assert read(SOUND + other.replace("voluntary", "never_mandatory") + text)


def test_nobody_approves_what_each_consents_to_alone(read: Read) -> None:
    other = OTHER.replace("    parts:", "    consent_required: true\n    approval_required: true\n    parts:")
    text = "    consent_text: {nl: Ja, fr: Oui, de: Ja, en: Yes}\n"

    assert problems(read, SOUND + other.replace("voluntary", "never_mandatory") + text) == [
        "catalogue.yaml line 27, courses[1].approval_required: nobody approves what each consents to alone"
    ]


def test_what_is_never_mandatory_does_not_become_so_as_a_prerequisite(read: Read) -> None:
    law = SOUND.replace("    parts:", "    prerequisites: [{course: other}]\n    parts:")
    other = OTHER.replace("voluntary", "never_mandatory")

    assert problems(read, law + other) == [
        "catalogue.yaml line 12, courses[0].prerequisites[0]: "
        "that course is never mandatory, so it can only be recommended: write required: false"
    ]
    assert read(law.replace("{course: other}", "{course: other, required: false}") + other)


def test_an_initiative_has_no_parts_hours_or_certificate(read: Read) -> None:
    assert problems(read, SOUND.replace("kind: training", "kind: information")) == [
        "catalogue.yaml line 5, courses[0].counts_as_training: "
        "an initiative does not count as training hours",
        "catalogue.yaml line 11, courses[0].certificate_policy: an initiative gives no certificate",
        "catalogue.yaml line 12, courses[0].parts: only a training has parts",
    ]


def test_slugs_that_come_twice(read: Read) -> None:
    assert problems(read, SOUND + OTHER.replace("slug: other", "slug: law")) == [
        "catalogue.yaml line 20, courses[1].slug: another one above has this slug"
    ]


def test_circles_by_way_of_others(read: Read) -> None:
    text = SOUND.replace("    parts:", "    renews: other\n    parts:")
    text += OTHER.replace("    parts:", "    renews: law\n    parts:")

    assert problems(read, text) == [
        "catalogue.yaml line 12, courses[0].renews: a course cannot renew itself, nor by way of others",
        "catalogue.yaml line 27, courses[1].renews: a course cannot renew itself, nor by way of others",
    ]


def test_all_of_it_at_once_broken_shapes_beside_broken_rules(read: Read) -> None:
    text = SOUND.replace("kind: training", "kind: trainin") + OTHER.replace(
        "parts:", "renews: none\n    parts:"
    )

    assert problems(read, text) == [
        "catalogue.yaml line 6, courses[0].kind: this code is unknown; "
        "the codes are 'training', 'programme' or 'information'",
        "catalogue.yaml line 26, courses[1].renews: there is no course with this slug",
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "catalogue.yaml line 1: the file is empty"),
        (b"# nothing\n", "catalogue.yaml line 1: the file is empty"),
        (b"- 1\n", "catalogue.yaml line 1, the file: keys with values are needed"),
        (b"providers: []\ncourses: 4\n", "catalogue.yaml line 2, courses: a list is needed"),
        (b"a: b\nc: \xff\n", "catalogue.yaml line 2: this is not UTF-8; save the file with that encoding"),
        (b"a: b\nc: \x01\n", "catalogue.yaml line 2: a character that cannot be shown"),
        (b"a: &x b\nc: *x\n", "catalogue.yaml line 2: *name is not allowed here: write the value out"),
        (b"a: &x [*x]\n", "catalogue.yaml line 1: *name is not allowed here: write the value out"),
        (b"[" * 1000, "catalogue.yaml line 1: lists and keys are nested too deeply"),
        (b"a: b\nc: [1,\n", "catalogue.yaml line 3: expected the node content, but found '<stream end>'"),
    ],
)
def test_a_file_that_is_no_catalogue(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "catalogue.yaml"
    path.write_bytes(content)

    with pytest.raises(CatalogueFileError) as refusal:
        read_catalogue(path)

    assert str(refusal.value) == problem


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CatalogueFileError, match="cannot be read: No such file or directory"):
        read_catalogue(tmp_path / "none.yaml")
