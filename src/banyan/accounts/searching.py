"""Finding customers and accounts, a few or a million, by what somebody types.

Every word typed (words stand between blanks) has to be the beginning of something that the row holds: of its number,
external number, a word of its name, its e-mail address, or of what comes after a sign in these. So "mül dent" finds
Müller Dental, "0042" finds A-0042 and "acme" finds ap@acme.example. Case, accents and signs before a word make no
difference. The database keeps these words with each row, in the column `search` (migration 0007), and with an account
those of its customer too (0008).
"""

import math
from collections.abc import Sequence
from typing import Any, TypeVar

from django.db.models import BooleanField, F, Func, OrderBy, QuerySet, Value
from django.db.models.expressions import Col
from django.db.models.functions import Coalesce
from django.db.models.sql.compiler import SQLCompiler

from banyan.accounts.models import Account, Customer

NEAR = 1_000
"""Rows that are walked along to see how many of them match."""

FAR = 16 * NEAR
"""Rows that are walked along at most before all that match are looked up and sorted."""

Row = TypeVar("Row", Customer, Account)


class _HasWords(Func):
    """Whether a row holds the words typed; `column` is one of its columns.

    `walked`: asked of one row after the other, not of the index of words.
    """

    output_field = BooleanField()

    def __init__(self, column: str, typed: str, walked: bool = False) -> None:
        super().__init__(F(column))
        self.typed = typed
        self.walked = walked

    def as_sql(self, compiler: SQLCompiler, connection: Any, **extra: Any) -> tuple[str, list[str]]:
        column: Col = self.source_expressions[0]
        asked = f"{compiler.quote_name_unless_alias(column.alias)}.search @@ banyan_search_query(%s)"
        return f"({asked}) IS TRUE" if self.walked else asked, [self.typed]


class RowsFrom(Func):
    """Whether a row comes behind one with these values in the order; `until`: whether it comes before it or is it.

    An index on these columns answers a comparison of whole rows, however many rows have the same first value.
    """

    output_field = BooleanField()

    def __init__(self, order: Sequence[str], values: Sequence[Any], until: bool = False) -> None:
        super().__init__(*map(_name, order), *map(Value, values))
        less = until != order[0].startswith("-")
        self.operator = ("<" if less else ">") + ("=" if until else "")

    def as_sql(self, compiler: SQLCompiler, connection: Any, **extra: Any) -> tuple[str, list[Any]]:
        compiled = [compiler.compile(expression) for expression in self.source_expressions]
        half = len(compiled) // 2
        row, given = (", ".join(sql for sql, _ in part) for part in (compiled[:half], compiled[half:]))
        return f"({row}) {self.operator} ({given})", [value for _, values in compiled for value in values]


def found_by(rows: QuerySet[Row], typed: str, walked: bool = False) -> QuerySet[Row]:
    """Those of the customers or accounts that hold every word typed; all of them when none is.

    An account also holds what its customer does.
    """
    if not typed.strip():
        return rows
    return rows.filter(_HasWords("number", typed, walked))


def first_rows(
    rows: QuerySet[Row], among: QuerySet[Row], order: Sequence[str], count: int, typed: str = "", few: bool = True
) -> list[Row]:
    """The first `count` of `rows` that hold every word typed (see first_ids)."""
    found = first_ids(rows, among, order, count, typed, few)
    read = among.model.objects.in_bulk(found)
    return [read[one] for one in found if one in read]


def first_ids(
    rows: QuerySet[Row], among: QuerySet[Row], order: Sequence[str], count: int, typed: str = "", few: bool = True
) -> list[int]:
    """The first `count` of `rows` that hold every word typed, in the order.

    All of them are `among` rows that an index gives in the order: columns that are never null and together unique.
    Where many match, it is quickest to walk along the order until there are enough; where few do, to look these up and
    sort them. PostgreSQL chooses by what it expects, and where it can't know (the beginning of a word, matches that all
    stand at the end) it may walk past a million rows. So the first rows are walked along, and as many again as it takes
    if the others match as often; if that is too far, or was not far enough, all that match are looked up. Where nothing
    is typed and `rows` are not `few` of these, the walk is not limited.
    """
    if not few and not typed.strip():
        return _ids(rows.order_by(*order)[:count])
    found, are_all = _walk(rows, among, order, count, typed, NEAR)
    if len(found) < count and not are_all and NEAR < (distance := _distance(count, len(found))) <= FAR:
        found, are_all = _walk(rows, among, order, count, typed, distance)
    if len(found) < count and not are_all:
        found = _ids(found_by(rows, typed).order_by(*map(_by_no_index, order))[:count])
    return found


def _walk(
    rows: QuerySet[Row], among: QuerySet[Row], order: Sequence[str], count: int, typed: str, distance: int
) -> tuple[list[int], bool]:
    """What first_ids looks for, within the first so many rows; and whether there are no others."""
    last = among.order_by(*order).values(*map(_name, order))[distance - 1 : distance].first()
    near = rows if last is None else rows.filter(RowsFrom(order, list(last.values()), until=True))
    return _ids(found_by(near, typed, walked=True).order_by(*order)[:count]), last is None


def _distance(count: int, found: int) -> int:
    """How far so many rows reach if as many are found everywhere as were near, and somewhat farther."""
    return math.ceil(1.5 * NEAR * count / found) if found else FAR + 1


def _ids(rows: QuerySet[Any]) -> list[int]:
    return list(rows.values_list("pk", flat=True))


def _by_no_index(column: str) -> OrderBy:
    """The same order, but computed, so that no index gives it."""
    return OrderBy(Coalesce(F(_name(column)), F(_name(column))), descending=column.startswith("-"))


def _name(column: str) -> str:
    return column.removeprefix("-")
