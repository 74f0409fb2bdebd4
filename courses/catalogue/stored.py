"""The catalogue as it is stored, in the shape of the file: so the two can be compared."""

import hashlib
import json
from typing import Any, TypeVar, cast

from django.db import models

from core.enums import Language
from courses.catalogue.content import TEXTS, Content
from courses.catalogue.schema import (
    CourseEntry,
    Entry,
    MandatoryEntry,
    PartEntry,
    PrerequisiteEntry,
    ProviderEntry,
    RatingEntry,
    StepEntry,
    Texts,
    TrackEntry,
)
from courses.models import Course, Provider, Track

Shape = TypeVar("Shape", bound=Entry)

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
# The file knows nothing of these: HR has a say in two, and the third names a person.
SET_ON_PAGES = ("recognition_number", "counts_for_pay_scale", "aftercare_contact")
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


def fingerprint(course: Course) -> str:
    """What a course says now, to tell whether somebody changed it since a form was opened."""
    version = course.current_version
    pages_alone = {name: getattr(version, name) for name in SET_ON_PAGES} if version else {}
    number = version.number if version else 0
    said = digest(stored_course(course), position=course.position)
    return _digest({"said": said, "number": number, **pages_alone})


def stored_provider(provider: Provider) -> ProviderEntry:
    return _unchecked(
        ProviderEntry, slug=provider.slug, name=_texts(provider, "name"), website=provider.website or None
    )


def stored_course(course: Course) -> CourseEntry:
    return entry_of(course, Content.of(course.current_version) if course.current_version else None)


def entry_of(course: Course, content: Content | None) -> CourseEntry:
    """A course with a content, stored or not."""
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
        **(_version_content(content) if content else {}),
    )


def stored_track(track: Track) -> TrackEntry:
    return _unchecked(
        TrackEntry,
        slug=track.slug,
        title=_texts(track, "title"),
        summary=_texts(track, "summary"),
        steps=[
            _unchecked(
                StepEntry,
                course=step.course.slug,
                due_months=step.due_months,
                due_words=_texts(step, "due_words"),
                valid_from=step.valid_from,
                legal_reference=step.legal_reference or None,
            )
            for step in track.steps.all()
        ],
        suggestions=sorted(course.slug for course in track.suggestions.all()),
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


def _version_content(content: Content) -> dict[str, Any]:
    return {
        **{name: getattr(content.version, name) for name in RULES},
        **{name: _texts(content.version, name) for name in TEXTS},
        "mandatory_for": [
            _unchecked(
                MandatoryEntry,
                audience=mandatory.audience,
                valid_from=mandatory.valid_from,
                legal_reference=mandatory.legal_reference or None,
            )
            for mandatory in content.mandatory_for
        ],
        "prerequisites": [
            _unchecked(PrerequisiteEntry, course=prerequisite.course.slug, required=prerequisite.required)
            for prerequisite in content.prerequisites
        ],
        "parts": [
            _unchecked(PartEntry, title=_texts(part, "title"), minutes=part.minutes, optional=part.optional)
            for part in content.parts
        ],
    }


def _texts(row: models.Model, name: str) -> Texts | None:
    # A browser sends the ends of lines as two characters: saving a form unchanged is no edit.
    texts = {
        language: getattr(row, f"{name}_{language}").replace("\r\n", "\n").strip()
        for language in Language.values
    }
    return _unchecked(Texts, **texts) if any(texts.values()) else None
