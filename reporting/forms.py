"""The filters of figures; they live in the address, so that a figure can be shared and gone back to."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.search import LONGEST_TEXT
from reporting.figures import CourseFigures, Figures
from reporting.scopes import View
from reporting.wording import year_text


class ViewForm(forms.Form):
    """Which organisation, for who sees the figures of more than one."""

    organisation = forms.ChoiceField(label=_("Organisation"), required=False)

    def __init__(self, data: Any, *, views: list[View]) -> None:
        super().__init__(data)
        self.views = {view.organisation.code: view for view in views}
        choices = [(code, str(view.organisation.name)) for code, view in self.views.items()]
        self.fields["organisation"] = forms.ChoiceField(
            label=_("Organisation"), required=False, choices=choices
        )

    @property
    def chosen(self) -> View | None:
        """The first, unless another is asked for; None: asked for one that isn't theirs."""
        if not self.is_valid():
            return None
        return self.views.get(self.cleaned_data["organisation"], next(iter(self.views.values())))


class FiguresForm(forms.Form):
    """Which course, which year; an unknown value is the same as none."""

    course = forms.ChoiceField(label=_("Training"), required=False)
    year = forms.TypedChoiceField(label=_("Year"), required=False, coerce=int, empty_value=None)

    def __init__(self, data: Any, *, figures: Figures) -> None:
        super().__init__(data)
        self.by_slug = {shown.course.slug: shown for shown in figures.courses}
        first = figures.years[1]
        years = [(str(year), year_text(year, first)) for year in reversed(figures.years)]
        self.fields["course"].choices = [  # type: ignore[attr-defined]
            (slug, str(shown.version.title)) for slug, shown in self.by_slug.items()
        ]
        self.fields["year"].choices = [("", _("All years")), *years]  # type: ignore[attr-defined]
        self.is_valid()

    @property
    def chosen(self) -> CourseFigures | None:
        """The course asked for, else the first that is mandatory for somebody, else the first."""
        shown = self.by_slug.get(self.cleaned_data.get("course", ""))
        mandatory = (figures for figures in self.by_slug.values() if figures.is_mandatory)
        return shown or next(mandatory, None) or next(iter(self.by_slug.values()), None)

    @property
    def chosen_year(self) -> int | None:
        """The year asked for, ``BEFORE`` for what is older; None: all."""
        year: int | None = self.cleaned_data.get("year")
        return year


class PeriodForm(forms.Form):
    """From when to when, both inclusive; open where nothing is asked."""

    first = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        first: dt.date | None = data.get("first")
        last: dt.date | None = data.get("last")
        if first and last and last < first:
            self.add_error("last", _("The end lies before the start."))
        return data


class SearchForm(forms.Form):
    """A name or a staff number."""

    q = forms.CharField(
        label=_("Name or staff number"),
        min_length=2,
        max_length=LONGEST_TEXT,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
