"""What the verbs of the catalogue take. None is "not given": the verb applies the default."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class NewProduct:
    """CAT-1."""

    name: str
    code: str
    tax_category: str | None = None
    active: bool | None = None


@dataclass(frozen=True, slots=True)
class NewMeter:
    """USE-1. The name is the key when not given, the unit "unit", the aggregation `sum`, the precision 0."""

    key: str
    name: str | None = None
    unit: str | None = None
    aggregation: str | None = None
    precision: int | None = None


@dataclass(frozen=True, slots=True)
class NewTier:
    """CAT-3: up to and including `up_to` units; None is without end."""

    up_to: Decimal | None
    unit_amount: Decimal | None = None
    flat_amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class NewPrice:
    """CAT-1 to CAT-3, USE-3. `product` and `meter` are row numbers."""

    product: int
    currency: str
    type: str
    model: str
    unit_amount: Decimal | None = None
    flat_amount: Decimal | None = None
    tiers: tuple[NewTier, ...] | None = None
    package_size: Decimal | None = None
    interval: str | None = None
    interval_count: int | None = None
    timing: str | None = None
    meter: int | None = None
    included_quantity: Decimal | None = None
    pooled: bool | None = None
    show_covered_usage: bool | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class NewDiscount:
    """DIS-1: either `percent` or `amount`; valid from today when not given; `products` None or empty: for all."""

    account: int
    percent: Decimal | None = None
    amount: Decimal | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    products: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class NewTaxExemption:
    """TAX-2: `certificate` is its number; since ever without `valid_from`; `valid_to` is its last day."""

    account: int
    certificate: str
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class NewTaxRate:
    """TAX-1. `valid_to` is its last day."""

    name: str
    country: str
    percent: Decimal
    state: str | None = None
    tax_category: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
