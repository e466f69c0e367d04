"""Products, meters, prices, discounts and tax rates."""

from datetime import date
from typing import Annotated

from pydantic import Field

from banyan.api.bodies import Body
from banyan.api.fields import (
    AccountId,
    Answer,
    CurrencyCode,
    Day,
    DecimalIn,
    DecimalOut,
    MeterId,
    ProductId,
    choice,
    not_named,
    text,
)

PriceType = Annotated[str, choice("recurring", "one_time", "usage")]
PriceModel = Annotated[str, choice("flat", "per_unit", "graduated", "volume", "package")]
Unit = Annotated[str, choice("day", "week", "month", "quarter", "year")]
Timing = Annotated[str, choice("in_advance", "in_arrears")]
Aggregation = Annotated[str, choice("sum", "count", "max", "last", "unique")]


class NewProduct(Body):
    """CAT-1."""

    name: Annotated[str, text(500)]
    code: Annotated[str, text(500)]
    tax_category: Annotated[str, text(500)] | None = None
    active: bool | None = None


class ProductChanges(Body):
    """Only what is named changes."""

    name: Annotated[str, text(500)] = not_named()
    code: Annotated[str, text(500)] = not_named()
    tax_category: Annotated[str, text(500)] | None = None
    active: bool = not_named()


class ProductAnswer(Answer):
    """CAT-1."""

    id: str
    name: str
    code: str
    tax_category: str | None
    active: bool


class NewMeter(Body):
    """USE-1."""

    key: Annotated[str, text(500)]
    name: Annotated[str, text(500)] | None = None
    unit: Annotated[str, text(500)] | None = None
    aggregation: Aggregation | None = None
    precision: int | None = Field(None, ge=-1000, le=1000)


class MeterAnswer(Answer):
    """USE-1."""

    id: str
    key: str
    name: str
    unit: str
    aggregation: str
    precision: int


class Tier(Body):
    """CAT-3: up to and including `up_to` units; null is without end."""

    up_to: DecimalIn | None = None
    unit_amount: DecimalIn | None = None
    flat_amount: DecimalIn | None = None


class TierAnswer(Answer):
    """CAT-3."""

    up_to: DecimalOut | None
    unit_amount: DecimalOut
    flat_amount: DecimalOut


class NewPrice(Body):
    """CAT-1 to CAT-3, USE-3."""

    product: ProductId
    currency: CurrencyCode
    type: PriceType
    model: PriceModel
    code: Annotated[str, text(500)] | None = None
    unit_amount: DecimalIn | None = None
    flat_amount: DecimalIn | None = None
    tiers: list[Tier] | None = Field(None, max_length=1000)
    package_size: DecimalIn | None = None
    interval: Unit | None = None
    interval_count: int | None = Field(None, ge=-(10**9), le=10**9)
    timing: Timing | None = None
    meter: MeterId | None = None
    included_quantity: DecimalIn | None = None
    pooled: bool | None = None
    show_covered_usage: bool | None = None


class QuantitiesToPreview(Body):
    """CAT-2: quantities of a whole period, 0 or more."""

    quantities: list[DecimalIn] = Field(min_length=1, max_length=100)


class PriceToPreview(QuantitiesToPreview):
    """CAT-2: a price as it would be set."""

    price: NewPrice


class QuoteAnswer(Answer):
    """CAT-2."""

    quantity: DecimalOut
    amount: DecimalOut


class PricePreview(Answer):
    """CAT-2: the amount of a whole period for each quantity; of usage, beyond what is included."""

    currency: str
    amounts: list[QuoteAnswer]


class PriceAnswer(Answer):
    """CAT-1 to CAT-3, USE-3."""

    id: str
    product: str
    code: str | None
    currency: str
    type: str
    model: str
    unit_amount: DecimalOut
    flat_amount: DecimalOut
    tiers: list[TierAnswer]
    package_size: DecimalOut | None
    interval: str
    interval_count: int
    timing: str
    meter: str | None
    included_quantity: DecimalOut
    pooled: bool
    show_covered_usage: bool


class NewDiscount(Body):
    """DIS-1: `percent` or `amount`; without `valid_from` it holds since ever; `valid_to` is its last day."""

    account: AccountId
    percent: DecimalIn | None = None
    amount: DecimalIn | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None
    products: list[ProductId] | None = Field(None, max_length=1000)


class DiscountAnswer(Answer):
    """DIS-1. No products: for all."""

    id: str
    account: str
    percent: DecimalOut | None
    amount: DecimalOut | None
    valid_from: date | None
    valid_to: date | None
    products: list[str]


class NewTaxExemption(Body):
    """TAX-2: `certificate` is its number; without `valid_from` it holds since ever; `valid_to` is its last day."""

    account: AccountId
    certificate: Annotated[str, text(500)]
    valid_from: Day | None = None
    valid_to: Day | None = None


class TaxExemptionAnswer(Answer):
    """TAX-2."""

    id: str
    account: str
    certificate: str
    valid_from: date | None
    valid_to: date | None


class NewTaxRate(Body):
    """TAX-1; `valid_to` is its last day."""

    name: Annotated[str, text(500)]
    country: Annotated[str, text(10)]
    percent: DecimalIn
    state: Annotated[str, text(500)] | None = None
    tax_category: Annotated[str, text(500)] | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None


class TaxRateAnswer(Answer):
    """TAX-1."""

    id: str
    name: str
    country: str
    state: str | None
    tax_category: str | None
    percent: DecimalOut
    valid_from: date | None
    valid_to: date | None


class ValidityEnd(Body):
    """The last day of a discount, a tax rate or an exemption; null for no end."""

    valid_to: Day | None
