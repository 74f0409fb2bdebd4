"""What people post about their seats."""

from django import forms


class EnrolForm(forms.Form):
    """The number of the course version to whose text the person consents, where there is one."""

    consent = forms.IntegerField(required=False)
