"""What trainers post: answers to invitations, and marks; and the date of a make-up."""

import uuid
from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from attendance.enums import AmendmentReason, MarkState
from courses.enums import StaffAnswer


class AnswerForm(forms.Form):
    """Yes or no: to the parts that are ticked, or to all where none can be chosen."""

    answer = forms.ChoiceField(
        choices=[choice for choice in StaffAnswer.choices if choice[0] != StaffAnswer.INVITED]
    )
    choosing = forms.BooleanField(required=False)
    part = forms.TypedMultipleChoiceField(
        label=_("Parts"),
        required=False,
        coerce=uuid.UUID,
        empty_value=None,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: Any, *, parts: Collection[uuid.UUID]) -> None:
        super().__init__(data)
        self.fields["part"].choices = [(str(part), str(part)) for part in parts]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("choosing") and not data.get("part"):
            self.add_error("part", _("Tick the parts that your answer is about."))
        return data


class DoorForm(forms.Form):
    """Who stands at the door, by what only they and their office know in full; and whether it is they."""

    who = forms.CharField(
        label=_("Staff number or e-mail address"),
        help_text=_("In full: ask the person for it."),
        max_length=254,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    sure = forms.BooleanField(required=False)


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


class MakeUpForm(forms.Form):
    """The date that somebody chose, by the public id of its meeting."""

    meeting = forms.UUIDField()
