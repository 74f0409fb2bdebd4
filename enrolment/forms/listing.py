"""Which sessions are listed, and of which course a new one is."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.enums import Language
from core.forms import PeriodFilter, SearchField
from courses.forms.trainers import CourseField
from courses.models import Venue


class ManageFilter(PeriodFilter):
    """Which sessions are listed."""

    q = SearchField(label=_("Search"))
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
    field_order = ["q", "status", "course", "language", "place", "from_day", "until_day"]


class CourseChoice(forms.Form):
    """Of which course a new session is."""

    course = CourseField(label=_("Training"), to_field_name="slug", empty_label=_("Choose a training"))
