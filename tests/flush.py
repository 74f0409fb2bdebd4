"""After a test that commits, the tables are emptied by deleting the few rows that it wrote.

Django truncates all of them, which makes each table and index anew, and then looks up every content type
and permission again: three times as slow, for some three hundred tests.
"""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management.commands import flush
from django.db.backends.base.base import BaseDatabaseWrapper

# What migrating made, and no test changes.
KEPT = {ContentType._meta.db_table, Permission._meta.db_table}


def delete_instead_of_truncating(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flush, "sql_flush", _deletes)
    monkeypatch.setattr(flush, "emit_post_migrate_signal", _nothing)


def _deletes(style: Any, connection: BaseDatabaseWrapper, **options: bool) -> list[str]:
    tables = [
        connection.ops.quote_name(name)
        for name in sorted(connection.introspection.django_table_names(include_views=False))
        if name not in KEPT
    ]
    # As truncating does, it waits for a request whose browser has left.
    lock = f"LOCK TABLE {', '.join(tables)} IN SHARE ROW EXCLUSIVE MODE"
    deletes = [f"DELETE FROM {table}" for table in tables]  # noqa: S608 Quoted names of tables.
    return ["; ".join([lock, *deletes])]


def _nothing(*args: Any) -> None:
    pass
