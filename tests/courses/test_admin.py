"""The administration leaves the catalogue to its own pages, where every rule is checked."""

from django.apps import apps
from django.contrib import admin


def test_nothing_of_the_catalogue_is_edited_in_the_administration() -> None:
    models = apps.get_app_config("courses").get_models()
    assert [model for model in models if admin.site.is_registered(model)] == []
