"""Where a page of a list begins and ends: behind a whole row."""

from collections.abc import Sequence
from typing import Any

from django.db.models import BooleanField, Func, Value
from django.db.models.sql.compiler import SQLCompiler


class RowsFrom(Func):
    """Whether a row comes behind one with these values in the order; `until`: whether it comes before it or is it.

    An index on these columns answers a comparison of whole rows, however many rows have the same first value.
    """

    output_field = BooleanField()

    def __init__(self, order: Sequence[str], values: Sequence[Any], until: bool = False) -> None:
        super().__init__(*map(column_of, order), *map(Value, values))
        less = until != order[0].startswith("-")
        self.operator = ("<" if less else ">") + ("=" if until else "")

    def as_sql(self, compiler: SQLCompiler, connection: Any, *extra: Any, **named: Any) -> tuple[str, tuple[Any, ...]]:
        compiled = [compiler.compile(expression) for expression in self.source_expressions]
        half = len(compiled) // 2
        row, given = (", ".join(sql for sql, _ in part) for part in (compiled[:half], compiled[half:]))
        return f"({row}) {self.operator} ({given})", tuple(value for _, values in compiled for value in values)


def column_of(order: str) -> str:
    """The column of one part of an order: `name` of `-name`."""
    return order.removeprefix("-")
