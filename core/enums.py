"""Codes that every floor shares."""

from django.db import models


class Language(models.TextChoices):
    """Languages of texts, sessions and screens; in their own words, as people look for them."""

    NL = "nl", "Nederlands"
    FR = "fr", "Français"
    DE = "de", "Deutsch"
    EN = "en", "English"


class AdministrativeLanguage(models.TextChoices):
    """The three languages in which the administration addresses a person (language law)."""

    NL = "nl", "Nederlands"
    FR = "fr", "Français"
    DE = "de", "Deutsch"
