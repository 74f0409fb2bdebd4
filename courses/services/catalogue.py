"""Loads the catalogue file, and leaves alone what somebody edited by hand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.db import connection, models, transaction

from core.enums import Language
from core.models import AuditEntry
from core.time import today
from courses.catalogue.content import TEXTS
from courses.catalogue.schema import (
    CatalogueFile,
    CourseEntry,
    DueWords,
    ProviderEntry,
    Texts,
    Titles,
    TrackEntry,
)
from courses.catalogue.stored import (
    RULES,
    SET_ON_PAGES,
    digest,
    stored_course,
    stored_provider,
    stored_track,
    version_digest,
)
from courses.models import (
    Course,
    CourseVersion,
    MandatoryAudience,
    Part,
    Prerequisite,
    Provider,
    Step,
    Track,
)
from courses.services.versions import add_version
from people.models import User


class Fate(StrEnum):
    """What loading did with an item."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    EDITED_BY_HAND = "edited_by_hand"
    NOT_IN_FILE = "not_in_file"


@dataclass
class Outcome:
    """The slugs of the items that met each fate."""

    slugs: dict[Fate, list[str]] = field(default_factory=lambda: {fate: [] for fate in Fate})

    def __getitem__(self, fate: Fate) -> list[str]:
        return self.slugs[fate]


@dataclass
class LoadReport:
    providers: Outcome
    courses: Outcome
    tracks: Outcome


@transaction.atomic
def load_catalogue(*, catalogue: CatalogueFile, actor: User | None = None) -> LoadReport:
    """Bring the stored catalogue to what the file says.

    A changed text, rule or part makes a new version; the other fields of a course are changed in place.
    An item that was edited by hand since it was last loaded is left as it is, and so is one that the file
    no longer has. Loading the same file again writes nothing.
    """
    _wait_for_other_load()
    return LoadReport(
        providers=_load_providers(catalogue.providers, actor),
        courses=_load_courses(catalogue.courses, actor),
        tracks=_load_tracks(catalogue.tracks, actor),
    )


def _wait_for_other_load() -> None:
    # Two loads at once would both find a course missing; the lock ends with the transaction.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('courses.load_catalogue'))")


def _fate(*, wanted: str, stored: str, loaded: str) -> Fate:
    if stored == wanted:
        return Fate.UNCHANGED
    return Fate.UPDATED if stored == loaded else Fate.EDITED_BY_HAND


def _load_providers(entries: Sequence[ProviderEntry], actor: User | None) -> Outcome:
    outcome = Outcome()
    stored = {provider.slug: provider for provider in Provider.objects.all()}
    for entry in entries:
        wanted = digest(entry)
        provider = stored.get(entry.slug)
        if provider is None:
            fate, provider = Fate.CREATED, Provider(slug=entry.slug)
        else:
            fate = _fate(
                wanted=wanted, stored=digest(stored_provider(provider)), loaded=provider.loaded_digest
            )
        outcome[fate].append(entry.slug)
        if fate in {Fate.CREATED, Fate.UPDATED}:
            _set_texts(provider, "name", entry.name)
            provider.website = entry.website or ""
            provider.loaded_digest = wanted
            provider.save()
            AuditEntry.record(action=f"provider.{fate}", subject=provider, actor=actor)
        elif fate == Fate.UNCHANGED:
            _catch_up(provider, wanted)
    outcome[Fate.NOT_IN_FILE].extend(_not_in_file(stored.values(), entries))
    return outcome


def _load_courses(entries: Sequence[CourseEntry], actor: User | None) -> Outcome:
    outcome = Outcome()
    stored = {course.slug: course for course in Course.objects.with_all_content()}
    courses = stored | _create_missing(entries, stored)
    for position, entry in enumerate(entries, start=1):
        course, wanted = courses[entry.slug], digest(entry, position=position)
        if entry.slug not in stored:
            fate = Fate.CREATED
        else:
            now = digest(stored_course(course), position=course.position)
            fate = _fate(wanted=wanted, stored=now, loaded=course.loaded_digest)
        outcome[fate].append(entry.slug)
        if fate in {Fate.CREATED, Fate.UPDATED}:
            _write_version(course, entry, courses, actor)
            _write_course(course, entry, position, courses)
            AuditEntry.record(action=f"course.{fate}", subject=course, actor=actor)
        elif fate == Fate.UNCHANGED:
            _catch_up(course, wanted)
    outcome[Fate.NOT_IN_FILE].extend(_not_in_file(stored.values(), entries))
    return outcome


