"""The filter of the catalogue; it lives in the address, so that a list can be shared and gone back to."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.enums import Language
from courses.enums import Audience, Topic
from courses.models import Venue


class CatalogueFilter(forms.Form):
    """Search and filters; an unknown value is ignored with a word beside the field, never an error page."""

    q = forms.CharField(
        label=_("Search"), required=False, max_length=100, widget=forms.TextInput(attrs={"type": "search"})
    )
    topic = forms.ChoiceField(
        label=_("Topic"), required=False, choices=[("", _("All topics")), *Topic.choices]
    )
    audience = forms.ChoiceField(
        label=_("For whom"), required=False, choices=[("", _("Everybody")), *Audience.choices]
    )

    @property
    def asks_for_dates(self) -> bool:
        """Whether only courses with matching dates are wanted."""
        return False

    @property
    def active(self) -> int:
        """How many filters are set, the search apart."""
        return sum(bool(value) for name, value in self.cleaned_data.items() if name != "q")


class SignedInCatalogueFilter(CatalogueFilter):
    """With what is known of the dates, which are for people who signed in."""

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
    from_day = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until_day = forms.DateField(
        label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    free = forms.BooleanField(label=_("Only with seats left"), required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        first: dt.date | None = data.get("from_day")
        last: dt.date | None = data.get("until_day")
        if first and last and last < first:
            self.add_error("until_day", _("The end lies before the start."))
        return data

    @property
    def asks_for_dates(self) -> bool:
        """Whether only courses with matching dates are wanted."""
        return any(
            self.cleaned_data.get(name) for name in ("language", "place", "from_day", "until_day", "free")
        )
