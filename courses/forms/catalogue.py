"""The filter of the catalogue."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.enums import Language
from core.forms import Filter, PeriodFilter, SearchField
from courses.enums import Audience, Topic
from courses.models import Venue


class CatalogueFilter(Filter):
    """Search and filters; an unknown value is ignored with a word beside the field, never an error page."""

    q = SearchField(label=_("Search"))
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


class SignedInCatalogueFilter(PeriodFilter, CatalogueFilter):
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
    free = forms.BooleanField(label=_("Only with seats left"), required=False)
    field_order = ["q", "topic", "audience", "language", "place", "from_day", "until_day", "free"]

    @property
    def asks_for_dates(self) -> bool:
        """Whether only courses with matching dates are wanted."""
        return any(
            self.cleaned_data.get(name) for name in ("language", "place", "from_day", "until_day", "free")
        )
