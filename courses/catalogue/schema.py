"""The shape of the catalogue file: its keys are the names of the models' fields."""

import datetime as dt
import re
import unicodedata
from typing import Annotated

from django.utils.translation import gettext as _
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from core.enums import Language
from courses.enums import Audience, CertificatePolicy, CourseKind, Obligation, Sensitivity, Topic

SLUG = r"[a-z0-9]+(-[a-z0-9]+)*"


def _printable(text: str) -> str:
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text if character != "\n"):
        raise PydanticCustomError("unprintable", _("this text holds a character that cannot be shown"))
    return text


def _slug(text: str) -> str:
    if not re.fullmatch(SLUG, text):
        raise PydanticCustomError("slug", _("a slug has small letters, digits and single hyphens only"))
    return text


def _web_address(text: str) -> str:
    if not re.fullmatch(r"https?://[!-~]+", text):
        raise PydanticCustomError("web_address", _("a web address starts with https://"))
    return text


# What a column of ``PositiveSmallIntegerField`` holds.
Small = Annotated[int, Field(ge=0, le=32_767)]
Positive = Annotated[int, Field(ge=1, le=32_767)]
OutOfFour = Annotated[int, Field(ge=0, le=4)]
Text = Annotated[str, Field(min_length=1), AfterValidator(_printable)]
Title = Annotated[Text, Field(max_length=200)]
Short = Annotated[Text, Field(max_length=100)]
Slug = Annotated[str, Field(max_length=50), AfterValidator(_slug)]
WebAddress = Annotated[str, Field(max_length=200), AfterValidator(_web_address)]

# A code arrives as text, which strict validation would refuse for an enumeration.
KindCode = Annotated[CourseKind, Field(strict=False)]
TopicCode = Annotated[Topic, Field(strict=False)]
AudienceCode = Annotated[Audience, Field(strict=False)]
LanguageCode = Annotated[Language, Field(strict=False)]
ObligationCode = Annotated[Obligation, Field(strict=False)]
SensitivityCode = Annotated[Sensitivity, Field(strict=False)]
CertificateCode = Annotated[CertificatePolicy, Field(strict=False)]


class Entry(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", str_strip_whitespace=True, frozen=True)


class Titles(Entry):
    nl: Title
    fr: Title
    de: Title
    en: Title


class Texts(Entry):
    nl: Text
    fr: Text
    de: Text
    en: Text


class DueWords(Entry):
    nl: Short
    fr: Short
    de: Short
    en: Short


class ProviderEntry(Entry):
    slug: Slug
    name: Titles
    website: WebAddress | None = None


class PartEntry(Entry):
    title: Titles
    minutes: Positive | None = None
    optional: bool = False


class PrerequisiteEntry(Entry):
    course: Slug
    required: bool = True


class MandatoryEntry(Entry):
    audience: AudienceCode
    valid_from: dt.date | None = None
    legal_reference: Annotated[Text, Field(max_length=300)] | None = None


class RatingEntry(Entry):
    reach: OutOfFour
    recurring: OutOfFour
    source: Title


class CourseEntry(Entry):
    slug: Slug
    kind: KindCode
    topic: TopicCode
    provider: Slug | None = None
    programme: Slug | None = None
    renews: Slug | None = None
    cycle_months: Positive | None = None
    quoted_rating: RatingEntry | None = None

    audiences: Annotated[list[AudienceCode], Field(min_length=1)]
    languages: list[LanguageCode] = []
    obligation: ObligationCode
    mandatory_for: list[MandatoryEntry] = []
    prerequisites: list[PrerequisiteEntry] = []
    sensitivity: SensitivityCode = Sensitivity.NORMAL
    certificate_policy: CertificateCode
    counts_as_training: bool = True
    capacity_min: Positive | None = None
    capacity_max: Positive | None = None
    valid_months: Positive | None = None
    approval_required: bool = False
    consent_required: bool = False
    members_only: bool = False
    min_assistants: Small = 0
    early_exit_allowed: bool = False
    parts: list[PartEntry] = []

    title: Titles
    generic_title: Titles | None = None
    summary: Texts
    description: Texts | None = None
    outcomes: Texts | None = None
    for_whom: Texts | None = None
    before: Texts | None = None
    after: Texts | None = None
    consent_text: Texts | None = None
    aftercare: Texts | None = None


class StepEntry(Entry):
    course: Slug
    due_months: Positive | None = None
    due_words: DueWords | None = None
    valid_from: dt.date | None = None
    legal_reference: Annotated[Text, Field(max_length=300)] | None = None


class TrackEntry(Entry):
    slug: Slug
    title: Titles
    summary: Texts | None = None
    steps: Annotated[list[StepEntry], Field(min_length=1)]
    # In any order: they are no steps.
    suggestions: Annotated[list[Slug], AfterValidator(sorted)] = []


class CatalogueFile(Entry):
    providers: list[ProviderEntry]
    courses: list[CourseEntry]
    tracks: list[TrackEntry] = []
