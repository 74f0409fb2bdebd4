"""Asking for an exception, and granting it."""

import datetime as dt

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.time import today
from courses.forms.trainers import day_input
from enrolment.enums import ExceptionReason


class AskExceptionForm(forms.Form):
    reason = forms.ChoiceField(
        label=gettext_lazy("Why you ask"), choices=ExceptionReason.choices, widget=forms.RadioSelect
    )


class GrantForm(forms.Form):
    valid_until = forms.DateField(
        label=gettext_lazy("Until"),
        help_text=gettext_lazy(
            "The last day on which a session may begin for which it counts. Empty: until further notice."
        ),
        required=False,
        widget=day_input(),
    )

    def clean_valid_until(self) -> dt.date | None:
        last_day: dt.date | None = self.cleaned_data["valid_until"]
        if last_day and last_day < today():
            raise forms.ValidationError(_("That day has passed. Choose a later one, or none."))
        return last_day
