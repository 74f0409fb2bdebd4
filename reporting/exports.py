"""What stands in the files: figures for who sees them, rows of completions for HR."""

import datetime as dt
from collections.abc import Iterator

from django.utils.translation import gettext as _

from enrolment.querysets import CompletionQuerySet
from people.models import Organisation
from reporting.figures import CourseFigures, Figures, History, Standing
from reporting.files import Sheet, Value
from reporting.suppression import SENSITIVE_THRESHOLD
from reporting.wording import count_text, definitions, made_on, years_text
from tracks.progress.matrices import Matrix, Row


def figures_sheets(figures: Figures) -> list[Sheet]:
    """Every course and group; what is sensitive by itself; and what the numbers mean."""
    header = [
        _("Training"),
        _("Group"),
        _("Mandatory"),
        _("Completed"),
        _("Exempt"),
        _("To do"),
        _("People"),
        _("Reach in %"),
    ]
    standing = [row for shown in figures.courses for row in _standing_rows(shown)]
    history = [row for shown in figures.courses for row in _history_rows(shown)]
    sensitive: list[list[Value]] = [
        [
            row.organisation.code,
            str(row.organisation.name),
            *(_cell(count, SENSITIVE_THRESHOLD) for count in row.counts),
        ]
        for row in figures.sensitive
    ]
    years = years_text(figures)
    notes: list[list[Value]] = [[line] for line in (made_on(figures), *definitions(figures))]
    return [
        Sheet(_("Today"), header, standing),
        Sheet(_("By year"), [_("Training"), _("Group"), *years, _("All years")], history),
        Sheet(_("Sensitive"), [_("Code"), _("Organisation"), *map(str, figures.sensitive_years)], sensitive),
        Sheet(_("Notes"), [], notes),
    ]


def _standing_rows(shown: CourseFigures) -> Iterator[list[Value]]:
    for row in [*shown.standings, shown.total] if shown.has_reach else []:
        yield [str(shown.version.title), *_standing(shown, row)]


def _standing(shown: CourseFigures, row: Standing) -> list[Value]:
    exempt = _cell(row.exempt) if shown.has_exempt else None
    counts = (_cell(row.completed), exempt, _cell(row.to_do), _cell(row.people))
    return [row.label, row.is_mandatory, *counts, row.share]


def _history_rows(shown: CourseFigures) -> Iterator[list[Value]]:
    rows: list[History] = [*shown.histories, shown.totals]
    for row in rows:
        yield [str(shown.version.title), row.label, *map(_cell, row.counts)]


def _cell(count: int | None, threshold: int = 5) -> Value:
    return count_text(None, threshold) if count is None else count


def completion_sheets(
    completions: CompletionQuerySet,
    organisation: Organisation,
    *,
    first: dt.date | None,
    last: dt.date | None,
    on: dt.date,
) -> list[Sheet]:
    """One row for each completion of the organisation's people."""
    header = [
        _("Last name"),
        _("First name"),
        _("Staff number"),
        _("Training"),
        _("Completed on"),
        _("Minutes"),
        _("Counts for the pay scale"),
        _("Recognition number"),
    ]
    notes: list[list[Value]] = [
        [_("Completions of the people of today of this organisation, wherever they followed them."), None],
        [_("Sensitive trainings and memberships are left out; so is who withdrew or was absent."), None],
        [_("Organisation"), f"{organisation.name} ({organisation.code})"],
        [_("From"), first],
        [_("Until"), last],
        [_("Made on"), on],
    ]
    return [Sheet(_("Completions"), header, _completion_rows(completions)), Sheet(_("Notes"), [], notes)]


def class_sheets(matrix: Matrix, *, on: dt.date) -> list[Sheet]:
    """A class as its matrix shows it: how far everybody is with each step, on which day, and due when."""
    header = [_("Last name"), _("First name"), _("Staff number")]
    for column in matrix.columns:
        header += [column.title, _("Day"), _("Due on")]
    cohort = matrix.cohort
    notes: list[list[Value]] = [
        [_("Class"), cohort.name],
        [_("Academy"), f"{cohort.school.name} ({cohort.school.code})"],
        [_("First day"), cohort.starts_on],
        [_("Last day"), cohort.ends_on],
        [_("Made on"), on],
    ]
    return [Sheet(_("Class"), header, map(_class_row, matrix.rows)), Sheet(_("Notes"), [], notes)]


def _class_row(row: Row) -> list[Value]:
    profile = row.person.profile
    values: list[Value] = [profile.last_name, profile.first_name, profile.staff_number]
    for cell in row.cells:
        values += [str(cell.state.label), cell.day, cell.step.due_on] if cell else [None, None, None]
    return values


def _completion_rows(completions: CompletionQuerySet) -> Iterator[list[Value]]:
    rows = completions.select_related("version", "person__profile").order_by("completed_on", "pk")
    for completion in rows.iterator(chunk_size=1000):
        profile, version = completion.person.profile, completion.version
        yield [
            profile.last_name,
            profile.first_name,
            profile.staff_number,
            str(version.title),
            completion.completed_on,
            completion.minutes,
            version.counts_for_pay_scale,
            version.recognition_number,
        ]
