"""The catalogue as it is stored, in the shape of the file: so the two can be compared."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any, TypeVar, cast

from django.db import models

from core.enums import Language
from courses.catalogue.schema import (
    CourseEntry,
    Entry,
    MandatoryEntry,
    PartEntry,
    PrerequisiteEntry,
    ProviderEntry,
    RatingEntry,
    Texts,
)
from courses.models import Course, CourseVersion, MandatoryAudience, Prerequisite, Provider

Row = TypeVar("Row", MandatoryAudience, Prerequisite)
Shape = TypeVar("Shape", bound=Entry)

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
RULES = (
    "audiences",
    "languages",
    "obligation",
    "sensitivity",
    "certificate_policy",
    "counts_as_training",
    "capacity_min",
    "capacity_max",
    "valid_months",
    "approval_required",
    "consent_required",
    "members_only",
    "min_assistants",
    "early_exit_allowed",
)
IN_VERSION = {*TEXTS, *RULES, "parts", "prerequisites", "mandatory_for"}


def digest(entry: Entry, *, position: int | None = None) -> str:
    """What an entry says, in 64 characters; the same for the file's and for the stored one."""
    return _digest({"entry": _content(entry), "position": position})


def version_digest(entry: CourseEntry) -> str:
    """The part of a course that a version holds."""
    return _digest({key: value for key, value in _content(entry).items() if key in IN_VERSION})


def _content(entry: Entry) -> dict[str, Any]:
    # Defaults are left out, so that a key that a later release adds makes no stored course look edited.
    # Warnings are off because a stored code is plain text where the file's is an enumeration.
    return entry.model_dump(mode="json", exclude_defaults=True, warnings=False)


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def stored_provider(provider: Provider) -> ProviderEntry:
    return _unchecked(
        ProviderEntry, slug=provider.slug, name=_texts(provider, "name"), website=provider.website or None
    )


def stored_course(course: Course) -> CourseEntry:
    version = course.current_version
    return _unchecked(
        CourseEntry,
        slug=course.slug,
        kind=course.kind,
        topic=course.topic,
        provider=course.provider.slug if course.provider else None,
        programme=course.programme.slug if course.programme else None,
        renews=course.renews.slug if course.renews else None,
        cycle_months=course.cycle_months,
        quoted_rating=_rating(course),
        **(_version_content(version) if version else {}),
    )


def _unchecked(shape: type[Shape], **values: Any) -> Shape:
    """An entry with what is stored, even where a hand edit broke the rules of the file."""
    return cast(Shape, shape.model_construct(**values))


def _rating(course: Course) -> RatingEntry | None:
    if (course.quoted_reach, course.quoted_recurring, course.quoted_source) == (None, None, ""):
        return None
    return _unchecked(
        RatingEntry, reach=course.quoted_reach, recurring=course.quoted_recurring, source=course.quoted_source
    )


def _version_content(version: CourseVersion) -> dict[str, Any]:
    return {
        **{name: getattr(version, name) for name in RULES},
        **{name: _texts(version, name) for name in TEXTS},
        "mandatory_for": [
            _unchecked(
                MandatoryEntry,
                audience=mandatory.audience,
                valid_from=mandatory.valid_from,
                legal_reference=mandatory.legal_reference or None,
            )
            for mandatory in _in_file_order(version.mandatory_for.all())
        ],
        "prerequisites": [
            _unchecked(PrerequisiteEntry, course=prerequisite.course.slug, required=prerequisite.required)
            for prerequisite in _in_file_order(version.prerequisites.all())
        ],
        "parts": [
            _unchecked(PartEntry, title=_texts(part, "title"), minutes=part.minutes, optional=part.optional)
            for part in version.parts.all()
        ],
    }


def _in_file_order(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: row.pk)


def _texts(row: models.Model, name: str) -> Texts | None:
    # A browser sends the ends of lines as two characters: saving a form unchanged is no edit.
    texts = {
        language: getattr(row, f"{name}_{language}").replace("\r\n", "\n").strip()
        for language in Language.values
    }
    return _unchecked(Texts, **texts) if any(texts.values()) else None
