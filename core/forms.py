"""Forms look alike everywhere: label, hint, error and field from one template."""

from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting

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
