"""Which sessions are listed, and of which course a new one is."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.enums import Language
from core.forms import DayField
from courses.forms.trainers import CourseField
from courses.models import Venue


class ManageFilter(forms.Form):
    """Which sessions are listed; it lives in the address."""

    q = forms.CharField(
        label=_("Search"), required=False, max_length=100, widget=forms.TextInput(attrs={"type": "search"})
    )
    status = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("Drafts and coming dates")),
            ("draft", _("Drafts")),
            ("published", _("Published, still to come")),
            ("past", _("Past")),
            ("cancelled", _("Cancelled")),
        ],
    )
    course = CourseField(
        label=_("Training"), required=False, empty_label=_("All trainings"), to_field_name="slug"
    )
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("All languages")), *Language.choices]
    )
    place = forms.ModelChoiceField(
        label=_("Place"),
        required=False,
        queryset=Venue.objects.all(),
        empty_label=_("All places"),
        to_field_name="public_id",
    )
    from_day = DayField(label=_("From"), required=False)
    until_day = DayField(label=_("Until"), required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        first, last = data.get("from_day"), data.get("until_day")
        if first and last and last < first:
            self.add_error("until_day", _("The end lies before the start."))
        return data

    @property
    def active(self) -> int:
        """How many filters are set, the search apart."""
        return sum(bool(value) for name, value in self.cleaned_data.items() if name != "q")


class CourseChoice(forms.Form):
    """Of which course a new session is."""

    course = CourseField(label=_("Training"), to_field_name="slug", empty_label=_("Choose a training"))
