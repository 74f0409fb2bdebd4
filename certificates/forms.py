"""The two codes that the public types."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from certificates.models import Certificate
from certificates.rules import opens_name, read_code

_AS_TYPED = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code of the certificate"),
        help_text=_("It stands at the foot of the certificate. Spaces, dashes and small letters are fine."),
        max_length=60,
        widget=forms.TextInput(attrs=_AS_TYPED),
    )

    def clean_code(self) -> str:
        code = read_code(self.cleaned_data["code"])
        if not code:
            raise forms.ValidationError(_("Type the letters and digits of the code."))
        return code


class NameCodeForm(forms.Form):
    name_code = forms.CharField(
        label=_("Name code"),
        help_text=_("Ten letters and digits that you get from the holder, if they want to give them."),
        max_length=30,
        widget=forms.TextInput(attrs=_AS_TYPED),
    )

    def __init__(self, *args: Any, certificate: Certificate, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.certificate = certificate

    def clean_name_code(self) -> str:
        name_code: str = self.cleaned_data["name_code"]
        if not opens_name(self.certificate, name_code):
            raise forms.ValidationError(
                _("This name code doesn't fit this certificate. Ask the holder for it.")
            )
        return name_code
