"""A course in one form: what is typed, what is wrong with it, and what it would change."""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import F
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.enums import Language
from courses.catalogue.changes import Change, changes
from courses.catalogue.checks import comes_back, contradictions
from courses.catalogue.content import Content
from courses.catalogue.schema import CourseEntry
from courses.catalogue.stored import entry_of, fingerprint
from courses.enums import Obligation
from courses.forms.versions import (
    CourseForm,
    MandatoryForm,
    MandatoryRows,
    PartForm,
    PartRows,
    PrerequisiteForm,
    PrerequisiteRows,
    VersionForm,
)
from courses.models import Course, CourseVersion, Prerequisite


@dataclass(frozen=True)
class Problem:
    """An error, with the id of the field to which it leads."""

    anchor: str
    label: str
    message: str


class Editor:
    """All forms of a course together; ``course`` is read ``with_all_content``, and None for a new one."""

    def __init__(self, data: Any, *, course: Course | None) -> None:
        self.data = data
        self.based_on = fingerprint(course) if course else ""
        self.stored = _stored(course)
        content = self.stored[1] if self.stored else Content(CourseVersion())
        courses = list(Course.objects.listed().select_related("current_version"))
        own = copy.copy(course) if course else Course()
        self.course_form = CourseForm(data, instance=own, courses=courses)
        self.version_form = VersionForm(data, instance=copy.copy(content.version))
        self.parts: Any = PartRows(data, prefix="parts", initial=_initial(PartForm, content.parts))
        self.prerequisites: Any = PrerequisiteRows(
            data,
            prefix="prerequisites",
            initial=_initial(PrerequisiteForm, content.prerequisites),
            form_kwargs={"courses": [each for each in courses if each != course]},
        )
        self.mandatory_for: Any = MandatoryRows(
            data, prefix="mandatory_for", initial=_initial(MandatoryForm, content.mandatory_for)
        )

    @property
    def is_outdated(self) -> bool:
        """Whether somebody else changed the course since this form was opened."""
        return self.data is not None and self.data.get("based_on", "") != self.based_on

    @property
    def wanted(self) -> tuple[Course, Content]:
        """What is typed, unsaved; only once it is valid."""
        content = Content(
            version=self.version_form.instance,
            parts=self.parts.rows,
            prerequisites=self.prerequisites.rows,
            mandatory_for=self.mandatory_for.rows,
        )
        return self.course_form.instance, content

    @property
    def changes(self) -> list[Change]:
        return changes(self.stored, self.wanted)

    @cached_property
    def is_valid(self) -> bool:
        """Whether every form is, and nothing in them contradicts the rest."""
        # Each is asked, so that all errors are told at once.
        valid = [form.is_valid() for form in (self.course_form, self.version_form, *self._rows)]
        if not all(valid):
            return False
        course, content = self.wanted
        entry = entry_of(course, content)
        for name, message in [*contradictions(entry), *_circles(entry, course), *_voluntary(content)]:
            self._add_error(name, f"{capfirst(message)}.")
        return not self.problems

    @property
    def errors(self) -> list[Problem]:
        """So that the title of the page tells of them, as it does for a form."""
        return self.problems

    @property
    def problems(self) -> list[Problem]:
        if self.data is None:
            return []
        kept = [form for rows in self._rows for form in rows.forms if form not in rows.deleted_forms]
        of_fields = [
            problem
            for form in (self.course_form, self.version_form, *kept)
            for field in form
            for problem in _problems_of(field)
        ]
        of_rows = [
            Problem(rows.prefix, "", str(error)) for rows in self._rows for error in rows.non_form_errors()
        ]
        return [*of_fields, *of_rows]

    @property
    def shown(self) -> set[str]:
        """The languages whose texts are shown: those ticked, and those with an error."""
        everything = set(Language.values)
        if self.data is None:
            return everything
        wrong = {name.rpartition("_")[2] for name in self.version_form.errors}
        return set(self.data.getlist("show")) | (wrong & everything) or everything

    @property
    def _rows(self) -> list[Any]:
        return [self.parts, self.prerequisites, self.mandatory_for]

    def _add_error(self, name: str, message: str) -> None:
        rows = {formset.prefix: formset for formset in self._rows}
        if name in rows:
            rows[name].non_form_errors().append(message)
        elif name in self.course_form.fields:
            self.course_form.add_error(name, message)
        elif name in self.version_form.fields:
            self.version_form.add_error(name, message)
        else:
            # A text, which has a field for each language.
            self.version_form.add_error(f"{name}_{Language.NL}", message)


def _stored(course: Course | None) -> tuple[Course, Content] | None:
    if course is None or course.current_version is None:
        return None
    return course, Content.of(course.current_version)


def _initial(form: Any, rows: Sequence[Any]) -> list[dict[str, Any]]:
    names = form.base_fields
    return [{name: getattr(row, f"{name}_id", getattr(row, name)) for name in names} for row in rows]


def _problems_of(field: forms.BoundField) -> list[Problem]:
    anchor = f"{field.auto_id}_0" if field.use_fieldset else field.id_for_label
    return [Problem(anchor, str(field.label), str(error)) for error in field.errors]


def _voluntary(content: Content) -> Iterator[tuple[str, str]]:
    """What comes first by a rule is as mandatory as what comes after it."""
    for row in content.prerequisites:
        before = row.course.current_version
        if row.required and before and before.obligation == Obligation.NEVER_MANDATORY:
            yield (
                "prerequisites",
                _("“%(title)s” is never mandatory, so it can only be recommended") % {"title": before.title},
            )


def _circles(entry: CourseEntry, course: Course) -> Iterator[tuple[str, str]]:
    """A course that renews itself, or comes before itself, by way of others."""
    others = Course.objects.exclude(pk=course.pk).exclude(renews=None)
    renews = {slug: [renewed] for slug, renewed in others.values_list("slug", "renews__slug")}
    if entry.renews and comes_back(entry.slug, renews | {entry.slug: [entry.renews]}):
        yield "renews", _("a course cannot renew itself, nor by way of others")
    before: dict[str, list[str]] = {entry.slug: [row.course for row in entry.prerequisites]}
    current = Prerequisite.objects.filter(version__course__current_version=F("version"))
    rows = current.exclude(version__course=course.pk)
    for slug, first in rows.values_list("version__course__slug", "course__slug"):
        before.setdefault(slug, []).append(first)
    if comes_back(entry.slug, before):
        yield "prerequisites", _("a course cannot come before itself, nor by way of others")
