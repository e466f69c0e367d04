"""The same terms are always the same rows: none says what holds already (SUB-8)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from banyan.catalog.models import Price
from banyan.foundation.models import HistoryEntry
from banyan.subscriptions.actions.change_subscription import change_subscription
from banyan.subscriptions.actions.withdraw_change import withdraw_change
from banyan.subscriptions.inputs import ItemChange
from banyan.subscriptions.models import ItemTerms, Subscription
from tests.business import NEW_YEAR, a_price, an_account, subscribed
from tests.transfer.files import import_text

pytestmark = [pytest.mark.rule("SUB-8"), pytest.mark.usefixtures("tenant")]

ITEMS = 2
DAYS = 10
Row = tuple[int, int, int | None, int | None]
"""Item, day, price and quantity, each counted from 0."""


@dataclass(frozen=True)
class Change:
    """From the day on the item has this price (one of three), this quantity, or both."""

    item: int
    day: int
    price: int | None
    quantity: int | None


CHANGES = st.lists(
    st.builds(
        Change,
        st.integers(0, ITEMS - 1),
        st.integers(0, DAYS - 1),
        st.none() | st.integers(0, 2),
        st.none() | st.integers(1, 3),
    ).filter(lambda change: (change.price, change.quantity) != (None, None)),
    max_size=12,
)


def day_by_day(changes: Iterable[Change]) -> list[Row]:
    """What is to be written, by an independent way: what holds is kept for every single day. A change holds until the
    next day on which it would have been something else anyway; a row is a day on which something differs.
    """
    prices = [[0] * DAYS for _ in range(ITEMS)]
    quantities = [[1] * DAYS for _ in range(ITEMS)]
    for change in changes:
        for held, wanted in ((prices[change.item], change.price), (quantities[change.item], change.quantity)):
            if wanted is not None:
                later = range(change.day + 1, DAYS)
                end = next((day for day in later if held[day] != held[day - 1]), DAYS)
                held[change.day : end] = [wanted] * (end - change.day)
    rows = []
    for item in range(ITEMS):
        for day in range(DAYS):
            new = [
                held[day] if held[day] != (held[day - 1] if day else first) else None
                for held, first in ((prices[item], 0), (quantities[item], 1))
            ]
            if new != [None, None]:
                rows.append((item, day, new[0], new[1]))
    return rows


@pytest.fixture
def prices() -> list[Price]:
    return [a_price(amount, code=f"monthly-{amount}") for amount in ("10", "20", "30")]


def a_subscription(prices: Sequence[Price]) -> Subscription:
    """Two items of the first price."""
    return subscribed(an_account(), *[prices[0]] * ITEMS)


def rows_of(subscription: Subscription, prices: Sequence[Price]) -> list[Row]:
    items = list(subscription.items.order_by("id").values_list("id", flat=True))
    place = {price.id: number for number, price in enumerate(prices)}
    found = ItemTerms.objects.filter(item__in=items).order_by("item_id", "since")
    return [
        (
            items.index(terms.item_id),
            (terms.since - NEW_YEAR).days,
            None if terms.price_id is None else place[terms.price_id],
            None if terms.quantity is None else int(terms.quantity),
        )
        for terms in found
    ]


def make(subscription: Subscription, prices: Sequence[Price], changes: Sequence[Change]) -> None:
    """At once, by one call of the verb: changes of one day, each of another item."""
    items = list(subscription.items.order_by("id").values_list("id", flat=True))
    new = [
        ItemChange(
            items[change.item],
            quantity=None if change.quantity is None else Decimal(change.quantity),
            price=None if change.price is None else prices[change.price].id,
        )
        for change in changes
    ]
    change_subscription(subscription.id, NEW_YEAR + timedelta(days=changes[0].day), new)


def in_sets(changes: Sequence[Change]) -> list[list[Change]]:
    """Changes that follow each other and that one call of the verb can make."""
    sets: list[list[Change]] = []
    for _, of_a_day in groupby(changes, lambda change: change.day):
        for change in of_a_day:
            last = sets[-1] if sets else []
            if last and last[0].day == change.day and change.item not in {each.item for each in last}:
                last.append(change)
            else:
                sets.append([change])
    return sets


def as_file(subscription: Subscription, prices: Sequence[Price], changes: Sequence[Change]) -> str:
    lines = ["subscription,action,date,position,price,quantity"]
    for change in changes:
        day, position = NEW_YEAR + timedelta(days=change.day), change.item + 1
        price = "" if change.price is None else prices[change.price].code
        quantity = "" if change.quantity is None else change.quantity
        lines.append(f"{subscription.number},change,{day},{position},{price},{quantity}")
    return "\n".join(lines)


@pytest.mark.rule("SUB-8", "IMP-1")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES)
def test_changes_one_by_one_in_sets_and_from_a_file_end_in_the_same_rows(
    tenant: str, tmp_path: Path, prices: list[Price], changes: list[Change]
) -> None:
    """Those rows are the days on which something differs, whatever the order in which it came to be so."""
    with transaction.atomic():
        alone, together, imported = (a_subscription(prices) for _ in range(3))
        for change in changes:
            make(alone, prices, [change])
        for each in in_sets(changes):
            make(together, prices, each)
        report = import_text(tmp_path, "subscription-changes", as_file(imported, prices, changes))
        assert report.problems == []
        wanted = day_by_day(changes)
        assert rows_of(alone, prices) == wanted
        assert rows_of(together, prices) == wanted
        assert rows_of(imported, prices) == wanted
        transaction.set_rollback(True)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES, chance=st.randoms(use_true_random=False))
def test_whatever_is_taken_back_no_row_is_left_that_says_what_holds_already(
    tenant: str, prices: list[Price], changes: list[Change], chance: object
) -> None:
    with transaction.atomic():
        subscription = a_subscription(prices)
        for change in changes:
            make(subscription, prices, [change])
        while rows := list(ItemTerms.objects.filter(item__subscription=subscription).order_by("item_id", "since")):
            withdraw_change(subscription.id, chance.choice(rows).id)  # type: ignore[attr-defined]
            left = rows_of(subscription, prices)
            assert left == day_by_day(Change(*row) for row in left)
        transaction.set_rollback(True)


def test_an_earlier_change_to_the_same_makes_a_later_one_needless(prices: list[Price]) -> None:
    """Two from February on, then two from January on: the row of January is all there is to say."""
    subscription = a_subscription(prices)
    make(subscription, prices, [Change(0, 5, None, 2)])
    entries = HistoryEntry.objects.count()
    make(subscription, prices, [Change(0, 2, None, 2)])
    assert rows_of(subscription, prices) == [(0, 2, None, 2)]
    assert HistoryEntry.objects.count() == entries + 1


def test_of_a_later_change_only_what_is_needless_goes(prices: list[Price]) -> None:
    subscription = a_subscription(prices)
    make(subscription, prices, [Change(0, 5, 1, 2)])
    make(subscription, prices, [Change(0, 2, None, 2)])
    assert rows_of(subscription, prices) == [(0, 2, None, 2), (0, 5, 1, None)]


def test_a_change_and_the_change_back_for_the_same_day_leave_no_row(prices: list[Price]) -> None:
    subscription = a_subscription(prices)
    make(subscription, prices, [Change(0, 0, 2, 3)])
    make(subscription, prices, [Change(0, 0, 0, 1)])
    assert rows_of(subscription, prices) == []
