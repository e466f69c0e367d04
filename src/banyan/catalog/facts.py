"""The catalogue's rows as the frozen facts that bills are computed from."""

import json
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from django.db import connection

from banyan.engine.facts import (
    Aggregation,
    Discount,
    Meter,
    Price,
    PriceModel,
    PriceType,
    Product,
    TaxRate,
    TaxRates,
    Tier,
    Timing,
    Validity,
)
from banyan.kernel.calendar import Interval, Unit


class _PriceRow(NamedTuple):
    id: int
    currency: str
    type: str
    model: str
    interval: str
    interval_count: int
    timing: str
    unit_amount: Decimal
    flat_amount: Decimal
    tiers: str
    package_size: Decimal | None
    included_quantity: Decimal
    pooled: bool
    product_id: int
    product_name: str
    tax_category: str | None
    meter_id: int | None
    meter_key: str | None
    meter_unit: str | None
    meter_precision: int | None
    meter_aggregation: str | None
    show_covered_usage: bool


PRICES = """
SELECT price.id, price.currency, price.type, price.model, price.interval, price.interval_count, price.timing,
       trim_scale(price.unit_amount), trim_scale(price.flat_amount), price.tiers::text, trim_scale(price.package_size),
       trim_scale(price.included_quantity), price.pooled, product.id, product.name, product.tax_category,
       meter.id, meter.key, meter.unit, meter.precision, meter.aggregation, price.show_covered_usage
FROM catalog_price price
JOIN catalog_product product ON product.id = price.product_id
LEFT JOIN catalog_meter meter ON meter.id = price.meter_id
WHERE price.id = ANY(%s)
"""

DISCOUNTS = """
SELECT discount.id, discount.account_id, trim_scale(discount.percent), discount.amount,
       (SELECT array_agg(restricted.product_id) FROM catalog_discount_products restricted
        WHERE restricted.discount_id = discount.id),
       discount.valid_from, discount.valid_to
FROM catalog_discount discount
WHERE discount.account_id = ANY(%s::bigint[])
ORDER BY discount.account_id, discount.id
"""

TAX_RATES = """
SELECT id, name, country, state, tax_category, trim_scale(percent), valid_from, valid_to
FROM catalog_taxrate
ORDER BY id
"""


def load_prices(price_ids: Iterable[int]) -> dict[int, Price]:
    """The prices by number; those that don't exist are left out.

    An unchanged row gives the very same fact every time, so that what the engine worked out for a price is found again.
    """
    with connection.cursor() as cursor:
        cursor.execute(PRICES, [sorted(set(price_ids))])
        return {row[0]: _price(_PriceRow(*row)) for row in cursor.fetchall()}


@lru_cache(maxsize=100_000)
def _price(row: _PriceRow) -> Price:
    return Price(
        id=row.id,
        product=Product(row.product_id, row.product_name, row.tax_category),
        currency=row.currency,
        type=PriceType(row.type),
        model=PriceModel(row.model),
        interval=Interval(Unit(row.interval), row.interval_count),
        timing=Timing(row.timing),
        unit_amount=row.unit_amount,
        flat_amount=row.flat_amount,
        tiers=tuple(_tier(tier) for tier in json.loads(row.tiers)),
        package_size=row.package_size,
        meter=_meter(row),
        included_quantity=row.included_quantity,
        pooled=row.pooled,
        show_covered_usage=row.show_covered_usage,
    )


def _tier(stored: dict[str, str | None]) -> Tier:
    return Tier(
        up_to=None if stored["up_to"] is None else Decimal(stored["up_to"]),
        unit_amount=Decimal(stored["unit_amount"] or 0),
        flat_amount=Decimal(stored["flat_amount"] or 0),
    )


def _meter(row: _PriceRow) -> Meter | None:
    if row.meter_id is None:
        return None
    return Meter(
        row.meter_id,
        str(row.meter_key),
        str(row.meter_unit),
        int(row.meter_precision or 0),
        Aggregation(str(row.meter_aggregation)),
    )


def load_tax_rates() -> TaxRates:
    """TAX-1: the rates, whenever they are valid, in the order they were made."""
    with connection.cursor() as cursor:
        cursor.execute(TAX_RATES)
        return TaxRates(tuple(_tax_rate(*row) for row in cursor.fetchall()))


def _tax_rate(
    id_: int,
    name: str,
    country: str,
    state: str | None,
    tax_category: str | None,
    percent: Decimal,
    first: date | None,
    last: date | None,
) -> TaxRate:
    return TaxRate(id_, name, country, state, tax_category, percent, Validity(first, last))


def load_discounts(account_ids: Iterable[int]) -> dict[int, tuple[Discount, ...]]:
    """DIS-1: the discounts, whenever they are valid, by account, in the order they were made; none for an account
    without.
    """
    found: dict[int, list[Discount]] = {}
    with connection.cursor() as cursor:
        cursor.execute(DISCOUNTS, [f"{{{','.join(map(str, account_ids))}}}"])
        for id_, account_id, percent, amount, products, first, last in cursor.fetchall():
            covered = frozenset(products) if products else None
            discount = Discount(id_, account_id, percent, amount, covered, Validity(first, last))
            found.setdefault(account_id, []).append(discount)
    return {account_id: tuple(discounts) for account_id, discounts in found.items()}
