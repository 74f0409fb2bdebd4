"""Model fields that every floor uses."""

import uuid
from typing import Any

from django.db import models
from django.utils.translation import get_language
from translated_fields import TranslatedField, to_attribute
from uuid_utils import compat


def uuid7() -> uuid.UUID:
    """A time-ordered UUID (RFC 9562, version 7)."""
    return compat.uuid7()


class PublicIdField(models.UUIDField):  # type: ignore[type-arg]
    """The id that addresses carry; the bigint primary key never leaves the database."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs |= {"default": uuid7, "unique": True, "editable": False}
        super().__init__(**kwargs)


def _in_screen_language(name: str, field: TranslatedField) -> Any:
    attributes = [to_attribute(name, language) for language in field.languages]

    def get(obj: models.Model) -> str:
        wanted = to_attribute(name, get_language() or field.languages[0])
        if text := getattr(obj, wanted, ""):
            return str(text)
        return next((text for attribute in attributes if (text := getattr(obj, attribute, ""))), "")

    return get


def translated(field: "models.Field[Any, Any]", **kwargs: Any) -> Any:
    """One column per language; read in the language of the screen, else in the first one filled."""
    return TranslatedField(field, attrgetter=_in_screen_language, **kwargs)
