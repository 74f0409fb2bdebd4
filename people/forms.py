"""Uploads, the confirmation of a list, roles, and links to a password."""

import datetime as dt
import uuid
from typing import Any

from allauth.account.forms import UserTokenForm
from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from core.search import LONGEST_TEXT
from core.time import today
from people.enums import Role
from people.models import Membership, Organisation, User
from people.rules import LONGEST_ROLE, RoleScope

LARGEST_UPLOAD = 10 * 1024 * 1024


class ResetLinkForm(UserTokenForm):
    """The person by the public id that the link carries."""

    def _get_user(self, uidb36: str) -> User | None:
        try:
            return User.objects.get(public_id=uuid.UUID(uidb36))
        except (ValueError, User.DoesNotExist):
            return None


class StaffListForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV or XLSX, at most 10 MB. Of a workbook only the first sheet is read."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx"}),
    )

    def clean_file(self) -> bytes:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_UPLOAD:
            raise ValidationError(_("This file is larger than 10 MB. Split the list."))
        content: bytes = file.read()
        return content


class ConfirmForm(forms.Form):
    send_links = forms.BooleanField(
        label=_("Mail the new people the link to their account now"),
        help_text=_("Otherwise you do so later, person by person, or they ask for it on the sign-in page."),
        required=False,
    )


class PeopleSearchForm(forms.Form):
    q = forms.CharField(
        label=_("Name or staff number"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )


class GrantForm(forms.Form):
    """A role for a time, among those that its giver may give."""

    role = forms.ChoiceField(label=_("Role"))
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("Organisation"), empty_label=_("Choose an organisation")
    )
    valid_until = forms.DateField(
        label=_("Last day"),
        help_text=_("At most five years from now. Given already, the role gets this last day."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, scope: RoleScope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role.value, role.label) for role in scope.roles]  # type: ignore[attr-defined]
        self.fields["organisation"].queryset = scope.organisations(on=today())  # type: ignore[attr-defined]
        if len(scope.own) == 1:
            self.fields["organisation"].initial = next(iter(scope.own))
        self.fields["valid_until"].initial = today() + dt.timedelta(days=365)

    def clean_valid_until(self) -> dt.date:
        last_day: dt.date = self.cleaned_data["valid_until"]
        if not today() <= last_day <= today() + LONGEST_ROLE:
            raise ValidationError(_("Choose a day from today on, at most five years from now."))
        return last_day

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])


class EndForm(forms.Form):
    """The last day of a role: past, today or to come, never later than it was."""

    last_day = forms.DateField(
        label=_("Last day"),
        help_text=_("Yesterday ends it at once. A day before it began takes it back as a mistake."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.membership = membership
        self.fields["last_day"].initial = today()

    def clean_last_day(self) -> dt.date:
        last_day: dt.date = self.cleaned_data["last_day"]
        latest = self.membership.valid_until or today() + LONGEST_ROLE
        if last_day > latest:
            raise ValidationError(
                _("Choose a day that is no later than %(day)s.") % {"day": date_format(latest)}
            )
        return last_day
