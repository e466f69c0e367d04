"""The first rows of a long list: planned here, because PostgreSQL can't know how rare the beginning of a word is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import F, Model, OrderBy, QuerySet
from django.db.models.functions import Coalesce

from banyan.accounts.searching.middles import middles_of
from banyan.accounts.searching.pages import RowsFrom, column_of
from banyan.accounts.searching.words import Row, Words, found_by

BY_NUMBER = ("number",)

NEAR = 1_000
"""Rows that are walked along to see how many of them match."""

FAR = 16 * NEAR
"""Rows that are walked along at most before all that match are looked up and sorted, unless these are even more."""

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


def in_order(rows: QuerySet[Row], ids: Sequence[int]) -> list[Row]:
    """Those of the rows that have these ids, in the order of the ids."""
    read = {row.pk: row for row in rows.filter(pk__any_of=ids)}
    return [read[one] for one in ids if one in read]


def all_found(rows: QuerySet[Row], typed: str) -> QuerySet[Row]:
    """Those of `rows` that hold every word typed, for a list that reads all of them or as many as it wants."""
    if middles := middles_of(rows.model, typed):
        begin_so = first_ids(rows, rows.model._default_manager.all(), BY_NUMBER, 1, typed, or_middles=False)
        return Words(typed, None if begin_so else middles).held_by(rows)
    return found_by(rows, typed)


def first_rows(
    rows: QuerySet[Row], among: QuerySet[Row], order: Sequence[str], count: int, typed: str = "", few: bool = True
) -> list[Row]:
    """The first `count` of `rows` that hold every word typed (see first_ids)."""
    return in_order(among.model.objects.all(), first_ids(rows, among, order, count, typed, few))


def first_ids(
    rows: QuerySet[Row],
    among: QuerySet[Row],
    order: Sequence[str],
    count: int,
    typed: str = "",
    few: bool = True,
    or_middles: bool = True,
) -> list[int]:
    """The first `count` of `rows` that hold every word typed, in the order.

    All of them are `among` rows that an index gives in the order: columns that are never null and together unique.
    Where many match, it is quickest to walk along the order until there are enough; where few do, to look these up and
    sort them. PostgreSQL chooses by what it expects, and where it can't know (the beginning of a word, matches that all
    stand at the end) it may walk past a million rows. So the first rows are walked along, and as many again as it takes
    if the others match as often, or as often as the words are known to be held; if that is too far, or was not far
    enough, all that match are looked up. Where nothing is typed and `rows` are not `few` of these, the walk is not
    limited.

    Where none begins so, words may stand anywhere in a row if the server can find them (`middles`); `or_middles` False
    for a list that goes on after rows that were found by the beginnings.
    """
    if not few and not typed.strip():
        return _ids(rows.order_by(*order)[:count])
    found = _first_ids(rows, among, order, count, Words(typed))
    if not found and or_middles and (middles := middles_of(rows.model, typed)):
        return _first_ids(rows, among, order, count, Words(typed, middles))
    return found


def _first_ids(rows: QuerySet[Row], among: QuerySet[Row], order: Sequence[str], count: int, words: Words) -> list[int]:
    found, are_all = walk(rows, among, order, count, words, NEAR)
    if len(found) == count or are_all:
        return found
    common = _common_words(rows.model, words)
    distance = _distance(count, len(found) / NEAR)
    if found and distance > FAR:
        distance = _distance(count, common.share)
    if found and distance <= max(FAR, common.share * common.rows):
        found, are_all = walk(rows, among, order, count, words, int(distance))
        if len(found) == count or are_all:
            return found
    looked_up = words.held_by(rows) if common.looked_up is None else found_by(rows, common.looked_up)
    if common.looked_up is not None:
        looked_up = words.held_by(looked_up, walked=True)
    return _ids(looked_up.order_by(*map(_by_no_index, order))[:count])


def walk(
    rows: QuerySet[Row], among: QuerySet[Row], order: Sequence[str], count: int, words: Words, distance: int
) -> tuple[list[int], bool]:
    """What first_ids looks for, within the first so many rows; and whether there are no others."""
    last = among.order_by(*order).values(*map(column_of, order))[distance - 1 : distance].first()
    near = rows if last is None else rows.filter(RowsFrom(order, list(last.values()), until=True))
    return _ids(words.held_by(near, walked=True).order_by(*order)[:count]), last is None


def _distance(count: int, share: float) -> float:
    """How far so many rows reach if this share of all is among them, and somewhat farther."""
    return max(2 * NEAR, math.ceil(1.5 * count / share)) if share else math.inf


@dataclass(frozen=True, slots=True)
class _CommonWords:
    """What PostgreSQL has counted of the words typed: about which share of how many `rows` holds all of them, 0 where
    it doesn't know, and the rarest ones if only these are worth being `looked_up` in the index; whether the rows found
    hold the others is then asked of each of them.
    """

    rows: int = 0
    share: float = 0
    looked_up: str | None = None


def _common_words(model: type[Model], words: Words) -> _CommonWords:
    if words.middles is not None:
        return _CommonWords()
    with connection.cursor() as cursor:
        cursor.execute(SHARES, {"table": model._meta.db_table, "typed": words.typed})
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
    return _CommonWords(rows, of_all * are_known, " ".join(looked_up) if len(looked_up) < len(counted) else None)


def _ids(rows: QuerySet[Any]) -> list[int]:
    return list(rows.values_list("pk", flat=True))


def _by_no_index(column: str) -> OrderBy:
    """The same order, but computed, so that no index gives it."""
    return OrderBy(Coalesce(F(column_of(column)), F(column_of(column))), descending=column.startswith("-"))