def _load_tracks(entries: Sequence[TrackEntry], actor: User | None) -> Outcome:
    outcome = Outcome()
    stored = {track.slug: track for track in Track.objects.with_all_content()}
    courses = {course.slug: course for course in Course.objects.all()}
    for position, entry in enumerate(entries, start=1):
        wanted, track = digest(entry, position=position), stored.get(entry.slug)
        if track is None:
            fate, track = Fate.CREATED, Track(slug=entry.slug)
        else:
            now = digest(stored_track(track), position=track.position)
            fate = _fate(wanted=wanted, stored=now, loaded=track.loaded_digest)
        outcome[fate].append(entry.slug)
        if fate in {Fate.CREATED, Fate.UPDATED}:
            track.position, track.loaded_digest = position, wanted
            _write_track(track, entry, courses)
            AuditEntry.record(action=f"track.{fate}", subject=track, actor=actor)
        elif fate == Fate.UNCHANGED:
            _catch_up(track, wanted)
    outcome[Fate.NOT_IN_FILE].extend(_not_in_file(stored.values(), entries))
    return outcome


def _catch_up(item: Course | Provider | Track, wanted: str) -> None:
    """The file now says what was edited by hand: from here on it is followed again."""
    if item.loaded_digest != wanted:
        item.loaded_digest = wanted
        item.save(update_fields=["loaded_digest"])


def _not_in_file(
    stored: Iterable[Course | Provider | Track], entries: Iterable[CourseEntry | ProviderEntry | TrackEntry]
) -> list[str]:
    in_file = {entry.slug for entry in entries}
    return [item.slug for item in stored if item.loaded_digest and item.slug not in in_file]


def _create_missing(entries: Sequence[CourseEntry], stored: Mapping[str, Course]) -> dict[str, Course]:
    # Courses refer to each other in any order, so all of them exist before the first reference is set.
    return {
        entry.slug: Course.objects.create(slug=entry.slug, kind=entry.kind, topic=entry.topic)
        for entry in entries
        if entry.slug not in stored
    }


def _write_course(course: Course, entry: CourseEntry, position: int, courses: Mapping[str, Course]) -> None:
    rating = entry.quoted_rating
    course.kind = entry.kind
    course.topic = entry.topic
    course.provider = Provider.objects.get(slug=entry.provider) if entry.provider else None
    course.programme = courses[entry.programme] if entry.programme else None
    course.renews = courses[entry.renews] if entry.renews else None
    course.cycle_months = entry.cycle_months
    course.quoted_reach = rating.reach if rating else None
    course.quoted_recurring = rating.recurring if rating else None
    course.quoted_source = rating.source if rating else ""
    course.position = position
    course.loaded_digest = digest(entry, position=position)
    course.save()


def _write_version(
    course: Course, entry: CourseEntry, courses: Mapping[str, Course], actor: User | None
) -> None:
    previous = course.current_version
    if previous and version_digest(stored_course(course)) == version_digest(entry):
        return
    version = CourseVersion(course=course, valid_from=today())
    if previous:
        for name in SET_ON_PAGES:
            setattr(version, name, getattr(previous, name))
    for name in RULES:
        setattr(version, name, getattr(entry, name))
    for name in TEXTS:
        _set_texts(version, name, getattr(entry, name))
    course.current_version = add_version(version=version, actor=actor)
    _write_parts(version, entry)
    _write_prerequisites(version, entry, courses)
    _write_mandatory_audiences(version, entry)


def _write_parts(version: CourseVersion, entry: CourseEntry) -> None:
    for position, part_entry in enumerate(entry.parts, start=1):
        part = Part(
            version=version, position=position, minutes=part_entry.minutes, optional=part_entry.optional
        )
        _set_texts(part, "title", part_entry.title)
        part.save()


def _write_prerequisites(version: CourseVersion, entry: CourseEntry, courses: Mapping[str, Course]) -> None:
    Prerequisite.objects.bulk_create(
        Prerequisite(version=version, course=courses[before.course], required=before.required)
        for before in entry.prerequisites
    )


def _write_mandatory_audiences(version: CourseVersion, entry: CourseEntry) -> None:
    MandatoryAudience.objects.bulk_create(
        MandatoryAudience(
            version=version,
            audience=mandatory.audience,
            valid_from=mandatory.valid_from,
            legal_reference=mandatory.legal_reference or "",
        )
        for mandatory in entry.mandatory_for
    )


def _write_track(track: Track, entry: TrackEntry, courses: Mapping[str, Course]) -> None:
    """What was assigned before keeps its own copy of the steps."""
    _set_texts(track, "title", entry.title)
    _set_texts(track, "summary", entry.summary)
    track.save()
    track.suggestions.set(courses[slug] for slug in entry.suggestions)
    track.steps.all().delete()
    for position, step_entry in enumerate(entry.steps, start=1):
        step = Step(
            track=track,
            position=position,
            course=courses[step_entry.course],
            due_months=step_entry.due_months,
            valid_from=step_entry.valid_from,
            legal_reference=step_entry.legal_reference or "",
        )
        _set_texts(step, "due_words", step_entry.due_words)
        step.save()


def _set_texts(row: models.Model, name: str, texts: Texts | Titles | DueWords | None) -> None:
    for language in Language.values:
        setattr(row, f"{name}_{language}", getattr(texts, language) if texts else "")
