"""For which courses the people of an organisation need its approval."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.forms import DayField
from core.time import today
from courses.forms.trainers import CourseField
from courses.models import OrganisationRule
from people.models import Organisation


class ApprovalRuleForm(forms.Form):
    """A course, and from when; of which organisation, for who answers for several."""

    valid_from = DayField(label=gettext_lazy("From"))
    legal_reference = forms.CharField(
        label=gettext_lazy("Reference"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("The note or decision by which it holds; never about a person."),
    )
    field_order = ("organisation", "course", "valid_from", "legal_reference")

    def __init__(self, data: Any, *, organisations: list[Organisation]) -> None:
        super().__init__(data, initial={"valid_from": today()})
        own = [organisation.pk for organisation in organisations]
        self.fields["organisation"] = forms.ModelChoiceField(
            Organisation.objects.filter(pk__in=own),
            label=_("Organisation"),
            empty_label=None,
            to_field_name="public_id",
        )
        if len(own) == 1:
            self.fields["organisation"].widget = forms.HiddenInput()
            self.initial["organisation"] = organisations[0].public_id
        self.fields["course"] = CourseField(
            label=_("Training"), to_field_name="slug", empty_label=_("Choose a training"), by_consent=False
        )
        self.order_fields(self.field_order)

    def clean_valid_from(self) -> dt.date:
        first_day: dt.date = self.cleaned_data["valid_from"]
        if first_day < today():
            raise ValidationError(_("Choose a day from today on: what was booked before stays as it is."))
        return first_day


class EndRuleForm(forms.Form):
    """The last day of a rule, never later than it was."""

    last_day = DayField(
        label=gettext_lazy("Last day"),
        help_text=gettext_lazy("Yesterday ends it at once. A rule that hasn't begun by then is taken back."),
    )

    def __init__(self, data: Any, *, rule: OrganisationRule) -> None:
        super().__init__(data, initial={"last_day": today()})
        self.rule = rule

    def clean_last_day(self) -> dt.date:
        last_day: dt.date = self.cleaned_data["last_day"]
        if last_day < today() - dt.timedelta(days=1):
            raise ValidationError(_("Choose a day from yesterday on: what was booked before stays as it is."))
        latest = self.rule.valid_until
        if latest and last_day > latest:
            raise ValidationError(
                _("Choose a day that is no later than %(day)s.") % {"day": date_format(latest)}
            )
        return last_day
