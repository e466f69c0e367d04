"""Lists: pages by keyset, so that page 1,000 costs what page 1 costs and nothing is shown twice (API-4)."""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Annotated, Any, Generic, TypeVar, cast

from django.core.exceptions import ValidationError as FieldError
from django.db.models import Field as Column
from django.db.models import Model, Q, QuerySet
from pydantic import BaseModel, ConfigDict, Field

from banyan.accounts.searching.first import first_ids, first_rows, in_order
from banyan.accounts.searching.numbers import Beginning, beginnings
from banyan.accounts.searching.pages import RowsFrom
from banyan.accounts.searching.words import found_by
from banyan.api.fields import Answer, Day
from banyan.api.reading import can_be_stored
from banyan.api.rows import check_within_scope
from banyan.kernel.refusals import Refusal, invalid
from banyan.kernel.texts import shown

USUAL, MOST = 100, 1000
"""Entries in a page of any list (API-4): without `limit`, and the most that it can ask for."""
FURTHEST = 1_000_000
Search = Annotated[str | None, Field(max_length=200, description="Part of a name, number or code")]
CustomFieldFilters = Annotated[
    dict[str, str] | None, Field(description="custom_fields.KEY=VALUE: what custom fields hold (FLD-2)")
]
Entry = TypeVar("Entry")


class Page(Answer, Generic[Entry]):
    """Some entries, and the cursor of the next page (null: this is the last)."""

    data: list[Entry]
    next_cursor: str | None


AnyPage = TypeVar("AnyPage", bound=Page[Any])


class Unsorted(BaseModel):
    """The query parameters of a list that has one order only."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=MOST, description="Entries in a page")] = USUAL
    cursor: Annotated[str | None, Field(max_length=2000, description="next_cursor of the page before")] = None


class Paging(Unsorted):
    """The query parameters of other lists."""

    sort: Annotated[str | None, Field(max_length=50, description="A field, or -field for the other way round")] = None


class FromDay(BaseModel):
    """The query of a DELETE that ends a relation: from `effective_date` (default today) on."""

    effective_date: Day | None = None


class OnDay(BaseModel):
    """The query of a read of what is dated: as on that day (default today)."""

    on: Day | None = None


class CandidateFilters(BaseModel):
    """What somebody types to find whom to link something to, and the day from which on it is to be linked."""

    q: Search = None
    on: Day | None = None
    limit: int = Field(
        USUAL,
        ge=1,
        le=MOST,
        description="The first by number, those of the customer and its older relatives in front; `q` finds any",
    )


@dataclass(frozen=True, slots=True)
class Order:
    """One of the orders a list has: by a column that is never null, then by id."""

    column: str
    descending: bool

    @property
    def columns(self) -> list[str]:
        """As Django orders by them."""
        sign = "-" if self.descending else ""
        return [f"{sign}{column}" for column in dict.fromkeys((self.column, "id"))]


REST = 99
"""The part of a list that comes after all that have a number."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Behind which row of which part of a list a page begins; `value` is the number that the part is sorted by."""

    part: int
    value: str
    row: int


def page_of(
    page: type[AnyPage],
    rows: QuerySet[Any],
    paging: Unsorted,
    sortable: Mapping[str, str],
    encode: Callable[[Sequence[Any]], list[Any]],
    default: str = "id",
    among: QuerySet[Any] | None = None,
    typed: str | None = None,
) -> AnyPage:
    """One page of `rows`. `sortable` maps what `sort` may name to columns, `encode` the rows of a page to entries.

    `among`: all customers or accounts, of which few or many may be in `rows` and hold the words `typed` (see
    accounts.searching); every order then needs an index. Without an order those come first of which a
    number begins with what was typed.
    """
    check_within_scope(rows)
    sort = paging.sort if isinstance(paging, Paging) else None
    if among is not None and typed and sort is None and (parts := _parts(among, typed)):
        return _page_of_beginnings(page, rows, among, typed, parts, paging, encode)
    order = _order(sort or default, {**sortable, "id": "id"})
    following_only = Q() if paging.cursor is None else _after(rows.model, order, paging.cursor)
    rows, most = rows.filter(following_only), paging.limit + 1
    if among is None:
        taken = list(rows.order_by(*order.columns)[:most])
    else:
        taken = first_rows(rows, among.filter(following_only), order.columns, most, typed or "")
    shown_rows = taken[: paging.limit]
    following = _cursor(order, shown_rows[-1]) if len(taken) > paging.limit else None
    return page(data=encode(shown_rows), next_cursor=following)


def _parts(among: QuerySet[Any], typed: str) -> dict[int, Beginning]:
    """The beginnings that there are, with their place among those that may be."""
    may_be = enumerate(beginnings(among.model, typed))
    return {part: beginning for part, beginning in may_be if list(_first_in_order(among, beginning))}


def _first_in_order(among: QuerySet[Any], beginning: Beginning) -> QuerySet[Any]:
    """In the order that an index has: asked only whether there is any, PostgreSQL may read a whole table."""
    return among.filter(beginning.condition()).order_by(beginning.column).values_list("pk")[:1]


