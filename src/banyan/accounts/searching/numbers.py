"""Rows of which a number begins with what was typed: these are meant first."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Model, Q, QuerySet

from banyan.accounts.models import Account, Customer
from banyan.accounts.searching.first import BY_NUMBER, NEAR, first_ids, in_order, walk
from banyan.accounts.searching.words import Row, Words, found_by

NUMBERS: Mapping[type[Model], tuple[str, ...]] = {Customer: ("number",), Account: ("number", "customer__number")}
"""The numbers that a row is shown first for when they begin with what was typed."""


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
            found, _ = walk(rows.filter(begin_so), among.filter(begin_so), BY_NUMBER, count, Words(typed), NEAR)
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
            ids += list(begin_so.order_by(*beginning.order).values_list("pk", flat=True)[: count - len(ids)])
    if len(ids) < count:
        others = rows.exclude(pk__in=ids)
        ids += first_ids(others, among, BY_NUMBER, count - len(ids), typed, or_middles=not ids)
    return in_order(rows, ids)
