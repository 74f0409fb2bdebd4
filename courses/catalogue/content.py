"""What a version holds: its own columns and its rows, as stored or as somebody wants them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from django.db import models

from core.enums import Language
from courses.models import CourseVersion, MandatoryAudience, Part, Prerequisite

# The columns of a version that are texts in four languages.
TEXTS = (
    "title",
    "generic_title",
    "summary",
    "description",
    "outcomes",
    "for_whom",
    "before",
    "after",
    "consent_text",
    "aftercare",
)


@dataclass(frozen=True)
class Content:
    """A version with its parts and rules; the rows may be unsaved."""

    version: CourseVersion
    parts: Sequence[Part] = ()
    prerequisites: Sequence[Prerequisite] = ()
    mandatory_for: Sequence[MandatoryAudience] = ()

    @classmethod
    def of(cls, version: CourseVersion) -> Self:
        """What is stored, each kind of row in the order in which it was written."""
        return cls(
            version=version,
            parts=list(version.parts.all()),
            prerequisites=sorted(version.prerequisites.all(), key=lambda row: row.pk),
            mandatory_for=sorted(version.mandatory_for.all(), key=lambda row: row.pk),
        )


def missing_languages(version: CourseVersion) -> list[Language]:
    """Those in which a text of the version, or of a part, lacks while another language has it."""
    texts: list[tuple[models.Model, str]] = [(version, name) for name in TEXTS]
    texts += [(part, "title") for part in version.parts.all()]
    missing = {language for row, name in texts for language in _missing(row, name)}
    return [language for language in Language if language in missing]


def _missing(row: models.Model, name: str) -> set[Language]:
    filled = {language for language in Language if getattr(row, f"{name}_{language}").strip()}
    return set(Language) - filled if filled else set()