def _page_of_beginnings(
    page: type[AnyPage],
    rows: QuerySet[Any],
    among: QuerySet[Any],
    typed: str,
    parts: Mapping[int, Beginning],
    paging: Unsorted,
    encode: Callable[[Sequence[Any]], list[Any]],
) -> AnyPage:
    """One page of what holds the word typed: each part in its order, then the others by id, from the cursor on.

    The cursor is that of a list by id, or a part's number and the number and id of its last row.
    """
    place = _place_in_parts(paging.cursor)
    most, others = paging.limit + 1, found_by(rows, typed, walked=True)
    taken: list[tuple[int, str]] = []
    for part, beginning in parts.items():
        if part >= place.part and len(taken) < most:
            found = others.filter(beginning.condition())
            if part == place.part and paging.cursor is not None:
                found = found.filter(
                    RowsFrom(beginning.order, [place.value, place.row]), **{f"{beginning.column}__gte": place.value}
                )
            values = found.order_by(*beginning.order).values_list("pk", beginning.column)[: most - len(taken)]
            taken += [(row, write_cursor([part, False, value, row])) for row, value in values]
        others, rows = others.exclude(beginning.condition()), rows.exclude(beginning.condition())
    if len(taken) < most:
        by_id = Order("id", False)
        beyond = _after(rows.model, by_id, paging.cursor) if place.part == REST and paging.cursor else Q()
        left = first_ids(
            rows.filter(beyond), among.filter(beyond), by_id.columns, most - len(taken), typed, or_middles=not taken
        )
        taken += [(row, write_cursor(["id", False, row, row])) for row in left]
    shown_rows = taken[: paging.limit]
    following = shown_rows[-1][1] if len(taken) > paging.limit else None
    return page(data=encode(in_order(rows.model.objects.all(), [row for row, _ in shown_rows])), next_cursor=following)


def _place_in_parts(cursor: str | None) -> _Place:
    if cursor is None:
        return _Place(0, "", 0)
    part, _, value, row = read_cursor(cursor, 4)
    if part == "id":
        return _Place(REST, "", 0)
    known = _is_row_number(row) and isinstance(value, str) and can_be_stored(value)
    if not known or not isinstance(part, int) or not 0 <= part < REST:
        raise no_cursor(cursor)
    return _Place(part, value, row)


def page_of_list(
    page: type[AnyPage], entries: Iterable[Any], paging: Unsorted, encode: Callable[[Sequence[Any]], list[Any]]
) -> AnyPage:
    """One page of something that is computed from its beginning; the cursor is a position."""
    start = _position(paging.cursor)
    taken = list(islice(entries, start, start + paging.limit + 1))
    following = write_cursor([start + paging.limit]) if len(taken) > paging.limit else None
    return page(data=encode(taken[: paging.limit]), next_cursor=following)


def each(encode: Callable[[Any], Any]) -> Callable[[Sequence[Any]], list[Any]]:
    """Encode rows one by one, where nothing has to be looked up for all of them together."""
    return lambda rows: [encode(row) for row in rows]


def write_cursor(values: list[Any]) -> str:
    """An opaque text that `read_cursor` reads back."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def read_cursor(cursor: str, length: int) -> list[Any]:
    """The values behind a cursor. Refused: anything that is no cursor of such a list."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, UnicodeError, ValueError, RecursionError) as error:
        raise no_cursor(cursor) from error
    if not isinstance(values, list) or len(values) != length:
        raise no_cursor(cursor)
    return values


def no_cursor(cursor: str) -> Refusal:
    """The refusal of a text that no page gave as its next_cursor."""
    return invalid(
        "cursor",
        "invalid_cursor",
        f"{shown(cursor)} is not a cursor of this list; pass the next_cursor of a page unchanged",
    )


def row_after(cursor: str) -> int:
    """The row number behind a cursor of a list that is ordered by it."""
    (number,) = read_cursor(cursor, 1)
    if not _is_row_number(number):
        raise no_cursor(cursor)
    return int(number)


def _order(sort: str, sortable: Mapping[str, str]) -> Order:
    name = sort.removeprefix("-")
    if name not in sortable:
        possible = ", ".join(sorted(sortable))
        raise invalid(
            "sort",
            "invalid_sort",
            f"{shown(sort)} is not a sort order of this list; it must be one of {possible}, each with or without -",
        )
    return Order(sortable[name], sort.startswith("-"))


def _after(model: type[Model], order: Order, cursor: str) -> RowsFrom:
    column, descending, value, last_id = read_cursor(cursor, 4)
    if [column, descending] != [order.column, order.descending] or not _is_row_number(last_id):
        raise no_cursor(cursor)
    last = _column_value(model, order.column, value, cursor)
    return RowsFrom(order.columns, [last] if order.column == "id" else [last, last_id])


def _column_value(model: type[Model], column: str, value: Any, cursor: str) -> Any:
    if column == "id" and not _is_row_number(value):
        raise no_cursor(cursor)
    if not isinstance(value, str | int) or (isinstance(value, str) and not can_be_stored(value)):
        raise no_cursor(cursor)
    try:
        return cast("Column[Any, Any]", model._meta.get_field(column)).to_python(value)
    except (FieldError, ValueError) as error:
        raise no_cursor(cursor) from error


def _is_row_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63


def _cursor(order: Order, row: Any) -> str:
    value = getattr(row, order.column)
    if isinstance(value, date | datetime):
        value = value.isoformat()
    return write_cursor([order.column, order.descending, value, row.id])


def _position(cursor: str | None) -> int:
    if cursor is None:
        return 0
    (position,) = read_cursor(cursor, 1)
    if not _is_row_number(position) or position > FURTHEST:
        raise no_cursor(cursor)
    return int(position)
