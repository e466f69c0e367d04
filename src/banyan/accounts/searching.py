"""Finding customers and accounts, a few or a million, by what somebody types.

Every word typed (words stand between blanks) has to be the beginning of something that the row holds: of its number,
external number, a word of its name, its e-mail address, or of what comes after a sign in these. So "mül dent" finds
Müller Dental, "0042" finds A-0042 and "acme" finds ap@acme.example. Case, accents and signs before a word make no
difference. The database keeps these words with each row, in the column `search` (migration 0007), and with an account
those of its customer too (0008).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from django.db import connection
from django.db.models import BooleanField, F, Func, Model, OrderBy, Q, QuerySet, Value
from django.db.models.expressions import Col
from django.db.models.functions import Coalesce
from django.db.models.sql.compiler import SQLCompiler

from banyan.accounts.models import Account, Customer

BY_NUMBER = ("number",)

NEAR = 1_000
"""Rows that are walked along to see how many of them match."""

FAR = 16 * NEAR
"""Rows that are walked along at most before all that match are looked up and sorted, unless these are even more."""

NUMBERS: Mapping[type[Model], tuple[str, ...]] = {Customer: ("number",), Account: ("number", "customer__number")}
"""The numbers that a row is shown first for when they begin with what was typed."""

SHARE_OF_A_RARE_WORD = 0.005
"""Of all rows; what is supposed of a word that PostgreSQL has not counted among the most common ones."""

WORTH_LOOKING_UP = 3
"""How many entries of the index are read in the time that a row takes (0.3 against 1 µs, all in memory): a word that so
many more hold than all those before it together is asked of the rows instead.
"""

SHARES = """
SELECT word, (
    SELECT sum(common.share) FROM pg_stats,
        unnest(most_common_elems::text::text[], most_common_elem_freqs) AS common(word, share)
    WHERE schemaname = current_schema() AND tablename = %(table)s AND attname = 'search'
        AND starts_with(common.word, typed.word)
), (SELECT reltuples FROM pg_class WHERE oid = %(table)s::regclass)
FROM unnest(banyan_search_words(%(typed)s, false)) AS typed(word)
"""

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

    def as_sql(self, compiler: SQLCompiler, connection: Any, *extra: Any, **named: Any) -> tuple[str, tuple[Any, ...]]:
        column = cast(Col, self.source_expressions[0])
        asked = f"{compiler.quote_name_unless_alias(column.alias)}.search @@ banyan_search_query(%s)"
        return f"({asked}) IS TRUE" if self.walked else asked, (self.typed,)


class RowsFrom(Func):
    """Whether a row comes behind one with these values in the order; `until`: whether it comes before it or is it.

    An index on these columns answers a comparison of whole rows, however many rows have the same first value.
    """

    output_field = BooleanField()

    def __init__(self, order: Sequence[str], values: Sequence[Any], until: bool = False) -> None:
        super().__init__(*map(_name, order), *map(Value, values))
        less = until != order[0].startswith("-")
        self.operator = ("<" if less else ">") + ("=" if until else "")

    def as_sql(self, compiler: SQLCompiler, connection: Any, *extra: Any, **named: Any) -> tuple[str, tuple[Any, ...]]:
        compiled = [compiler.compile(expression) for expression in self.source_expressions]
        half = len(compiled) // 2
        row, given = (", ".join(sql for sql, _ in part) for part in (compiled[:half], compiled[half:]))
        return f"({row}) {self.operator} ({given})", tuple(value for _, values in compiled for value in values)


def found_by(rows: QuerySet[Row], typed: str, walked: bool = False) -> QuerySet[Row]:
    """Those of the customers or accounts that hold every word typed; all of them when none is.

    An account also holds what its customer does.
    """
    if not typed.strip():
        return rows
    return rows.filter(_HasWords("number", typed, walked))


@dataclass(frozen=True, slots=True)
class Beginning:
    """Rows of which a number begins with what was typed; an index knows them in the order of that number."""

    column: str
    typed: str

    @property
    def order(self) -> tuple[str, str]:
        return (self.column, "id")

    def condition(self) -> Q:
        return Q(**{f"{self.column}__startswith": self.typed})


def beginnings(model: type[Row], typed: str) -> list[Beginning]:
    """Which rows come before others that are found where no order is asked for, if one word with a digit was typed.

    A hundred thousand may begin so and stand at the end of every order; in that of the number they are at hand.
    """
    words: list[str] = typed.split()
    if len(words) != 1 or not any(sign.isdigit() for sign in typed):
        return []
    return [Beginning(column, text) for column in NUMBERS[model] for text in dict.fromkeys((*words, words[0].upper()))]


def first_by_number(
    rows: QuerySet[Row], among: QuerySet[Row], count: int, typed: str = "", few: bool = True
) -> list[int]:
    """`count` of `rows` that hold every word typed, by number, to choose from (see first_ids).

    Those whose own number begins with what was typed where there are enough of them, otherwise the first of all.
    """
    for beginning in beginnings(rows.model, typed):
        if beginning.column == "number":
            begin_so = beginning.condition()
            found, _ = _walk(rows.filter(begin_so), among.filter(begin_so), BY_NUMBER, count, typed, NEAR)
            if len(found) == count:
                return found
    return first_ids(rows, among, BY_NUMBER, count, typed, few)


def first_rows_by_number(rows: QuerySet[Row], among: QuerySet[Row], count: int, typed: str) -> list[Row]:
    """The rows with the ids of first_by_number."""
    return in_order(among.model.objects.all(), first_by_number(rows, among, count, typed))


def first_with_numbers_in_front(rows: QuerySet[Row], among: QuerySet[Row], count: int, typed: str) -> list[Row]:
    """The first `count` of `rows` that hold every word typed: those of which a number begins with it, by that number,
    then the others by number. A larger `count` only adds to the end, so lists in pages can be made of it.
    """
    ids: list[int] = []
    for beginning in beginnings(rows.model, typed):
        if len(ids) < count:
            begin_so = found_by(rows.filter(beginning.condition()).exclude(pk__in=ids), typed, walked=True)
            ids += _ids(begin_so.order_by(*beginning.order)[: count - len(ids)])
    if len(ids) < count:
        ids += first_ids(rows.exclude(pk__in=ids), among, BY_NUMBER, count - len(ids), typed)
    return in_order(rows, ids)


def in_order(rows: QuerySet[Row], ids: Sequence[int]) -> list[Row]:
    """Those of the rows that have these ids, in the order of the ids."""
    read = {row.pk: row for row in rows.filter(pk__any_of=ids)}
    return [read[one] for one in ids if one in read]


def first_rows(
    rows: QuerySet[Row], among: QuerySet[Row], order: Sequence[str], count: int, typed: str = "", few: bool = True
) -> list[Row]:
    """The first `count` of `rows` that hold every word typed (see first_ids)."""
    return in_order(among.model.objects.all(), first_ids(rows, among, order, count, typed, few))


def first_ids(
    rows: QuerySet[Row], among: QuerySet[Row], order: Sequence[str], count: int, typed: str = "", few: bool = True
) -> list[int]:
    """The first `count` of `rows` that hold every word typed, in the order.

    All of them are `among` rows that an index gives in the order: columns that are never null and together unique.
    Where many match, it is quickest to walk along the order until there are enough; where few do, to look these up and
    sort them. PostgreSQL chooses by what it expects, and where it can't know (the beginning of a word, matches that all
    stand at the end) it may walk past a million rows. So the first rows are walked along, and as many again as it takes
    if the others match as often, or as often as the words are known to be held; if that is too far, or was not far
    enough, all that match are looked up. Where nothing is typed and `rows` are not `few` of these, the walk is not
    limited.
    """
    if not few and not typed.strip():
        return _ids(rows.order_by(*order)[:count])
    found, are_all = _walk(rows, among, order, count, typed, NEAR)
    if len(found) == count or are_all:
        return found
    words = _common_words(rows.model, typed)
    distance = _distance(count, len(found) / NEAR)
    if found and distance > FAR:
        distance = _distance(count, words.share)
    if found and distance <= max(FAR, words.share * words.rows):
        found, are_all = _walk(rows, among, order, count, typed, int(distance))
        if len(found) == count or are_all:
            return found
    looked_up = found_by(rows, words.looked_up)
    if words.others:
        looked_up = found_by(looked_up, typed, walked=True)
    return _ids(looked_up.order_by(*map(_by_no_index, order))[:count])


def _walk(
    rows: QuerySet[Row], among: QuerySet[Row], order: Sequence[str], count: int, typed: str, distance: int
) -> tuple[list[int], bool]:
    """What first_ids looks for, within the first so many rows; and whether there are no others."""
    last = among.order_by(*order).values(*map(_name, order))[distance - 1 : distance].first()
    near = rows if last is None else rows.filter(RowsFrom(order, list(last.values()), until=True))
    return _ids(found_by(near, typed, walked=True).order_by(*order)[:count]), last is None


def _distance(count: int, share: float) -> float:
    """How far so many rows reach if this share of all is among them, and somewhat farther."""
    return max(2 * NEAR, math.ceil(1.5 * count / share)) if share else math.inf


@dataclass(frozen=True, slots=True)
class _CommonWords:
    """What PostgreSQL has counted of the words typed: about which share of how many `rows` holds all of them, 0 where
    it doesn't know, and those worth being `looked_up` in the index, the rarest ones or all as they were typed; whether
    the rows found hold the `others`, if there are any, is asked of each of them.
    """

    rows: int
    share: float
    looked_up: str
    others: bool


def _common_words(model: type[Row], typed: str) -> _CommonWords:
    with connection.cursor() as cursor:
        cursor.execute(SHARES, {"table": model._meta.db_table, "typed": typed})
        counted = cursor.fetchall()
    looked_up: list[str] = []
    of_these = of_all = 1.0
    for share, word in sorted((share or SHARE_OF_A_RARE_WORD, word) for word, share, _ in counted):
        if not looked_up or share < WORTH_LOOKING_UP * of_these:
            looked_up.append(word)
            of_these *= share
        of_all *= share
    are_known = bool(counted) and all(share is not None for _, share, _ in counted)
    rows = max((rows for *_, rows in counted), default=0)
    others = len(looked_up) < len(counted)
    return _CommonWords(rows, of_all * are_known, " ".join(looked_up) if others else typed, others)


def _ids(rows: QuerySet[Any]) -> list[int]:
    return list(rows.values_list("pk", flat=True))


def _by_no_index(column: str) -> OrderBy:
    """The same order, but computed, so that no index gives it."""
    return OrderBy(Coalesce(F(_name(column)), F(_name(column))), descending=column.startswith("-"))


def _name(column: str) -> str:
    return column.removeprefix("-")
