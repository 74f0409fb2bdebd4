"""Which column of a list holds what, by the names that people give it."""

import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TypeVar

from django.db.models import TextChoices
from django.utils.translation import gettext as _

from core.errors import UnreadableFile

Column = TypeVar("Column", bound=TextChoices)


# The same few words come back in every row.
@lru_cache(maxsize=4_096)
def folded(text: str) -> str:
    """Letters and digits only, without accents and case."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in letters if letter.isalnum() and letter.isascii())


def by_name(names: Mapping[Column, str]) -> dict[str, Column]:
    """The column of each folded name, from the names that each column goes by, with spaces between them."""
    return {name: column for column, listed in names.items() for name in listed.split()}


def find_columns(header: list[str], names: Mapping[str, Column]) -> tuple[dict[Column, int], list[str]]:
    """Where each column is, and the headers that aren't used; raises UnreadableFile for a doubled one."""
    places: dict[Column, int] = {}
    ignored = []
    for place, name in enumerate(header):
        column = names.get(folded(name))
        if column is None:
            # Nothing here is worth a refusal; PostgreSQL takes no NUL, and a page no other sign of control.
            readable = "".join(sign for sign in " ".join(name.split()) if sign.isprintable())
            ignored += [readable] if readable else []
        elif column in places:
            raise UnreadableFile(
                _("Two columns are both “%(column)s”. Take one of them out.") % {"column": column.label}
            )
        else:
            places[column] = place
    return places, ignored


def refuse_missing(columns: Iterable[TextChoices]) -> None:
    """Raises UnreadableFile with the names of the columns that a list lacks, if there are any."""
    if missing := ", ".join(str(column.label) for column in columns):
        raise UnreadableFile(
            _("The first row must name the columns. Not found: %(columns)s.") % {"columns": missing}
        )
