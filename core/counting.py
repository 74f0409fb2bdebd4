"""Numbers of rows beside a row."""

from typing import Any

from django.db.models import IntegerField, Model, OuterRef, QuerySet, Subquery


class RowCount(Subquery):
    """How many rows a queryset has for each row that it is annotated on, counted apart.

    A ``Count`` across a relation joins: two of them multiply each other's rows, and whatever else is read is
    sorted along to be grouped again.
    """

    template = "(SELECT count(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()

    def __init__(self, rows: "QuerySet[Any, Any]") -> None:
        super().__init__(rows.order_by())


def number_of(model: type[Model], relation: str, **which: Any) -> RowCount:
    """How many rows point at each row of a model, by the name of the relation; a floor above may own them."""
    rows: Any = model._meta.get_field(relation)
    pointing = {rows.field.name: OuterRef("pk")}
    return RowCount(rows.related_model._default_manager.filter(**pointing, **which))
