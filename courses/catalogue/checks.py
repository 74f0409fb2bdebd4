"""What the shape of the file cannot say: rules of a course that contradict each other, and references."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from courses.catalogue.document import Finding
from courses.catalogue.schema import CourseEntry, TrackEntry
from courses.enums import CertificatePolicy, CourseKind, Obligation, Sensitivity


def check_slugs(data: Mapping[str, Any]) -> Iterator[Finding]:
    for section in ("providers", "courses", "tracks"):
        seen = set()
        for index, slug in _slugs(data, section):
            if slug in seen:
                yield Finding((section, index, "slug"), _("another one above has this slug"))
            seen.add(slug)


def check_courses(data: Mapping[str, Any], courses: Mapping[int, CourseEntry]) -> Iterator[Finding]:
    """Check the courses whose own shape is right, by their place in the file."""
    known_providers = {slug for _index, slug in _slugs(data, "providers")}
    known_courses = {slug for _index, slug in _slugs(data, "courses")}
    for index, course in courses.items():
        for field, message in contradictions(course):
            yield Finding(("courses", index, field), message)
        if course.provider and course.provider not in known_providers:
            yield Finding(("courses", index, "provider"), _("there is no provider with this slug"))
        for place, slug in _references(course):
            if slug not in known_courses:
                yield Finding(("courses", index, *place), _("there is no course with this slug"))
    yield from _check_programmes(courses)
    yield from _check_voluntary(courses)
    yield from _check_circles(courses)


def check_tracks(
    data: Mapping[str, Any], tracks: Mapping[int, TrackEntry], courses: Mapping[int, CourseEntry]
) -> Iterator[Finding]:
    """Check the tracks whose own shape is right, by their place in the file."""
    known = {slug for _index, slug in _slugs(data, "courses")}
    voluntary = {each.slug for each in courses.values() if each.obligation == Obligation.NEVER_MANDATORY}
    sensitive = {each.slug for each in courses.values() if each.sensitivity == Sensitivity.SENSITIVE}
    for index, track in tracks.items():
        steps = [(("steps", number, "course"), step.course) for number, step in enumerate(track.steps)]
        suggested = [(("suggestions", number), slug) for number, slug in enumerate(track.suggestions)]
        for place, slug in [*steps, *suggested]:
            if slug not in known:
                yield Finding(("tracks", index, *place), _("there is no course with this slug"))
        for place, slug in steps:
            if slug in voluntary | sensitive:
                yield Finding(
                    ("tracks", index, *place),
                    _("a sensitive or always voluntary course is no step: write it under suggestions"),
                )
        for slug, times in Counter([slug for _place, slug in [*steps, *suggested]]).items():
            if times > 1:
                yield Finding(
                    ("tracks", index, "steps"), _("“%(code)s” stands here more than once") % {"code": slug}
                )


def _slugs(data: Mapping[str, Any], section: str) -> Iterator[tuple[int, str]]:
    for index, entry in enumerate(data.get(section, [])):
        if isinstance(entry, dict) and isinstance(entry.get("slug"), str):
            yield index, entry["slug"]


def _references(course: CourseEntry) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if course.programme:
        yield ("programme",), course.programme
    if course.renews:
        yield ("renews",), course.renews
    for number, prerequisite in enumerate(course.prerequisites):
        yield ("prerequisites", number, "course"), prerequisite.course


def contradictions(course: CourseEntry) -> Iterator[tuple[str, str]]:
    """The fields of a course that contradict each other, by themselves."""
    if course.sensitivity == Sensitivity.SENSITIVE and course.generic_title is None:
        yield "generic_title", _("a sensitive course needs a generic title")
    if course.obligation == Obligation.NEVER_MANDATORY and course.mandatory_for:
        yield "mandatory_for", _("a course that is never mandatory has no audience for whom it is")
    if course.consent_required and course.obligation != Obligation.NEVER_MANDATORY:
        yield "obligation", _("a course that asks for consent is always voluntary: write never_mandatory")
    if course.consent_required and course.consent_text is None:
        yield "consent_text", _("a course that asks for consent needs the text that people consent to")
    if course.consent_required and course.approval_required:
        yield "approval_required", _("nobody approves what each consents to alone")
    if course.capacity_min and course.capacity_max and course.capacity_min > course.capacity_max:
        yield "capacity_min", _("the smallest group is larger than the largest")
    yield from _contradictions_of_kind(course)
    yield from _repetitions(course)


def _contradictions_of_kind(course: CourseEntry) -> Iterator[tuple[str, str]]:
    if course.kind == CourseKind.TRAINING and not course.parts:
        yield "parts", _("a training has at least one part")
    if course.kind != CourseKind.TRAINING and course.parts:
        yield "parts", _("only a training has parts")
    if course.kind == CourseKind.INFORMATION and course.counts_as_training:
        yield "counts_as_training", _("an initiative does not count as training hours")
    if course.kind == CourseKind.INFORMATION and course.certificate_policy != CertificatePolicy.NONE:
        yield "certificate_policy", _("an initiative gives no certificate")
    if course.programme and course.kind != CourseKind.TRAINING:
        yield "programme", _("only a training can be a workshop of a programme")
    if course.programme and course.certificate_policy != CertificatePolicy.NONE:
        yield "certificate_policy", _("a workshop gives no certificate; its programme does")


def _repetitions(course: CourseEntry) -> Iterator[tuple[str, str]]:
    codes: dict[str, Iterable[str]] = {
        "audiences": course.audiences,
        "languages": course.languages,
        "mandatory_for": [mandatory.audience for mandatory in course.mandatory_for],
        "prerequisites": [prerequisite.course for prerequisite in course.prerequisites],
    }
    for field, values in codes.items():
        for value, times in Counter(values).items():
            if times > 1:
                yield field, _("“%(code)s” stands here more than once") % {"code": str(value)}


def _check_programmes(courses: Mapping[int, CourseEntry]) -> Iterator[Finding]:
    kinds = {course.slug: course.kind for course in courses.values()}
    for index, course in courses.items():
        if kinds.get(course.programme or "", CourseKind.PROGRAMME) != CourseKind.PROGRAMME:
            yield Finding(("courses", index, "programme"), _("that course is not a programme"))


def _check_voluntary(courses: Mapping[int, CourseEntry]) -> Iterator[Finding]:
    """What comes first by a rule is as mandatory as what comes after it."""
    voluntary = {c.slug for c in courses.values() if c.obligation == Obligation.NEVER_MANDATORY}
    for index, course in courses.items():
        for number, before in enumerate(course.prerequisites):
            if before.required and before.course in voluntary:
                yield Finding(
                    ("courses", index, "prerequisites", number),
                    _("that course is never mandatory, so it can only be recommended: write required: false"),
                )


def _check_circles(courses: Mapping[int, CourseEntry]) -> Iterator[Finding]:
    renews = {course.slug: [course.renews] for course in courses.values() if course.renews}
    before = {course.slug: [step.course for step in course.prerequisites] for course in courses.values()}
    for index, course in courses.items():
        if comes_back(course.slug, renews):
            yield Finding(
                ("courses", index, "renews"), _("a course cannot renew itself, nor by way of others")
            )
        if comes_back(course.slug, before):
            yield Finding(
                ("courses", index, "prerequisites"),
                _("a course cannot come before itself, nor by way of others"),
            )


def comes_back(start: str, steps: Mapping[str, list[str]]) -> bool:
    """Whether a course leads to itself."""
    seen: set[str] = set()
    ahead = list(steps.get(start, ()))
    while ahead:
        slug = ahead.pop()
        if slug == start:
            return True
        if slug not in seen:
            seen.add(slug)
            ahead += steps.get(slug, ())
    return False
