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


def figures_sheets(figures: Figures) -> list[Sheet]:
    """Every course and group; what is sensitive by itself; and what the numbers mean."""
    header = [
        _("Training"),
        _("Group"),
        _("Mandatory"),
        _("Completed"),
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
        yield [str(shown.version.title), *_standing(row)]


def _standing(row: Standing) -> list[Value]:
    counts = (_cell(row.completed), _cell(row.to_do), _cell(row.people))
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
