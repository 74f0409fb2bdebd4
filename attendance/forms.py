"""What the roster posts."""

from django import forms
from django.utils.translation import gettext_lazy as _

from attendance.enums import AmendmentReason, MarkState


class MarkForm(forms.Form):
    """A mark for one person, whom the enrolment's public id names; without a state the mark goes away."""

    seat = forms.UUIDField()
    state = forms.ChoiceField(choices=MarkState.choices, required=False)


class MarkRestForm(forms.Form):
    state = forms.ChoiceField(choices=MarkState.choices)


class AmendForm(forms.Form):
    """A correction of a closed roster; it always has a reason."""

    seat = forms.UUIDField()
    state = forms.ChoiceField(choices=MarkState.choices)
    reason = forms.ChoiceField(
        choices=AmendmentReason.choices, error_messages={"required": _("Choose why the mark is corrected.")}
    )
