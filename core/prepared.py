"""Querysets that every page asks, put into SQL once for each process and asked with other values.

To build a queryset and to compile it takes Django longer than PostgreSQL takes to answer. To plan it takes
PostgreSQL longer than to carry it out, so a connection that lives on keeps the plan as well.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.postgresql.base import ServerBindingCursor  # type: ignore[attr-defined]
from django.db.models import Expression, Model, QuerySet
from django.db.models.query import get_related_populators  # type: ignore[attr-defined]
from django.db.models.sql.compiler import SQLCompiler
from psycopg import sql

PLACEHOLDER = re.compile("%%|%s")

P = ParamSpec("P")
M = TypeVar("M", bound=Model)


class Given(Expression):
    """In the place of a value, of an instance or of some ids, which are said when the query is asked."""

    def __init__(self, name: str, *, is_ids: bool) -> None:
        super().__init__()
        self.name, self.is_ids = name, is_ids

    @property
    def pk(self) -> "Given":
        """The key of an instance is what takes its place."""
        return self

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, list[Any]]:
        return "(SELECT unnest(%s::bigint[]))" if self.is_ids else "%s", [self]


class _Statement:
    """A queryset in SQL, and all that Django finds out of it before it makes instances of the rows."""

    def __init__(self, compiler: SQLCompiler, text: str, given: Sequence[Given]) -> None:
        self.text, self.given = text, given
        made: Any = compiler.klass_info
        fields = made["select_fields"]
        columns: Any = compiler.select
        self._model: type[Model] = made["model"]
        self._columns = slice(fields[0], fields[-1] + 1)
        self._names = [column[0].target.attname for column in columns[self._columns]]
        self._related = get_related_populators(made, columns, DEFAULT_DB_ALIAS)
        self._annotations = list((compiler.annotation_col_map or {}).items())
        self._converters = compiler.get_converters([column[0] for column in columns])
        self._apply = compiler.apply_converters

    def rows(self, values: Mapping[str, object]) -> list[Any]:
        rows = self._ask([_plain(values[each.name]) for each in self.given])
        return [self._instance(row) for row in rows]

    def _ask(self, params: list[Any]) -> Iterable[Sequence[Any]]:
        connection = connections[DEFAULT_DB_ALIAS]
        connection.ensure_connection()
        # Text and values go to the server apart: only then it can keep the plan.
        with _cursors(connection.connection, ServerBindingCursor), connection.cursor() as cursor:
            cursor.execute(self.text, params)
            rows: list[Sequence[Any]] = cursor.fetchall()
        return self._apply(rows, self._converters) if self._converters else rows

    def _instance(self, row: Sequence[Any]) -> Model:
        instance = self._model.from_db(DEFAULT_DB_ALIAS, self._names, row[self._columns])
        for related in self._related:
            related.populate(row, instance)
        for name, position in self._annotations:
            setattr(instance, name, row[position])
        return instance


@contextmanager
def _cursors(connection: Any, kind: type) -> Iterator[None]:
    """A connection of psycopg makes cursors of another kind for a moment."""
    usual, connection.cursor_factory = connection.cursor_factory, kind
    try:
        yield
    finally:
        connection.cursor_factory = usual


def _statement(compiler: Any) -> _Statement:
    """What is the same each time stands in the text: a plan that is kept then can use a partial index."""
    text, params = compiler.as_sql()
    remaining, given = iter(params), []

    def put(placeholder: re.Match[str]) -> str:
        if placeholder[0] == "%%":
            return "%%"
        param = next(remaining)
        if isinstance(param, Given):
            given.append(param)
            return "%s"
        return sql.Literal(param).as_string(compiler.connection.connection).replace("%", "%%")

    return _Statement(compiler, PLACEHOLDER.sub(put, text), given)


def _plain(value: object) -> object:
    return value.pk if isinstance(value, Model) else value


class Prepared(Generic[P, M]):
    """A function that builds a queryset; called, it answers with the rows.

    What it is given by position decides what is asked, and is compiled once. What it is given by name it
    passes on to lookups, and does not look at: values, never None, instances, and lists of ids.
    """

    def __init__(self, build: Callable[P, QuerySet[M]]) -> None:
        update_wrapper(self, build)
        self._build: Any = build
        self._statements: dict[Hashable, _Statement] = {}

    def __call__(self, *shape: P.args, **values: P.kwargs) -> list[M]:
        statement = self._statements.get(shape) or self._compile(shape, values)
        return statement.rows(values)

    def first(self, *shape: P.args, **values: P.kwargs) -> M | None:
        """The first row; None if there is none."""
        return next(iter(self(*shape, **values)), None)

    def _compile(self, shape: tuple[Hashable, ...], values: Mapping[str, object]) -> _Statement:
        given = {name: Given(name, is_ids=isinstance(value, list)) for name, value in values.items()}
        connections[DEFAULT_DB_ALIAS].ensure_connection()
        compiler = self._build(*shape, **given).query.get_compiler(DEFAULT_DB_ALIAS)
        statement = self._statements[shape] = _statement(compiler)
        return statement


def prepared(build: Callable[P, QuerySet[M]]) -> Prepared[P, M]:
    return Prepared(build)


def value_of(text: str) -> Any:
    """The only value that a statement without parameters answers with."""
    connection = connections[DEFAULT_DB_ALIAS]
    connection.ensure_connection()
    with _cursors(connection.connection, ServerBindingCursor), connection.cursor() as cursor:
        cursor.execute(text)
        return cursor.fetchone()[0]
