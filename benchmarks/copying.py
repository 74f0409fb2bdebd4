"""Rows into the database by COPY: a hundred times faster than one INSERT for each."""

import datetime as dt
from collections.abc import Iterable
from itertools import islice
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models

ROWS_PER_WRITE = 5_000
NULL = r"\N"


def copy(model: type[models.Model], names: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Write rows of the fields named; every other field gets its default, which is the same in each row."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    defaults = {
        field.column: field.get_default()
        for name, field in fields.items()
        if name not in names and not field.primary_key
    }
    columns = [*(fields[name].column for name in names), *defaults]
    tail = "".join(f"\t{_text(value)}" for value in defaults.values())
    quoted = ", ".join(f'"{column}"' for column in columns)
    remaining = iter(rows)
    with (
        connection.cursor() as cursor,
        cursor.copy(f'COPY "{model._meta.db_table}" ({quoted}) FROM STDIN') as file,
    ):
        while block := list(islice(remaining, ROWS_PER_WRITE)):
            file.write("".join("\t".join(map(_text, row)) + tail + "\n" for row in block))


def continue_ids(*written: type[models.Model]) -> None:
    """The next row that the platform itself writes gets the id after the last."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), written):
            cursor.execute(statement)


def _text(value: object) -> str:
    """A value in COPY's text format; nothing that is written here holds a tab, a line end or a backslash."""
    if value is None:
        return NULL
    if isinstance(value, list | tuple):
        return "{" + ",".join(map(str, value)) + "}"
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return str(value)
