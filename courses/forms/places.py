"""Venues and providers as forms."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from core.enums import Language
from courses.models import Provider, Venue
from people.enums import OrganisationKind
from people.models import Organisation


class VenueForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Venue
        fields = ("name", "address", "postcode", *Venue.city.fields)

    def __init__(self, data: Any, *, instance: Venue) -> None:
        super().__init__(data, instance=instance)
        _name_languages(self, "city")


class ProviderForm(forms.ModelForm):  # type: ignore[type-arg]
    website = forms.URLField(
        label=gettext_lazy("Website"), required=False, max_length=200, assume_scheme="https"
    )

    class Meta:
        model = Provider
        fields = ("slug", *Provider.name.fields, "website", "organisation")
        labels = {"slug": gettext_lazy("Short name, for files")}

    def __init__(self, data: Any, *, instance: Provider) -> None:
        super().__init__(data, instance=instance)
        _name_languages(self, "name")
        if instance.pk:
            del self.fields["slug"]
        partners: Any = self.fields["organisation"]
        partners.queryset = Organisation.objects.filter(kind=OrganisationKind.PARTNER)


def _name_languages(form: Any, name: str) -> None:
    for language in Language:
        field = form.fields[f"{name}_{language}"]
        field.label = f"{capfirst(field.label or '')} ({language.label})"
        field.widget.attrs["lang"] = language.value
