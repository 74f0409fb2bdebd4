"""Forms look alike everywhere: label, hint, error and field from one template."""

from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.translation import gettext_lazy as _

# As people write them here, where a browser offers no calendar of its own.
DAY_FORMATS = ["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"]
TIME_FORMATS = ["%H:%M", "%H.%M", "%Hh%M", "%Hu%M", "%H:%M:%S"]


class FormRenderer(TemplatesSetting):
    form_template_name = "components/form.html"
    field_template_name = "components/field.html"


class DayField(forms.DateField):
    """A day that is typed, or picked where the browser can."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(widget=widget, input_formats=DAY_FORMATS, **kwargs)


class ClockField(forms.TimeField):
    """A time of the day that is typed, or picked where the browser can."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
        super().__init__(widget=widget, input_formats=TIME_FORMATS, **kwargs)


class SearchField(forms.CharField):
    """Words to look for; a form holds it as ``q``."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"type": "search"})
        super().__init__(widget=widget, required=False, max_length=100, **kwargs)


class Filter(forms.Form):
    """What to list; it lives in the address, so that a list can be shared and gone back to."""

    @property
    def active(self) -> int:
        """How many filters are set, the search apart."""
        return sum(bool(value) for name, value in self.cleaned_data.items() if name != "q")


class PeriodFilter(Filter):
    """From when to when as well, both inclusive; open where nothing is asked."""

    from_day = DayField(label=_("From"), required=False)
    until_day = DayField(label=_("Until"), required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        first, last = data.get("from_day"), data.get("until_day")
        if first and last and last < first:
            self.add_error("until_day", _("The end lies before the start."))
        return data
